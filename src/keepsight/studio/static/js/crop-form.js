// The controls of the crop page.

import { GRAVITIES, MODES, RATIOS, isTight, ratioOf } from "./crop-wish.js";
import { field, h, segments } from "./dom.js";
import { wordsEditor } from "./words.js";

/** The controls over a wish, which they change; `onchange()` is told. */
export function cropForm(wish, onchange) {
  const about = h("p", { class: "small muted" });
  const width = number("width");
  const height = number("height");
  const ratio = h("select", { onchange: () => set("ratio", ratio.value) }, RATIOS.map((each) => h("option", { value: each, selected: each === wish.ratio }, each || "Free")));
  const tight = check("Exactly what is found, whatever its size", "tight");
  const fallback = check("If none is found, choose automatically", "fallback");
  const words = wordsEditor(wish.objects, () => changed());
  const objects = h("div", { class: "stack" }, words.element, fallback);
  const element = h(
    "form",
    { class: "card side stack", "aria-label": "Crop", onsubmit: (event) => event.preventDefault() },
    h("div", { class: "stack close" }, segments("Mode", MODES.map(([value, label]) => [value, label]), wish.mode, (value) => set("mode", value)), about),
    segments("Gravity", GRAVITIES, wish.gravity, (value) => set("gravity", value)),
    objects,
    h("div", { class: "stack close" }, h("span", { class: "legend" }, "Size"), h("div", { class: "pair" }, field("Width, px", width), field("Height, px", height)), field("Aspect ratio", ratio)),
    tight,
  );

  function number(name) {
    const input = h("input", { type: "number", min: 1, max: 10_000, step: 1, inputmode: "numeric", value: wish[name] ?? "" });
    input.addEventListener("input", () => input.checkValidity() && input.value && set(name, Number(input.value)));
    return input;
  }

  function check(label, name) {
    const input = h("input", { type: "checkbox", checked: wish[name], onchange: () => set(name, input.checked) });
    return h("label", { class: "check" }, input, h("span", {}, label));
  }

  function set(name, value) {
    wish[name] = value;
    changed();
  }

  function changed() {
    show();
    onchange();
  }

  function show() {
    about.textContent = MODES.find(([value]) => value === wish.mode)[2];
    const searching = wish.gravity === "auto" || wish.gravity === "objects";
    objects.hidden = !searching || wish.mode === "limit";
    fallback.hidden = wish.gravity !== "objects";
    words.setOrdered(wish.gravity === "objects");
    tight.hidden = !isTight({ ...wish, tight: true });
    width.disabled = isTight(wish);
    height.disabled = isTight(wish) || Boolean(wish.ratio);
    if (wish.ratio) height.value = Math.max(1, Math.round(wish.width / ratioOf(wish)));
  }

  show();
  return {
    element,
    /** Look for things in a photo, and offer them. */
    offer: (photo) => words.offer(photo),
    /** A size that came from elsewhere: the handle. */
    setSize(across, down) {
      Object.assign(wish, { width: across, height: down, tight: false });
      width.value = across;
      height.value = down;
      changed();
    },
    /** A mode that came from elsewhere: the comparison. */
    setMode(mode) {
      const choice = [...element.querySelectorAll("input[type=radio]")].find((each) => each.value === mode);
      choice.checked = true;
      set("mode", mode);
    },
  };
}
