// Prove that a key opens: the platform seals a number to its certificate, the key gives the number back.

import { fromBase64url } from "../seal/bytes.js";
import { unseal } from "../seal/cmsread.js";
import { readRehearsal } from "../seal/packets.js";

/** Rehearse a key holder's key; returns the platform's answer {ok, state, rehearsed_at}. */
export async function rehearse(server, holder, key) {
  const { rehearsal, packet } = await server.post(`/cles/${holder}/epreuves`, {});
  const value = readRehearsal(await unseal(fromBase64url(packet), key));
  return server.put(`/cles/${holder}/epreuves/${rehearsal}`, JSON.stringify({ value }), { "Content-Type": "application/json" });
}
