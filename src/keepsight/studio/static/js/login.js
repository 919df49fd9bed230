// The way in, where there is a secret.

import { post } from "./api.js";
import { restoreTheme } from "./theme.js";

restoreTheme();
const form = document.getElementById("login");
const said = document.getElementById("error");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  said.hidden = true;
  try {
    await post("/studio/login", Object.fromEntries(new FormData(form)));
    location.assign("/studio");
  } catch (error) {
    said.textContent = error.message;
    said.hidden = false;
    form.elements.secret.select();
  }
});
