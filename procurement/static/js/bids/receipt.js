// The receipt: hand over what only the bidder holds, and make sure that no key stays on this machine.

import { fromUtf8 } from "../seal/bytes.js";
import { KeySchedule } from "../seal/keys.js";
import { writePrivateReceipt } from "../seal/descriptor.js";
import { DraftStore } from "../seal/draft.js";
import { find, offerFile, show } from "./dom.js";

async function start(root) {
  const store = await DraftStore.open();
  const { deposit } = root.dataset;
  await eraseDraft(store, deposit);
  const receipt = await store.receipt(deposit);
  if (!receipt) return;
  show(find("#recu-prive"));
  find("#recu-prive-garder").addEventListener("click", () => offerFile("receipt-private.json", fromUtf8(receipt), "application/json"));
}

/** The answer to the final act may have been lost: the receipt exists, so the keys go now. */
async function eraseDraft(store, deposit) {
  if (!(await store.draft(deposit))) return;
  const streams = (await store.streams(deposit)).filter(({ state }) => state === "complete");
  const envelopes = await Promise.all((await store.envelopes(deposit)).map(async ({ envelope, key }) => ({
    envelope,
    schedule: await KeySchedule.create(key, envelope),
    streams: streams.filter((stream) => stream.envelope === envelope),
  })));
  await store.erase(deposit, await writePrivateReceipt(deposit, envelopes));
}

const root = document.getElementById("recu");
if (root && globalThis.indexedDB && globalThis.isSecureContext) start(root);
