import path from "node:path";

const root = path.resolve("..");
export default { turbopack: { root }, outputFileTracingRoot: root };
