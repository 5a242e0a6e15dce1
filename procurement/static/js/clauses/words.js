// Save the words of a clause while they are typed.

import { send } from "./saving.js";

const PAUSE = 1500;
const form = document.querySelector("form[data-words]");
let timer = 0;
let stopped = false;

async function save() {
  timer = 0;
  const told = await send(form.dataset.words, new FormData(form), form.dataset, form.querySelector("[data-saved]"), save);
  if (told) {
    for (const one of document.querySelectorAll(`input[name^="r:"]`)) one.value = told.revision;
  }
  // After a conflict the person chooses first: saving on would only lose again.
  stopped = form.querySelector("[data-saved] a") !== null;
}

form?.addEventListener("input", () => {
  clearTimeout(timer);
  if (!stopped) timer = setTimeout(save, PAUSE);
});
form?.addEventListener("submit", () => clearTimeout(timer));
window.addEventListener("beforeunload", (event) => {
  if (timer) event.preventDefault();
});
if (form) form.dataset.ready = "true";
