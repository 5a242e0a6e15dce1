// Known answers, computed before anything is sealed: a browser that gives others must not seal.

import { equal, fromHex, random, toHex } from "./bytes.js";
import { seal } from "./cms.js";
import { unseal } from "./cmsread.js";
import { integer, sequence } from "./der.js";
import { SealError } from "./errors.js";
import { KeySchedule, associatedData, shareCommitment } from "./keys.js";
import { dumps } from "./jcs.js";
import { Layout, StreamCipher } from "./stream.js";
import { root } from "./tree.js";

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const PLACE = { consultation: "11111111-1111-4111-8111-111111111111", lot: 3, kind: "offre", envelope: "22222222-2222-4222-8222-222222222222" };
// Two independent implementations agree on these (tests/vectors/sealing).
const EXPECTED = {
  key: "6554b8cb80f40dc25fd779116bbba62ea40632046f6d7edb627d23578e51b1a0",
  commitment: "e072ddb12020b5f3253cdc404d86bb35009ccbfbd07c647d1c4fe425c38060c0",
  share: "5651e6248e7c12f25787e6aec03c9583627ee8a0497c8bb94aec100625504049",
  stream:
    "28404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f6061626364656607961a3af9e6c36c1e17bd08b8793cca05",
  plaintext: "e54d36a623be2de8e201c52e42bf24cfe47a7498211953d5a5594ebb24e4ce16",
  tree: "3b6cccd7e3e023ff393006f030315ee7ad9eb111b022b41fba7e5b7a3973f688",
};

/** Run every known answer; throws `client.selftest_failed` naming the first that fails. */
export async function selfTest() {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle) throw new SealError("client.insecure", "no WebCrypto here");
  const schedule = await KeySchedule.create(KEY, PLACE.envelope);
  check("key", await schedule.streamKey(1));
  check("commitment", await schedule.keyCommitment());
  check("share", await shareCommitment(PLACE.envelope, KEY.map((byte) => byte ^ (byte + 32))));
  check("stream", await sealOneByte(await schedule.streamKey(1)));
  const plainHash = new Uint8Array(await crypto.subtle.digest("SHA-256", Uint8Array.of(1)));
  check("plaintext", await schedule.plaintextCommitment(1, "sha256", plainHash));
  check("tree", await root([0, 1, 2].map((byte) => Uint8Array.of(byte))));
  await checkEnvelope();
}

function check(name, found) {
  if (toHex(found) !== EXPECTED[name]) throw failed(name);
}

function failed(name) {
  return new SealError("client.selftest_failed", name, { name });
}

async function sealOneByte(key) {
  const [salt, prefix] = [fromHex(EXPECTED.stream.slice(2, 66)), fromHex(EXPECTED.stream.slice(66, 80))];
  const cipher = await StreamCipher.create({ key, aad: associatedData(PLACE, 1), layout: new Layout(1), salt, prefix });
  return cipher.encrypt(0, Uint8Array.of(1));
}

// CMS draws random values: sealing and opening again is the known answer, on both curves.
async function checkEnvelope() {
  const content = dumps({ essai: toHex(random(8)) });
  for (const [keyType, namedCurve] of [["p256", "P-256"], ["p384", "P-384"]]) {
    const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve }, false, ["deriveBits"]);
    const spki = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
    const message = await seal(content, [{ keyType, spki, issuer: sequence(), serial: integer(1) }]);
    if (!equal(await unseal(message, { keyType, key: pair.privateKey }), content)) throw failed(keyType);
  }
}
