// Make a key in this browser: create, save the file, read it again, send the public half, prove that it opens.

import { equal, random, toBase64url, utf8 } from "../seal/bytes.js";
import { seal } from "../seal/cms.js";
import { unseal } from "../seal/cmsread.js";
import { integer, sequence } from "../seal/der.js";
import { SealError } from "../seal/errors.js";
import { MIN_LENGTH, generate } from "../seal/passphrase.js";
import { createKey, encryptKey } from "../seal/pkcs8.js";
import { server } from "./api.js";
import { alert, all, find, link, offerFile, say, show } from "./dom.js";
import { onSubmit, readKey } from "./keyfile.js";
import { explain, text } from "./messages.js";
import { rehearse } from "./rehearse.js";

class Ceremony {
  constructor(root) {
    this.root = root;
    this.server = server(root);
    this.place = find("#ceremonie-message", root);
    this.create = find("#ceremonie-creer", root);
    this.check = find("#ceremonie-relire", root);
    this.suggested = find("#phrase-proposee", root);
    this.own = find("#phrase-propre", root);
    this.redraw();
    find("#phrase-autre", root).addEventListener("click", () => this.redraw());
    all("input[name='phrase']", root).forEach((radio) => radio.addEventListener("change", () => this.drawChoice()));
    onSubmit(this.create, () => this.make(), (error) => this.refuse(error));
    onSubmit(this.check, () => this.verify(), (error) => this.refuse(error));
    find("#ceremonie-encore", root).addEventListener("click", () => this.save());
    this.drawChoice();
    root.dataset.ready = "true";
  }

  redraw() {
    this.suggested.textContent = generate();
  }

  get ownPhrase() {
    return find("input[name='phrase']:checked", this.root).value === "propre";
  }

  drawChoice() {
    show(find("[data-part='proposee']", this.root), !this.ownPhrase);
    show(find("[data-part='propre']", this.root), this.ownPhrase);
  }

  get passphrase() {
    return this.ownPhrase ? this.own.value : this.suggested.textContent;
  }

  problem() {
    if (find("#nom", this.root).value.trim() === "") return ["ceremony.no_name", "#nom"];
    if (this.kinds.length === 0) return ["ceremony.no_kind", "input[name='kinds']"];
    if (this.passphrase.length < MIN_LENGTH) return ["ceremony.short", "#phrase-propre"];
    return null;
  }

  get kinds() {
    return all("input[name='kinds']:checked", this.root).map(({ value }) => value);
  }

  /** Create the key, encrypt it, hand it over as a file; from here only the file holds it. */
  async make() {
    const problem = this.problem();
    if (problem) {
      alert(this.place, "err", text("ceremony.refused"), [text(problem[0])]);
      find(problem[1], this.root).focus();
      return;
    }
    say(text("ceremony.working"));
    const { spki, pkcs8 } = await createKey();
    this.spki = spki;
    this.file = await encryptKey(pkcs8, this.passphrase);
    pkcs8.fill(0);
    this.save();
    this.place.replaceChildren();
    show(this.check.closest("section"));
    find("h2", this.check.closest("section")).focus();
  }

  save() {
    const name = find("#nom", this.root).value.trim().normalize("NFD").replaceAll(/[^A-Za-z0-9]+/g, "-").toLowerCase();
    offerFile(`cle-${name}.p8`, this.file, "application/pkcs8");
  }

  /** Read the saved file again: a key whose file cannot be read must never receive a bid. */
  async verify() {
    const key = await readKey(this.check);
    await this.sameKey(key);
    const holder = await this.register();
    this.file = null;
    await rehearse(this.server, holder.id, key);
    this.done(holder);
  }

  async sameKey(key) {
    const content = random(32);
    const certificate = { keyType: "p384", spki: this.spki, issuer: sequence(), serial: integer(1) };
    const opened = await unseal(await seal(content, [certificate]), key).catch(() => utf8(""));
    if (!equal(opened, content)) throw new SealError("bid.other_key", "the file holds another key");
  }

  /** Send the public half once; trying again after a cut must not make a second holder. */
  async register() {
    this.holder ??= await this.server.post(`/organisations/${this.root.dataset.organisation}/cles`, {
      name: find("#nom", this.root).value.trim(),
      role: find("input[name='role']:checked", this.root).value,
      kinds: this.kinds,
      spki: toBase64url(this.spki),
    });
    return this.holder;
  }

  done(holder) {
    show(this.create.closest("section"), false);
    show(this.check.closest("section"), false);
    const element = alert(this.place, "ok", text("ceremony.done.title"), [text("ceremony.done")]);
    element.append(link(holder.certificate_url, text("ceremony.certificate")), " ", link(this.root.dataset.next, text("ceremony.next")));
    element.tabIndex = -1;
    element.focus();
  }

  refuse(error) {
    alert(this.place, "err", text("ceremony.refused"), [explain(error), text("ceremony.kept")]);
  }
}

const root = document.getElementById("ceremonie");
if (root) new Ceremony(root);
