// A deposit being prepared in this browser: its envelopes and files, then the two acts that end it.
// `prepare` seals manifests and key packets and puts the small documents; `commit` is one request of a few bytes.

import { random, sha256, toBase64, toHex } from "./bytes.js";
import { seal } from "./cms.js";
import { describeEnvelope, mediaType, writeDescriptor, writeInventory, writeManifest, writePrivateReceipt } from "./descriptor.js";
import { SealError } from "./errors.js";
import { KEY_BYTES, KeySchedule, MANIFEST, associatedData, shareCommitment } from "./keys.js";
import { checkTerms, recipientsOf } from "./keyset.js";
import { writePacket } from "./packets.js";
import { needsDocument, notesOf } from "./signatures.js";
import { PREFIX_BYTES, SALT_BYTES } from "./stream.js";
import { sealBytes } from "./transfer.js";
import { Control, Upload } from "./upload.js";

const STALE_ATTEMPTS = 3;
const keyOf = ({ envelope, n }) => `${envelope}/${n}`;

export class Deposit {
  constructor({ store, server, terms, draft }) {
    Object.assign(this, { store, server, terms, draft });
    this.schedules = new Map();
  }

  /** Read and check what the consultation asks of a sealing client. */
  static async terms(server, consultation) {
    return checkTerms(await server.get(`/consultations/${consultation}/scellement`));
  }

  /** Begin a deposit on the server, and write it here. */
  static async begin({ store, server, terms }) {
    const headers = { "Idempotency-Key": crypto.randomUUID() };
    const { deposit, expires_at } = await server.post(`/consultations/${terms.consultation}/plis`, {}, headers);
    const draft = { deposit, consultation: terms.consultation, expires_at, created_at: new Date().toISOString() };
    await store.put("drafts", draft);
    return new Deposit({ store, server, terms, draft });
  }

  get id() {
    return this.draft.deposit;
  }

  /** Return the envelope of a lot and kind, with a new key when it is the first time. */
  async envelope(lot, kind) {
    const known = (await this.store.envelopes(this.id)).find((other) => other.lot === lot && other.kind === kind);
    if (known) return known;
    const record = { envelope: crypto.randomUUID(), deposit: this.id, lot, kind, key: random(KEY_BYTES), next: 1 };
    return this.store.put("envelopes", record);
  }

  place({ lot, kind, envelope }) {
    return { consultation: this.draft.consultation, lot, kind, envelope };
  }

  async schedule({ envelope, key }) {
    if (!this.schedules.has(envelope)) this.schedules.set(envelope, await KeySchedule.create(key, envelope));
    return this.schedules.get(envelope);
  }

  /** Give a file its number in an envelope; numbers, salts and prefixes are never used twice. */
  async addStream(envelope, file, { piece = null, dume = null, warnings = [], looked = null } = {}) {
    return this.store.addStream(envelope.envelope, {
      name: file.name.normalize("NFC"),
      size: file.size,
      modified: file.lastModified,
      media_type: mediaType(file),
      piece,
      dume,
      warnings,
      looked,
      salt: random(SALT_BYTES),
      prefix: random(PREFIX_BYTES),
      state: "new",
      url: null,
    });
  }

  /** Take a file away: its number stays used, its upload goes. */
  async dropStream(stream) {
    await this.store.put("streams", { ...stream, state: "dropped" });
    if (stream.url) await new Upload(this.server, { url: stream.url, length: 0, control: new Control() }).remove();
  }

  /** Return the streams of this deposit that were not taken away. */
  async streams() {
    return (await this.store.streams(this.id)).filter(({ state }) => state !== "dropped");
  }

  /** Seal the manifests and key packets, put every small document, and return what the final act commits to. Signatures are asked about
   * when `checked`, with the documents that need it when `documents`; `fileOf` gives the files that are at hand in this browser. */
  async prepare({ candidate, relations = {}, checked = false, documents = false, fileOf = () => null, known = null }) {
    const parts = await this.sealEnvelopes(relations);
    const streams = parts.flatMap((part) => part.streams);
    const notes = known ?? (await notesOf(checked ? this.server : null, streams, keyOf, documents ? fileOf : null));
    const inventory = writeInventory(this.id, streams, (stream) => notes.get(keyOf(stream)));
    const inventorySha256 = await this.putObject("inventory.json", inventory);
    const descriptor = writeDescriptor({
      deposit: this.id,
      consultation: this.draft.consultation,
      candidate,
      keySet: this.terms.key_set,
      inventorySha256,
      envelopes: parts.map((part) => part.described),
    });
    const pliSha256 = await this.putObject("pli.json", descriptor);
    this.prepared = { candidate, relations, known: notes, parts, body: { pli_sha256: pliSha256, inventory_sha256: inventorySha256 } };
    return { ...this.prepared.body, signatures: streams.map((stream) => describeNote(stream, notes.get(keyOf(stream)), fileOf)) };
  }

  async sealEnvelopes(relations) {
    const streams = await this.streams();
    if (streams.some(({ state }) => state !== "complete")) throw new SealError("bid.incomplete", "a file has not arrived");
    const parts = [];
    for (const envelope of await this.store.envelopes(this.id)) {
      const own = streams.filter((stream) => stream.envelope === envelope.envelope);
      if (own.length > 0) parts.push(await this.sealEnvelope(envelope, own, relations[`${envelope.kind}-${envelope.lot}`]));
    }
    if (parts.length === 0) throw new SealError("bid.empty", "nothing to deposit");
    return parts;
  }

  async sealEnvelope(envelope, streams, relation = { relation: "premier", refers_to: [] }) {
    const schedule = await this.schedule(envelope);
    const [wrapped, manifest] = [await this.wrap(envelope), await this.sendManifest(envelope, schedule, streams)];
    const described = await describeEnvelope({ envelope, schedule, streams, manifest, relation, ...wrapped });
    return { envelope: envelope.envelope, schedule, streams, described };
  }

  /** Seal the envelope's key to the buyer's certificates. */
  async wrap(envelope) {
    const recipients = await recipientsOf(this.terms, envelope.kind, Date.parse(this.terms.server_time));
    const content = writePacket({ envelope: envelope.envelope, n: recipients.length, value: envelope.key });
    const message = await seal(content, recipients);
    const hash = await this.putObject(`${envelope.envelope}-1.cms`, message);
    const commitment = await shareCommitment(envelope.envelope, envelope.key);
    return { recipients, packet: { sha256: hash, size: message.length }, shareCommitment: commitment };
  }

  async sendManifest(envelope, schedule, streams) {
    const place = this.place(envelope);
    const plain = writeManifest(this.id, place, streams);
    const sealed = await sealBytes(plain, { key: await schedule.streamKey(MANIFEST), aad: associatedData(place, MANIFEST) });
    const control = new Control();
    if (envelope.manifest_url) await new Upload(this.server, { url: envelope.manifest_url, length: 0, control }).remove();
    const options = { deposit: this.id, envelope: envelope.envelope, n: MANIFEST, length: sealed.bytes.length, control };
    const upload = await Upload.create(this.server, options);
    await this.store.put("envelopes", { ...envelope, manifest_url: upload.url });
    await upload.push([sealed.bytes], sealed.leaves);
    return { ct_size: sealed.bytes.length, ct_root: sealed.root };
  }

  async putObject(name, bytes) {
    const digest = await sha256(bytes);
    const headers = { "Content-Type": "application/octet-stream", "Content-Digest": `sha-256=:${toBase64(digest)}:` };
    await this.server.put(`/plis/${this.id}/objets/${name}`, bytes, headers);
    return toHex(digest);
  }

  /** The final act. When the buyer's keys changed meanwhile, the packets are wrapped again; no file is sent again. */
  async commit() {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.server.post(`/plis/${this.id}/depot`, this.prepared.body);
        await this.forget();
        return answer;
      } catch (error) {
        if (error.code !== "bid.keyset_stale" || attempt === STALE_ATTEMPTS) throw error;
        this.terms = await Deposit.terms(this.server, this.draft.consultation);
        await this.prepare(this.prepared);
      }
    }
  }

  /** Keep what the bidder may need to prove his files; erase every key. */
  async forget() {
    const { parts } = this.prepared;
    await this.store.erase(this.id, await writePrivateReceipt(this.id, parts));
    this.schedules.clear();
  }
}

/** What the page shows of a signature; `sendable` says that the document would tell more, and is at hand. */
function describeNote(stream, note, fileOf) {
  const open = note.status === "present-not-checked" && needsDocument(stream);
  return { name: stream.name, size: stream.size, sendable: open && Boolean(fileOf(stream)), ...note };
}
