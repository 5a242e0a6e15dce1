// Show the content of a folding section as a modal dialog; the section stays the way without script.

export function improve(details) {
  const opener = details.querySelector("summary");
  const body = details.querySelector(".pl-dialog__body");
  const title = body?.querySelector("h2");
  if (!body || !title || typeof HTMLDialogElement === "undefined") return;

  const dialog = document.createElement("dialog");
  dialog.className = "pl-modal";
  dialog.setAttribute("aria-labelledby", title.id);
  dialog.append(body);
  body.append(closing(details.dataset.close, dialog));
  details.after(dialog);

  opener.setAttribute("role", "button");
  opener.setAttribute("aria-haspopup", "dialog");
  opener.addEventListener("click", (event) => {
    event.preventDefault();
    dialog.showModal();
  });
  dialog.addEventListener("close", () => opener.focus());
}

function closing(label, dialog) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "pl-btn pl-btn--quiet";
  button.textContent = label;
  button.addEventListener("click", () => dialog.close());
  return button;
}
