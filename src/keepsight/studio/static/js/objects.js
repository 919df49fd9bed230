// The objects page: which models know a word, and how a URL asks them for it.

import { get } from "./api.js";
import { debounced, h } from "./dom.js";
import { note } from "./place.js";
import { announce, copy, errorBox, percent } from "./say.js";

export const title = "Objects";
const MOST = 30;

export async function render(root, parameters) {
  const input = h("input", { type: "search", value: parameters.get("q") ?? "", placeholder: "Start typing: sink, birds, left-hand …", "aria-label": "Search words", autocomplete: "off", spellcheck: "false" });
  const count = h("p", { class: "small muted", role: "status" });
  const words = h("div", {});
  let turn = 0;
  root.append(
    h("div", { class: "intro" }, h("h1", {}, "Objects"), h("p", {}, "Every word that a gravity may name. The plain word asks the models in order; the longer ones ask one model only.")),
    h("section", { class: "card" }, h("div", { class: "stack close" }, input, count), words),
    await models(),
  );
  input.addEventListener("input", debounced(search, 120));
  await search();
  input.focus();

  async function search() {
    const q = input.value.trim();
    note("objects", { q });
    const mine = ++turn;
    let found;
    try {
      found = await get("/models/objects", { q, limit: MOST });
    } catch (error) {
      words.replaceChildren(errorBox(error));
      return;
    }
    const unknown = q && !found.total ? await get("/studio/api/nearest", { word: q.replaceAll(" ", "_") }) : null;
    if (mine !== turn) return;
    count.textContent = found.total ? `${found.total.toLocaleString("en")} ${found.total === 1 ? "word" : "words"}${found.total > MOST ? `, the first ${MOST} below` : ""}` : "";
    words.replaceChildren(...(unknown ? [nothing(q, unknown.nearest)] : found.objects.map(word)));
  }

  function nothing(q, nearest) {
    const near = nearest.map((each) => h("button", { type: "button", class: "chip", onclick: () => { input.value = each; search(); input.focus(); } }, each.replaceAll("_", " ")));
    announce(`No model knows ${q}`);
    return h("div", { class: "stack close" }, h("p", {}, `No model knows “${q}”.`), near.length > 0 && h("div", { class: "row" }, h("span", { class: "muted" }, "Perhaps"), near));
  }

  return () => {
    turn++;
  };
}

function word(each) {
  return h(
    "article",
    { class: "word" },
    h("div", { class: "word-head" }, h("h2", {}, each.word.replaceAll("_", " ")), each.kind !== "object" && h("span", { class: "tagline" }, each.kind)),
    each.models.map((knower) =>
      h(
        "div",
        { class: "knower" },
        h("span", {}, `${knower.model} v${knower.version}`, knower.kind === each.kind ? "" : ` (${knower.kind})`),
        knower.syntaxes.map((syntax) => h("button", { type: "button", class: "syntax", title: "Copy", "aria-label": `Copy g_${syntax}`, onclick: () => copy(`g_${syntax}`) }, `g_${syntax}`)),
      ),
    ),
  );
}

async function models() {
  const { models: known } = await get("/models");
  const rows = known.map((each) =>
    h(
      "tr",
      {},
      h("td", {}, h("strong", {}, each.name), each.private && h("span", { class: "tagline" }, "private")),
      h("td", {}, each.version ? `v${each.version}` : "–"),
      h("td", {}, h("span", { class: `state ${each.state}` }, h("span", { class: "dot" }), { ready: "loaded", loadable: "installed", missing: "not installed", broken: "broken", refused: "refused" }[each.state])),
      h("td", { class: "number" }, each.default_confidence === null ? "–" : percent(each.default_confidence)),
      h("td", {}, each.capabilities.map((one) => h("span", { class: "tagline" }, one))),
      h("td", { class: "number" }, each.objects ? each.objects.toLocaleString("en") : "–"),
      h("td", { class: "number" }, each.categories || "–"),
      h("td", {}, each.runtime ?? "–"),
    ),
  );
  const head = [["Model"], ["Version"], ["State"], ["Default confidence", true], ["Capabilities"], ["Objects", true], ["Categories", true], ["Runtime"]];
  return h(
    "section",
    { class: "card" },
    h("div", { class: "card-head" }, h("h2", {}, "Models"), h("p", { class: "small muted" }, "In the order in which they are asked.")),
    h("div", { class: "table-scroll", tabindex: "0", role: "region", "aria-label": "Models" }, h("table", {}, h("thead", {}, h("tr", {}, head.map(([text, number]) => h("th", { class: number ? "number" : "" }, text)))), h("tbody", {}, rows))),
  );
}
