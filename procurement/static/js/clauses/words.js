// Save the words of a clause while they are typed.

import { Saver, guard } from "./saving.js";

const PAUSE = 1500;
const form = document.querySelector("form[data-words]");

function saved(told) {
  for (const one of document.querySelectorAll("input[name^='r:']")) one.value = told.revision;
}

if (form) {
  const saver = new Saver({
    address: form.dataset.words,
    body: () => new FormData(form),
    words: form.dataset,
    line: form.querySelector("[data-saved]"),
    saved,
  });
  form.addEventListener("input", () => saver.later(PAUSE));
  guard(form);
  form.dataset.ready = "true";
}
