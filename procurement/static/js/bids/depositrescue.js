// The rescue file: made under a passphrase the person chooses or takes from us, and read on another machine.

import { MIN_LENGTH, generate } from "../seal/passphrase.js";
import { alert, awake, find, offerFile, say, show } from "./dom.js";
import { explain, text } from "./messages.js";

export class RescuePanel {
  constructor({ root, client, reference, onRestored }) {
    Object.assign(this, { client, reference, onRestored });
    this.make = find("#secours-creer", root);
    this.read = find("#secours-lire", root);
    this.place = find("#secours-message", root);
    this.passphrase = find("#secours-phrase", root);
    find("#secours-proposer", root).addEventListener("click", () => this.propose());
    this.make.addEventListener("submit", (event) => this.write(event));
    this.read.addEventListener("submit", (event) => this.restore(event));
    awake(root);
  }

  /** There is nothing to rescue before the first file. */
  enable() {
    show(find("[data-part='offer']", this.make.closest("section")), true);
  }

  propose() {
    this.passphrase.value = generate();
    this.passphrase.type = "text";
    this.passphrase.focus();
  }

  async write(event) {
    event.preventDefault();
    const passphrase = this.passphrase.value;
    if (passphrase.length < MIN_LENGTH) {
      alert(this.place, "err", text("rescue.short.title"), [text("rescue.short")]);
      this.passphrase.focus();
      return;
    }
    await this.run(async () => {
      const bytes = await this.client.call("rescue", { passphrase });
      offerFile(`secours-${this.reference}.pli-secours`, bytes, "application/json");
      alert(this.place, "ok", text("rescue.made.title"), [text("rescue.made")]);
      say(text("rescue.made.title"));
    });
  }

  async restore(event) {
    event.preventDefault();
    const file = find("input[type='file']", this.read).files[0];
    if (!file) return;
    await this.run(async () => {
      const bytes = new Uint8Array(await file.arrayBuffer());
      this.onRestored(await this.client.call("restore", { bytes, passphrase: find("input[type='password']", this.read).value }));
      alert(this.place, "ok", text("rescue.read.title"), [text("rescue.read")]);
    });
  }

  async run(act) {
    try {
      await act();
    } catch (error) {
      alert(this.place, "err", text("rescue.refused"), [explain(error)]);
    }
  }
}
