// The words of a gravity: what to keep, what to avoid, how much, and in which order.

import { get, post } from "./api.js";
import { debounced, h, icon } from "./dom.js";
import { announce, percent } from "./say.js";

let lists = 0;

/** Things to look for. `onchange(things)` is told of every change; `ordered` says that the order counts. */
export function wordsEditor(things, onchange) {
  const id = `words-${++lists}`;
  const list = h("ul", { class: "things", "aria-label": "Objects" });
  const suggestions = h("div", { class: "stack close" });
  const options = h("datalist", { id });
  const input = h("input", { type: "text", list: id, placeholder: "cat, person, wine glass …", autocomplete: "off", autocapitalize: "off", spellcheck: "false", "aria-label": "Add an object" });
  const hint = h("p", { class: "small muted", role: "status" });
  let ordered = false;
  let offered = null;

  const suggest = debounced(async () => {
    const q = input.value.trim();
    if (!q) return options.replaceChildren();
    const found = await get("/models/objects", { q, limit: 8 });
    options.replaceChildren(...found.objects.map((each) => h("option", { value: each.word })));
  }, 150);
  input.addEventListener("input", suggest);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    add(input.value);
  });

  async function add(text) {
    const word = text.trim().toLowerCase().replace(/[\s,/:]+/g, "_");
    if (!word || things.some((each) => each.word === word)) return;
    things.push({ word, avoid: false, weight: 100 });
    input.value = "";
    hint.textContent = "";
    changed();
    announce(`${word} added`);
    const { known, nearest } = await get("/studio/api/nearest", { word });
    if (!known) hint.textContent = `No model knows “${word}”.${nearest.length ? ` Perhaps ${nearest.join(", ")}?` : ""}`;
  }

  function changed() {
    show();
    onchange(things);
  }

  function show() {
    list.replaceChildren(...things.map(row));
    for (const chip of suggestions.querySelectorAll("[data-word]")) {
      chip.setAttribute("aria-pressed", things.some((each) => each.word === chip.dataset.word));
    }
  }

  function row(thing, at) {
    const remove = () => {
      things.splice(at, 1);
      changed();
      announce(`${thing.word} removed`);
      input.focus();
    };
    const up = () => {
      things.splice(at - 1, 0, ...things.splice(at, 1));
      changed();
      announce(`${thing.word} is asked for earlier`);
    };
    const turn = () => {
      thing.avoid = !thing.avoid;
      changed();
      list.children[at].querySelector(".quiet").focus();
      announce(`${thing.word} is ${thing.avoid ? "avoided" : "kept"}`);
    };
    const head = h(
      "div",
      { class: "thing-head" },
      h("span", { class: "dot", style: { color: thing.avoid && !ordered ? "var(--avoided)" : "var(--kept)" } }),
      h("strong", {}, thing.word.replaceAll("_", " ")),
      ordered && at > 0 && h("button", { type: "button", class: "icon-button", "aria-label": `Ask for ${thing.word} earlier`, onclick: up }, icon("up")),
      !ordered && h("button", { type: "button", class: "button small quiet", "aria-label": `${thing.avoid ? "Avoid" : "Keep"} ${thing.word}: change`, onclick: turn }, thing.avoid ? "Avoid" : "Keep"),
      h("button", { type: "button", class: "icon-button", "aria-label": `Remove ${thing.word}`, onclick: remove }, icon("close")),
    );
    if (ordered || thing.avoid) return h("li", { class: "thing" }, head);
    const output = h("output", {}, `${thing.weight} %`);
    const slider = h("input", {
      type: "range", min: 0, max: 100, step: 5, value: thing.weight, "aria-label": `Weight of ${thing.word}`,
      oninput: () => { thing.weight = Number(slider.value); output.textContent = `${thing.weight} %`; onchange(things); },
    });
    return h("li", { class: "thing" }, head, h("div", { class: "thing-weight" }, h("span", {}, "Weight"), slider, output));
  }

  const element = h("div", { class: "stack close" }, suggestions, list, h("div", { class: "adding" }, input, h("button", { type: "button", class: "button", onclick: () => add(input.value) }, "Add")), hint, options);
  show();
  return {
    element,
    /** Whether the order is a precedence (object gravity) or none (automatic). */
    setOrdered(value) {
      if (ordered === value) return;
      ordered = value;
      show();
    },
    /** Look for things in a photo, and offer them. */
    async offer(photo, patience = 20) {
      offered = photo;
      suggestions.replaceChildren(h("p", { class: "small muted" }, "Looking at the photo …"));
      let seen;
      try {
        seen = await post("/studio/api/seen", { photo });
      } catch (error) {
        suggestions.replaceChildren(h("p", { class: "small muted" }, error.message));
        return;
      }
      if (seen.passing && patience > 0) {
        suggestions.replaceChildren(h("p", { class: "small muted" }, "The detector is still being loaded …"));
        setTimeout(() => element.isConnected && photo === offered && this.offer(photo, patience - 1), 1500);
        return;
      }
      if (photo !== offered) return;
      const chips = seen.words.slice(0, 10).map(({ word, confidence, count }) =>
        h(
          "button",
          { type: "button", class: "chip", "data-word": word, "aria-pressed": String(things.some((each) => each.word === word)), onclick: () => toggle(word) },
          h("span", {}, word.replaceAll("_", " ")),
          h("small", {}, count > 1 ? `${count} ×` : percent(confidence)),
        ),
      );
      const none = seen.model ? `${seen.model} saw nothing that it knows.` : "No detector of objects is installed: keepsight models pull";
      suggestions.replaceChildren(h("p", { class: "legend" }, chips.length ? "Seen in this photo" : none), h("div", { class: "chips" }, chips));
    },
  };

  function toggle(word) {
    const at = things.findIndex((each) => each.word === word);
    if (at < 0) return add(word);
    things.splice(at, 1);
    return changed();
  }
}
