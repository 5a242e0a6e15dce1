// The DUME in the bid: one press fetches the validated response and adds its file, sealed like every other file.

import { sha256, toHex } from "../seal/bytes.js";
import { SealError } from "../seal/errors.js";
import { all, find, say, setStatus, show } from "./dom.js";
import { text } from "./messages.js";

export class DumePanel {
  constructor(page) {
    this.page = page;
    this.entries = new Map(all("[data-dume]", page.root).map((entry) => [entry.dataset.dume, entry]));
    for (const [id, entry] of this.entries) {
      find("button[data-join]", entry)?.addEventListener("click", () => this.join(id));
    }
  }

  enable() {
    for (const button of all("[data-dume] button[data-join]", this.page.root)) button.disabled = false;
    this.draw();
  }

  /** Return the rows of files that hold a DUME. */
  rows() {
    return [...this.page.rows.values()].filter(({ file }) => file.dume);
  }

  draw() {
    const joined = new Map(this.rows().map(({ file }) => [file.dume, file]));
    for (const [id, entry] of this.entries) {
      const file = joined.get(id);
      show(find("button[data-join]", entry), !file);
      const slot = find("[data-slot='joined']", entry);
      show(slot, Boolean(file));
      if (file) setStatus(slot, file.state === "complete" ? "ok" : "run", text(file.state === "complete" ? "dume.joined" : "dume.joining"));
    }
  }

  /** The candidature takes it; where there is none, the first place that is shown. */
  place() {
    const places = [...this.page.places.values()];
    return places.find(({ dataset }) => dataset.kind === "candidature") ?? places.find((place) => !place.closest("[hidden]"));
  }

  async join(id) {
    if (this.running) return;
    this.running = true;
    const button = find("button[data-join]", this.entries.get(id));
    button.setAttribute("aria-disabled", "true");
    try {
      const { lot, kind } = this.place().dataset;
      const file = await this.fetch(id);
      await this.page.addFile({ lot: Number(lot), kind, file, dume: { id, digest: await digestOf(file) } });
      say(text("dume.said", { id }));
    } catch (error) {
      this.page.refuse(text("dume.not_joined", { id }), error);
    } finally {
      this.running = false;
      button.removeAttribute("aria-disabled");
      this.page.draw();
    }
  }

  /** Return the file of a validated response, as the platform gives it to its company alone. */
  async fetch(id) {
    const answer = await fetch(this.entries.get(id)?.dataset.url ?? "", { headers: { Accept: "application/json, */*" }, cache: "no-store" });
    if (!answer.ok || answer.redirected) throw await refusal(answer);
    const name = /filename="([^"]+)"/.exec(answer.headers.get("Content-Disposition"))[1];
    return new File([await answer.blob()], name, { type: answer.headers.get("Content-Type") });
  }

  /** Go on with those cut short: the person need not pick them again. */
  async resume() {
    for (const row of this.rows().filter(({ file }) => file.state === "waiting" && this.entries.has(file.dume))) {
      await this.page.continueFile(row, await this.fetch(row.file.dume));
    }
  }

  /** Return what is wrong with the DUME in this bid; empty when each is the one that is validated now. */
  async problem() {
    for (const { file } of this.rows()) {
      if (!this.entries.has(file.dume)) return text("dume.gone", { id: file.dume });
      const current = await this.fetch(file.dume);
      if ((await digestOf(current)) !== file.digest) return text("dume.changed", { id: file.dume, name: file.name });
    }
    return "";
  }
}

async function digestOf(file) {
  return toHex(await sha256(new Uint8Array(await file.arrayBuffer())));
}

async function refusal(answer) {
  const problem = await answer.json().catch(() => ({}));
  return new SealError(problem.code ?? "dume.unreachable", "", problem.detail ? { message: problem.detail } : {});
}
