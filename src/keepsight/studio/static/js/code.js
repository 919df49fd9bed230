// A URL in every form, each with a button that copies it.

import { h } from "./dom.js";
import { copyButton } from "./say.js";

/** Tabs over texts; `show(texts, remark)` takes pairs of a label and a text. */
export function codeTabs(label) {
  const tabs = h("div", { class: "tab-row", role: "tablist", "aria-label": label });
  const code = h("pre", { class: "code", tabindex: "0", id: `code-${label.replaceAll(" ", "-")}` });
  const panel = h("div", { role: "tabpanel", "aria-label": label }, code);
  const remark = h("p", { class: "small muted" });
  let texts = [];
  let at = 0;
  const copy = copyButton(() => texts[at]?.[1] ?? "");
  copy.setAttribute("aria-label", `Copy ${label}`);

  function choose(index, focus = false) {
    at = index;
    [...tabs.children].forEach((tab, each) => {
      tab.setAttribute("aria-selected", each === at);
      tab.tabIndex = each === at ? 0 : -1;
    });
    code.textContent = texts[at]?.[1] ?? "";
    if (focus) tabs.children[at].focus();
  }

  tabs.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    choose((at + step + texts.length) % texts.length, true);
  });

  return {
    element: h("section", { class: "card" }, h("div", { class: "card-head" }, tabs, copy), h("div", { class: "stack close" }, panel, remark)),
    show(given, said = "") {
      texts = given;
      remark.textContent = said;
      if (tabs.children.length !== texts.length) {
        tabs.replaceChildren(...texts.map(([name], index) => h("button", { type: "button", role: "tab", onclick: () => choose(index) }, name)));
      }
      choose(Math.min(at, texts.length - 1));
    },
  };
}
