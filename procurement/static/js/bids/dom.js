// Build pages from the <template> elements the server wrote: no markup in scripts, no words either.

/** Return the first element that answers a selector. */
export function find(selector, within = document) {
  return within.querySelector(selector);
}

export function all(selector, within = document) {
  return [...within.querySelectorAll(selector)];
}

/** Enable the buttons that wait for their script: a press that comes before it would reload the page and lose the file. */
export function awake(within) {
  for (const button of all("button[data-waits]", within)) button.disabled = false;
}

/** Return a copy of a template's first element. */
export function clone(id) {
  return document.getElementById(id).content.firstElementChild.cloneNode(true);
}

/** Write texts into the elements marked data-slot. */
export function fill(element, slots) {
  for (const [name, value] of Object.entries(slots)) {
    const slot = element.matches(`[data-slot="${name}"]`) ? element : find(`[data-slot="${name}"]`, element);
    if (slot && slot.textContent !== String(value)) slot.textContent = value;
  }
  return element;
}

/** Return a status: a shape, then a word. */
export function status(kind, word) {
  const element = clone(`t-status-${kind}`);
  element.lastChild.textContent = word;
  return element;
}

/** Replace a container's status, unless it already says the same. */
export function setStatus(container, kind, word) {
  const same = container.firstElementChild?.classList.contains(`pl-status--${kind}`) && container.textContent.trim() === word;
  if (!same) container.replaceChildren(status(kind, word));
}

export function show(element, visible = true) {
  if (element) element.hidden = !visible;
}

/** Show an alert in a place kept for it, and bring the reader there. */
export function alert(place, kind, title, lines = []) {
  const element = clone(`t-alert-${kind}`);
  fill(element, { title });
  const body = find("[data-slot='body']", element);
  body.replaceChildren(...lines.filter(Boolean).map((line) => paragraph(line)));
  place.replaceChildren(element);
  return element;
}

export function paragraph(line) {
  const element = document.createElement("p");
  element.append(line);
  return element;
}

/** Return a link; `outside` opens a tab of its own, so that this page goes on. */
export function link(href, label, { outside = false } = {}) {
  const element = document.createElement("a");
  element.href = href;
  element.textContent = label;
  if (outside) {
    element.target = "_blank";
    element.rel = "noopener";
  }
  return element;
}

/** Give bytes to the person as a file. */
export function offerFile(name, bytes, type = "application/octet-stream") {
  const element = document.createElement("a");
  element.href = URL.createObjectURL(new Blob([bytes], { type }));
  element.download = name;
  document.body.append(element);
  element.click();
  element.remove();
  setTimeout(() => URL.revokeObjectURL(element.href), 60_000);
}

/** A button that stays focusable and says why it cannot act yet. */
export function block(button, reason) {
  const note = document.getElementById(button.getAttribute("aria-describedby"));
  if (reason) button.setAttribute("aria-disabled", "true");
  else button.removeAttribute("aria-disabled");
  if (note && reason !== undefined) note.textContent = reason || note.dataset.ready;
}

export function isBlocked(button) {
  return button.getAttribute("aria-disabled") === "true";
}

/** Speak without moving the focus. */
export function say(sentence) {
  const place = document.getElementById("pli-annonces");
  if (place && place.textContent !== sentence) place.textContent = sentence;
}
