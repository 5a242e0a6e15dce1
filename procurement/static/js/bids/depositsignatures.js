// What is known of signatures before sealing, one sentence per file; a missing one warns and stops nothing.

import { find, setStatus, show } from "./dom.js";
import { bytes } from "./format.js";
import { text } from "./messages.js";

const KINDS = {
  "signed-valid": "ok", "signed-invalid": "err", "signed-undetermined": "warn",
  "orphan-token": "warn", "present-not-checked": "info", "not-signed": "todo",
};

/** Show the notes [{name, status, reasons}] in the section of the review. */
export function showSignatures(section, notes) {
  const list = find("[data-part='signatures']", section);
  list.replaceChildren(...notes.map(line));
  show(list.parentElement, notes.length > 0);
}

/** Name the documents [{name, size}] that may be sent for their signature to be judged; hide the offer when there are none. */
export function offerDocuments(part, documents) {
  const items = documents.map(({ name, size }) => {
    const item = document.createElement("li");
    item.textContent = `${name} (${bytes(size)})`;
    return item;
  });
  find("ul", part).replaceChildren(...items);
  show(part, documents.length > 0);
}

function line({ name, status, basis, reasons }) {
  const item = document.createElement("li");
  const word = document.createElement("span");
  setStatus(word, KINDS[status], text(`signature.${status}`));
  const about = document.createElement("strong");
  about.textContent = name;
  const said = document.createElement("p");
  said.textContent = [text(`signature.${status}.say`), basis ? text(`signature.basis.${basis}`) : "", ...reasons].filter(Boolean).join(" ");
  item.append(word, " ", about, said);
  return item;
}
