// Send the files of a deposit one after the other, whatever happens to the line; each can be paused or taken away.

import { SealError } from "./errors.js";
import { checkDuplicates } from "./preflight.js";
import { lookAt } from "./signatures.js";
import { Transfer } from "./transfer.js";
import { Control } from "./upload.js";

/** The queue of one deposit. `emit` hears {type:"file", ...} for every change of every file. */
export class Sender {
  constructor({ deposit, emit, send }) {
    Object.assign(this, { deposit, emit, send });
    this.entries = new Map();
    this.running = null;
  }

  /** Queue a file of an envelope; `stream` is its record, new or begun before. */
  add(envelope, stream, file) {
    const entry = { envelope, stream, file, control: new Control(), state: "queued", active: false };
    this.entries.set(keyOf(stream), entry);
    this.tell(entry, { state: "queued" });
    this.wake();
  }

  pause(key) {
    this.each(key, (entry) => {
      if (entry.state === "complete" || entry.state === "failed") return;
      entry.control.pause();
      this.tell(entry, { state: "paused" });
    });
  }

  resume(key) {
    this.each(key, (entry) => {
      if (entry.state === "complete") return;
      if (entry.state === "failed" || entry.state === "paused") this.tell(entry, { state: "queued" });
      entry.control.resume();
    });
    this.wake();
  }

  /** Try again at once what waits for its next attempt: the line came back, or the person asked. */
  hurry() {
    for (const entry of this.entries.values()) if (!entry.control.paused) entry.control.wake();
  }

  /** Return the file of a stream when it was chosen in this session, else null: a browser keeps no file for later. */
  fileOf(key) {
    return this.entries.get(key)?.file ?? null;
  }

  /** Stop a file that is on its way; return its last record, if it was here. */
  async remove(key) {
    const entry = this.entries.get(key);
    if (!entry) return null;
    entry.control.remove();
    this.entries.delete(key);
    await entry.finished;
    return entry.stream;
  }

  each(key, act) {
    for (const [known, entry] of this.entries) if (key === undefined || key === known) act(entry);
  }

  wake() {
    this.running ??= this.run().finally(() => {
      this.running = null;
    });
  }

  /** One file at a time; one that is paused on its way lets the next one pass. */
  async run() {
    for (let entry = this.next(); entry; entry = this.next()) {
      entry.active = true;
      entry.finished = this.transfer(entry).finally(() => {
        entry.active = false;
      });
      await Promise.race([entry.finished, entry.control.whenPaused()]);
    }
  }

  /** A transfer that was paused on its way goes on by itself: a second one would write at its side. */
  next() {
    return [...this.entries.values()].find(({ state, control, active }) => state === "queued" && !active && !control.paused);
  }

  async transfer(entry) {
    try {
      await this.sendOne(entry);
    } catch (error) {
      if (entry.control.removed) return;
      const failure = SealError.from(error);
      this.tell(entry, { state: "failed", ...failure.toPlain() });
    }
  }

  async sendOne(entry) {
    this.tell(entry, { state: "sealing" });
    try {
      await this.runTransfer(entry);
    } catch (error) {
      if (error.code !== "file.not_the_same") throw error;
      await this.restart(entry);
    }
  }

  /** Another content under a number that was used: nothing more is sent there, a new number begins. */
  async restart(entry) {
    const { stream, envelope, file } = entry;
    await this.deposit.dropStream(stream);
    this.emit({ type: "renumbered", from: keyOf(stream) });
    this.entries.delete(keyOf(stream));
    const looked = await lookAt(file).catch(() => null);
    entry.stream = await this.deposit.addStream(envelope, file, { ...stream, looked });
    this.entries.set(keyOf(entry.stream), entry);
    this.tell(entry, { state: "sealing", restarted: true });
    await this.runTransfer(entry);
  }

  async runTransfer(entry) {
    const { deposit } = this;
    const transfer = new Transfer({
      store: deposit.store,
      server: deposit.server,
      place: deposit.place(entry.envelope),
      schedule: await deposit.schedule(entry.envelope),
      stream: entry.stream,
      file: entry.file,
      control: entry.control,
      send: this.send,
      report: (change) => this.tell(entry, change),
    });
    entry.stream = await transfer.run();
    await this.noteDuplicate(entry);
  }

  async noteDuplicate(entry) {
    const complete = (await this.deposit.streams()).filter(({ state }) => state === "complete");
    const finding = checkDuplicates(complete).find(({ file }) => file === entry.stream.name);
    if (!finding) return;
    const warnings = [...new Set([...entry.stream.warnings, finding.code])];
    entry.stream = await this.deposit.store.put("streams", { ...entry.stream, warnings });
    this.emit({ type: "finding", finding, key: keyOf(entry.stream) });
  }

  tell(entry, change) {
    // "paused" may be reported late, by a transfer that stops after the person went on.
    if (change.state === "paused" && !entry.control.paused) return;
    entry.state = change.state;
    this.emit({ type: "file", key: keyOf(entry.stream), ...describe(entry.stream), ...change });
  }
}

export function keyOf({ envelope, n }) {
  return `${envelope}/${n}`;
}

/** Return what the page may know of a stream: never a key. */
export function describe({ envelope, n, name, size, piece, dume, pt, warnings, ct_size: cipherSize }) {
  const digest = pt ? { digest: pt.value } : {};
  return { envelope, n, name, size, piece, dume, warnings, cipherSize, ...digest };
}
