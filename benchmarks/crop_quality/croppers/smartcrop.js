// Finds crops with npm's smartcrop, pictures read by sharp. One JSON question per line in, one JSON answer per line out:
// {"path": "a.jpg", "width": 300, "height": 200} -> {"x": 12, "y": 0, "width": 300, "height": 200} or {"error": "..."}
"use strict";

const readline = require("node:readline");
const sharp = require("sharp");
const smartcrop = require("smartcrop");

const TURNED = 5; // EXIF orientations from 5 on exchange width and height

// What smartcrop asks of a picture library: https://github.com/jwagner/smartcrop.js#imageoperations
const pictures = {
  async open(path) {
    const { width, height, orientation = 1 } = await sharp(path).metadata();
    return orientation < TURNED ? { path, width, height } : { path, width: height, height: width };
  },
  async resample(picture, width, height) {
    return { path: picture.path, width: Math.floor(width), height: Math.floor(height) };
  },
  async getData({ path, width, height }) {
    const rgba = await sharp(path)
      .rotate() // upright
      .resize(width, height, { fit: "fill", kernel: "cubic" })
      .toColourspace("srgb")
      .ensureAlpha()
      .raw()
      .toBuffer();
    return new smartcrop.ImgData(width, height, new Uint8ClampedArray(rgba));
  },
};

async function answer(line) {
  try {
    const { path, width, height } = JSON.parse(line);
    // The largest window of the ratio only, as every other blind cropper is asked.
    const { topCrop } = await smartcrop.crop(path, { width, height, minScale: 1, imageOperations: pictures });
    return { x: topCrop.x, y: topCrop.y, width: topCrop.width, height: topCrop.height };
  } catch (error) {
    return { error: String(error) };
  }
}

async function main() {
  const versions = { smartcrop: require("smartcrop/package.json").version, sharp: sharp.versions.sharp };
  console.log(JSON.stringify(versions));
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await answer(line)));
  }
}

main();
