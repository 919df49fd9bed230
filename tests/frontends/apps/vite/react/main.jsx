import { Cloudinary } from "@cloudinary/url-gen";
import { fill } from "@cloudinary/url-gen/actions/resize";
import { AdvancedImage, accessibility, lazyload, placeholder, responsive } from "@cloudinary/react";
import { createRoot } from "react-dom/client";
import App from "./src/App.jsx";

const cld = new Cloudinary({ cloud: { cloudName: "demo" }, url: { secureDistribution: "pictures.example" } });
const tom = () => cld.image("pets/tom.jpg").resize(fill().width(200).height(150));

function More() {
  return (
    <section>
      {["darkmode", "brightmode", "monochrome", "colorblind"].map((mode) => (
        <AdvancedImage key={mode} cldImg={tom()} alt={`200x150 ${mode}`} plugins={[accessibility({ mode })]} />
      ))}
      {["blur", "pixelate", "predominant-color"].map((mode) => (
        <AdvancedImage key={mode} cldImg={tom()} alt={`200x150 after ${mode}`} plugins={[placeholder({ mode })]} />
      ))}
      <div style={{ width: 230 }}>
        <AdvancedImage cldImg={cld.image("pets/tom.jpg")} alt="300 responsive" plugins={[responsive({ steps: [100, 300, 900] })]} />
        <AdvancedImage cldImg={cld.image("pets/tom.jpg")} alt="230 all plugins" plugins={[lazyload(), responsive({ steps: 1 }), accessibility(), placeholder({ mode: "predominant-color" })]} />
      </div>
      <div style={{ height: 3000 }} />
      <AdvancedImage cldImg={tom()} alt="200x150 far below" plugins={[lazyload({ rootMargin: "0px", threshold: 0.1 })]} />
    </section>
  );
}

createRoot(document.getElementById("app")).render(<><App /><More /></>);
