// Seal a small content to certificates: CMS AuthEnvelopedData with AES-256-GCM (RFC 5083, 5084), strict DER.

import { random } from "./bytes.js";
import { explicit, integer, octets, oid, sequence, setOf, tlv } from "./der.js";
import { wrapKey } from "./recipients.js";

export const CONTENT_TYPE = oid("1.2.840.113549.1.9.16.1.23");
export const DATA = oid("1.2.840.113549.1.7.1");
export const AES256_GCM = oid("2.16.840.1.101.3.4.1.46");
export const TAG_BYTES = 16;
export const NONCE_BYTES = 12;

/** Encrypt a content to certificates (from readCertificates), each of which can open it alone. */
export async function seal(content, certificates) {
  const contentKey = random(32);
  const nonce = random(NONCE_BYTES);
  const infos = await Promise.all(certificates.map((certificate) => wrapKey(contentKey, certificate)));
  const key = await crypto.subtle.importKey("raw", contentKey, "AES-GCM", false, ["encrypt"]);
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: nonce }, key, content));
  contentKey.fill(0);
  return sequence(CONTENT_TYPE, explicit(0, envelopedData(infos, nonce, sealed)));
}

function envelopedData(infos, nonce, sealed) {
  const parameters = sequence(octets(nonce), integer(TAG_BYTES));
  return sequence(
    integer(0),
    setOf(...infos),
    sequence(DATA, sequence(AES256_GCM, parameters), tlv(0x80, sealed.subarray(0, -TAG_BYTES))),
    octets(sealed.subarray(-TAG_BYTES)),
  );
}
