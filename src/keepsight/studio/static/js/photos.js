// The strip of photos to choose from, and the photo that is dropped.

import { get, post, submit, viewOf } from "./api.js";
import { h, icon } from "./dom.js";
import { about, nameOf, shared } from "./place.js";
import { errorBox, toast } from "./say.js";

const THUMBNAIL = 256;

/** A strip of photos, filled by `load()`. `onchoose(photo)` is told which one; the first one is chosen if none is. */
export function photoStrip(chosen, onchoose) {
  const strip = h("div", { class: "strip", role: "group", "aria-label": "Photos" });
  const below = h("div", {});
  const input = h("input", { type: "file", accept: "image/*,.heic,.avif,.jxl", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true", onchange: () => take(input.files[0]) });
  const add = h(
    "button",
    { type: "button", class: "tile add", onclick: () => input.click(), title: `Kept for ${about.dropped_hours} hours to be tried; it does not become part of the library.` },
    icon("plus"),
    h("span", {}, "Choose or drop", h("br"), "a photo"),
  );

  async function take(file) {
    if (!file) return;
    below.replaceChildren();
    try {
      const form = new FormData();
      form.set("file", file);
      const { photo } = await submit("/studio/api/drop", form);
      Object.assign(shared, { photo, name: file.name });
      place(photo, true);
      choose(photo);
      toast(`${file.name} is open`);
    } catch (error) {
      below.replaceChildren(errorBox(error));
    }
    input.value = "";
  }

  function choose(photo) {
    if (shared.photo !== photo) Object.assign(shared, { photo, name: null });
    for (const tile of strip.querySelectorAll("[data-photo]")) tile.setAttribute("aria-pressed", tile.dataset.photo === photo);
    onchoose(photo);
  }

  function place(photo, first = false) {
    const there = [...strip.querySelectorAll("[data-photo]")].find((tile) => tile.dataset.photo === photo);
    if (there) return;
    const tile = h(
      "button",
      { type: "button", class: "tile", "data-photo": photo, "aria-pressed": "false", title: nameOf(photo), onclick: () => choose(photo) },
      h("img", { src: viewOf(photo, THUMBNAIL), alt: nameOf(photo), loading: "lazy" }),
    );
    if (first) add.after(tile);
    else strip.insertBefore(tile, more.isConnected ? more : null);
  }

  let after = "";
  const more = h("button", { type: "button", class: "tile more", onclick: load }, "More");

  async function load() {
    const page = await get("/studio/api/photos", { after, most: 24 });
    page.photos.forEach((photo) => place(photo));
    after = page.after;
    if (after) strip.append(more);
    else more.remove();
  }

  async function fill() {
    if (shared.photo) place(shared.photo, true);
    if (chosen && chosen !== shared.photo) place(chosen, true);
    if (about.apis) {
      const found = await post("/studio/api/library/search", { values: { expression: "resource_type:image", max_results: 24 } });
      found.resources.forEach((asset) => place(`${asset.type}/${asset.public_id}`));
    }
    await load();
    const wanted = chosen ?? shared.photo ?? strip.querySelector("[data-photo]")?.dataset.photo;
    if (wanted) choose(wanted);
    else below.append(h("p", { class: "empty" }, "No picture here yet. Drop one anywhere on this page."));
  }

  strip.append(add, input);
  return { element: h("div", {}, strip, below), load: fill, stop: acceptDrops(take) };
}

/** Take files that are dropped anywhere on the page; returns a function that ends it. */
export function acceptDrops(take) {
  const over = (event) => {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  };
  const leave = (event) => event.relatedTarget === null && document.body.classList.remove("dropping");
  const drop = (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    take(event.dataTransfer.files[0]);
  };
  const listeners = { dragover: over, dragleave: leave, drop };
  for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener);
  return () => Object.entries(listeners).forEach(([name, listener]) => document.removeEventListener(name, listener));
}
