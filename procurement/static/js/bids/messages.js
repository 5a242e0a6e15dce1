// The page's translated sentences, from its data block; placeholders are written {name}.

import { SealError } from "../seal/errors.js";

const messages = JSON.parse(document.getElementById("pli-messages")?.textContent ?? "{}");

/** Return a sentence of the page with its figures filled in. */
export function text(key, params = {}) {
  const sentence = messages[key] ?? key;
  return sentence.replaceAll(/\{(\w+)\}/g, (whole, name) => params[name] ?? whole);
}

/** Tell whether the page has a sentence of its own. */
export function has(key) {
  return key in messages;
}

/** Return what to tell a person of an error: the server's sentence, ours for its code, or the honest remainder. */
export function explain(error) {
  const known = SealError.from(error);
  if (known.code === "client.unexpected") console.warn(known.detail);
  const reason = known.params.reason ? `error.${known.code}.${known.params.reason}` : null;
  if (reason && has(reason)) return text(reason, known.params);
  if (has(`error.${known.code}`)) return text(`error.${known.code}`, known.params);
  return known.params.message ?? text("error.other", { code: known.code });
}
