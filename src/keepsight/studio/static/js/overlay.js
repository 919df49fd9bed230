// What was seen and what was cut, drawn over a photo. Boxes are x, y, width, height in pixels of the original.

import { h, s } from "./dom.js";
import { percent } from "./say.js";

/** A photo with drawings over it; `draw(layers)` replaces them. */
export function photoCanvas(source, alt, size) {
  const image = h("img", { src: source, alt, width: size.width, height: size.height });
  const element = h("figure", { class: "canvas" }, image);
  return {
    element,
    image,
    draw(layers) {
      element.replaceChildren(image, ...layers);
    },
  };
}

/** The importance map as a veil; `source` is a PNG whose opacity is the importance. */
export function heatLayer(source) {
  return h("div", { class: "heat", style: { "mask-image": `url("${source}")` } });
}

/** The window, its thirds, and shade over what is cut away. */
export function windowLayer([x, y, width, height], size) {
  const outside = `M0 0H${size.width}V${size.height}H0Z M${x} ${y}h${width}v${height}h${-width}Z`;
  const lines = [1, 2].flatMap((third) => [
    s("line", { class: "third", x1: x + (width * third) / 3, x2: x + (width * third) / 3, y1: y, y2: y + height }),
    s("line", { class: "third", x1: x, x2: x + width, y1: y + (height * third) / 3, y2: y + (height * third) / 3 }),
  ]);
  return svg(size, s("path", { class: "shade", d: outside }), ...lines, s("rect", { class: "casing", x, y, width, height }), s("rect", { class: "window", x, y, width, height }));
}

/** Boxes with their names; each has `box`, `name`, `confidence` and a `kind`: kept, avoided, bystander or custom. */
export function boxesLayer(boxes, size) {
  const drawn = boxes.flatMap(({ box: [x, y, width, height], kind }) => [
    kind === "bystander" ? null : s("rect", { class: "casing", x, y, width, height }),
    s("rect", { class: `box ${kind}`, x, y, width, height }),
  ]);
  const names = h("div", { class: "tags", "aria-hidden": "true" }, boxes.map((each) => label(each, size)));
  new ResizeObserver(() => uncrowd(names)).observe(names); // once it has a size, and whenever that changes
  return [svg(size, ...drawn), names];
}

function label({ box: [x, y, width], name, confidence, kind }, size) {
  const text = confidence === undefined || confidence === 1 ? name : `${name} ${percent(confidence)}`;
  // Beside the right border it grows to the left, from the right side of its box.
  const side = x > 0.7 * size.width ? { right: share(size.width - x - width, size.width) } : { left: share(x, size.width) };
  return h("span", { class: kind, style: { ...side, top: share(y, size.height) } }, text.replaceAll("_", " "));
}

/** A mask of bits over its box, on a canvas of the size of the photo at most. */
export function maskLayer(detections, size) {
  const scale = Math.min(1, 1000 / Math.max(size.width, size.height));
  const canvas = h("canvas", { class: "mask", width: Math.round(size.width * scale), height: Math.round(size.height * scale), style: { position: "absolute", inset: "0", width: "100%", height: "100%" } });
  const context = canvas.getContext("2d");
  context.fillStyle = "#9d5cffa6";
  for (const { mask, box: [x, y, width, height] } of detections.filter((each) => each.mask)) {
    const bits = Uint8Array.from(atob(mask.bits), (letter) => letter.charCodeAt(0));
    // Edges in whole pixels: neighbours would otherwise show through where they overlap.
    const column = (at) => Math.round((x + (width * at) / mask.width) * scale);
    const row = (at) => Math.round((y + (height * at) / mask.height) * scale);
    for (let cell = 0; cell < mask.width * mask.height; cell++) {
      if (!(bits[cell >> 3] & (128 >> (cell & 7)))) continue;
      const [across, down] = [cell % mask.width, Math.floor(cell / mask.width)];
      context.fillRect(column(across), row(down), column(across + 1) - column(across), row(down + 1) - row(down));
    }
  }
  return canvas;
}

/** Of names that lie over one another only the one on top stays: kept before avoided before the rest. */
function uncrowd(names) {
  const placed = [];
  for (const name of [...names.children].reverse()) {
    const mine = name.getBoundingClientRect();
    const covered = placed.some((each) => mine.left < each.right && each.left < mine.right && mine.top < each.bottom && each.top < mine.bottom);
    name.classList.toggle("covered", covered);
    if (!covered) placed.push(mine);
  }
}

function svg(size, ...children) {
  return s("svg", { class: "overlay", viewBox: `0 0 ${size.width} ${size.height}`, preserveAspectRatio: "none", "aria-hidden": "true" }, ...children);
}

const share = (value, whole) => `${Math.max(0, (value / whole) * 100).toFixed(2)}%`;
