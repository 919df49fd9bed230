// URLs of @cloudinary/url-gen, one a line.
import { Cloudinary } from "@cloudinary/url-gen";
import { crop, fill, scale, thumbnail } from "@cloudinary/url-gen/actions/resize";
import { autoGravity, focusOn } from "@cloudinary/url-gen/qualifiers/gravity";
import { FocusOn } from "@cloudinary/url-gen/qualifiers/focusOn";
import { format, quality } from "@cloudinary/url-gen/actions/delivery";
import { sepia } from "@cloudinary/url-gen/actions/effect";

const [publicId] = process.argv.slice(2);
const cloud = new Cloudinary({ cloud: { cloudName: "demo" }, url: { secure: false, analytics: true } });
const image = () => cloud.image(publicId);

console.log(
  [
    image().resize(scale().width(30)),
    image().resize(fill().width(40).height(40).gravity(autoGravity())).delivery(format("webp")).delivery(quality(60)),
    image().resize(crop().width(50).height(40)).effect(sepia()),
    image().resize(thumbnail().width(20).height(20).gravity(focusOn(FocusOn.face()))),
    image().setVersion("1234").resize(scale().height(20)).delivery(format("auto")),
  ]
    .map((each) => each.toURL())
    .join("\n"),
);
