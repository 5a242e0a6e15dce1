// Seal one file and send it, or go on with one that was begun before: the nonce rule lives here.

import { concat, equal, toHex } from "./bytes.js";
import { SealError } from "./errors.js";
import { associatedData } from "./keys.js";
import { PlainHash, Source, sealSegments } from "./source.js";
import { Layout, SEGMENT, StreamCipher } from "./stream.js";
import { Tree } from "./tree.js";
import { Upload } from "./upload.js";

/** Segments in one PATCH: 8 MiB. */
export const BATCH = 8;

/** The journey of one file of an envelope to the server. */
export class Transfer {
  constructor({ store, server, place, schedule, stream, file, control, report, send }) {
    Object.assign(this, { store, server, place, schedule, stream, file, control, report, send });
    this.cipherTree = new Tree();
    this.hashed = 0;
  }

  /** Send what the server does not hold yet; return the finished stream record. */
  async run() {
    const source = await Source.open(this.file);
    const layout = new Layout(this.file.size);
    const cipher = await this.cipher(layout);
    this.plainHash = new PlainHash(source);
    this.recorded = await this.store.leaves(this.stream);
    await this.verify(source, cipher);
    const upload = await this.findUpload(layout.cipherSize);
    await this.sendFrom(source, cipher, upload);
    return this.finish(layout);
  }

  async cipher(layout) {
    const { n, salt, prefix } = this.stream;
    return StreamCipher.create({ key: await this.schedule.streamKey(n), aad: associatedData(this.place, n), layout, salt, prefix });
  }

  /** Seal again every segment that may have been sent, and compare locally, before anything leaves. */
  async verify(source, cipher) {
    const known = this.recorded.length;
    if (known === 0) return;
    if (known > cipher.layout.count || this.stream.size !== source.size) throw otherFile();
    for await (const segment of sealSegments(source, cipher, 0, known)) {
      await this.control.ready(() => {});
      await this.hash(segment);
      this.report({ state: "verifying", done: segment.j + 1, count: known });
    }
  }

  async hash({ j, leaf, plainLeaf }) {
    if (j < this.recorded.length && !equal(this.recorded[j], leaf)) throw otherFile();
    if (j < this.hashed) return;
    await this.cipherTree.append(leaf);
    await this.plainHash.append(plainLeaf);
    this.hashed += 1;
  }

  async findUpload(length) {
    const { deposit, envelope, n, url } = this.stream;
    const options = { length, control: this.control, report: this.report, send: this.send };
    if (url) {
      const upload = new Upload(this.server, { url, ...options });
      const offset = await this.locate(upload);
      if (offset !== null) return upload;
    }
    const upload = await Upload.create(this.server, { deposit, envelope, n, ...options });
    this.stream = await this.store.put("streams", { ...this.stream, url: upload.url, state: "sending" });
    await upload.locate();
    return upload;
  }

  /** Return the offset of a known upload, or null when it is of no use any more (expired, or cut inside a segment). */
  async locate(upload) {
    try {
      const offset = await upload.locate();
      if (offset % SEGMENT === 0 || offset === upload.length) return offset;
      await upload.remove();
    } catch (error) {
      if (![404, 410].includes(error.params?.status)) throw error;
    }
    return null;
  }

  /** Seal the next piece while the present one travels. */
  async sendFrom(source, cipher, upload) {
    const first = Math.min(cipher.layout.count, Math.ceil(upload.offset / SEGMENT));
    let travelling = Promise.resolve();
    for await (const piece of pieces(sealSegments(source, cipher, first, cipher.layout.count))) {
      for (const segment of piece) await this.hash(segment);
      await travelling;
      await this.record(piece);
      travelling = upload.push(piece.map(({ sealed }) => sealed), piece.map(({ leaf }) => leaf));
      // Its failure is raised by the await above or below; until then it must not count as unhandled.
      travelling.catch(() => {});
    }
    await travelling;
  }

  /** Write the leaves of a piece to disk before any of it is sent. */
  async record(piece) {
    const fresh = piece.filter(({ j }) => j >= this.recorded.length);
    if (fresh.length === 0) return;
    await this.store.addLeaves(this.stream, fresh[0].j, fresh.map(({ leaf }) => leaf));
    this.recorded.push(...fresh.map(({ leaf }) => leaf));
  }

  async finish(layout) {
    const record = {
      ...this.stream,
      state: "complete",
      ct_size: layout.cipherSize,
      ct_root: toHex(await this.cipherTree.root()),
      pt: await this.plainHash.value(),
    };
    this.stream = await this.store.put("streams", record);
    this.report({ state: "complete", sent: layout.cipherSize });
    return record;
  }
}

async function* pieces(segments) {
  let piece = [];
  for await (const segment of segments) {
    piece.push(segment);
    if (piece.length === BATCH) {
      yield piece;
      piece = [];
    }
  }
  if (piece.length > 0) yield piece;
}

function otherFile() {
  return new SealError("file.not_the_same", "a segment sent before has another content");
}

/** Seal bytes held in memory (a manifest) under fresh secrets; return {bytes, leaves, root}. */
export async function sealBytes(plain, { key, aad }) {
  const layout = new Layout(plain.length);
  const cipher = await StreamCipher.create({ key, aad, layout });
  const source = new Source(new Blob([plain]));
  source.whole = plain;
  const [parts, leaves, tree] = [[], [], new Tree()];
  for await (const { sealed, leaf } of sealSegments(source, cipher, 0, layout.count)) {
    parts.push(sealed);
    leaves.push(leaf);
    await tree.append(leaf);
  }
  return { bytes: concat(...parts), leaves, root: toHex(await tree.root()) };
}
