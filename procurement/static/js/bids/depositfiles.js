// The rows of the files of a deposit: state, bytes, rate, time left, and one gesture for each.

import { clone, fill, find, say, setStatus, show } from "./dom.js";
import { bytes, duration, time } from "./format.js";
import { explain, text } from "./messages.js";
import { Rate, Tenths } from "./progress.js";

const KINDS = {
  queued: "todo", sealing: "run", verifying: "run", sending: "run", retrying: "warn", paused: "info",
  waiting: "info", complete: "ok", failed: "err", refused: "err",
};
const ACTS = {
  queued: ["pause", "remove"], sealing: ["pause", "remove"], verifying: ["remove"], sending: ["pause", "remove"], retrying: ["hurry", "pause", "remove"],
  paused: ["resume", "remove"], waiting: ["pick", "remove"], complete: ["remove"], failed: ["retry", "remove"], refused: ["dismiss"],
};

/** One file on the page. `acts` are called by name: pause, resume, hurry, retry, pick(file), remove, dismiss. */
export class FileRow {
  constructor(file, acts) {
    this.file = { sent: 0, ...file };
    this.rate = new Rate();
    this.tenths = new Tenths((percent) => say(text("file.percent", { name: this.file.name, percent })));
    this.element = clone("t-file");
    this.acts = acts;
    this.wire();
    this.draw();
  }

  wire() {
    for (const button of this.element.querySelectorAll("[data-act]")) {
      button.addEventListener("click", () => this.act(button.dataset.act));
      find("[data-slot='about']", button).textContent = ` ${this.file.name}`;
    }
    const input = find("input[type='file']", this.element);
    input.addEventListener("change", () => {
      if (input.files.length > 0) this.acts.pick(this, input.files[0]);
      input.value = "";
    });
    find("progress", this.element).setAttribute("aria-label", text("file.progress", { name: this.file.name }));
  }

  act(name) {
    if (name === "pick") find("input[type='file']", this.element).click();
    else this.acts[name](this);
  }

  update(change) {
    const before = this.file.state;
    Object.assign(this.file, change);
    if (change.state === "retrying") this.file.until = Date.now() + change.seconds * 1000;
    if (change.state === "complete") this.file.sent = this.file.size;
    if (change.state === "sending") this.rate.add(this.file.sent);
    if (change.state === "sending") this.tenths.reach(this.file.sent, this.file.size);
    if (before !== this.file.state && this.file.state === "complete") say(text("file.done", { name: this.file.name }));
    this.draw();
  }

  get left() {
    return this.file.state === "complete" ? 0 : Math.max(0, this.file.size - this.file.sent);
  }

  get percent() {
    if (this.file.state === "verifying") return Math.floor((this.file.done * 100) / this.file.count);
    return this.file.size > 0 ? Math.min(100, Math.floor((this.file.sent * 100) / this.file.size)) : 0;
  }

  draw() {
    const { state, name } = this.file;
    fill(this.element, { name, meta: this.meta() });
    setStatus(find("[data-slot='state']", this.element), KINDS[state], this.word());
    this.drawBar();
    this.drawNote();
    for (const button of this.element.querySelectorAll("[data-act]")) show(button, ACTS[state].includes(button.dataset.act));
    this.element.classList.toggle("pl-file--warn", state === "retrying");
    this.element.classList.toggle("pl-file--err", state === "failed" || state === "refused");
  }

  drawBar() {
    const bar = find("progress", this.element);
    show(bar, !["complete", "refused", "queued"].includes(this.file.state));
    bar.value = this.percent;
    bar.textContent = `${this.percent} %`;
    bar.classList.toggle("pl-progress--warn", this.file.state === "retrying");
  }

  drawNote() {
    const note = find("[data-slot='note']", this.element);
    const sentence = this.note();
    show(note, Boolean(sentence));
    if (note.textContent !== sentence) note.textContent = sentence;
  }

  word() {
    const seconds = Math.max(0, Math.ceil(((this.file.until ?? 0) - Date.now()) / 1000));
    return text(`state.${this.file.state}`, { percent: this.percent, seconds });
  }

  meta() {
    const { state, size, sent } = this.file;
    if (state === "refused") return text("file.nothing_sent", { size: bytes(size) });
    if (state === "complete") return this.file.at ? text("file.arrived_at", { size: bytes(size), time: this.file.at }) : bytes(size);
    if (state === "sending" && this.rate.value() > 0) return this.sendingMeta();
    return sent > 0 ? text("file.part", { sent: bytes(sent), size: bytes(size) }) : bytes(size);
  }

  sendingMeta() {
    const { sent, size } = this.file;
    const rate = this.rate.value();
    return text("file.sending", { sent: bytes(sent), size: bytes(size), rate: bytes(rate), left: duration(this.left / rate) });
  }

  note() {
    const { state, cause, message } = this.file;
    if (state === "retrying") return [text(`cause.${cause}`, { sent: bytes(this.file.sent), time: time(Date.now()) }), message].filter(Boolean).join(" ");
    if (state === "failed") return explain(this.file);
    if (state === "waiting") return text("file.pick_again");
    return this.file.restarted ? text("file.restarted") : (this.file.finding ?? "");
  }
}
