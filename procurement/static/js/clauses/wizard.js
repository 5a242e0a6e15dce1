// Save each answer as soon as it is given, then show its effect: clauses, reasons, chapters, and the questions that come or
// go. The page is asked for again and its regions are put in place of the old ones; what is being typed is left alone.

import { Saver, guard } from "./saving.js";

const REGIONS = ["counts", "toc", "inside", "waiting", "outside", "why", "outline"];
const QUIET = 1200;

const form = document.querySelector("form[data-wizard]");
const savers = new WeakMap();
let refreshing = Promise.resolve();

function bodyOf(group) {
  const body = new FormData();
  const own = new Set([...group.querySelectorAll("[name]")].map((one) => one.name));
  for (const [name, value] of new FormData(form)) if (own.has(name)) body.append(name, value);
  return body;
}

function saverOf(group) {
  if (!savers.has(group)) {
    const saved = (told) => {
      group.querySelector("input[name^='r:']").value = told.revision;
      refreshing = refreshing.then(refresh, refresh);
    };
    const address = form.dataset.answers.replace("__fact__", group.dataset.fact);
    const line = group.querySelector("[data-saved]");
    savers.set(group, new Saver({ address, body: () => bodyOf(group), words: form.dataset, line, saved }));
  }
  return savers.get(group);
}

// XMLHttpRequest reads a page into a document without running anything of it.
function fetchPage() {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", location.href);
    request.responseType = "document";
    request.onload = () => (request.status === 200 && request.response ? resolve(request.response) : reject(new Error(String(request.status))));
    request.onerror = () => reject(new Error("network"));
    request.send();
  });
}

async function refresh() {
  let fresh;
  try {
    fresh = await fetchPage();
  } catch {
    return; // The answer is saved; its effect shows with the next page.
  }
  for (const name of REGIONS) {
    const [old, made] = [document, fresh].map((page) => page.querySelector(`[data-region="${name}"]`));
    if (old && made && !old.contains(document.activeElement)) old.replaceWith(document.importNode(made, true));
  }
  settleQuestions(fresh);
}

// New questions join the list; one that is no longer asked, and was not answered here, goes.
function settleQuestions(fresh) {
  const list = form.querySelector("[data-asked]");
  const asked = new Map([...fresh.querySelectorAll("[data-asked] [data-fact]")].map((one) => [one.dataset.fact, one]));
  const answered = new Set([...fresh.querySelectorAll("#reponses [data-fact]")].map((one) => one.dataset.fact));
  for (const group of list.querySelectorAll("[data-fact]")) {
    group.hidden = !asked.has(group.dataset.fact) && !answered.has(group.dataset.fact);
  }
  for (const [fact, group] of asked) {
    if (!form.querySelector(`[data-fact="${CSS.escape(fact)}"]`)) list.append(document.importNode(group, true));
  }
  for (const group of form.querySelectorAll("[data-fact]")) settleHabit(group, fresh);
  document.querySelector("#questions-titre").textContent = fresh.querySelector("#questions-titre").textContent;
}

// Whose usual answer it is, and the button about one's own, follow the answer that was saved.
function settleHabit(group, fresh) {
  const made = fresh.querySelector(`[data-fact="${CSS.escape(group.dataset.fact)}"] [data-habit]`);
  const old = group.querySelector("[data-habit]");
  if (made && old && !old.contains(document.activeElement)) old.replaceWith(document.importNode(made, true));
}

form?.addEventListener("change", (event) => {
  const group = event.target.closest("[data-fact]");
  if (group) saverOf(group).later(0);
});
form?.addEventListener("input", (event) => {
  const group = event.target.closest("[data-fact]");
  if (group && event.target.matches("input:not([type='radio'], [type='checkbox']), textarea")) saverOf(group).later(QUIET);
});
if (form) {
  guard(form);
  form.dataset.ready = "true";
}
