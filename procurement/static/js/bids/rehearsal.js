// The page « Éprouver la clé ».

import { server } from "./api.js";
import { alert, find, link, say } from "./dom.js";
import { onSubmit, readKey } from "./keyfile.js";
import { explain, text } from "./messages.js";
import { rehearse } from "./rehearse.js";

const root = document.getElementById("epreuve");
const form = root && find("form", root);
const place = root && find("#epreuve-message", root);

async function run() {
  const key = await readKey(form);
  say(text("rehearsal.running"));
  await rehearse(server(root), root.dataset.holder, key);
  const done = alert(place, "ok", text("rehearsal.done.title"), [text("rehearsal.done")]);
  done.append(link(root.dataset.next, text("rehearsal.next")));
  form.hidden = true;
}

if (root) {
  onSubmit(form, run, (error) => alert(place, "err", text("rehearsal.refused"), [explain(error), text("rehearsal.kept")]));
  form.dataset.ready = "true";
}
