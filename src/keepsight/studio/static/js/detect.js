// The detect page: what a model sees in a photo.

import { post, viewOf } from "./api.js";
import { openDialog } from "./dialog.js";
import { field, h } from "./dom.js";
import { boxesLayer, maskLayer, photoCanvas } from "./overlay.js";
import { photoStrip } from "./photos.js";
import { about, nameOf, note } from "./place.js";
import { announce, copyButton, errorBox, percent, toast } from "./say.js";

export const title = "Detect";

export async function render(root, parameters) {
  const installed = about.models.filter((each) => each.state === "ready" || each.state === "loadable");
  const missing = about.models.filter((each) => each.state === "missing");
  let photo = parameters.get("photo");
  let model = installed.some((each) => each.name === parameters.get("model")) ? parameters.get("model") : installed[0]?.name;
  let turn = 0;

  const picture = h("div", {});
  const found = h("div", { class: "stack close" });
  const whole = h("div", {});
  const select = h("select", { onchange: () => { model = select.value; look(); } }, installed.map((each) => h("option", { value: each.name, selected: each.name === model }, each.name)));
  const capabilities = h("div", {});
  const tags = tagging();
  const strip = photoStrip(photo, (chosen) => { photo = chosen; look(); });
  const lacking = missing.length > 0 && h("p", { class: "small muted" }, `Not installed: ${missing.map((each) => each.name).join(", ")}. `, h("code", {}, "keepsight models pull"), " brings those that are published.");
  root.append(
    h("div", { class: "intro" }, h("h1", {}, "Detect"), h("p", {}, "What each model sees in a photo, and how sure it is.")),
    strip.element,
    h(
      "div",
      { class: "workbench" },
      h("div", { class: "card side stack" }, installed.length ? field("Model", select) : h("p", {}, "No model is installed."), capabilities, lacking, tags),
      h("div", { class: "stack" }, h("section", { class: "card" }, picture), h("section", { class: "card stack" }, h("h2", {}, "Found"), found), whole),
    ),
  );

  // A model that is still being loaded may answer a moment later.
  async function look(patience = 20) {
    if (!photo || !model) return;
    note("detect", { photo, model });
    const mine = ++turn;
    const able = installed.find((each) => each.name === model).capabilities;
    capabilities.replaceChildren(...able.map((each) => h("span", { class: "tagline" }, each)));
    tags.hidden = !able.includes("tag");
    found.replaceChildren(h("p", { class: "muted" }, `${model} is looking …`));
    let answer;
    try {
      answer = await post("/studio/api/detect", { photo, model });
    } catch (error) {
      if (mine === turn && error.status === 503 && patience > 0) setTimeout(() => mine === turn && look(patience - 1), 1500);
      else if (mine === turn) {
        found.replaceChildren(errorBox(error));
        picture.replaceChildren();
        whole.replaceChildren();
      }
      return;
    }
    if (mine === turn) show(answer);
  }

  function show(answer) {
    const canvas = drawn(answer, 1280);
    picture.replaceChildren(h("button", { type: "button", class: "canvas opens", "aria-label": "Enlarge the photo", onclick: () => openDialog(nameOf(photo), drawn(answer, 2048)) }, ...canvas.children));
    const rows = answer.boxes.map((each) =>
      h(
        "tr",
        {},
        h("td", {}, each.name.replaceAll("_", " "), each.attributes.map(([key, value]) => h("span", { class: "small muted" }, ` ${key}: ${value}`))),
        h("td", {}, h("div", { class: "meter" }, h("i", {}, h("b", { style: { width: `${each.confidence * 100}%` } })), h("span", {}, percent(each.confidence)))),
        h("td", { class: "number mono" }, each.box.map(Math.round).join(", ")),
      ),
    );
    const table = h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Detections" }, h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, "Name"), h("th", {}, "Confidence"), h("th", { class: "number" }, "x, y, width, height"))), h("tbody", {}, rows)));
    const more = answer.total > answer.boxes.length && h("p", { class: "small muted" }, `The first ${answer.boxes.length} of ${answer.total}; the JSON has all.`);
    const least = `at least ${percent(answer.confidence)} sure, as its card asks for`;
    found.replaceChildren(rows.length ? table : h("p", { class: "muted" }, `${answer.model} sees nothing that it knows (${least}).`), more || "");
    const text = JSON.stringify(answer.json, null, 2);
    whole.replaceChildren(h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, "JSON"), copyButton(text, "Copy JSON")), h("pre", { class: "code", tabindex: "0" }, text)));
    announce(`${answer.model} found ${answer.total}: ${answer.boxes.map((each) => each.name).join(", ")}`);
  }

  function drawn(answer, side) {
    const canvas = photoCanvas(viewOf(photo, side), `${nameOf(photo)} with what ${answer.model} sees`, answer);
    const boxes = answer.boxes.map((each) => ({ ...each, kind: "kept" }));
    const masks = answer.boxes.some((each) => each.mask) ? [maskLayer(answer.boxes, answer)] : [];
    canvas.draw([...masks, ...boxesLayer(boxes, answer)]);
    return canvas.element;
  }

  function tagging() {
    if (!about.apis) return h("p", { class: "note" }, "With cloud.api_key and cloud.api_secret set, what is seen in an uploaded photo can be kept as its tags.");
    const output = h("output", {}, "60 %");
    const slider = h("input", { type: "range", min: 0, max: 1, step: 0.05, value: 0.6, "aria-label": "Least confidence", oninput: () => { output.textContent = percent(Number(slider.value)); } });
    const said = h("div", { role: "status" });
    const assign = async () => {
      said.replaceChildren();
      const [type, ...rest] = photo.split("/");
      try {
        if (type === "dropped") throw new Error("This photo is here to be tried: upload it under Library first.");
        const path = { public_id: rest.join("/"), type };
        const asset = await post("/studio/api/library/update", { path, values: { detection: model, auto_tagging: Number(slider.value) } });
        toast("Tags assigned");
        said.replaceChildren(h("p", { class: "small" }, asset.tags.length ? `Tags: ${asset.tags.join(", ")}` : "Nothing was seen that surely."));
      } catch (error) {
        said.replaceChildren(errorBox(error));
      }
    };
    return h(
      "div",
      { class: "stack close" },
      h("span", { class: "legend" }, "Assign tags above"),
      h("div", { class: "thing-weight bare" }, slider, output),
      h("button", { type: "button", class: "button", onclick: assign }, "Assign tags"),
      said,
    );
  }

  await strip.load();
  return () => {
    strip.stop();
    turn++;
  };
}
