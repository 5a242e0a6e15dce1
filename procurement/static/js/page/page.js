// Improve what is on this page, and load nothing for what is not. Every page works without this file.

const improvements = [
  ["[data-pl-countdown]", () => import("./countdown.js")],
  ["[data-pl-errors]", () => import("./errors.js")],
  ["[data-pl-copy]", () => import("./copy.js")],
  ["[data-pl-dialog]", () => import("./dialog.js")],
  ["form[data-pl-once], form[method='post']", () => import("./once.js")],
];

// The menu stands on every page: a module of its own would cost each of them a request.
function improveMenu(menu) {
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
}

document.querySelectorAll("[data-pl-menu]").forEach(improveMenu);

for (const [selector, load] of improvements) {
  const found = document.querySelectorAll(selector);
  if (found.length > 0) {
    load().then((module) => found.forEach((element) => module.improve(element)));
  }
}
