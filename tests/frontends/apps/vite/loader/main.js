import { card, picture, tom } from "./src/pictures.js";

const size = { src: "pets/tom.jpg", width: 300, height: 200 };
const pictures = {
  "400x300 tom": tom,
  "600x315 card": card,
  "300x200 limit": picture(size),
  "300x200 fill": picture({ ...size, crop: "fill", gravity: "auto" }),
  "300x200 pad": picture({ ...size, crop: "pad", background: "auto" }),
  "1200x800 no size": picture({ src: "pets/tom.jpg" }),
  "300x200 flags": picture({ ...size, crop: "fill", flags: ["progressive", "sanitize"], quality: 60, format: "webp" }),
  "150x100 named": picture({ src: "pets/tom.jpg", strictTransformations: true, namedTransformations: ["half"] }),
  "300x200 zoom": picture({ ...size, crop: { type: "thumb", gravity: "center", zoom: "0.75", source: true } }),
  "300x200 sanitised": picture({ ...size, crop: "fill", sanitize: true, src: "https://pictures.example/demo/image/upload/v1/pets/tom.jpg" }),
};

for (const [alt, src] of Object.entries(pictures)) {
  document.getElementById("app").append(Object.assign(document.createElement("img"), { alt, src }));
}
