// The library page: uploaded assets with their tags; without the APIs the media folder, to be read only.

import { get, post, submit, viewOf } from "./api.js";
import { openAsset } from "./asset.js";
import { h } from "./dom.js";
import { acceptDrops } from "./photos.js";
import { about, note } from "./place.js";
import { announce, errorBox, toast } from "./say.js";

export const title = "Library";
const PAGE = 24;

export async function render(root, parameters) {
  const grid = h("div", { class: "grid" });
  const below = h("div", { class: "row" });
  const trouble = h("div", { role: "status" });
  const input = h("input", { type: "search", value: parameters.get("q") ?? "", "aria-label": "Search", placeholder: about.apis ? "tags=cat AND uploaded_at>1d" : "Part of a name" });
  const form = h("form", { class: "searching", role: "search", onsubmit: (event) => { event.preventDefault(); fresh(); } }, input, h("button", { class: "button" }, "Search"));
  const file = h("input", { type: "file", multiple: true, accept: "image/*", class: "visually-hidden", tabindex: "-1", "aria-hidden": "true", onchange: () => bring([...file.files]) });
  const upload = about.apis && h("button", { type: "button", class: "button primary", onclick: () => file.click() }, "Upload");
  root.append(
    h("div", { class: "intro" }, h("h1", {}, "Library"), h("p", {}, about.apis ? "Uploaded pictures, their tags, their own coordinates, and what was made of them." : "The pictures of the media folder.")),
    about.apis ? "" : h("p", { class: "note" }, "The folder is shown as it is and cannot be changed from here. To upload, tag and search, set ", h("code", {}, "cloud.api_key"), " and ", h("code", {}, "cloud.api_secret"), ", and ", h("code", {}, "studio.enabled"), " to keep this page."),
    h("div", { class: "row" }, form, upload, file),
    trouble,
    grid,
    below,
  );
  let next = "";
  let turn = 0;
  const stop = about.apis ? acceptDrops((dropped) => dropped && bring([dropped])) : () => {};

  async function fresh() {
    next = "";
    grid.replaceChildren();
    note("library", { q: input.value.trim() });
    await load();
  }

  async function load() {
    const mine = ++turn;
    trouble.replaceChildren();
    below.replaceChildren();
    try {
      const page = about.apis ? await assets() : await files();
      if (mine !== turn) return; // another search or an upload began meanwhile
      next = page.next;
      grid.append(...page.tiles);
      if (!grid.children.length) grid.replaceChildren(h("p", { class: "empty" }, about.apis ? "Nothing here yet. Upload a picture, or drop one on this page." : "No picture fits."));
      else announce(`${grid.children.length} pictures`);
    } catch (error) {
      if (mine !== turn) return;
      trouble.replaceChildren(errorBox(error));
    }
    if (next) below.append(h("button", { type: "button", class: "button", onclick: load }, "More"));
  }

  async function assets() {
    const expression = input.value.trim() ? `resource_type:image AND (${input.value.trim()})` : "resource_type:image";
    const values = { expression, max_results: PAGE, with_field: ["tags"], ...(next ? { next_cursor: next } : {}) };
    const found = await post("/studio/api/library/search", { values });
    const tiles = found.resources.map((asset) => tile(`${asset.type}/${asset.public_id}`, asset.public_id, `${asset.width} × ${asset.height}`, asset.tags, () => openAsset(asset, fresh)));
    return { tiles, next: found.next_cursor ?? "" };
  }

  async function files() {
    const found = await get("/studio/api/photos", { q: input.value.trim(), after: next, most: PAGE });
    const tiles = found.photos.map((photo) => tile(photo, photo.replace(/^upload\//, ""), null, [], () => location.assign(`#crop?${new URLSearchParams({ photo })}`)));
    return { tiles, next: found.after ?? "" };
  }

  async function bring(files) {
    trouble.replaceChildren();
    for (const each of files) {
      const form = new FormData();
      form.set("file", each);
      form.set("use_filename", "true");
      form.set("unique_filename", "false");
      form.set("overwrite", "false");
      try {
        const asset = await submit("/studio/api/library/upload", form);
        toast(asset.existing ? `${asset.public_id} was there already, and was left as it is` : `${asset.public_id} is in the library`);
      } catch (error) {
        trouble.append(errorBox(error));
      }
    }
    file.value = "";
    const said = [...trouble.children];
    await fresh();
    trouble.append(...said);
  }

  await load();
  return stop;
}

function tile(photo, name, size, tags, onclick) {
  return h(
    "button",
    { type: "button", class: "asset", onclick },
    h("img", { src: viewOf(photo, 400), alt: "", loading: "lazy" }),
    h("div", {}, h("strong", {}, name), size && h("span", { class: "small muted" }, size), tags.length > 0 && h("span", {}, tags.slice(0, 5).map((tag) => h("span", { class: "tagline" }, tag)))),
  );
}
