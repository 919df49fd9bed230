// The result, with a handle at its corner: drag it, or use the arrow keys, and the crop follows.

import { h, icon } from "./dom.js";
import { announce } from "./say.js";

const LEAST = 16;
const MOST = 10_000;

/**
 * The picture that comes out. `onsize(width, height)` is told of every size while it changes; `shape()` gives
 * `{width, height, ratio}` as they are wished for, where a number for `ratio` holds width to height.
 */
export function resultView(onsize, shape) {
  const image = h("img", { alt: "" });
  const handle = h("button", { type: "button", class: "handle", "aria-describedby": "handle-help" }, icon("resize"));
  const canvas = h("figure", { class: "canvas" }, image);
  const frame = h("div", { class: "result" }, canvas, handle);
  const element = h("div", {}, frame, h("p", { class: "visually-hidden", id: "handle-help" }, "Arrow keys change the size by 10 pixels, with Shift by 1."));
  let scale = 1;
  let size = { width: 1, height: 1 };

  function fit(width, height) {
    size = { width, height };
    const room = element.clientWidth - 16 || width;
    scale = Math.min(1, room / width, (window.innerHeight * 0.62) / height);
    frame.style.width = `${Math.max(24, width * scale)}px`;
    frame.style.height = `${Math.max(24, height * scale)}px`;
    handle.setAttribute("aria-label", `Size of the result: ${width} by ${height} pixels`);
  }

  function ask(width, height) {
    const { ratio } = shape();
    const w = clamp(width);
    const h_ = ratio ? clamp(w / ratio) : clamp(height);
    frame.style.width = `${w * scale}px`;
    frame.style.height = `${h_ * scale}px`;
    size = { width: w, height: h_ };
    onsize(w, h_);
  }

  handle.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    handle.focus();
    handle.setPointerCapture(event.pointerId);
    const start = { x: event.clientX, y: event.clientY, ...size };
    // The frame is centred: its corner moves by half of what its width changes, unless it is asked to keep up.
    const move = (moved) => {
      const across = ((moved.clientX - start.x) * 2) / scale;
      const down = (moved.clientY - start.y) / scale;
      ask(start.width + across, start.height + down);
    };
    const end = () => {
      handle.removeEventListener("pointermove", move);
      announce(`${size.width} by ${size.height} pixels`);
    };
    handle.addEventListener("pointermove", move);
    handle.addEventListener("lostpointercapture", end, { once: true });
  });
  handle.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 1 : 10;
    const steps = { ArrowRight: [step, 0], ArrowLeft: [-step, 0], ArrowDown: [0, step], ArrowUp: [0, -step] };
    const [across, down] = steps[event.key] ?? [0, 0];
    if (!across && !down) return;
    event.preventDefault();
    // Where the ratio holds, down makes it larger, too.
    ask(size.width + (shape().ratio ? across + down : across), size.height + down);
  });
  const observer = new ResizeObserver(() => fit(size.width, size.height));

  return {
    element,
    watch: () => observer.observe(element),
    stop: () => observer.disconnect(),
    show(answer) {
      image.src = answer.picture;
      image.alt = `The result, ${answer.result.width} by ${answer.result.height} pixels`;
      frame.classList.remove("busy");
      fit(answer.result.width, answer.result.height);
    },
    busy: () => frame.classList.add("busy"),
  };
}

const clamp = (side) => Math.min(MOST, Math.max(LEAST, Math.round(side)));
