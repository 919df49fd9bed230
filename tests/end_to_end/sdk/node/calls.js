// Every call of the official Node SDK that the test asks about; prints one JSON object of the answers.
// The address of the server is in CLOUDINARY_URL: the SDK chooses http or https once, when it is loaded.
const fs = require("fs");
const { v2: cloudinary } = require("cloudinary");

const [picture, large] = process.argv.slice(2);
const { uploader, api, search } = cloudinary;

const outcome = async (call) => {
  try {
    return await call();
  } catch (error) {
    const inner = error.error || error;
    return { failed: { message: inner.message, code: inner.http_code } };
  }
};

const uploadStream = (options) =>
  new Promise((resolve, reject) => {
    const stream = uploader.upload_stream(options, (error, result) => (error ? reject(error) : resolve(result)));
    fs.createReadStream(picture).pipe(stream);
  });

const uploadLarge = (options, path = large) =>
  new Promise((resolve, reject) => {
    uploader.upload_large(path, options, (error, result) => (error ? reject(error) : resolve(result)));
  });

const chunkedStream = (options) =>
  new Promise((resolve, reject) => {
    const stream = uploader.upload_chunked_stream(options, (error, result) => (error ? reject(error) : resolve(result)));
    fs.createReadStream(picture).pipe(stream);
  });

const calls = {
  ping: () => api.ping(),
  upload: () => uploader.upload(picture, { public_id: "node/pup py", tags: ["dog", "a b/ü"], context: { alt: "x|y=z" } }),
  stream: () => uploadStream({ public_id: "streamed" }),
  large: () => uploadLarge({ public_id: "large", resource_type: "image", chunk_size: 5 * 1024 * 1024 }),
  largeInOne: () => uploadLarge({ public_id: "large in one", resource_type: "image" }, picture),
  chunkedInOne: () => chunkedStream({ public_id: "chunked in one" }),
  data: () => uploader.upload(`data:image/jpeg;base64,${fs.readFileSync(picture).toString("base64")}`, { public_id: "data" }),
  eager: () => uploader.upload(picture, { public_id: "eager", eager: [{ width: 10, crop: "scale", format: "png" }] }),
  explicit: () => uploader.explicit("node/pup py", { type: "upload", custom_coordinates: "1,2,30,40" }),
  details: () => api.resource("node/pup py", { coordinates: true, colors: true }),
  update: () => api.update("node/pup py", { tags: "dog,brown", context: { alt: "new" }, phash: undefined }),
  listed: () => api.resources({ type: "upload", prefix: "node/", tags: true }),
  byTag: () => api.resources_by_tag("a b/ü"),
  byBrown: () => api.resources_by_tag("brown", { context: true }),
  byContext: () => api.resources_by_context("alt", "new"),
  byIds: () => api.resources_by_ids(["streamed", "data", "none"]),
  addTag: () => uploader.add_tag("more", ["streamed", "data"]),
  addContext: () => uploader.add_context("k=v", ["streamed"]),
  searched: () => search.expression("tags:more AND resource_type:image").sort_by("public_id", "asc").with_field("tags").execute(),
  searchedWrong: () => search.expression("*x").execute(),
  folders: () => api.root_folders(),
  createFolder: () => api.create_folder("f1/f2"),
  subfolders: () => api.sub_folders("f1"),
  foldersFound: () => cloudinary.search_folders.expression("path=f1").execute(),
  deleteFolder: () => api.delete_folder("f1"),
  createTransformation: () => api.create_transformation("node_small", { width: 7, crop: "scale" }),
  transformation: () => api.transformation("node_small"),
  deleteTransformation: () => api.delete_transformation("node_small"),
  createPreset: () => api.create_upload_preset({ name: "node_open", unsigned: true, tags: "p,q", folder: "inbox" }),
  unsigned: () => uploader.unsigned_upload(picture, "node_open", { public_id: "stranger" }),
  presets: () => api.upload_presets(),
  deletePreset: () => api.delete_upload_preset("node_open"),
  tags: () => api.tags({ max_results: 100 }),
  rename: () => uploader.rename("data", "moved/data"),
  renameTaken: () => uploader.rename("moved/data", "streamed"),
  usage: () => api.usage(),
  config: () => api.config({ settings: true }),
  derived: () => api.resource("eager"),
  deleted: () => api.delete_resources(["moved/data", "none"]),
  deletedByTag: () => api.delete_resources_by_tag("p"),
  destroyed: () => uploader.destroy("streamed"),
  unknownAsset: () => api.resource_by_asset_id("0123456789abcdef0123456789abcdef"),
  noAsset: () => api.resource_by_asset_id("no-such-asset"),
  missing: () => api.resource("streamed"),
  wrongSecret: () => uploader.upload(picture, { public_id: "x", api_secret: "wrong" }),
  notAnImage: () => uploader.upload(__filename),
  url: async () => cloudinary.url("node/pup py", { width: 30, crop: "scale", sign_url: true, secure: false }),
};

(async () => {
  const answers = {};
  for (const [name, call] of Object.entries(calls)) answers[name] = (await outcome(call)) ?? null;
  process.stdout.write(JSON.stringify(answers));
})();
