// One RecipientInfo of a CMS message: RSA-OAEP, or ephemeral-static ECDH with AES key wrap (RFC 4055, 5753).

import { be32, concat, random, toHex } from "./bytes.js";
import { Reader, TAG, bits, explicit, integer, nothing, octets, oid, sequence, tlv } from "./der.js";

const KARI_TAG = 0xa1;
const UKM_BYTES = 32;
const SHA256 = sequence(oid("2.16.840.1.101.3.4.2.1"), nothing());
const SHA256_BARE = sequence(oid("2.16.840.1.101.3.4.2.1"));
const EC_PUBLIC_KEY = oid("1.2.840.10045.2.1");
const AES256_WRAP = sequence(oid("2.16.840.1.101.3.4.1.45"));
const RSA_OAEP = { name: "RSA-OAEP", hash: "SHA-256" };
const CURVES = {
  p256: { name: "P-256", bits: 256, hash: "SHA-256", oid: oid("1.2.840.10045.3.1.7"), kdf: oid("1.3.132.1.11.1") },
  p384: { name: "P-384", bits: 384, hash: "SHA-384", oid: oid("1.3.132.0.34"), kdf: oid("1.3.132.1.11.2") },
};

function oaep(hash) {
  const mask = sequence(oid("1.2.840.113549.1.1.8"), hash);
  return sequence(oid("1.2.840.113549.1.1.7"), sequence(explicit(0, hash), explicit(1, mask)));
}

const OAEP_WRITTEN = oaep(SHA256);
// RFC 4055 wants the parameters of SHA-256 to be NULL, and readers to accept them absent.
const OAEP_ACCEPTED = new Set([toHex(OAEP_WRITTEN), toHex(oaep(SHA256_BARE))]);

/** Return the DER RecipientInfo that carries a 32-byte content key to a certificate. */
export async function wrapKey(contentKey, certificate) {
  const identity = sequence(certificate.issuer, certificate.serial);
  return certificate.keyType === "rsa"
    ? wrapRsa(contentKey, certificate, identity)
    : wrapEcdh(contentKey, certificate, identity);
}

async function wrapRsa(contentKey, certificate, identity) {
  const key = await crypto.subtle.importKey("spki", certificate.spki, RSA_OAEP, false, ["encrypt"]);
  const wrapped = new Uint8Array(await crypto.subtle.encrypt(RSA_OAEP, key, contentKey));
  return sequence(integer(0), identity, OAEP_WRITTEN, octets(wrapped));
}

async function wrapEcdh(contentKey, certificate, identity) {
  const curve = CURVES[certificate.keyType];
  const algorithm = { name: "ECDH", namedCurve: curve.name };
  const publicKey = await crypto.subtle.importKey("spki", certificate.spki, algorithm, false, []);
  const ephemeral = await crypto.subtle.generateKey(algorithm, false, ["deriveBits"]);
  const ukm = random(UKM_BYTES);
  const wrapper = await agree(curve, ephemeral.privateKey, publicKey, ukm, "wrapKey");
  const carried = await crypto.subtle.importKey("raw", contentKey, "AES-GCM", true, ["decrypt"]);
  const wrapped = new Uint8Array(await crypto.subtle.wrapKey("raw", carried, wrapper, "AES-KW"));
  const point = new Uint8Array(await crypto.subtle.exportKey("raw", ephemeral.publicKey));
  return tlv(
    KARI_TAG,
    integer(3),
    explicit(0, tlv(0xa1, sequence(EC_PUBLIC_KEY), bits(point))),
    explicit(1, octets(ukm)),
    sequence(curve.kdf, AES256_WRAP),
    sequence(sequence(identity, octets(wrapped))),
  );
}

// ECC-CMS-SharedInfo (RFC 5753, 7.2) through one block of the X9.63 key derivation.
async function agree(curve, privateKey, publicKey, ukm, use) {
  const algorithm = { name: "ECDH", public: publicKey };
  const shared = new Uint8Array(await crypto.subtle.deriveBits(algorithm, privateKey, curve.bits));
  const userInfo = ukm ? explicit(0, octets(ukm)) : new Uint8Array();
  const info = sequence(AES256_WRAP, userInfo, explicit(2, octets(be32(256))));
  const derived = await crypto.subtle.digest(curve.hash, concat(shared, be32(1), info));
  return crypto.subtle.importKey("raw", derived.slice(0, 32), "AES-KW", false, [use]);
}

/** Read one RecipientInfo of the profile. */
export function parseRecipient(value, code) {
  const reader = new Reader(value.content, code);
  if (value.tag === TAG.sequence) return parseRsa(reader);
  if (value.tag === KARI_TAG) return parseEcdh(reader);
  return reader.refuse("recipient_type");
}

function parseRsa(reader) {
  reader.exactly(integer(0), "recipient_id");
  const identity = readIdentity(reader);
  if (!OAEP_ACCEPTED.has(toHex(reader.next(TAG.sequence).encoded))) reader.refuse("key_algorithm");
  const wrapped = reader.octets();
  reader.done();
  return { keyType: "rsa", identity, wrapped };
}

function parseEcdh(reader) {
  reader.exactly(integer(3), "version");
  const outer = reader.inside(0xa0);
  const originator = outer.inside(0xa1);
  outer.done();
  const algorithm = toHex(originator.next(TAG.sequence).encoded);
  const point = originator.bits();
  originator.done();
  const ukm = reader.peek() === 0xa1 ? readUserMaterial(reader) : null;
  const keyType = readAgreement(reader.inside());
  const allowed = [sequence(EC_PUBLIC_KEY), sequence(EC_PUBLIC_KEY, CURVES[keyType].oid)].map(toHex);
  if (!allowed.includes(algorithm)) reader.refuse("key_algorithm");
  const keys = reader.inside();
  reader.done();
  const entry = keys.inside();
  keys.done();
  const identity = readIdentity(entry);
  const wrapped = entry.octets();
  entry.done();
  return { keyType, identity, wrapped, point, ukm };
}

function readIdentity(reader) {
  const identity = reader.inside();
  const issuer = identity.next(TAG.sequence).encoded;
  const serial = identity.integer();
  identity.done();
  return toHex(concat(issuer, serial));
}

function readUserMaterial(reader) {
  const wrapper = reader.inside(0xa1);
  const ukm = wrapper.octets();
  wrapper.done();
  if (ukm.length !== UKM_BYTES) reader.refuse("ukm");
  return ukm;
}

function readAgreement(reader) {
  const kdf = toHex(reader.next(TAG.oid).encoded);
  reader.exactly(AES256_WRAP, "key_algorithm");
  reader.done();
  const found = Object.entries(CURVES).find(([, curve]) => toHex(curve.kdf) === kdf);
  return found ? found[0] : reader.refuse("key_algorithm");
}

/** Return the content key as a CryptoKey, or null when this entry is not addressed to the private key. */
export async function unwrapKey(info, privateKey) {
  try {
    return info.keyType === "rsa" ? await unwrapRsa(info, privateKey) : await unwrapEcdh(info, privateKey);
  } catch (error) {
    // WebCrypto answers "not for you" with a DOMException that tells nothing more.
    if (error instanceof DOMException) return null;
    throw error;
  }
}

async function unwrapRsa(info, privateKey) {
  const raw = await crypto.subtle.decrypt(RSA_OAEP, privateKey, info.wrapped);
  if (raw.byteLength !== 32) return null;
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
}

async function unwrapEcdh(info, privateKey) {
  const curve = CURVES[info.keyType];
  const algorithm = { name: "ECDH", namedCurve: curve.name };
  const ephemeral = await crypto.subtle.importKey("raw", info.point, algorithm, false, []);
  const wrapper = await agree(curve, privateKey, ephemeral, info.ukm, "unwrapKey");
  return crypto.subtle.unwrapKey("raw", info.wrapped, wrapper, "AES-KW", { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
}
