// The one JSON form that is hashed: RFC 8785 with ASCII keys and safe integers, no floats.

import { equal, fromUtf8, utf8 } from "./bytes.js";
import { SealError } from "./errors.js";

/** Return the RFC 8785 bytes of a value. */
export function dumps(value) {
  return utf8(write(value));
}

/** Parse JSON and refuse bytes that are not the canonical form of what they say (duplicate keys included). */
export function parse(bytes) {
  let value;
  try {
    value = JSON.parse(fromUtf8(bytes));
  } catch (error) {
    throw new SealError("json.refused", `not JSON: ${error.message}`, { reason: "syntax" });
  }
  if (!equal(dumps(value), bytes)) throw refusal("not_canonical");
  return value;
}

function write(value) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number") return writeInteger(value);
  if (typeof value === "string") return writeString(value);
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (typeof value === "object") return writeObject(value);
  throw refusal("type");
}

function writeInteger(value) {
  if (!Number.isSafeInteger(value)) throw refusal("integer");
  return String(value);
}

function writeString(value) {
  if (!value.isWellFormed()) throw refusal("surrogate");
  return JSON.stringify(value);
}

function writeObject(value) {
  const keys = Object.keys(value).sort();
  if (keys.some((key) => !/^[\x00-\x7f]*$/.test(key))) throw refusal("key");
  return `{${keys.map((key) => `${JSON.stringify(key)}:${write(value[key])}`).join(",")}}`;
}

function refusal(reason) {
  return new SealError("json.refused", reason, { reason });
}
