import { createRoot } from "react-dom/client";
import { Image, Source } from "@unpic/react";
import App from "./src/App.jsx";

const tom = "https://pictures.example/image/upload/pets/tom.jpg";

function More() {
  return (
    <section>
      <Image src={tom} cdn="cloudinary" layout="fixed" width={200} height={200} operations={{ cloudinary: { g: "auto" } }} alt="200x200 fixed" />
      <Image src="https://pictures.example/image/upload/c_fill,w_900,h_300/v1/pets/tom.jpg" cdn="cloudinary" layout="fixed" width={150} height={50} alt="150x50 of a transformed one" />
      <Image src={tom} cdn="cloudinary" layout="fixed" width={120} height={80} background="auto" alt="120x80 with a background" />
    </section>
  );
}

createRoot(document.getElementById("app")).render(<><App /><More /></>);
