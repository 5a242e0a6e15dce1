// The parts of a certificate that sealing needs: issuer and serial as encoded, the public key, the key usage.

import { fromBase64, sha256, toHex } from "./bytes.js";
import { Reader, TAG, oid } from "./der.js";
import { SealError } from "./errors.js";

const CODE = "bid.certificate_refused";
const MIN_RSA_BITS = 3072;
const MAX_RSA_BITS = 8192;
const OIDS = {
  rsa: toHex(oid("1.2.840.113549.1.1.1")),
  ec: toHex(oid("1.2.840.10045.2.1")),
  p256: toHex(oid("1.2.840.10045.3.1.7")),
  p384: toHex(oid("1.3.132.0.34")),
  keyUsage: toHex(oid("2.5.29.15")),
};
// Bits of KeyUsage (RFC 5280, 4.2.1.3), in its first byte.
const KEY_ENCIPHERMENT = 0x20;
const KEY_AGREEMENT = 0x08;

/** Return the DER of a PEM or DER file. */
export function fromPem(bytes, label) {
  const text = new TextDecoder("latin1").decode(bytes);
  const found = text.match(new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`));
  return found ? fromBase64(found[1].replaceAll(/\s/g, "")) : bytes;
}

/** Read a certificate that may receive key packets, or say with a reason why it may not. */
export async function readCertificate(der) {
  const outer = new Reader(der, CODE);
  const certificate = outer.inside();
  outer.done();
  const tbs = certificate.inside();
  if (tbs.peek() === 0xa0) tbs.any();
  const serial = tbs.integer();
  tbs.next(TAG.sequence);
  const issuer = tbs.next(TAG.sequence).encoded;
  const validity = readValidity(tbs.inside());
  tbs.next(TAG.sequence);
  const spki = tbs.next(TAG.sequence).encoded;
  const type = keyTypeOf(spki);
  checkUsage(tbs, type);
  return { der, sha256: toHex(await sha256(der)), serial, issuer, spki, keyType: type, ...validity };
}

function readValidity(reader) {
  return { notBefore: readTime(reader.any()), notAfter: readTime(reader.any()) };
}

// UTCTime writes two digits of the year, which RFC 5280 reads as 1950-2049.
function readTime({ tag, content }) {
  let text = new TextDecoder("latin1").decode(content);
  if (tag === 0x17) text = (Number(text.slice(0, 2)) < 50 ? "20" : "19") + text;
  const parts = text.match(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/);
  if (!parts) throw new SealError(CODE, "a date of another form", { reason: "unreadable" });
  const [year, month, day, hour, minute, second] = parts.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function keyTypeOf(spki) {
  const body = new Reader(spki, CODE).inside();
  return keyType(body.inside(), () => new Reader(body.bits(), CODE).inside());
}

/** Name the kind of a key from its AlgorithmIdentifier and, for RSA, a reader standing before its modulus. */
export function keyType(algorithm, rsaKey) {
  const kind = toHex(algorithm.next(TAG.oid).encoded);
  if (kind === OIDS.rsa) return checkRsa(rsaKey().integer());
  if (kind !== OIDS.ec) algorithm.refuse("key_type");
  const curve = toHex(algorithm.next(TAG.oid).encoded);
  if (curve === OIDS.p256) return "p256";
  if (curve === OIDS.p384) return "p384";
  return algorithm.refuse("curve");
}

function checkRsa(modulus) {
  const { content } = new Reader(modulus, CODE).any();
  const size = content[0] === 0 ? content.subarray(1) : content;
  const bitLength = size.length * 8 - Math.clz32(size[0]) + 24;
  if (bitLength < MIN_RSA_BITS || bitLength > MAX_RSA_BITS) {
    throw new SealError(CODE, `RSA of ${bitLength} bits`, { reason: "key_size" });
  }
  return "rsa";
}

function checkUsage(tbs, type) {
  while (tbs.more && tbs.peek() !== 0xa3) tbs.any();
  const needed = type === "rsa" ? KEY_ENCIPHERMENT : KEY_AGREEMENT;
  if (!tbs.more || !(usageBits(tbs.inside(0xa3).inside()) & needed)) {
    throw new SealError(CODE, "the certificate is not made for encryption", { reason: "key_usage" });
  }
}

function usageBits(extensions) {
  while (extensions.more) {
    const extension = extensions.inside();
    if (toHex(extension.next(TAG.oid).encoded) !== OIDS.keyUsage) continue;
    if (extension.peek() === 0x01) extension.any();
    return new Reader(extension.octets(), CODE).next(TAG.bits).content[1] ?? 0;
  }
  return 0;
}

/** Read a whole key set; the same key under two certificates would count twice, and is refused. */
export async function readCertificates(ders) {
  const certificates = await Promise.all(ders.map(readCertificate));
  const keys = new Set(certificates.map((certificate) => toHex(certificate.spki)));
  if (keys.size !== certificates.length) {
    throw new SealError(CODE, "two certificates hold the same key", { reason: "duplicate_key" });
  }
  return certificates;
}
