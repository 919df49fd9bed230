// One asset: its tags, its own coordinates, and what was made of it.

import { post, viewOf } from "./api.js";
import { confirmed, openDialog } from "./dialog.js";
import { field, h } from "./dom.js";
import { boxDrawer } from "./drawer.js";
import { bytes, copyButton, errorBox, toast } from "./say.js";

/** Open the details of an asset in a dialog; `onchange()` is told when it is closed after a change. */
export async function openAsset({ type, public_id }, onchange) {
  const path = { type, public_id };
  const body = h("div", { class: "details" });
  let changed = false;
  const close = openDialog(public_id, body, { onclose: () => changed && onchange() });

  const facts = h("p", { class: "facts" });
  const made = h("div", { class: "stack close" });

  async function load() {
    const asset = await details();
    const drawer = boxDrawer(viewOf(`${type}/${public_id}`, 1280), asset, asset.coordinates?.custom?.[0] ?? null);
    const tags = h("input", { type: "text", value: asset.tags.join(", ") });
    body.replaceChildren(
      h("div", { class: "stack" }, drawer.element, h("div", { class: "row" }, button("Keep these coordinates", () => update({ custom_coordinates: drawer.value()?.join(",") ?? "" }, "Coordinates kept")), button("None", () => { drawer.clear(); return update({ custom_coordinates: "" }, "Coordinates removed"); }))),
      h(
        "div",
        { class: "stack" },
        facts,
        field("Tags, separated by commas", tags),
        h("div", { class: "row" }, button("Keep tags", () => update({ tags: tags.value }, "Tags kept")), h("a", { class: "button", href: `#crop?${new URLSearchParams({ photo: `${type}/${public_id}` })}`, onclick: () => close() }, "Crop it"), copyButton(asset.secure_url, "Copy URL")),
        made,
        h("div", { class: "row" }, button("Delete the picture", remove, "danger")),
      ),
    );
    show(asset);
  }

  const details = () => post("/studio/api/library/details", { path, values: { coordinates: true } });

  // What nobody types or draws in: it may change while somebody does.
  function show(asset) {
    facts.replaceChildren(h("span", {}, `${asset.width} × ${asset.height}`), h("span", {}, `${asset.format?.toUpperCase()}, ${bytes(asset.bytes)}`), h("span", {}, asset.created_at.slice(0, 10)));
    made.replaceChildren(h("h3", {}, "Derived images"), derived(asset));
  }

  function derived(asset) {
    if (!asset.derived.length) return h("p", { class: "small muted" }, "None was made eagerly. What URLs asked for is in the cache of the server, which looks after itself.");
    const rows = asset.derived.map((each) => h("li", {}, h("div", {}, h("code", {}, each.transformation), h("p", { class: "small muted" }, `${each.width} × ${each.height}, ${bytes(each.bytes)}`)), button("Purge", () => purge([each.id]), "small", `Purge ${each.transformation}`)));
    return h("div", { class: "stack close" }, h("ul", { class: "derived" }, rows), button("Purge all", () => purge(asset.derived.map((each) => each.id)), "small"));
  }

  const purge = (ids) => act("purge", { values: { derived_resource_ids: ids } }, "Purged");
  const update = (values, said) => act("update", { path, values }, said);

  async function act(name, call, said) {
    await post(`/studio/api/library/${name}`, call);
    changed = true;
    toast(said);
    show(await details());
  }

  async function remove() {
    if (!(await confirmed("Delete the picture?", `${public_id} and everything that was made of it will be gone.`, "Delete"))) return;
    await post("/studio/api/library/delete", { path, values: { public_ids: [public_id] } });
    changed = true;
    toast(`${public_id} is deleted`);
    close();
  }

  function button(label, act, kind = "", said = label) {
    const run = async () => {
      body.querySelector(":scope > .error")?.remove();
      try {
        await act();
      } catch (error) {
        body.prepend(errorBox(error));
      }
    };
    return h("button", { type: "button", class: `button ${kind}`, "aria-label": said === label ? null : said, onclick: run }, label);
  }

  try {
    await load();
  } catch (error) {
    body.replaceChildren(errorBox(error));
  }
}
