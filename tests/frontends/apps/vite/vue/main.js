import { Cloudinary } from "@cloudinary/url-gen";
import { fill } from "@cloudinary/url-gen/actions/resize";
import { AdvancedImage, accessibility, lazyload, placeholder, responsive } from "@cloudinary/vue";
import { createApp, h } from "vue";
import App from "./src/App.vue";

const cld = new Cloudinary({ cloud: { cloudName: "demo" }, url: { secureDistribution: "pictures.example" } });
const tom = () => cld.image("pets/tom.jpg").resize(fill().width(200).height(150));
const shown = (alt, cldImg, plugins) => h(AdvancedImage, { alt, cldImg, plugins });

const More = () => [
  ...["darkmode", "brightmode", "monochrome", "colorblind"].map((mode) => shown(`200x150 ${mode}`, tom(), [accessibility({ mode })])),
  ...["blur", "pixelate", "predominant-color"].map((mode) => shown(`200x150 after ${mode}`, tom(), [placeholder({ mode })])),
  h("div", { style: { width: "230px" } }, [
    shown("300 responsive", cld.image("pets/tom.jpg"), [responsive({ steps: [100, 300, 900] })]),
    shown("230 all plugins", cld.image("pets/tom.jpg"), [lazyload(), responsive({ steps: 1 }), accessibility(), placeholder({ mode: "predominant-color" })]),
  ]),
  h("div", { style: { height: "3000px" } }),
  shown("200x150 far below", tom(), [lazyload({ rootMargin: "0px", threshold: 0.1 })]),
];

createApp({ render: () => [h(App), h(More)] }).mount("#app");
