// The crop page: a photo, what matters in it, and the crop that comes out.

import { post, viewOf } from "./api.js";
import { codeTabs } from "./code.js";
import { comparison } from "./compare.js";
import { cropForm } from "./crop-form.js";
import { parametersOf, ratioOf, requestOf, wishOf } from "./crop-wish.js";
import { debounced, h } from "./dom.js";
import { boxesLayer, heatLayer, photoCanvas, windowLayer } from "./overlay.js";
import { photoStrip } from "./photos.js";
import { nameOf, note } from "./place.js";
import { resultView } from "./result.js";
import { announce, bytes, errorBox } from "./say.js";

export const title = "Crop";
const LAYERS = [
  ["window", "Crop window", "var(--window)"],
  ["detections", "Detections", "var(--kept)"],
  ["importance", "Importance", "var(--heat)"],
];
const shown = { window: true, detections: true, importance: false };

export async function render(root, parameters) {
  const wish = wishOf(parameters);
  let answer = null;
  let canvas = null;
  let asking = null;
  let waiting = null;
  let patience = 20;

  const original = h("div", {});
  const facts = h("div", { class: "facts" });
  const reason = h("ul", { class: "reason" });
  const trouble = h("div", { class: "stack close" });
  const form = cropForm(wish, () => ask());
  const result = resultView((width, height) => form.setSize(width, height), () => ({ ratio: ratioOf(wish) }));
  const code = codeTabs("address and code");
  const compare = comparison(wish, (mode) => form.setMode(mode));
  const toggles = h("div", { class: "chips", role: "group", "aria-label": "Drawn on the original" }, LAYERS.map(toggle));

  const views = h(
    "div",
    { class: "views" },
    h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, "Original"), toggles), original),
    h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, "Result"), facts), result.element),
  );
  const why = h("section", { class: "card stack close" }, h("h2", {}, "Why this crop"), reason);
  const strip = photoStrip(wish.photo, choose);
  root.append(
    h("div", { class: "intro" }, h("h1", {}, "Crop"), h("p", {}, "Choose what matters in a photo, and take the address along.")),
    strip.element,
    h("div", { class: "workbench" }, form.element, h("div", { class: "stack" }, trouble, views, why, code.element, compare.element)),
  );
  result.watch();

  function toggle([name, label, colour]) {
    const button = h("button", { type: "button", class: "chip", "aria-pressed": String(shown[name]), onclick: () => flip() }, h("span", { class: "dot", style: { color: colour } }), label);
    const flip = () => {
      shown[name] = !shown[name];
      button.setAttribute("aria-pressed", shown[name]);
      draw();
    };
    return button;
  }

  function choose(photo) {
    wish.photo = photo;
    canvas = null;
    answer = null;
    original.replaceChildren();
    form.offer(photo);
    ask();
  }

  const later = debounced(run, 110);
  function ask() {
    if (!wish.photo) return;
    asking?.abort();
    clearTimeout(waiting);
    note("crop", parametersOf(wish));
    result.busy();
    later();
  }

  async function run() {
    asking = new AbortController();
    const { signal } = asking;
    try {
      answer = await post("/studio/api/crop", requestOf(wish), signal);
    } catch (error) {
      if (error.name === "AbortError") return;
      trouble.replaceChildren(errorBox(error));
      return;
    }
    show();
    // A model that is still being loaded may answer a moment later.
    if (answer.passing && patience-- > 0) waiting = setTimeout(ask, 1500);
    else compare.later();
  }

  function show() {
    const { width, height } = answer.result;
    trouble.replaceChildren(...hints());
    result.show(answer);
    facts.replaceChildren(h("span", {}, `${width} × ${height}`), h("span", {}, `${answer.result.format.toUpperCase()}, ${bytes(answer.result.bytes)}`), h("span", {}, `${Math.round(answer.milliseconds.total)} ms`));
    reason.replaceChildren(...answer.reason.map((sentence) => h("li", {}, h("span", {}, sentence))));
    code.show([
      ["URL", answer.url],
      ["srcset", answer.srcset],
      ["Python", answer.code.python],
      ["Node", answer.code.node],
      ["url-gen", answer.code.url_gen],
    ], answer.signed ? "Signed for this server: whoever has the address sees this crop, and no other." : "");
    draw();
    announce(`${width} by ${height} pixels. ${answer.reason.join(" ")}`);
  }

  function hints() {
    if (answer.deliverable) return [];
    return [h("p", { class: "note" }, `${nameOf(wish.photo)} is here to be tried. Put it into the library, and its address there takes the place of the one below.`)];
  }

  function draw() {
    if (!answer) return;
    const size = answer.original;
    if (!canvas) {
      canvas = photoCanvas(viewOf(wish.photo, 1280), `The original, ${nameOf(wish.photo)}`, size);
      original.replaceChildren(canvas.element);
    }
    const boxes = ["bystander", "avoided", "kept"].flatMap((kind) => {
      const list = { bystander: answer.bystanders, avoided: answer.avoided, kept: answer.kept }[kind];
      return list.map((each) => ({ ...each, kind }));
    });
    canvas.draw([
      shown.importance && answer.importance && heatLayer(answer.importance),
      shown.window && windowLayer(answer.window, size),
      ...(shown.detections ? boxesLayer(boxes, size) : []),
    ].filter(Boolean));
  }

  await strip.load();
  return () => {
    strip.stop();
    result.stop();
    asking?.abort();
    clearTimeout(waiting);
  };
}
