// The picture page: one photo, art-directed for wide, medium and small screens.

import { post } from "./api.js";
import { codeTabs } from "./code.js";
import { debounced, field, h, segments } from "./dom.js";
import { photoStrip } from "./photos.js";
import { nameOf, note } from "./place.js";
import { announce, errorBox } from "./say.js";
import { wordsEditor } from "./words.js";

export const title = "Picture";
const RATIOS = ["16:9", "3:2", "4:3", "1:1", "3:4", "2:3"];
const DEVICES = [
  [1280, 720, "Wide", "the whole photo"],
  [820, 615, "Medium", "filled around what matters"],
  [390, 390, "Small", "close up on what matters"],
];

export async function render(root, parameters) {
  const wish = { photo: parameters.get("photo"), gravity: "auto", objects: [], medium_ratio: "4:3", small_ratio: "1:1", alt: "", formats: ["auto"] };
  let turn = 0;
  const trouble = h("div", {});
  const words = wordsEditor(wish.objects, () => later());
  const devices = h("div", { class: "devices" });
  const code = codeTabs("markup");
  const alt = h("input", { type: "text", placeholder: "What the photo shows", oninput: () => { wish.alt = alt.value; later(); } });
  const ratio = (name) => h("select", { onchange: (event) => { wish[name] = event.target.value; later(); } }, RATIOS.map((each) => h("option", { value: each, selected: each === wish[name] }, each)));
  const formats = segments("Formats", [["auto", "One address"], ["types", "A source each"]], "auto", (value) => { wish.formats = value === "auto" ? ["auto"] : ["avif", "webp", "jpg"]; later(); });
  const form = h(
    "form",
    { class: "card side stack", "aria-label": "Picture", onsubmit: (event) => event.preventDefault() },
    words.element,
    h("div", { class: "pair" }, field("Medium ratio", ratio("medium_ratio")), field("Small ratio", ratio("small_ratio"))),
    field("Alternative text", alt),
    h("div", { class: "stack close" }, formats, h("p", { class: "small muted" }, "One address lets the server choose AVIF, WebP or JPEG by what the browser takes; a source each is for caches that do not tell them apart.")),
  );
  const strip = photoStrip(wish.photo, choose);
  root.append(
    h("div", { class: "intro" }, h("h1", {}, "Picture"), h("p", {}, "One photo for every screen: whole where there is room, filled in the middle, close up where it is small.")),
    strip.element,
    h("div", { class: "workbench" }, form, h("div", { class: "stack" }, trouble, h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, "At three widths")), devices), code.element)),
  );

  function choose(photo) {
    wish.photo = photo;
    words.offer(photo);
    run();
  }

  const later = debounced(run, 250);
  async function run() {
    note("picture", { photo: wish.photo });
    const mine = ++turn;
    let answer;
    try {
      answer = await post("/studio/api/picture", wish);
    } catch (error) {
      if (mine === turn) trouble.replaceChildren(errorBox(error));
      return;
    }
    if (mine !== turn) return;
    trouble.replaceChildren(...(answer.deliverable ? [] : [h("p", { class: "note" }, `${nameOf(wish.photo)} is here to be tried. Put it into the library under that name, and the markup works.`)]));
    code.show([["<picture>", answer.markup]]);
    devices.replaceChildren(...DEVICES.map(device));
    for (const each of devices.children) each.fit();
    announce("The picture is ready at three widths");
  }

  function device([width, height, name, what]) {
    const address = `/studio/frame?${new URLSearchParams({ wish: JSON.stringify(wish) })}`;
    let tall = height;
    const frame = h("iframe", { src: address, title: `The picture ${width} pixels wide`, width, height, tabindex: "-1" });
    const screen = h("div", { class: "device-screen" }, h("div", { class: "device-bar" }, h("i"), h("i"), h("i")), frame);
    const figure = h("figure", { class: "device" }, screen, h("figcaption", {}, h("strong", {}, `${name}, ${width} px`), h("br"), h("span", { class: "muted" }, what)));
    frame.addEventListener("load", () => {
      tall = frame.contentDocument.body.scrollHeight || height;
      frame.height = tall;
      figure.fit();
    });
    // The frame has its true width, and only its drawing is made smaller: media queries see what a screen would.
    figure.fit = () => {
      const scale = screen.clientWidth / width;
      frame.style.transform = `scale(${scale})`;
      screen.style.height = `${tall * scale + 23}px`;
    };
    return figure;
  }

  const observer = new ResizeObserver(() => [...devices.children].forEach((each) => each.fit?.()));
  observer.observe(devices);
  await strip.load();
  return () => {
    strip.stop();
    observer.disconnect();
    turn++;
  };
}
