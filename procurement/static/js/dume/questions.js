// Show and hide the questions that depend on a yes or a no, without waiting for the page to be saved.

function follow(root) {
  for (const part of root.querySelectorAll("[data-when]")) {
    const name = CSS.escape(part.dataset.when);
    const chosen = root.querySelector(`input[name="${name}"]:checked`);
    part.hidden = chosen?.value !== part.dataset.wanted;
  }
}

for (const form of document.querySelectorAll("form[data-questions]")) {
  form.addEventListener("change", (event) => {
    if (event.target.type === "radio") follow(form);
  });
  follow(form);
  form.dataset.ready = "true";
}
