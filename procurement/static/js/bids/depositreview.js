// Read again, then seal: the list of what the commission will open, and the final act.

import { offerDocuments, showSignatures } from "./depositsignatures.js";
import { alert, block, clone, fill, find, isBlocked, link, say, show } from "./dom.js";
import { bytes, count } from "./format.js";
import { explain, text } from "./messages.js";

export class Review {
  constructor({ root, client, candidate, dume, rows, waiting }) {
    Object.assign(this, { root, client, candidate, dume, rows, waiting });
    this.section = find("#relire", root);
    this.place = find("#depot-erreur", root);
    this.open = find("#ouvrir-relecture", root);
    this.seal = find("#sceller", root);
    this.check = find("#verifier-signatures", root);
    this.documents = find("[data-part='documents']", root);
    this.open.addEventListener("click", () => this.prepare());
    this.seal.addEventListener("click", () => this.commit());
    this.check.addEventListener("click", () => this.checkSignatures({ documents: false }));
    find("#envoyer-documents", root).addEventListener("click", () => this.checkSignatures({ documents: true }));
    find("#revenir", root).addEventListener("click", () => this.close());
  }

  /** Say what is missing before anything can be sealed; empty when nothing is. */
  reason() {
    const rows = this.rows();
    const pending = rows.filter(({ file }) => !["complete", "refused"].includes(file.state)).length;
    const complete = rows.filter(({ file }) => file.state === "complete");
    if (complete.length === 0 && pending === 0) return text("review.nothing");
    if (pending > 0) return text("review.pending", { count: count(pending) });
    const hidden = complete.find(({ file }) => file.lot > 0 && !this.candidate.lots.includes(file.lot));
    return hidden ? text("review.hidden_lot", { lot: hidden.file.lot, name: hidden.file.name }) : "";
  }

  refresh() {
    const reason = this.reason();
    block(this.open, reason);
    if (reason && !this.section.hidden) this.close();
  }

  async prepare() {
    if (isBlocked(this.open)) return;
    const { candidate, problem, target, siret } = this.candidate.read();
    if (problem) {
      alert(this.place, "err", text("candidate.title"), [text(problem, { siret })]);
      target.focus();
      return;
    }
    await this.busy(this.open, text("review.preparing"), async () => {
      const changed = await this.dume.problem();
      if (changed) {
        const element = alert(this.place, "err", text("dume.title"), [changed]);
        element.tabIndex = -1;
        element.focus();
        return;
      }
      await this.write(candidate, { checked: false });
      this.show(candidate);
    });
  }

  /** Write what will be sealed. Digests of the files go to the platform only when the person asks for it: a digest confirms a guess.
   * Documents go only by a second choice, which names them. */
  async write(candidate, { checked, documents = false }) {
    const { signatures } = await this.client.call("prepare", { candidate, relations: this.candidate.relations(), checked, documents });
    showSignatures(this.section, signatures);
    show(this.check, !checked && signatures.some(({ status }) => status === "present-not-checked"));
    offerDocuments(this.documents, checked && !documents ? signatures.filter(({ sendable }) => sendable) : []);
  }

  async checkSignatures({ documents }) {
    const { candidate } = this.candidate.read();
    await this.busy(documents ? find("#envoyer-documents", this.section) : this.check, text("review.checking"), async () => {
      await this.write(candidate, { checked: true, documents });
      find("#signatures-titre", this.section).focus();
    });
  }

  show(candidate) {
    this.place.replaceChildren();
    fill(this.section, { candidate: this.candidateText(candidate) });
    find("[data-part='envelopes']", this.section).replaceChildren(...this.envelopes());
    show(this.section);
    show(this.open.closest("section"), false);
    find("h2", this.section).focus();
  }

  candidateText({ lead, members }) {
    return members.length === 0 ? text("review.alone", { lead }) : text("review.group", { lead, members: members.join(", ") });
  }

  envelopes() {
    const relations = this.candidate.relations();
    const groups = Map.groupBy(this.rows().filter(({ file }) => file.state === "complete"), ({ file }) => `${file.kind}-${file.lot}`);
    return [...groups].map(([key, rows]) => {
      const size = rows.reduce((sum, { file }) => sum + file.size, 0);
      const element = fill(clone("t-envelope-draft"), {
        title: find(`[data-place="${key}"]`, this.root).dataset.title,
        files: text("review.files", { count: count(rows.length), size: bytes(size), names: rows.map(({ file }) => file.name).join(", ") }),
        relation: text(relations[key] ? "review.replaces" : "review.first"),
      });
      return element;
    });
  }

  close() {
    show(this.section, false);
    show(this.open.closest("section"));
    this.open.focus();
  }

  async commit() {
    await this.busy(this.seal, text("review.sealing"), async () => {
      const answer = await this.client.call("commit");
      this.leaving = true;
      say(text("review.done"));
      location.assign(answer.receipt_url);
    });
  }

  /** Run an act once: a second press while it runs does nothing. */
  async busy(button, sentence, act) {
    if (this.running) return;
    this.running = true;
    this.waiting(sentence);
    button.setAttribute("aria-disabled", "true");
    try {
      await act();
    } catch (error) {
      this.refuse(error);
    } finally {
      this.running = false;
      button.removeAttribute("aria-disabled");
      if (!this.leaving) this.waiting("");
    }
  }

  refuse(error) {
    const element = alert(this.place, "err", text("review.refused"), [explain(error), text("review.kept")]);
    if (error.params?.receipt_url) element.append(link(error.params.receipt_url, text("review.see_receipt")));
    this.place.scrollIntoView({ block: "center" });
    element.tabIndex = -1;
    element.focus();
  }
}

