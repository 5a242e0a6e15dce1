// A key file and its passphrase, as a form asks for them. The key stays in this page and cannot leave it.

import { SealError } from "../seal/errors.js";
import { openKey } from "../seal/pkcs8.js";
import { awake, find } from "./dom.js";

/** Open the key chosen in a form; throws with a code when it is the wrong file or phrase. */
export async function readKey(form) {
  const file = find("input[type='file']", form).files[0];
  if (!file) throw new SealError("client.no_file");
  const bytes = new Uint8Array(await file.arrayBuffer());
  const passphrase = find("[data-passphrase]", form);
  const key = await openKey(bytes, passphrase.value);
  passphrase.value = "";
  return key;
}

/** Run an act of a form once at a time; errors go to `onError`. */
export function onSubmit(form, act, onError) {
  let running = false;
  awake(form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (running) return;
    running = true;
    const button = find("button[type='submit']", form);
    button.setAttribute("aria-disabled", "true");
    try {
      await act();
    } catch (error) {
      onError(error);
    } finally {
      running = false;
      button.removeAttribute("aria-disabled");
    }
  });
}
