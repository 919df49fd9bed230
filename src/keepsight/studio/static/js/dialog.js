// Dialogs: Escape and the backdrop close them, and the focus goes back to where it was.

import { h, icon } from "./dom.js";

/** Open a dialog over the page; returns a function that closes it. `onclose` is called in any case. */
export function openDialog(title, content, { narrow = false, onclose } = {}) {
  const before = document.activeElement;
  const close = () => dialog.close();
  const dialog = h(
    "dialog",
    { class: narrow ? "narrow" : "", "aria-label": title },
    h("div", { class: "dialog-head" }, h("h2", {}, title), h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: close }, icon("close"))),
    h("div", { class: "dialog-body" }, content),
  );
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    onclose?.();
    before?.isConnected && before.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  return close;
}

/** Ask before something is gone; resolves to whether to go on. */
export function confirmed(title, text, action) {
  return new Promise((resolve) => {
    let yes = false;
    const close = openDialog(
      title,
      h(
        "div",
        { class: "stack" },
        h("p", {}, text),
        h(
          "div",
          { class: "row" },
          h("button", { type: "button", class: "button danger", onclick: () => { yes = true; close(); } }, action),
          h("button", { type: "button", class: "button", onclick: () => close() }, "Keep it"),
        ),
      ),
      { narrow: true, onclose: () => resolve(yes) },
    );
  });
}
