// The same wish in three modes, side by side.

import { post } from "./api.js";
import { MODES, requestOf } from "./crop-wish.js";
import { debounced, h } from "./dom.js";

const COMPARED = ["fill", "crop", "thumb"];

/** Three figures over a wish; `onuse(mode)` is told which one is taken. */
export function comparison(wish, onuse) {
  const row = h("div", { class: "compare" });
  const element = h("section", { class: "card" }, h("div", { class: "card-head" }, h("h2", {}, "Side by side"), h("p", { class: "small muted" }, "The same photo, gravity and size in three modes.")), row);
  let turn = 0;

  async function run() {
    const mine = ++turn;
    const figures = [];
    for (const mode of COMPARED) {
      figures.push(await figure(mode));
      if (mine !== turn) return;
    }
    row.replaceChildren(...figures);
  }

  async function figure(mode) {
    const name = MODES.find(([value]) => value === mode)[1];
    try {
      const answer = await post("/studio/api/crop", requestOf(wish, mode));
      const { width, height } = answer.result;
      return h(
        "figure",
        {},
        h("div", { class: "frame" }, h("div", { class: "canvas" }, h("img", { src: answer.picture, alt: `${name}: ${width} by ${height} pixels`, width, height }))),
        h("figcaption", {}, h("strong", {}, name), h("code", {}, answer.transformation.replace(",f_auto", "").replace(",q_auto", "")), h("span", { class: "muted" }, `${width} × ${height}`), use(mode, name)),
      );
    } catch (error) {
      return h("figure", {}, h("div", { class: "frame" }, h("p", { class: "small muted" }, error.message)), h("figcaption", {}, h("strong", {}, name)));
    }
  }

  const use = (mode, name) =>
    wish.mode === mode ? h("span", { class: "tagline" }, "in use") : h("button", { type: "button", class: "button small", "aria-label": `Use ${name}`, onclick: () => onuse(mode) }, "Use this");

  return { element, later: debounced(run, 350) };
}
