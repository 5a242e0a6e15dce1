// Private keys as files: PKCS#8 encrypted with PBES2 (RFC 8018), which openssl and `pli open` read as well.

import { random, toBase64, toHex, utf8 } from "./bytes.js";
import { Reader, TAG, integer, nothing, octets, oid, sequence } from "./der.js";
import { SealError } from "./errors.js";
import { fromPem, keyType } from "./x509.js";

export const ROUNDS = 600_000;
// Above this a hostile file would freeze the page rather than protect anything.
const MAX_ROUNDS = 20_000_000;
const CODE = "bid.key_unreadable";
const PBES2 = oid("1.2.840.113549.1.5.13");
const PBKDF2 = oid("1.2.840.113549.1.5.12");
const HMAC_SHA256 = oid("1.2.840.113549.2.9");
const AES256_CBC = oid("2.16.840.1.101.3.4.1.42");
const HASHES = new Map([
  [toHex(oid("1.2.840.113549.2.7")), "SHA-1"],
  [toHex(HMAC_SHA256), "SHA-256"],
  [toHex(oid("1.2.840.113549.2.10")), "SHA-384"],
  [toHex(oid("1.2.840.113549.2.11")), "SHA-512"],
]);
const CIPHERS = new Map([
  [toHex(oid("2.16.840.1.101.3.4.1.2")), 128],
  [toHex(AES256_CBC), 256],
]);
const PRIVATE_USES = {
  rsa: [{ name: "RSA-OAEP", hash: "SHA-256" }, ["decrypt"]],
  p256: [{ name: "ECDH", namedCurve: "P-256" }, ["deriveBits"]],
  p384: [{ name: "ECDH", namedCurve: "P-384" }, ["deriveBits"]],
};

/** Passphrases are compared as the same characters whatever the keyboard composed (RFC 8265). */
function passphraseBytes(passphrase) {
  return utf8(passphrase.normalize("NFC"));
}

/** Encrypt PKCS#8 bytes; return PEM text. */
export async function encryptKey(pkcs8, passphrase, rounds = ROUNDS) {
  const salt = random(16);
  const iv = random(16);
  const key = await deriveKey(passphrase, { salt, rounds, hash: "SHA-256", bits: 256 }, "encrypt");
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-CBC", iv }, key, pkcs8));
  const derivation = sequence(PBKDF2, sequence(octets(salt), integer(rounds), sequence(HMAC_SHA256, nothing())));
  const algorithm = sequence(PBES2, sequence(derivation, sequence(AES256_CBC, octets(iv))));
  return toPem(sequence(algorithm, octets(sealed)), "ENCRYPTED PRIVATE KEY");
}

/** Write DER as PEM text. */
export function toPem(der, label) {
  const lines = toBase64(der).match(/.{1,64}/g).join("\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

/** Open a key file; return {keyType, key}, the key unable to leave the browser again. */
export async function openKey(file, passphrase) {
  const pkcs8 = await decryptKey(file, passphrase);
  try {
    return await importPrivate(pkcs8);
  } finally {
    pkcs8.fill(0);
  }
}

async function importPrivate(pkcs8) {
  const type = privateKeyType(pkcs8);
  const [algorithm, uses] = PRIVATE_USES[type];
  try {
    return { keyType: type, key: await crypto.subtle.importKey("pkcs8", pkcs8, algorithm, false, uses) };
  } catch (error) {
    throw new SealError(CODE, String(error), { reason: "key" });
  }
}

function privateKeyType(pkcs8) {
  const body = new Reader(pkcs8, CODE).inside();
  body.integer();
  return keyType(body.inside(), () => {
    const key = new Reader(body.octets(), CODE).inside();
    key.integer();
    return key;
  });
}

async function decryptKey(file, passphrase) {
  refuseOtherFormats(file);
  const { derivation, iv, sealed } = parseEncrypted(fromPem(file, "ENCRYPTED PRIVATE KEY"));
  const key = await deriveKey(passphrase, derivation, "decrypt");
  let plain;
  try {
    plain = new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv }, key, sealed));
  } catch {
    throw wrongPassphrase();
  }
  // One wrong passphrase in 256 still gives well-formed padding: the content must be a PKCS#8 key too.
  if (plain[0] !== TAG.sequence || !looksLikeKey(plain)) throw wrongPassphrase();
  return plain;
}

function looksLikeKey(plain) {
  try {
    const body = new Reader(plain, CODE).inside();
    return body.number() <= 1 && body.inside().next(TAG.oid) !== null;
  } catch {
    return false;
  }
}

function wrongPassphrase() {
  return new SealError("bid.wrong_passphrase", "the passphrase does not open this key");
}

function refuseOtherFormats(file) {
  const text = new TextDecoder("latin1").decode(file.subarray(0, 4096));
  if (/-----BEGIN (RSA |EC )?PRIVATE KEY-----/.test(text)) throw new SealError("bid.key_not_encrypted", "a private key in clear");
  if (/-----BEGIN CERTIFICATE-----/.test(text)) throw new SealError("bid.key_is_certificate", "a certificate, not a key");
}

function parseEncrypted(der) {
  const outer = new Reader(der, CODE);
  const info = outer.inside();
  outer.done();
  // PFX (PKCS#12) begins with INTEGER 3 where EncryptedPrivateKeyInfo has an algorithm.
  if (info.peek() === TAG.integer) throw new SealError("bid.key_pkcs12", "a PKCS#12 file or a key in clear");
  const algorithm = info.inside();
  const sealed = info.octets();
  info.done();
  algorithm.exactly(PBES2, "scheme");
  const parameters = algorithm.inside();
  const derivation = parseDerivation(parameters.inside());
  const cipher = parameters.inside();
  derivation.bits = CIPHERS.get(toHex(cipher.next(TAG.oid).encoded)) ?? cipher.refuse("cipher");
  return { derivation, iv: cipher.octets(), sealed };
}

function parseDerivation(reader) {
  reader.exactly(PBKDF2, "derivation");
  const parameters = reader.inside();
  const salt = parameters.octets();
  const rounds = parameters.number();
  if (rounds < 1 || rounds > MAX_ROUNDS) parameters.refuse("rounds");
  if (parameters.peek() === TAG.integer) parameters.integer();
  if (!parameters.more) return { salt, rounds, hash: "SHA-1" };
  const hash = HASHES.get(toHex(parameters.inside().next(TAG.oid).encoded)) ?? parameters.refuse("derivation");
  return { salt, rounds, hash };
}

async function deriveKey(passphrase, { salt, rounds, hash, bits }, use) {
  const base = await crypto.subtle.importKey("raw", passphraseBytes(passphrase), "PBKDF2", false, ["deriveKey"]);
  const derivation = { name: "PBKDF2", hash, salt, iterations: rounds };
  return crypto.subtle.deriveKey(derivation, base, { name: "AES-CBC", length: bits }, false, [use]);
}

/** Create a P-384 key; return {spki, pkcs8}. The caller wipes pkcs8 once it is exported. */
export async function createKey() {
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-384" }, true, ["deriveBits"]);
  const spki = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  const pkcs8 = new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  return { spki, pkcs8 };
}

