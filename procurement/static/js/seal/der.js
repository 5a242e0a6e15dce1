// DER (X.690), strictly: a value has one encoding and every other one is refused.

import { compare, concat, equal } from "./bytes.js";
import { SealError } from "./errors.js";

export const TAG = { integer: 0x02, bits: 0x03, octets: 0x04, nothing: 0x05, oid: 0x06, sequence: 0x30, set: 0x31 };

/** Encode one value under a one-byte tag. */
export function tlv(tag, ...content) {
  const size = content.reduce((total, part) => total + part.length, 0);
  return concat(Uint8Array.of(tag, ...lengthBytes(size)), ...content);
}

function lengthBytes(size) {
  if (size < 0x80) return [size];
  const bytes = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}

export const sequence = (...items) => tlv(TAG.sequence, ...items);
export const setOf = (...items) => tlv(TAG.set, ...items.sort(compare));
export const octets = (content) => tlv(TAG.octets, content);
export const bits = (content) => tlv(TAG.bits, Uint8Array.of(0), content);
export const nothing = () => tlv(TAG.nothing);
export const explicit = (number, ...content) => tlv(0xa0 | number, ...content);

/** Encode a non-negative INTEGER below 2^53 in as few bytes as possible. */
export function integer(value) {
  const bytes = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  if (bytes.length === 0 || bytes[0] > 0x7f) bytes.unshift(0);
  return tlv(TAG.integer, Uint8Array.from(bytes));
}

/** Encode an OBJECT IDENTIFIER given in dotted form. */
export function oid(dotted) {
  const [first, second, ...rest] = dotted.split(".").map(Number);
  return tlv(TAG.oid, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)));
}

function base128(value) {
  const groups = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) groups.unshift(128 | (rest % 128));
  return groups;
}

/** Walk through the values of one content, in order, refusing what was not asked for. */
export class Reader {
  constructor(bytes, code) {
    this.bytes = bytes;
    this.code = code;
    this.at = 0;
  }

  refuse(reason, detail = reason) {
    throw new SealError(this.code, detail, { reason });
  }

  get more() {
    return this.at < this.bytes.length;
  }

  /** Refuse anything left over. */
  done() {
    if (this.more) this.refuse("trailing");
  }

  /** Return the tag of the next value, or undefined at the end. */
  peek() {
    return this.bytes[this.at];
  }

  /** Take the next value, whatever its tag. */
  any() {
    const start = this.at;
    const tag = this.byte();
    if ((tag & 0x1f) === 0x1f) this.refuse("structure", "a tag above 30");
    const size = this.length();
    const begin = this.at;
    if (begin + size > this.bytes.length) this.refuse("truncated");
    this.at = begin + size;
    return { tag, content: this.bytes.subarray(begin, this.at), encoded: this.bytes.subarray(start, this.at) };
  }

  /** Take the next value, which must bear this tag. */
  next(tag) {
    if (this.peek() !== tag) this.refuse("structure", `expected tag ${tag}, found ${this.peek()}`);
    return this.any();
  }

  /** Take the next value and return a reader over its content. */
  inside(tag = TAG.sequence) {
    return new Reader(this.next(tag).content, this.code);
  }

  /** Take the next value, which must be these very bytes. */
  exactly(encoded, reason) {
    if (!equal(this.any().encoded, encoded)) this.refuse(reason);
  }

  octets(tag = TAG.octets) {
    return this.next(tag).content;
  }

  /** Take a BIT STRING of whole bytes. */
  bits() {
    const { content } = this.next(TAG.bits);
    if (content[0] !== 0) this.refuse("not_der", "a BIT STRING not made of whole bytes");
    return content.subarray(1);
  }

  /** Take a minimal INTEGER and return its encoding. */
  integer() {
    const { content, encoded } = this.next(TAG.integer);
    const padded = content.length > 1 && (content[0] === 0 ? content[1] < 0x80 : content[0] === 0xff && content[1] > 0x7f);
    if (content.length === 0 || padded) this.refuse("not_der", "an INTEGER is not minimal");
    return encoded;
  }

  /** Take a small non-negative INTEGER as a number. */
  number() {
    const content = new Reader(this.integer(), this.code).any().content;
    if (content.length > 6 || content[0] > 0x7f) this.refuse("structure", "an INTEGER out of range");
    return content.reduce((value, byte) => value * 256 + byte, 0);
  }

  /** Take a SET OF, whose values must stand in DER order. */
  setOf() {
    const inner = this.inside(TAG.set);
    const values = [];
    while (inner.more) values.push(inner.any());
    for (let index = 1; index < values.length; index += 1) {
      if (compare(values[index - 1].encoded, values[index].encoded) > 0) this.refuse("not_der", "a SET OF is not sorted");
    }
    return values;
  }

  byte() {
    if (!this.more) this.refuse("truncated");
    this.at += 1;
    return this.bytes[this.at - 1];
  }

  length() {
    const first = this.byte();
    if (first < 0x80) return first;
    const count = first & 0x7f;
    if (count < 1 || count > 4) this.refuse("not_der", "an indefinite or oversized length (BER)");
    let size = 0;
    for (let index = 0; index < count; index += 1) size = size * 256 + this.byte();
    if (size < 0x80 || size < 256 ** (count - 1)) this.refuse("not_der", "a length is not minimal (BER)");
    return size;
  }
}
