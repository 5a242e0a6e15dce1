// The sealing Worker: every key lives here and in this browser's storage, and none is ever sent to the page.
// Messages in: {id, method, args}; out: {id, result} or {id, error}, and {event} for progress.

import { Deposit } from "./deposit.js";
import { DraftStore } from "./draft.js";
import { SealError } from "./errors.js";
import { measure } from "./measure.js";
import { checkFile, checkReadable, checkTotals } from "./preflight.js";
import { adopt, readRescue, writeRescue } from "./rescue.js";
import { selfTest } from "./selftest.js";
import { Sender, describe, keyOf } from "./sender.js";
import { Server } from "./server.js";
import { lookAt } from "./signatures.js";

const emit = (event) => postMessage({ event });

/** What the page may ask. One deposit at a time. */
class Room {
  /** Test this browser, and measure how fast it seals: bytes a second, on random bytes that go nowhere. */
  async test({ size }) {
    await selfTest();
    return measure(size);
  }

  /** Test this browser and remember where the platform is. */
  async start({ api, csrf, consultation }) {
    await selfTest();
    this.server = new Server({ api, csrf, onWait: (wait) => emit({ type: "waiting", ...wait }) });
    this.store = await DraftStore.open();
    this.terms = await Deposit.terms(this.server, consultation);
    const drafts = await this.store.drafts(consultation);
    return { terms: publicTerms(this.terms), drafts };
  }

  /** Begin a deposit, or go on with one of this browser. */
  async open({ deposit } = {}) {
    const { store, server, terms } = this;
    if (!deposit) return this.adoptDeposit(await Deposit.begin({ store, server, terms }));
    return this.adoptDeposit(new Deposit({ store, server, terms, draft: await store.draft(deposit) }));
  }

  async adoptDeposit(deposit) {
    this.deposit = deposit;
    this.sender = new Sender({ deposit, emit });
    return { deposit: deposit.id, ...(await this.state()) };
  }

  /** Return the files of this deposit; those that are not complete must be picked again. */
  async state() {
    const envelopes = await this.store.envelopes(this.deposit.id);
    const streams = await this.deposit.streams();
    return {
      envelopes: envelopes.map(({ envelope, lot, kind }) => ({ envelope, lot, kind })),
      files: streams.map((stream) => ({ key: keyOf(stream), ...describe(stream), state: stream.state === "complete" ? "complete" : "waiting" })),
      server: await this.server.get(`/plis/${this.deposit.id}`),
    };
  }

  /** Check a file on this machine: nothing is sent, not even the beginning of a deposit. */
  async check({ file, dume }) {
    const kept = this.deposit ? await this.deposit.streams() : [];
    // A buyer has to take a DUME, whatever types its rules list (code de la commande publique, R. 2143-4).
    const limits = dume ? { ...this.terms.limits, types: [] } : this.terms.limits;
    const findings = [...checkFile(file, { limits }), ...checkTotals(file, kept, this.terms)];
    if (!findings.some(({ blocks }) => blocks)) findings.push(...(await checkReadable(file)));
    return findings;
  }

  /** Check a file, then seal and send it. Blocking findings: nothing is read further and nothing is sent. */
  async addFile({ lot, kind, file, piece, dume = null }) {
    const findings = await this.check({ file, dume });
    if (findings.some(({ blocks }) => blocks)) return { findings, key: null };
    const envelope = await this.deposit.envelope(lot, kind);
    const warnings = findings.map(({ code }) => code);
    const looked = await lookAt(file).catch(() => null);
    const stream = await this.deposit.addStream(envelope, file, { piece, dume, warnings, looked });
    this.sender.add(envelope, stream, file);
    return { findings, key: keyOf(stream), envelope: envelope.envelope };
  }

  /** Go on with a file begun before, picked again by the person. */
  async continueFile({ key, file }) {
    const stream = (await this.deposit.streams()).find((other) => keyOf(other) === key);
    const envelope = await this.store.get("envelopes", stream.envelope);
    this.sender.add(envelope, stream, file);
  }

  async removeFile({ key }) {
    const sent = await this.sender.remove(key);
    const stream = sent ?? (await this.deposit.streams()).find((other) => keyOf(other) === key);
    if (stream) await this.deposit.dropStream(stream);
  }

  pause({ key } = {}) {
    this.sender.pause(key);
  }

  resume({ key } = {}) {
    this.sender.resume(key);
  }

  hurry() {
    this.sender?.hurry();
  }

  prepare(options) {
    return this.deposit.prepare({ ...options, fileOf: (stream) => this.sender.fileOf(keyOf(stream)) });
  }

  commit() {
    return this.deposit.commit();
  }

  async rescue({ passphrase }) {
    return writeRescue(this.store, this.deposit.id, passphrase);
  }

  /** Bring a draft from another machine, and go on with it here. */
  async restore({ bytes, passphrase }) {
    const content = await readRescue(bytes, passphrase);
    if (content.draft.consultation !== this.terms.consultation) throw new SealError("bid.rescue_other_consultation", content.draft.consultation);
    const state = await this.server.get(`/plis/${content.draft.deposit}`);
    if (state.state === "committed") throw new SealError("bid.already_committed", "", { receipt_url: state.receipt_url });
    await adopt(this.store, content, state);
    return this.open({ deposit: content.draft.deposit });
  }

  /** Forget a draft of this browser. What the server holds of it expires by itself. */
  async forget({ deposit }) {
    await this.store.erase(deposit);
  }
}

function publicTerms({ key_set: keySet, ...terms }) {
  return { ...terms, holders: keySet.certificates.map(({ subject, role, kinds }) => ({ subject, role, kinds })) };
}

const room = new Room();

addEventListener("message", async ({ data: { id, method, args } }) => {
  try {
    postMessage({ id, result: await room[method](args) });
  } catch (error) {
    postMessage({ id, error: SealError.from(error).toPlain() });
  }
});
addEventListener("online", () => room.hurry());
