// Key packets: what CMS carries. K (or A), one share of it, or the custodian's half, bound to its envelope.

import { fromBase64url, toBase64url } from "./bytes.js";
import { SealError } from "./errors.js";
import { dumps, parse } from "./jcs.js";

const CODE = "bid.packet_invalid";
const KEYS = "envelope,m,n,role,scheme,v,value,x";
const SHARE_BYTES = { whole: 32, share: 33 };

/** Return the bytes of a key packet. */
export function writePacket({ envelope, role = "buyer", scheme = "whole", x = 1, m = 1, n, value }) {
  return dumps({ v: "pli/1", envelope, role, scheme, x, m, n, value: toBase64url(value) });
}

/** Read a key packet; an unknown or missing key, another version or a wrong size is refused. */
export function readPacket(bytes) {
  const packet = parse(bytes);
  if (packet === null || typeof packet !== "object" || Object.keys(packet).sort().join() !== KEYS) throw refusal("keys");
  if (packet.v !== "pli/1") throw refusal("version");
  if (!["buyer", "custodian"].includes(packet.role)) throw refusal("role");
  const value = fromBase64url(packet.value);
  if (value.length !== SHARE_BYTES[packet.scheme]) throw refusal("value");
  if (![packet.x, packet.m, packet.n].every((number) => Number.isSafeInteger(number) && number >= 0)) throw refusal("policy");
  return { ...packet, value };
}

/** Read the nonce of a rehearsal. A real key packet sent in its place must never be answered. */
export function readRehearsal(bytes) {
  const content = parse(bytes);
  if (Object.keys(content ?? {}).sort().join() !== "nonce,v" || content.v !== "pli/1 rehearsal") {
    throw new SealError("bid.rehearsal_invalid", "the sealed content is no rehearsal", { reason: "purpose" });
  }
  return content.nonce;
}

function refusal(reason) {
  return new SealError(CODE, reason, { reason });
}
