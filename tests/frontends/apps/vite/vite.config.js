import vue from "@vitejs/plugin-vue";
import { defineConfig } from "vite";

const pages = ["react", "vue", "unpic", "loader"];

export default defineConfig({
  plugins: [vue()],
  oxc: { jsx: { runtime: "automatic" } },
  build: { rolldownOptions: { input: pages.map((page) => `${page}/index.html`) } },
});
