// Every key and commitment of an envelope, derived from its one secret K.

import { be32, concat, sha256, utf8, uuidBytes } from "./bytes.js";

export const KEY_BYTES = 32;
/** The stream number of the manifest; files are numbered from 1. */
export const MANIFEST = 0;

/** The keys of one envelope. K never serves two envelopes: the envelope's UUID is the salt. */
export class KeySchedule {
  constructor(base, envelope) {
    this.base = base;
    this.salt = uuidBytes(envelope);
  }

  static async create(key, envelope) {
    return new KeySchedule(await crypto.subtle.importKey("raw", key, "HKDF", false, ["deriveBits"]), envelope);
  }

  /** Return the key of stream n: the manifest (0) or a file. */
  streamKey(n) {
    return n === MANIFEST ? this.derive(utf8("pli/1 manifest")) : this.derive(concat(utf8("pli/1 file"), be32(n)));
  }

  /** Return what binds the envelope to K: AES-GCM alone lets one ciphertext open under two keys. */
  keyCommitment() {
    return this.derive(utf8("pli/1 commit"));
  }

  /** Return the secret salt without which pt_commit of file n cannot be guessed at. */
  plaintextSalt(n) {
    return this.derive(concat(utf8("pli/1 pt-salt"), be32(n)));
  }

  /** Return pt_commit of file n for its plaintext hash. */
  async plaintextCommitment(n, algorithm, value) {
    const salt = await this.plaintextSalt(n);
    const key = await crypto.subtle.importKey("raw", salt, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    const message = concat(utf8(algorithm), Uint8Array.of(0), value);
    return new Uint8Array(await crypto.subtle.sign("HMAC", key, message));
  }

  async derive(info) {
    const algorithm = { name: "HKDF", hash: "SHA-256", salt: this.salt, info };
    return new Uint8Array(await crypto.subtle.deriveBits(algorithm, this.base, KEY_BYTES * 8));
  }
}

/** Return the public commitment to the custodian's half B. */
export function halfCommitment(envelope, half) {
  return sha256(concat(utf8("pli/1 half"), uuidBytes(envelope), half));
}

/** Return the public commitment to what one buyer's packet carries: A itself, or one share of it. */
export function shareCommitment(envelope, share) {
  return sha256(concat(utf8("pli/1 share"), uuidBytes(envelope), share));
}

/** Combine or split K, A and B: each is the exclusive or of the two others. */
export function xor(left, right) {
  return left.map((byte, index) => byte ^ right[index]);
}

/** Return the associated data of stream n: where the envelope belongs, so that nothing can be moved elsewhere. */
export function associatedData({ consultation, lot, kind, envelope }, n) {
  return utf8(`pli/1|${consultation}|${lot}|${kind}|${envelope}|${n}`);
}
