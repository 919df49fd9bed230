// Where one is: the page and what was chosen on it, in the hash of the address, so that it can be kept and sent.

/** The name of the page and its parameters. */
export function read() {
  const [name, text = ""] = location.hash.slice(1).split("?");
  return { name: name || "crop", parameters: new URLSearchParams(text) };
}

/** Note what was chosen on a page, if one is still there, without a step in the history. */
export function note(page, parameters) {
  const { name } = read();
  if (name !== page) return;
  const text = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== "" && value !== null && value !== undefined)).toString();
  history.replaceState(null, "", `#${name}${text ? `?${text}` : ""}`);
}

/** What this server is; filled once by `main.js`. */
export const about = {};

/** The photo that pages share. `name` is what it was called where it came from. */
export const shared = { photo: null, name: null };

/** What a photo is called. */
export const nameOf = (photo) => (photo === shared.photo && shared.name) || photo.split("/").slice(1).join("/");
