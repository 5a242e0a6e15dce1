// Read a file the person chose, in pieces, and seal it four segments at a time.

import { sha256, toHex } from "./bytes.js";
import { SealError } from "./errors.js";
import { Tree } from "./tree.js";

/** Up to this size a file's hash is a plain SHA-256, which anybody can check with sha256sum. */
export const FLAT_LIMIT = 64 * 1024 * 1024;
const IN_FLIGHT = 4;

/** A file being read; small ones are read once, so that their flat hash and their segments agree. */
export class Source {
  constructor(file) {
    this.file = file;
    this.size = file.size;
    this.touched = false;
    this.whole = null;
  }

  static async open(file) {
    const source = new Source(file);
    if (source.flat) source.whole = await source.pull(0, source.size);
    return source;
  }

  get flat() {
    return this.size <= FLAT_LIMIT;
  }

  read(start, end) {
    return this.whole ? this.whole.subarray(start, end) : this.pull(start, end);
  }

  async pull(start, end) {
    try {
      const bytes = new Uint8Array(await this.file.slice(start, end).arrayBuffer());
      if (bytes.length !== end - start) throw new SealError("file.changed_while_reading", "shorter than announced");
      this.touched = true;
      return bytes;
    } catch (error) {
      if (error instanceof SealError) throw error;
      // The browser says NotReadableError both for a file it may not read and for one that changed meanwhile.
      throw new SealError(this.touched ? "file.changed_while_reading" : "file.unreadable", String(error));
    }
  }
}

/** The plaintext hash of a file, fed with the hashes of its segments while they are sealed. */
export class PlainHash {
  constructor(source) {
    this.source = source;
    this.tree = source.flat ? null : new Tree();
  }

  async append(leaf) {
    if (this.tree) await this.tree.append(leaf);
  }

  async value() {
    if (this.tree) return { alg: "sha256-tree-seg", value: toHex(await this.tree.root()) };
    return { alg: "sha256", value: toHex(await sha256(this.source.whole)) };
  }
}

/** Seal the segments [from, to) of a source; yield {j, sealed, leaf, plainLeaf} in order. */
export async function* sealSegments(source, cipher, from, to) {
  const pending = [];
  let next = from;
  while (next < to || pending.length > 0) {
    while (next < to && pending.length < IN_FLIGHT) {
      const sealing = sealSegment(source, cipher, next);
      // When an earlier segment fails nobody awaits this one any more: its own failure is not news.
      sealing.catch(() => {});
      pending.push(sealing);
      next += 1;
    }
    yield await pending.shift();
  }
}

async function sealSegment(source, cipher, j) {
  const plain = await source.read(...cipher.layout.plainRange(j));
  const [plainLeaf, [sealed, leaf]] = await Promise.all([source.flat ? null : sha256(plain), encryptAndHash(cipher, j, plain)]);
  return { j, sealed, leaf, plainLeaf };
}

async function encryptAndHash(cipher, j, plain) {
  const sealed = await cipher.encrypt(j, plain);
  return [sealed, await sha256(sealed)];
}
