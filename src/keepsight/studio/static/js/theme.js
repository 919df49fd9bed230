// Light and dark: what the system prefers, until the button says otherwise.

import { h, icon } from "./dom.js";
import { announce } from "./say.js";

const KEY = "keepsight-theme";

function isDark() {
  return (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
}

/** Set what was chosen before. */
export function restoreTheme() {
  const kept = localStorage.getItem(KEY);
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
}

/** The button that changes it. */
export function themeButton() {
  const button = h("button", { type: "button", class: "icon-button", onclick: toggle });
  const show = () => {
    button.replaceChildren(icon(isDark() ? "sun" : "moon"));
    button.setAttribute("aria-label", isDark() ? "Light colours" : "Dark colours");
  };
  function toggle() {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem(KEY, document.documentElement.dataset.theme);
    show();
    announce(isDark() ? "Dark colours" : "Light colours");
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
  show();
  return button;
}
