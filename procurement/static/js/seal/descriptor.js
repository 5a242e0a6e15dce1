// The documents of a deposit: the sealed manifest, the public descriptor `pli.json`, the inventory, and what the
// bidder keeps for himself beside the receipt.

import { fromHex, toBase64url, toHex } from "./bytes.js";
import { dumps } from "./jcs.js";

export const CLIENT = { name: "pli-web", version: "1" };
const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,60}\/[a-z0-9!#$&^_.+-]{1,100}$/;

/** Return a media type the format allows; what the browser does not know is a byte stream. */
export function mediaType(file) {
  const type = file.type.split(";")[0].trim().toLowerCase();
  return MEDIA_TYPE.test(type) ? type : "application/octet-stream";
}

/** Return the manifest's bytes: the list of files as the commission will read it. */
export function writeManifest(deposit, place, streams) {
  const files = streams.map(({ n, name, media_type, size, piece, pt, warnings }) => ({ n, name, media_type, size, piece, pt, warnings }));
  return dumps({ v: "pli/1", deposit, ...place, files });
}

/** Return one envelope of the descriptor. */
export async function describeEnvelope({ envelope, schedule, packet, manifest, streams, recipients, shareCommitment, relation }) {
  return {
    envelope: envelope.envelope,
    kind: envelope.kind,
    lot: envelope.lot,
    relation: relation.relation,
    refers_to: relation.refers_to,
    policy: { m: 1, n: recipients.length, custodian: false },
    recipients: recipients.map(({ sha256 }) => sha256),
    key_commitment: toHex(await schedule.keyCommitment()),
    share_commitments: [toHex(shareCommitment)],
    half_commitment: null,
    packets: [packet],
    half_packet_sha256: null,
    manifest,
    files: await Promise.all(streams.map((stream) => describeFile(schedule, stream))),
  };
}

async function describeFile(schedule, { n, ct_size, ct_root, pt }) {
  const commitment = await schedule.plaintextCommitment(n, pt.alg, fromHex(pt.value));
  return { n, ct_size, ct_root, pt_commit: toHex(commitment) };
}

/** Return the bytes of `pli.json`. */
export function writeDescriptor({ deposit, consultation, candidate, keySet, inventorySha256, envelopes }) {
  return dumps({
    v: "pli/1",
    deposit,
    consultation,
    candidate: { lead: candidate.lead, members: [...candidate.members].sort() },
    client: CLIENT,
    key_set: { version: keySet.version, sha256: keySet.sha256 },
    inventory_sha256: inventorySha256,
    envelopes,
  });
}

const UNSIGNED = { status: "not-signed", basis: null, ticket: null };

/** Return the bytes of `inventory.json`: the list of documents the receipt must hold (annexe 7, article 2).
 * `noted` gives what is known of a stream's signature: {status, basis, ticket}. */
export function writeInventory(deposit, streams, noted = () => UNSIGNED) {
  const files = streams.map((stream) => {
    const { envelope, n, name, size, media_type, piece, dume = null } = stream;
    const { status, basis, ticket } = noted(stream);
    return { envelope, n, name, size, media_type, piece, dume, signature: { status, basis, ticket } };
  });
  return dumps({ v: "pli/1", deposit, names: "clear", files });
}

/** Return what only the bidder may hold: plaintext hashes and the salts that tie them to the receipt. */
export async function writePrivateReceipt(deposit, envelopes) {
  const files = envelopes.flatMap(({ envelope, schedule, streams }) => streams.map((stream) => privateFile(envelope, schedule, stream)));
  return dumps({ v: "pli/1", deposit, files: await Promise.all(files) });
}

async function privateFile(envelope, schedule, { n, name, size, pt }) {
  return { envelope, n, name, size, pt, pt_salt: toBase64url(await schedule.plaintextSalt(n)) };
}
