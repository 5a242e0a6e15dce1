// How fast this machine reads, encrypts and hashes, beside how fast it encrypts alone.

import { random, utf8 } from "./bytes.js";
import { Source, sealSegments } from "./source.js";
import { Layout, SEGMENT, StreamCipher } from "./stream.js";

const RANDOM_LIMIT = 65_536;

/** Seal a file of random bytes, discard the result; return bytes a second. */
export async function measure(size) {
  const file = randomFile(size);
  const cipher = await StreamCipher.create({ key: random(32), aad: utf8("pli/1 measure"), layout: new Layout(size) });
  const source = new Source(file);
  const begun = performance.now();
  let sealedBytes = 0;
  for await (const { sealed } of sealSegments(source, cipher, 0, cipher.layout.count)) sealedBytes += sealed.length;
  return (sealedBytes * 1000) / (performance.now() - begun);
}

/** Return a Blob of that size that no compression or cache can make smaller or faster than it is. */
export function randomFile(size) {
  const block = new Uint8Array(SEGMENT);
  for (let at = 0; at < block.length; at += RANDOM_LIMIT) crypto.getRandomValues(block.subarray(at, at + RANDOM_LIMIT));
  const parts = [];
  for (let left = size; left > 0; left -= block.length) parts.push(block.subarray(0, Math.min(left, block.length)));
  return new Blob(parts);
}
