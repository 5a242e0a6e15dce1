// « Tester mon poste »: everything sealing needs, tried in order; nothing is kept.

import { SealingClient } from "../seal/client.js";
import { SealError } from "../seal/errors.js";
import { DraftStore } from "../seal/draft.js";
import { randomFile } from "../seal/measure.js";
import { selfTest } from "../seal/selftest.js";
import { Control, sendWithProgress } from "../seal/upload.js";
import { server } from "./api.js";
import { alert, all, awake, find, say, setStatus, show } from "./dom.js";
import { bytes, duration } from "./format.js";
import { explain, text } from "./messages.js";

const SEALED = 32 * 1024 * 1024;
const SENT = 10 * 1024 * 1024;
const PIECE = 8 * 1024 * 1024;
const CLOCK_SECONDS = 60;
const STORAGE_BYTES = 64 * 1024 * 1024;

class Workstation {
  constructor(root) {
    this.root = root;
    this.server = server(root);
    this.rates = {};
    this.tests = { secure: () => this.secure(), crypto: () => selfTest(), worker: () => this.seal(), storage: () => this.storage(), upload: () => this.upload(), clock: () => this.clock() };
    find("#poste-lancer", root).addEventListener("click", () => this.run());
    find("#poste-taille", root).addEventListener("input", () => this.forecast());
    awake(root);
    root.dataset.ready = "true";
  }

  async run() {
    if (this.running) return;
    this.running = true;
    const results = {};
    for (const row of all("[data-test]", this.root)) results[row.dataset.test] = await this.one(row);
    this.verdict(Object.values(results));
    this.forecast();
    this.running = false;
  }

  /** Run one test and say what it found; "warn" may be lived with, "err" may not. */
  async one(row) {
    const name = row.dataset.test;
    const [state, note] = [find("[data-slot='state']", row), find("[data-slot='note']", row)];
    setStatus(state, "run", text("test.running"));
    try {
      const { level = "ok", sentence = "" } = (await this.tests[name]()) ?? {};
      setStatus(state, level, text(`test.${level}`));
      note.textContent = sentence;
      return level;
    } catch (error) {
      setStatus(state, "err", text("test.err"));
      note.textContent = explain(error);
      return "err";
    }
  }

  secure() {
    if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) throw new SealError("client.insecure");
  }

  async seal() {
    const client = new SealingClient();
    try {
      this.rates.seal = await client.call("test", { size: SEALED });
    } finally {
      client.worker.terminate();
    }
    return { sentence: text("test.seal", { rate: bytes(this.rates.seal) }) };
  }

  async storage() {
    const store = await DraftStore.open("pli-essai");
    store.close();
    indexedDB.deleteDatabase("pli-essai");
    const { quota = 0, usage = 0 } = (await navigator.storage?.estimate?.()) ?? {};
    const free = quota - usage;
    return { level: free < STORAGE_BYTES ? "warn" : "ok", sentence: text("test.storage", { free: bytes(free) }) };
  }

  /** Send in the same pieces as a deposit, to an address that keeps nothing. */
  async upload() {
    const file = randomFile(SENT);
    const begun = performance.now();
    for (let at = 0; at < SENT; at += PIECE) await this.send(file.slice(at, at + PIECE));
    this.rates.upload = (SENT * 1000) / (performance.now() - begun);
    return { sentence: text("test.upload", { rate: bytes(this.rates.upload) }) };
  }

  async send(body) {
    const headers = { "Content-Type": "application/octet-stream", Accept: "application/json" };
    const url = `${this.server.api}/poste/envoi`;
    const answer = await sendWithProgress({ method: "POST", url, headers, body, onProgress: () => {}, signal: new Control().abort.signal });
    if (answer.status !== 200) throw new SealError(`http.${answer.status}`, "", { message: JSON.parse(answer.body || "{}").detail });
  }

  async clock() {
    const before = Date.now();
    const { server_time: told } = await this.server.get("/poste/heure");
    const gap = (Date.parse(told) - (before + Date.now()) / 2) / 1000;
    const seconds = Math.abs(gap).toFixed(1);
    return { level: Math.abs(gap) > CLOCK_SECONDS ? "warn" : "ok", sentence: text("test.clock", { seconds }) };
  }

  verdict(levels) {
    const worst = ["err", "warn", "ok"].find((level) => levels.includes(level));
    alert(find("#poste-verdict", this.root), worst, text(`verdict.${worst}.title`), [text(`verdict.${worst}`)]);
    say(text(`verdict.${worst}.title`));
  }

  /** How long a bid of the size asked would take, at the rates measured. */
  forecast() {
    const { seal, upload } = this.rates;
    show(find("#poste-prevision", this.root), Boolean(seal && upload));
    if (!seal || !upload) return;
    const size = Number(find("#poste-taille", this.root).value) * 1024 * 1024;
    find("[data-slot='forecast']", this.root).textContent = size > 0 ? text("forecast", { size: bytes(size), time: duration(size / Math.min(seal, upload)) }) : "";
  }
}

const root = document.getElementById("poste");
if (root) new Workstation(root);
