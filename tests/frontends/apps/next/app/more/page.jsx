"use client";
import { CldImage, getCldImageUrl, getCldOgImageUrl } from "next-cloudinary";

const picture = { src: "pets/tom.jpg", width: "300", height: "200" };

export default function More() {
  return (
    <main>
      <CldImage {...picture} alt="fill" crop="fill" />
      <CldImage {...picture} alt="thumb of a source" crop={{ type: "thumb", gravity: "center", source: true }} />
      <CldImage {...picture} alt="two crops" crop={[{ type: "crop", width: 600, height: 600, gravity: "auto", source: true }, { type: "scale", width: 300 }]} />
      <CldImage {...picture} alt="crop of a part" crop={{ type: "crop", width: 0.5, height: 0.5, source: true }} />
      <CldImage {...picture} alt="pad" crop="pad" background="lightblue" aspectRatio="4:3" />
      <CldImage {...picture} alt="pad with blur" crop={{ type: "pad", source: true }} background="blurred" />
      <CldImage {...picture} alt="limit, the default" />
      <CldImage {...picture} alt="dpr" crop="fill" dpr="2.0" />
      <CldImage {...picture} alt="angle and border" crop="fill" angle="10" border="5px_solid_purple" />
      <CldImage {...picture} alt="effects" crop="fill" blur="600" brightness="30" contrast="-10" saturation={20} sepia="50" vignette="30" />
      <CldImage {...picture} alt="art" crop="fill" art="zorro" grayscale sharpen pixelate="4" tint="equalize:80:blue:green" />
      <CldImage {...picture} alt="list of effects" crop="fill" effects={[{ opacity: "50" }, { gradientFade: "symmetric" }, { cartoonify: true }, { shear: "20:0" }]} />
      <CldImage {...picture} alt="text" crop="fill" text={{ color: "white", fontFamily: "Source Sans Pro", fontSize: 40, fontWeight: "bold", text: "Tom, 100 % cat?" }} />
      <CldImage {...picture} alt="overlays" crop="fill" overlays={[
        { publicId: "logo", position: { x: 10, y: 10, gravity: "south_east" }, appliedFlags: ["no_overflow"], effects: [{ crop: "scale", width: 40 }, { opacity: 60 }], appliedEffects: [{ multiply: true }] },
        { url: `${process.env.NEXT_PUBLIC_PHOTOS}/remote.jpg`, width: 50, position: { gravity: "north_west" } },
        { position: { angle: -20, x: 14, y: 14, gravity: "south" }, text: { color: "rgb:ffffffcc", fontFamily: "Arial", fontSize: 24, textDecoration: "underline", letterSpacing: 2, lineSpacing: 5, stroke: true, border: "3px_solid_black", alignment: "center", text: "two\nlines" }, effects: [{ shadow: "40" }] },
      ]} />
      <CldImage {...picture} alt="underlay" crop="fill" underlay="logo" underlays={[{ publicId: "logo", width: "1.0", height: "1.0", flags: ["relative"], crop: "fill" }]} opacity="50" />
      <CldImage {...picture} alt="seo" crop="fill" src="pets/tom.jpg" seoSuffix="a-cat" version={1234} />
      <CldImage {...picture} alt="raw" rawTransformations={["c_fill,w_300,h_200,g_auto", "e_sharpen"]} />
      <CldImage {...picture} alt="by name" strictTransformations transformations={["card"]} />
      <CldImage {...picture} alt="kept from the address" src="https://pictures.example/demo/image/upload/c_fill,g_face,w_500,h_500/v1/pets/tom.jpg" preserveTransformations crop="fill" />
      <CldImage {...picture} alt="fetched" deliveryType="fetch" src={`${process.env.NEXT_PUBLIC_PHOTOS}/remote.jpg`} crop="fill" />
      <CldImage {...picture} alt="default image" src="pets/nobody.jpg" defaultImage="logo.png" crop="fill" />
      <CldImage src="pets/tom.jpg" alt="sizes" width="960" height="640" crop="fill" sizes="(min-width: 700px) 50vw, 100vw" placeholder="blur" blurDataURL={getCldImageUrl({ src: "pets/tom.jpg", width: 10, quality: 1 })} />
      <div style={{ position: "relative", width: 321, height: 123 }}>
        <CldImage src="pets/tom.jpg" alt="fill the box" fill sizes="321px" style={{ objectFit: "cover" }} />
      </div>
      <CldImage {...picture} alt="unoptimized" crop="fill" unoptimized />
      <img alt="card for others" src={getCldOgImageUrl({ src: "pets/tom.jpg", text: "Tom" })} />
      <img alt="address" src={getCldImageUrl({ src: "pets/tom.jpg", width: 333, format: "png", crop: { type: "fill", aspectRatio: "1:1", source: true } })} />
    </main>
  );
}
