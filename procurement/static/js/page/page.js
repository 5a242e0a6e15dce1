// Improve what is on this page, and load nothing for what is not. Every page works without this file.

const improvements = [
  ["[data-pl-countdown]", () => import("./countdown.js")],
  ["[data-pl-menu]", () => import("./menu.js")],
  ["[data-pl-errors]", () => import("./errors.js")],
  ["[data-pl-copy]", () => import("./copy.js")],
  ["[data-pl-dialog]", () => import("./dialog.js")],
  ["form[data-pl-autosave]", () => import("./autosave.js")],
  ["form[data-pl-once], form[method='post']", () => import("./once.js")],
];

for (const [selector, load] of improvements) {
  const found = document.querySelectorAll(selector);
  if (found.length > 0) {
    load().then((module) => found.forEach((element) => module.improve(element)));
  }
}
