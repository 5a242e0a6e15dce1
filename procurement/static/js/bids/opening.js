// The opening room: the key opens each packet here; the platform receives one secret of 32 bytes per bid, never a key.

import { equal, fromBase64url, fromHex, toBase64url } from "../seal/bytes.js";
import { unseal } from "../seal/cmsread.js";
import { SealError } from "../seal/errors.js";
import { shareCommitment } from "../seal/keys.js";
import { readPacket } from "../seal/packets.js";
import { server } from "./api.js";
import { alert, clone, fill, find, link, say, setStatus, show } from "./dom.js";
import { bytes, count } from "./format.js";
import { onSubmit, readKey } from "./keyfile.js";
import { explain, text } from "./messages.js";
import { Tenths } from "./progress.js";

const POLL_MS = 1500;
const BATCH = 200;
const STATUS = { opened: "ok", opening: "run", openable: "run", unopenable: "err", late: "warn", replaced: "todo", withdrawn: "todo", sealed: "info" };

/** Open one envelope's packets with the key; returns the secret, checked against the bidder's commitment. */
async function unwrap(envelope, key) {
  for (const { x, der } of envelope.packets) {
    const content = readPacket(await unseal(fromBase64url(der), key));
    const expected = fromHex(envelope.share_commitments[x - 1]);
    const good = content.envelope === envelope.envelope && content.role === "buyer" && content.x === x;
    if (!good || !equal(await shareCommitment(envelope.envelope, content.value), expected)) {
      throw new SealError("bid.commitment_mismatch", "the packet does not hold what was committed to");
    }
    return { envelope: envelope.envelope, x, value: toBase64url(content.value) };
  }
  throw new SealError("bid.packet_invalid", "no packet");
}

class OpeningRoom {
  constructor(root) {
    this.root = root;
    this.server = server(root);
    this.path = `/ouvertures/${root.dataset.opening}`;
    this.place = find("#ouverture-message", root);
    this.form = find("#ouverture-cle", root);
    this.cards = new Map();
    this.tenths = new Tenths((percent) => say(text("opening.percent", { percent })));
    if (this.form) onSubmit(this.form, () => this.open(), (error) => this.refuse(error));
    root.dataset.ready = "true";
    this.poll();
  }

  async open() {
    const key = await readKey(this.form);
    const { envelopes } = await this.server.get(`${this.path}/paquets`);
    const { secrets, failures } = await this.unwrapAll(envelopes, key);
    if (envelopes.length > 0 && failures.length === envelopes.length && failures.every(({ code }) => code === "bid.wrong_key")) {
      throw new SealError("bid.wrong_key", "no packet is addressed to this key");
    }
    await this.send(secrets);
    if (failures.length > 0) await this.server.post(`${this.path}/rapports`, { failures });
    this.tell(secrets.length, failures.length);
    await this.draw();
  }

  async unwrapAll(envelopes, key) {
    const [secrets, failures] = [[], []];
    for (const envelope of envelopes) {
      try {
        secrets.push(await unwrap(envelope, key));
      } catch (error) {
        const { code, detail } = SealError.from(error);
        failures.push({ envelope: envelope.envelope, code, detail: detail.slice(0, 500) });
      }
    }
    return { secrets, failures };
  }

  async send(secrets) {
    for (let at = 0; at < secrets.length; at += BATCH) await this.server.post(`${this.path}/secrets`, secrets.slice(at, at + BATCH));
  }

  tell(good, bad) {
    const lines = [text("opening.sent", { count: count(good) }), bad > 0 ? text("opening.bad", { count: count(bad) }) : ""];
    alert(this.place, bad > 0 ? "warn" : "ok", text("opening.key_read"), lines);
  }

  refuse(error) {
    const harmless = ["bid.wrong_key", "bid.wrong_passphrase"].includes(error.code);
    alert(this.place, harmless ? "info" : "err", text(harmless ? "opening.wrong" : "opening.refused"), [explain(error)]);
  }

  async poll() {
    try {
      if (await this.draw()) return;
    } catch (error) {
      alert(this.place, "warn", text("opening.no_news"), [explain(error)]);
    }
    setTimeout(() => this.poll(), POLL_MS);
  }

  /** Show where the opening stands; returns true once it is over. */
  async draw() {
    const state = await this.server.get(this.path);
    this.drawProgress(state);
    for (const envelope of state.envelopes) this.drawEnvelope(envelope);
    show(find("#ouverture-vide", this.root), state.envelopes.length === 0);
    if (state.state !== "done") return false;
    if (this.form) show(this.form.closest("section"), false);
    this.drawMinutes(state.minutes_url);
    return true;
  }

  drawProgress({ bytes_done: done, bytes_total: total, opened, failed, remaining }) {
    const bar = find("#ouverture-avancement progress", this.root);
    const percent = total > 0 ? Math.floor((done * 100) / total) : 0;
    bar.value = percent;
    bar.textContent = `${percent} %`;
    fill(find("#ouverture-avancement", this.root), {
      counts: text("opening.counts", { opened: count(opened), failed: count(failed), remaining: count(remaining) }),
      bytes: text("opening.bytes", { done: bytes(done), total: bytes(total) }),
    });
    this.tenths.reach(done, total);
  }

  drawEnvelope(envelope) {
    const before = this.cards.get(envelope.envelope);
    const look = JSON.stringify(envelope);
    if (before?.look === look) return;
    const element = this.card(envelope);
    if (before) before.element.replaceWith(element);
    else find(`[data-part='${group(envelope)}']`, this.root).append(element);
    if (before && before.state !== envelope.state) say(`${envelope.title} : ${envelope.word}`);
    this.cards.set(envelope.envelope, { element, look, state: envelope.state });
    show(find(`[data-part='${group(envelope)}']`, this.root).closest("section"));
  }

  card(envelope) {
    const picture = envelope.state === "opening" ? "openable" : envelope.state;
    const element = fill(clone(`t-envelope-${picture}`), { title: envelope.title, received: text("opening.received", { when: envelope.received_text }), failure: envelope.failure ?? "" });
    show(find("[data-slot='failure']", element), Boolean(envelope.failure));
    setStatus(find("[data-slot='state']", element), envelope.failure ? "err" : STATUS[envelope.state], envelope.word);
    if (envelope.url) {
      const files = text("opening.files", { count: count(envelope.files.length), size: bytes(envelope.files.reduce((sum, { size }) => sum + size, 0)) });
      find("[data-slot='files']", element).replaceChildren(link(envelope.url, files));
    }
    return element;
  }

  drawMinutes(url) {
    const place = find("#ouverture-pv", this.root);
    if (!url || place.childElementCount > 0) return;
    const element = link(url, text("opening.minutes"));
    element.className = "pl-btn pl-btn--wide";
    place.replaceChildren(element);
    say(text("opening.over"));
  }
}

function group({ state }) {
  return ["late", "replaced", "withdrawn"].includes(state) ? "fermes" : "ouvrir";
}

const root = document.getElementById("ouverture");
if (root) new OpeningRoom(root);
