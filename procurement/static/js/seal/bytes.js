// Byte strings: joining, comparing, and the text forms the format uses (lower hex, base64url without padding).

import { SealError } from "./errors.js";

const encoder = new TextEncoder();

/** Return random bytes from the browser's generator. */
export function random(size) {
  return crypto.getRandomValues(new Uint8Array(size));
}

/** Join byte strings into a new one. */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Order byte strings as DER does: byte by byte, the shorter first. */
export function compare(left, right) {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) {
    if (left[index] !== right[index]) return left[index] - right[index];
  }
  return left.length - right.length;
}

/** Tell whether two byte strings are the same. */
export function equal(left, right) {
  return left.length === right.length && compare(left, right) === 0;
}

/** Encode text as UTF-8. */
export function utf8(text) {
  return encoder.encode(text);
}

/** Decode UTF-8, refusing what is not. */
export function fromUtf8(bytes) {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
}

/** Encode a number below 2^32 on four bytes, most significant first. */
export function be32(value) {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

export function toHex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function fromHex(text) {
  if (!/^([0-9a-f]{2})*$/.test(text)) throw new SealError("json.refused", "not lower hexadecimal");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function toBase64(bytes) {
  let text = "";
  // String.fromCharCode takes its arguments on the stack: long inputs go in pieces.
  for (let at = 0; at < bytes.length; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text);
}

export function fromBase64(text) {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    throw new SealError("json.refused", "not base64");
  }
}

export function toBase64url(bytes) {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** Decode base64url without padding; a value with stray bits has two spellings and is refused. */
export function fromBase64url(text) {
  if (typeof text !== "string" || !/^[A-Za-z0-9_-]*$/.test(text)) throw new SealError("json.refused", "not base64url");
  const bytes = fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));
  if (toBase64url(bytes) !== text) throw new SealError("json.refused", "base64url with stray bits");
  return bytes;
}

/** Return the 16 raw bytes of a UUID written in its canonical form. */
export function uuidBytes(uuid) {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) throw new SealError("json.refused", "not a UUID");
  return fromHex(uuid.replaceAll("-", ""));
}

/** Return the SHA-256 of a byte string. */
export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
