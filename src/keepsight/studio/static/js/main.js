// The page around the pages: which one is shown, the theme, and the way out.

import { get, post } from "./api.js";
import { h, icon } from "./dom.js";
import { about, read } from "./place.js";
import { errorBox } from "./say.js";
import { restoreTheme, themeButton } from "./theme.js";

const PAGES = {
  crop: () => import("./crop.js"),
  detect: () => import("./detect.js"),
  objects: () => import("./objects.js"),
  library: () => import("./library.js"),
  picture: () => import("./picture.js"),
};

const main = document.getElementById("main");
let leave = null;
let turn = 0;

async function show() {
  const { name, parameters } = read();
  const known = name in PAGES ? name : "crop";
  const mine = ++turn;
  for (const link of document.querySelectorAll("#tabs a")) {
    if (link.getAttribute("href") === `#${known}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const page = await PAGES[known]();
  if (mine !== turn) return;
  leave?.();
  leave = null;
  document.title = `${page.title} · Keepsight Studio`;
  main.replaceChildren();
  try {
    const left = (await page.render(main, parameters)) ?? null;
    if (mine !== turn) return left?.();
    leave = left;
  } catch (error) {
    main.replaceChildren(errorBox(error));
  }
  main.dataset.page = known;
  return undefined;
}

async function begin() {
  restoreTheme();
  const end = document.getElementById("top-end");
  end.append(themeButton());
  try {
    Object.assign(about, await get("/studio/api/about"));
  } catch (error) {
    main.replaceChildren(errorBox(error));
    return;
  }
  if (about.development) end.prepend(h("span", { class: "badge", title: "No secret is configured: this machine only, nothing needs a signature" }, "development"));
  else {
    const out = async () => {
      await post("/studio/logout", {});
      location.assign("/studio/login");
    };
    end.append(h("button", { type: "button", class: "icon-button", "aria-label": "Log out", onclick: out }, icon("out")));
  }
  addEventListener("hashchange", () => {
    show();
    main.focus({ preventScroll: true });
  });
  // The address belongs to the pages: a link into the page would be taken for one of them.
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    main.focus();
  });
  await show();
}

begin();
