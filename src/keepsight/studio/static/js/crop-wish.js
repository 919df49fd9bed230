// What is wished for on the crop page, and its way into the address and out of it.

export const MODES = [
  ["fill", "Fill", "Exactly this size. What does not fit is cut, around what matters."],
  ["thumb", "Thumb", "As close to what matters as the ratio allows, scaled to this size and never enlarged."],
  ["crop", "Crop", "Cut out of the original as it is, pixel for pixel."],
  ["auto", "Auto", "Half way between fill and thumb."],
  ["fill_pad", "Fill, pad", "As fill, and padded only where something that matters would be cut."],
  ["limit", "Fit", "The whole photo, inside this size and never enlarged."],
];

export const GRAVITIES = [
  ["auto", "Automatic"],
  ["objects", "Objects"],
  ["face", "Face"],
  ["faces", "Faces"],
  ["custom", "Custom"],
  ["center", "Centre"],
];

export const RATIOS = ["", "1:1", "4:3", "3:2", "16:9", "3:4", "2:3", "9:16"];

/** What the page begins with, from the parameters of its address. */
export function wishOf(parameters) {
  const number = (name, otherwise) => (parameters.has(name) ? Number.parseInt(parameters.get(name), 10) || null : otherwise);
  return {
    photo: parameters.get("photo"),
    mode: known(MODES, parameters.get("mode"), "fill"),
    gravity: known(GRAVITIES, parameters.get("gravity"), "auto"),
    objects: (parameters.get("objects") ?? "").split("~").filter(Boolean).map(thing),
    width: number("width", 480),
    height: number("height", 480),
    ratio: RATIOS.includes(parameters.get("ratio")) ? parameters.get("ratio") : "",
    tight: parameters.get("tight") === "1",
    fallback: parameters.get("fallback") === "1",
    format: "auto",
  };
}

/** The parameters that lead back to a wish. */
export function parametersOf(wish) {
  const objects = wish.objects.map(({ word, avoid, weight }) => `${word}${avoid ? "!" : ""}${weight === 100 ? "" : `*${weight}`}`);
  const { photo, mode, gravity, width, height, ratio } = wish;
  return { photo, mode, gravity, objects: objects.join("~"), width, height, ratio, tight: wish.tight ? "1" : "", fallback: wish.fallback ? "1" : "" };
}

/** What the server is asked; a mode may stand in for the one that was chosen. */
export function requestOf(wish, mode = wish.mode) {
  const { photo, gravity, objects, fallback, format } = wish;
  const asked = { photo, mode, gravity, objects, fallback, format };
  if (isTight(wish, mode)) return wish.ratio ? { ...asked, ratio: wish.ratio } : asked;
  return wish.ratio ? { ...asked, ratio: wish.ratio, width: wish.width } : { ...asked, width: wish.width, height: wish.height };
}

/** Whether the size is left to what is found. */
export const isTight = (wish, mode = wish.mode) => wish.tight && mode === "crop" && ["objects", "face", "faces", "custom"].includes(wish.gravity);

/** Width to height as a number; null where both are free. */
export function ratioOf(wish) {
  if (!wish.ratio) return null;
  const [across, down] = wish.ratio.split(":").map(Number);
  return across / down;
}

function thing(text) {
  const [, word, avoid, weight] = /^(.*?)(!?)(?:\*(\d+))?$/.exec(text);
  return { word, avoid: avoid === "!", weight: weight ? Math.min(100, Number(weight)) : 100 };
}

const known = (choices, value, otherwise) => (choices.some(([each]) => each === value) ? value : otherwise);
