// A box drawn on a photo with the mouse, or typed: x, y, width, height in pixels of the original.

import { field, h } from "./dom.js";
import { boxesLayer, photoCanvas } from "./overlay.js";

const NAMES = ["x", "y", "width", "height"];

/** `size` has the `width` and `height` of the original; `box` is what is there, or null. */
export function boxDrawer(source, size, box) {
  let value = box ? box.map(Math.round) : null;
  const canvas = photoCanvas(source, "Drag on the photo to draw the box that matters", size);
  canvas.element.classList.add("drawing");
  const inputs = NAMES.map((name, at) =>
    h("input", { type: "number", step: 1, min: at < 2 ? 0 : 1, max: at % 2 ? size.height : size.width, oninput: () => typed() }),
  );

  function typed() {
    const numbers = inputs.map((input) => Number.parseInt(input.value, 10));
    value = numbers.every(Number.isFinite) && numbers[2] > 0 && numbers[3] > 0 ? numbers : null;
    draw();
  }

  function draw() {
    canvas.draw(value ? boxesLayer([{ box: value, name: "custom", kind: "custom" }], size) : []);
  }

  function show() {
    inputs.forEach((input, at) => {
      input.value = value?.[at] ?? "";
    });
    draw();
  }

  canvas.element.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    canvas.element.setPointerCapture(event.pointerId);
    const start = pointed(event);
    const move = (moved) => {
      const end = pointed(moved);
      const left = Math.min(start.x, end.x);
      const top = Math.min(start.y, end.y);
      value = [left, top, Math.max(1, Math.abs(end.x - start.x)), Math.max(1, Math.abs(end.y - start.y))];
      show();
    };
    canvas.element.addEventListener("pointermove", move);
    canvas.element.addEventListener("lostpointercapture", () => canvas.element.removeEventListener("pointermove", move), { once: true });
  });

  function pointed(event) {
    const frame = canvas.element.getBoundingClientRect();
    const inside = (share) => Math.min(1, Math.max(0, share));
    return {
      x: Math.round(inside((event.clientX - frame.left) / frame.width) * size.width),
      y: Math.round(inside((event.clientY - frame.top) / frame.height) * size.height),
    };
  }

  show();
  return {
    element: h("div", { class: "stack close" }, h("span", { class: "legend" }, "Custom coordinates: drag on the photo, or type"), canvas.element, h("div", { class: "four" }, NAMES.map((name, at) => field(name, inputs[at])))),
    value: () => value,
    clear() {
      value = null;
      show();
    },
  };
}
