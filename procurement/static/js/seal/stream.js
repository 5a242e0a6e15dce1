// Tink's AES256_GCM_HKDF streaming encryption in WebCrypto, by single segments, so that memory stays bounded.
// Header 0x28 | salt[32] | prefix[7]; segment j under nonce prefix | be32(j) | last. No associated data in GCM.

import { concat, random } from "./bytes.js";
import { SealError } from "./errors.js";

export const SEGMENT = 1 << 20;
export const SALT_BYTES = 32;
export const PREFIX_BYTES = 7;
const HEADER_BYTES = 1 + SALT_BYTES + PREFIX_BYTES;
const TAG_BYTES = 16;

/** The arithmetic of one plaintext size: how many segments, and what each of them holds. */
export class Layout {
  constructor(plainSize, segment = SEGMENT) {
    this.plainSize = plainSize;
    this.segment = segment;
    this.first = segment - HEADER_BYTES - TAG_BYTES;
    this.rest = segment - TAG_BYTES;
    this.count = plainSize <= this.first ? 1 : 1 + Math.ceil((plainSize - this.first) / this.rest);
    this.cipherSize = plainSize + HEADER_BYTES + TAG_BYTES * this.count;
  }

  /** Return the layout of a ciphertext, or refuse a size that no stream has. */
  static ofCipher(cipherSize, segment = SEGMENT) {
    const count = Math.max(1, Math.ceil(cipherSize / segment));
    const layout = new Layout(Math.max(0, cipherSize - HEADER_BYTES - TAG_BYTES * count), segment);
    if (layout.cipherSize !== cipherSize) throw new SealError("bid.damaged", "no stream has this size", { reason: "size" });
    return layout;
  }

  /** Return [start, end) of the plaintext of segment j. */
  plainRange(j) {
    const start = j === 0 ? 0 : this.first + (j - 1) * this.rest;
    return [start, Math.min(this.plainSize, this.first + j * this.rest)];
  }

  /** Return [start, end) of the ciphertext of segment j; the header stands inside segment 0. */
  cipherRange(j) {
    return [j * this.segment, Math.min(this.cipherSize, (j + 1) * this.segment)];
  }
}

/** Encrypts or decrypts single segments, in any order: what a resumed upload needs. */
export class StreamCipher {
  constructor(key, salt, prefix, layout) {
    this.key = key;
    this.header = concat(Uint8Array.of(HEADER_BYTES), salt, prefix);
    this.prefix = prefix;
    this.layout = layout;
  }

  /** Derive the stream's own key. Two different plaintexts must never meet under one salt and prefix. */
  static async create({ key, aad, layout, salt = random(SALT_BYTES), prefix = random(PREFIX_BYTES) }) {
    const base = await crypto.subtle.importKey("raw", key, "HKDF", false, ["deriveKey"]);
    const derivation = { name: "HKDF", hash: "SHA-256", salt, info: aad };
    const derived = await crypto.subtle.deriveKey(derivation, base, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
    return new StreamCipher(derived, salt, prefix, layout);
  }

  /** Encrypt the plaintext of segment j. */
  async encrypt(j, plain) {
    const sealed = new Uint8Array(await crypto.subtle.encrypt(this.nonce(j), this.key, plain));
    return j === 0 ? concat(this.header, sealed) : sealed;
  }

  /** Decrypt the ciphertext of segment j; `bid.damaged` tells which one fails. */
  async decrypt(j, sealed) {
    const body = j === 0 ? sealed.subarray(HEADER_BYTES) : sealed;
    try {
      return new Uint8Array(await crypto.subtle.decrypt(this.nonce(j), this.key, body));
    } catch {
      throw new SealError("bid.damaged", `segment ${j} fails authentication`, { segment: j });
    }
  }

  nonce(j) {
    const iv = new Uint8Array(12);
    iv.set(this.prefix);
    new DataView(iv.buffer).setUint32(PREFIX_BYTES, j);
    iv[11] = j === this.layout.count - 1 ? 1 : 0;
    return { name: "AES-GCM", iv };
  }
}

/** Open a whole stream held in memory: manifests, tests and small files. */
export async function openStream(key, aad, sealed, segment = SEGMENT) {
  const layout = Layout.ofCipher(sealed.length, segment);
  if (sealed[0] !== HEADER_BYTES) throw new SealError("bid.damaged", "not a stream header", { reason: "header" });
  const salt = sealed.subarray(1, 1 + SALT_BYTES);
  const prefix = sealed.slice(1 + SALT_BYTES, HEADER_BYTES);
  const cipher = await StreamCipher.create({ key, aad, layout, salt, prefix });
  const plain = [];
  for (let j = 0; j < layout.count; j += 1) plain.push(await cipher.decrypt(j, sealed.subarray(...layout.cipherRange(j))));
  return concat(...plain);
}
