// To whom a consultation's envelopes are sealed: the key set, checked before anything is sealed to it.

import { fromBase64url, sha256, toHex } from "./bytes.js";
import { SealError } from "./errors.js";
import { dumps } from "./jcs.js";
import { readCertificates } from "./x509.js";

const CODE = "bid.keyset_invalid";

/** Check the terms of a consultation; return the same terms. Needs neither network nor keys. */
export async function checkTerms(terms) {
  if (terms.policy.m !== 1 || terms.policy.custodian || terms.custodian) {
    throw new SealError("client.policy_unsupported", `${terms.policy.m} of ${terms.policy.n}`);
  }
  for (const holder of terms.key_set.certificates) {
    if (toHex(await sha256(fromBase64url(holder.der))) !== holder.sha256) throw new SealError(CODE, "a certificate has another hash");
  }
  if ((await keySetHash(terms)) !== terms.key_set.sha256) throw new SealError(CODE, "the key set has another hash");
  return terms;
}

async function keySetHash({ consultation, key_set: keySet, policy }) {
  const certificates = keySet.certificates
    .map(({ sha256: hash, role, kinds }) => ({ sha256: hash, role, kinds: [...kinds].sort() }))
    .sort((left, right) => (left.sha256 < right.sha256 ? -1 : 1));
  const body = { v: "pli/1", consultation, version: keySet.version, m: policy.m, custodian: null, certificates };
  return toHex(await sha256(dumps(body)));
}

/** Return the checked certificates that may open envelopes of a kind, by ascending hash. */
export async function recipientsOf(terms, kind, now) {
  const holders = terms.key_set.certificates
    .filter((holder) => holder.kinds.includes(kind))
    .sort((left, right) => (left.sha256 < right.sha256 ? -1 : 1));
  if (holders.length < terms.policy.m) throw new SealError("bid.keyset_incomplete", kind, { kind });
  const certificates = await readCertificates(holders.map(({ der }) => fromBase64url(der)));
  for (const { notBefore, notAfter } of certificates) {
    if (now < notBefore) throw new SealError("bid.certificate_refused", kind, { reason: "not_yet_valid" });
    if (now > notAfter) throw new SealError("bid.certificate_refused", kind, { reason: "expired" });
  }
  return certificates;
}
