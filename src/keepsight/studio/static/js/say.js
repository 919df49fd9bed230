// What happened, for eyes and for screen readers.

import { h } from "./dom.js";

let timer;

/** Tell screen readers. */
export function announce(text) {
  document.getElementById("live").textContent = text;
}

/** Tell everybody, briefly. */
export function toast(text) {
  const shown = document.getElementById("toast");
  shown.textContent = text;
  shown.classList.add("shown");
  announce(text);
  clearTimeout(timer);
  timer = setTimeout(() => shown.classList.remove("shown"), 2200);
}

/** A button that puts text on the clipboard; `text` may be a function. */
export function copyButton(text, label = "Copy") {
  return h("button", { type: "button", class: "button small", onclick: () => copy(typeof text === "function" ? text() : text) }, label);
}

/** Put text on the clipboard. Without its permission, or without TLS, an old way still works. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h("textarea", { value: text, "aria-hidden": "true" });
    (document.querySelector("dialog[open]") ?? document.body).append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  toast("Copied");
}

/** A sentence in the place of what failed. */
export const errorBox = (error) => h("p", { class: "error", role: "alert" }, error.message ?? String(error));

/** Bytes as people say them. */
export const bytes = (count) =>
  count < 1_000 ? `${count} B` : count < 1_000_000 ? `${Math.round(count / 1_000)} kB` : `${(count / 1_000_000).toFixed(1)} MB`;

export const percent = (share) => `${Math.round(share * 100)} %`;
