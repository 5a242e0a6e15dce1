// The rescue file: a draft's keys, salts, prefixes and segment hashes under a passphrase, so that a dead laptop
// costs minutes and not the bid. It opens the bid: the page tells to keep it like the bid.

import { fromBase64url, fromUtf8, random, toBase64url, utf8 } from "./bytes.js";
import { SealError } from "./errors.js";
import { dumps, parse } from "./jcs.js";

const VERSION = "pli/1 rescue";
const ROUNDS = 600_000;
const MAX_ROUNDS = 20_000_000;
const MAX_BYTES = 64 * 1024 * 1024;
const BINARY = new Set(["key", "salt", "prefix", "bytes"]);

/** Return the bytes of the rescue file of a deposit. */
export async function writeRescue(store, deposit, passphrase, rounds = ROUNDS) {
  const plain = dumps(pack(await collect(store, deposit)));
  const [salt, iv] = [random(16), random(12)];
  const key = await deriveKey(passphrase, salt, rounds, "encrypt");
  const sealed = new Uint8Array(await crypto.subtle.encrypt(gcm(iv), key, plain));
  return dumps({ v: VERSION, rounds, salt: toBase64url(salt), iv: toBase64url(iv), sealed: toBase64url(sealed) });
}

async function collect(store, deposit) {
  const streams = await store.streams(deposit);
  const leaves = [];
  for (const { envelope, n } of streams.filter(({ state }) => state !== "dropped")) {
    const found = await store.leaves({ envelope, n });
    if (found.length > 0) leaves.push({ envelope, n, first: 0, bytes: join(found) });
  }
  return { draft: await store.draft(deposit), envelopes: await store.envelopes(deposit), streams, leaves };
}

function join(leaves) {
  const bytes = new Uint8Array(leaves.length * 32);
  leaves.forEach((leaf, index) => bytes.set(leaf, index * 32));
  return bytes;
}

/** Open a rescue file. Nothing is written yet: `adopt` does, once the server's state is known. */
export async function readRescue(bytes, passphrase) {
  if (bytes.length > MAX_BYTES) throw unreadable("size");
  const outer = readOuter(bytes);
  const key = await deriveKey(passphrase, fromBase64url(outer.salt), outer.rounds, "decrypt");
  let plain;
  try {
    plain = await crypto.subtle.decrypt(gcm(fromBase64url(outer.iv)), key, fromBase64url(outer.sealed));
  } catch {
    throw new SealError("bid.wrong_passphrase", "the passphrase does not open this rescue file");
  }
  return unpack(parse(new Uint8Array(plain)));
}

function readOuter(bytes) {
  let outer;
  try {
    outer = JSON.parse(fromUtf8(bytes));
  } catch {
    throw unreadable("syntax");
  }
  if (outer?.v !== VERSION || !Number.isSafeInteger(outer.rounds) || outer.rounds < 1 || outer.rounds > MAX_ROUNDS) throw unreadable("version");
  return outer;
}

/** Write a rescued draft into this browser. A file that was not complete begins again under a new number, and no
 * number the server has seen is used again: the other machine may have gone on after the rescue file was made. */
export async function adopt(store, content, state) {
  const used = (envelope) => state.uploads.filter((upload) => upload.envelope === envelope).map(({ n }) => n);
  const envelopes = content.envelopes.map((record) => ({ ...record, next: Math.max(record.next, ...used(record.envelope).map((n) => n + 1)) }));
  const streams = content.streams.map((stream) => (stream.state === "complete" ? stream : { ...stream, state: "dropped" }));
  await store.restore({ ...content, envelopes, streams });
  return streams.filter(({ state: known }) => known === "complete");
}

// Binary members become text and back; every other member is JSON already.
function pack(value) {
  if (value instanceof Uint8Array) return toBase64url(value);
  if (Array.isArray(value)) return value.map(pack);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, pack(member)]));
}

function unpack(value, name = "") {
  if (typeof value === "string") return BINARY.has(name) ? fromBase64url(value) : value;
  if (Array.isArray(value)) return value.map((item) => unpack(item));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, unpack(member, key)]));
}

function gcm(iv) {
  return { name: "AES-GCM", iv, additionalData: utf8(VERSION) };
}

async function deriveKey(passphrase, salt, rounds, use) {
  const base = await crypto.subtle.importKey("raw", utf8(passphrase.normalize("NFC")), "PBKDF2", false, ["deriveKey"]);
  const derivation = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  return crypto.subtle.deriveKey(derivation, base, { name: "AES-GCM", length: 256 }, false, [use]);
}

function unreadable(reason) {
  return new SealError("bid.rescue_unreadable", "not a rescue file", { reason });
}
