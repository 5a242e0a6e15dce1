// The page « Préparer mon pli »: files are sealed and sent as they are added; sealing the bid is one short request.

import { SealingClient } from "../seal/client.js";
import { csrf } from "./api.js";
import { Candidate } from "./depositcandidate.js";
import { DumePanel } from "./depositdume.js";
import { FileRow } from "./depositfiles.js";
import { Findings, sentence } from "./depositfindings.js";
import { TotalProgress } from "./depositprogress.js";
import { RescuePanel } from "./depositrescue.js";
import { Review } from "./depositreview.js";
import { alert, all, find, link, say, show } from "./dom.js";
import { dateTime, time } from "./format.js";
import { explain, text } from "./messages.js";

const REDRAW_MS = 1000;

class DepositPage {
  constructor(root) {
    this.root = root;
    this.rows = new Map();
    this.refused = new Set();
    this.places = new Map(all("[data-place]", root).map((place) => [place.dataset.place, place]));
    this.client = new SealingClient((event) => this.hear(event));
    this.clock = { offset: Date.parse(root.dataset.now) - Date.now() };
    this.findings = new Findings(find("#verifier", root));
    this.progress = new TotalProgress(find("#envoi", root), { clock: this.clock, deadline: Date.parse(root.dataset.deadline) });
    this.candidate = new Candidate(root, () => this.draw());
    this.dume = new DumePanel(this);
    this.review = new Review({
      root, client: this.client, candidate: this.candidate, dume: this.dume,
      rows: () => [...this.rows.values(), ...this.refused], waiting: (words) => this.wait(words),
    });
    this.rescue = new RescuePanel({ root, client: this.client, reference: root.dataset.reference, onRestored: (state) => this.adopt(state) });
  }

  async start() {
    try {
      const { api, consultation } = this.root.dataset;
      const { terms, drafts } = await this.client.call("start", { api, csrf: csrf(), consultation });
      this.clock.offset = Date.parse(terms.server_time) - Date.now();
      this.offerDrafts(drafts);
      this.enable();
    } catch (error) {
      alert(this.message, "err", text("start.refused"), [explain(error), text("start.offline")]);
    }
  }

  get message() {
    return find("#depot-message", this.root);
  }

  enable() {
    for (const place of this.places.values()) {
      const input = find("input[type='file'][data-add]", place);
      input.disabled = false;
      input.addEventListener("change", () => {
        this.add(place, [...input.files]);
        input.value = "";
      });
      this.acceptDrops(place);
    }
    all("[data-all]", this.root).forEach((button) => button.addEventListener("click", () => this.client.call(button.dataset.all)));
    this.dume.enable();
    setInterval(() => this.draw(), REDRAW_MS);
    addEventListener("beforeunload", (event) => {
      if (this.unfinished() && !this.review.leaving) event.preventDefault();
    });
    this.root.dataset.ready = "true";
    this.draw();
  }

  unfinished() {
    return [...this.rows.values()].some(({ file }) => ["queued", "sealing", "verifying", "sending", "retrying"].includes(file.state));
  }

  acceptDrops(place) {
    const drop = find(".pl-drop", place);
    drop.addEventListener("dragover", (event) => {
      event.preventDefault();
      drop.classList.add("pl-drop--over");
    });
    drop.addEventListener("dragleave", () => drop.classList.remove("pl-drop--over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("pl-drop--over");
      this.add(place, [...event.dataTransfer.files]);
    });
  }

  /** Offer the drafts of this browser; the person says whether to go on. */
  offerDrafts(drafts) {
    const draft = drafts.toSorted((left, right) => (left.created_at < right.created_at ? 1 : -1))[0];
    const offer = find("#reprendre", this.root);
    show(offer, Boolean(draft));
    if (!draft) return;
    find("[data-slot='when']", offer).textContent = dateTime(Date.parse(draft.created_at));
    find("[data-act='resume-draft']", offer).addEventListener("click", () => this.resumeDraft(draft));
    find("[data-act='forget-draft']", offer).addEventListener("click", () => this.forgetDraft(draft));
  }

  async resumeDraft(draft) {
    try {
      this.adopt(await this.client.call("open", { deposit: draft.deposit }));
      show(find("#reprendre", this.root), false);
    } catch (error) {
      alert(this.message, "err", text("resume.refused"), [explain(error)]);
    }
  }

  async forgetDraft(draft) {
    await this.client.call("forget", { deposit: draft.deposit });
    show(find("#reprendre", this.root), false);
  }

  /** Show a draft: its lots are ticked, its files listed, those cut short wait to be picked again. */
  adopt({ deposit, envelopes, files, server }) {
    if (server.state === "committed") {
      location.assign(server.receipt_url);
      return;
    }
    this.deposit = Promise.resolve(deposit);
    const known = new Map(envelopes.map((envelope) => [envelope.envelope, envelope]));
    const lots = new Set(envelopes.map(({ lot }) => String(lot)));
    all("input[name='lots']", this.root).forEach((box) => {
      box.checked = box.checked || lots.has(box.value);
    });
    for (const file of files) {
      const { lot, kind } = known.get(file.envelope);
      const sent = server.uploads.find((upload) => upload.envelope === file.envelope && upload.n === file.n)?.offset ?? 0;
      this.addRow({ ...file, lot, kind, sent });
    }
    this.candidate.draw();
    this.rescue.enable();
    this.draw();
    this.dume.resume().catch((error) => this.refuse(text("dume.not_resumed"), error));
    say(text("resume.done", { count: files.length }));
  }

  addRow(file) {
    const row = new FileRow(file, {
      pause: ({ file: { key } }) => this.client.call("pause", { key }),
      resume: ({ file: { key } }) => this.client.call("resume", { key }),
      retry: ({ file: { key } }) => this.client.call("resume", { key }),
      hurry: () => this.client.call("hurry"),
      pick: (picked, chosen) => this.continueFile(picked, chosen),
      remove: (gone) => this.remove(gone),
      dismiss: (gone) => this.dismiss(gone),
    });
    if (file.key) this.rows.set(file.key, row);
    else this.refused.add(row);
    find(".pl-files", this.places.get(`${file.kind}-${file.lot}`)).append(row.element);
    return row;
  }

  /** Take files in, one after the other: the checks of each know those before it. */
  async add(place, files) {
    const { lot, kind } = place.dataset;
    for (const file of files) {
      const waiting = this.waitingFor(place.dataset.place, file);
      if (waiting) await this.continueFile(waiting, file);
      else await this.addFile({ lot: Number(lot), kind, file });
    }
    this.draw();
  }

  waitingFor(place, file) {
    return [...this.rows.values()].find(
      (row) => row.file.state === "waiting" && `${row.file.kind}-${row.file.lot}` === place && row.file.name === file.name && row.file.size === file.size,
    );
  }

  /** Add one file; `dume` is {id, digest} when it holds the company's DUME. */
  async addFile({ lot, kind, file, dume = null }) {
    try {
      const blocked = (await this.client.call("check", { file, dume: dume?.id })).some(({ blocks }) => blocks);
      // A refused file begins no deposit: not one request leaves for it.
      if (!blocked) await this.begin();
      const { key, findings, envelope } = await this.client.call("addFile", { lot, kind, file, piece: null, dume: dume?.id });
      const row = this.rows.get(key) ?? this.addRow({ key, envelope, lot, kind, name: file.name, size: file.size, state: key ? "queued" : "refused" });
      if (this.early?.has(key)) row.update(this.early.get(key));
      row.update({ lot, kind, dume: dume?.id, finding: findings.map(sentence).join(" ") });
      if (dume) row.update({ digest: dume.digest });
      this.findings.set(row, findings);
      if (!key) say(text("file.refused", { name: file.name }));
    } catch (error) {
      this.refuse(text("file.not_added", { name: file.name }), error);
    }
  }

  refuse(title, error) {
    alert(this.message, "err", title, [explain(error)]);
  }

  /** Begin the deposit with the first file; keep the browser from clearing the draft. */
  begin() {
    this.deposit ??= this.client.call("open", {}).then(({ deposit }) => {
      this.rescue.enable();
      navigator.storage?.persist?.();
      return deposit;
    });
    this.deposit.catch(() => {
      this.deposit = undefined;
    });
    return this.deposit;
  }

  async continueFile(row, file) {
    await this.client.call("continueFile", { key: row.file.key, file });
  }

  async remove(row) {
    await this.client.call("removeFile", { key: row.file.key });
    this.rows.delete(row.file.key);
    this.dismiss(row);
  }

  dismiss(row) {
    this.refused.delete(row);
    this.findings.set(row, []);
    const heading = find("h3", row.element.closest("[data-place]"));
    row.element.remove();
    heading.focus();
    say(text("file.removed", { name: row.file.name }));
    this.draw();
  }

  hear(event) {
    if (event.type === "file") this.hearFile(event);
    if (event.type === "renumbered") this.moving = event.from;
    if (event.type === "finding") this.hearFinding(event);
    if (event.type === "waiting") this.hearWaiting(event);
  }

  hearFile(event) {
    const change = event.state === "complete" ? { ...event, at: time(Date.now() + this.clock.offset) } : event;
    if (this.moving && this.rows.has(this.moving)) this.renumber(event.key);
    const row = this.rows.get(event.key);
    if (row) row.update(change);
    // The Worker speaks of a file before the answer that names it has come back.
    else (this.early ??= new Map()).set(event.key, change);
    // What has arrived shows at once, everywhere; the rest waits for the next drawing.
    if (event.state === "complete") this.draw();
    else this.review.refresh();
  }

  renumber(key) {
    const row = this.rows.get(this.moving);
    this.rows.delete(this.moving);
    this.rows.set(key, row);
    row.file.sent = 0;
    this.moving = null;
  }

  hearFinding({ key, finding }) {
    const row = this.rows.get(key);
    if (!row) return;
    row.update({ finding: sentence(finding) });
    this.findings.set(row, [finding]);
  }

  hearWaiting({ cause, seconds, message }) {
    if (cause !== "session") {
      this.wait(text(`cause.${cause}`, { seconds, time: time(Date.now()), sent: "" }));
      return;
    }
    const element = alert(this.message, "warn", text("session.title"), [message, text("session.kept")]);
    element.append(link(this.root.dataset.signIn, text("session.sign_in"), { outside: true }));
  }

  wait(words) {
    find("#depot-attente", this.root).textContent = words;
  }

  draw() {
    for (const row of this.rows.values()) if (row.file.state === "retrying") row.draw();
    this.findings.set("time", this.progress.draw([...this.rows.values()]));
    this.dume.draw();
    this.review.refresh();
  }
}

const root = document.getElementById("depot");
if (root) new DepositPage(root).start();
