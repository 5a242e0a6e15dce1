// See whether files bear electronic signatures before they are sealed: detached signatures and the CMS of signed PDFs go to
// the platform with digests; a document goes only when the person chose to send it. Nothing here can keep a bid from being sealed.

import { concat, toBase64, toHex } from "./bytes.js";
import { FLAT_LIMIT } from "./source.js";

/** What the platform takes: bytes of one signature, of all in one question, and files. */
const TOKEN_BYTES = 1 << 20;
const QUESTION_BYTES = 11 << 20;
const MOST_FILES = 200;
const PATIENCE_MS = 20_000;
/** Documents that are sent by choice: bytes of all of them, and how long their way and their reading may take. */
const DOCUMENTS_BYTES = 60 << 20;
const DOCUMENTS_PATIENCE_MS = 180_000;
const ALGORITHMS = { sha256: "SHA-256", sha384: "SHA-384", sha512: "SHA-512" };
const DETACHED = /\.(p7s|sig|xades)$/i;
const ENVELOPING = /\.(p7m|asice|asics|sce|scs)$/i;
const XML_MARK = "http://www.w3.org/2000/09/xmldsig#";
const BYTE_RANGE = /\/ByteRange\s*\[\s*(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]/g;

/** Return what a file says of its signature: {digests, token, pdf, present}; large files are not read, their digests are null. */
export async function lookAt(file) {
  if (file.size > FLAT_LIMIT) return { digests: null, token: null, pdf: [], present: seen(file) };
  const bytes = new Uint8Array(await file.arrayBuffer());
  const looked = { digests: await digestsOf(bytes), token: null, pdf: [], present: false };
  if (DETACHED.test(file.name) || isDetachedXml(file, bytes)) {
    if (bytes.length <= TOKEN_BYTES) return { ...looked, token: toBase64(bytes) };
    return { ...looked, present: true };
  }
  if (startsAsPdf(bytes)) return { ...looked, ...(await insidePdf(bytes)) };
  return { ...looked, present: seen(file) || isXml(bytes, XML_MARK) };
}

function seen({ name }) {
  return ENVELOPING.test(name);
}

function isXml(bytes, mark) {
  return /^\uFEFF?\s*</.test(latin(bytes.subarray(0, 64)).replace("\u00EF\u00BB\u00BF", "")) && latin(bytes).includes(mark);
}

/** A signature alone in its file: `ds:Signature` is the root. */
function isDetachedXml({ name }, bytes) {
  if (!/\.xml$/i.test(name) || bytes.length > TOKEN_BYTES || !isXml(bytes, XML_MARK)) return false;
  return /^[^<]*(?:<\?[^>]*>\s*|<!--[^]*?-->\s*)*<(?:\w+:)?Signature[\s>]/.test(latin(bytes));
}

function startsAsPdf(bytes) {
  return latin(bytes.subarray(0, 1024)).includes("%PDF-");
}

async function insidePdf(bytes) {
  const text = latin(bytes);
  const pdf = [];
  let present = false;
  for (const [, ...numbers] of text.matchAll(BYTE_RANGE)) {
    const found = await signatureAt(bytes, text, numbers.map(Number));
    if (found) pdf.push(found);
    else present = true;
  }
  return { pdf, present };
}

/** Return one signature of a PDF: its CMS, the digests of what it covers, and whether nothing follows; null when it is odd. */
async function signatureAt(bytes, text, [start, length, next, rest]) {
  if (start !== 0 || next <= length || next + rest > bytes.length) return null;
  const held = text.slice(length, next);
  if (!/^<[0-9a-fA-F\s]+>$/.test(held)) return null;
  const cms = trimmed(fromHexText(held));
  if (!cms || cms.length > TOKEN_BYTES) return null;
  const covered = concat(bytes.subarray(0, length), bytes.subarray(next, next + rest));
  return { cms: toBase64(cms), digests: await digestsOf(covered), whole: next + rest === bytes.length };
}

function fromHexText(held) {
  const digits = held.replaceAll(/[^0-9a-fA-F]/g, "");
  return Uint8Array.from({ length: digits.length >> 1 }, (_none, index) => Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16));
}

/** Cut the zeros that fill the place of a CMS: its length stands in its second byte and after (DER). */
function trimmed(bytes) {
  const [tag, first] = bytes;
  if (tag !== 0x30 || first === undefined) return null;
  if (first < 0x80) return first === 0 ? null : bytes.subarray(0, first + 2);
  const count = first & 0x7f;
  if (count === 0) return bytes;
  if (count > 4) return null;
  const size = bytes.subarray(2, 2 + count).reduce((sum, byte) => sum * 256 + byte, 0);
  return 2 + count + size <= bytes.length ? bytes.subarray(0, 2 + count + size) : null;
}

async function digestsOf(bytes) {
  const found = Object.entries(ALGORITHMS).map(async ([name, known]) => [name, toHex(new Uint8Array(await crypto.subtle.digest(known, bytes)))]);
  return Object.fromEntries(await Promise.all(found));
}

function latin(bytes) {
  return new TextDecoder("latin1").decode(bytes);
}

/** Tell whether a signature was seen that cannot be judged without the document itself. */
export function needsDocument({ looked }) {
  return Boolean(looked?.digests) && !looked.token && (looked.present || looked.pdf.some(({ whole }) => !whole));
}

/** Return the note of each stream, by its key: {status, basis, ticket, reasons}. Without a server nothing is asked; an answer that does
 * not come leaves what was seen here. `fileOf` gives the documents that the person chose to send, null for none. */
export async function notesOf(server, streams, keyOf, fileOf = null) {
  const notes = new Map(streams.map((stream) => [keyOf(stream), seenOnly(stream, streams)]));
  const known = streams.filter(({ looked }) => looked?.digests);
  const documents = fileOf ? chosen(known, fileOf) : [];
  const signed = known.some(({ looked }) => looked.token || looked.pdf.length > 0);
  if (!server || !(signed || documents.length > 0) || !fits(known)) return notes;
  try {
    const answer = await asked(server, known, documents);
    known.forEach((stream, index) => notes.set(keyOf(stream), told(answer.files[index], streams)));
  } catch {
    // The platform does not answer, or takes no more questions: sealing goes on, the buyer verifies after the opening.
  }
  return notes;
}

/** Return the documents to send, as many as one question takes. */
function chosen(known, fileOf) {
  let left = DOCUMENTS_BYTES;
  const files = known.filter(needsDocument).map((stream) => fileOf(stream));
  return files.filter((file) => {
    const takes = Boolean(file) && file.size <= left;
    if (takes) left -= file.size;
    return takes;
  });
}

/** Ask, with the documents if there are any; when those are not taken, the signatures and digests alone. */
async function asked(server, known, documents) {
  const files = known.map(({ name, looked: { digests, token, pdf, present } }) => ({ name, digests, token, pdf, present }));
  const question = JSON.stringify({ files });
  if (documents.length > 0) {
    try {
      const form = new FormData();
      form.append("question", question);
      // The name says nothing that the question does not: the platform finds a document by its digest.
      for (const file of documents) form.append("document", file, "document");
      return await inTime(server.once("POST", "/signatures/preflight/documents", { body: form }), DOCUMENTS_PATIENCE_MS);
    } catch {
      // Not taken, or not in time: what the digests tell is still worth asking.
    }
  }
  return inTime(server.once("POST", "/signatures/preflight", { body: question, headers: { "Content-Type": "application/json" } }), PATIENCE_MS);
}

function inTime(answer, patience) {
  const late = new Promise((_done, refuse) => setTimeout(() => refuse(new Error("late")), patience));
  return Promise.race([answer, late]);
}

function fits(known) {
  const size = known.reduce((sum, { looked }) => sum + (looked.token?.length ?? 0) + looked.pdf.reduce((all, { cms }) => all + cms.length, 0), 0);
  return known.length <= MOST_FILES && size <= QUESTION_BYTES;
}

/** A signature without its document may be that of a file too large to be read twice: then nobody can say. */
function told({ status, basis, ticket, reasons }, streams) {
  const unread = streams.some(({ looked }) => !looked?.digests);
  if (status === "orphan-token" && unread) return { status: "present-not-checked", basis: null, ticket: null, reasons: [] };
  return { status, basis, ticket, reasons };
}

/** What the browser alone can say: by name and by marks. */
function seenOnly({ name, looked }, streams) {
  const token = looked?.token || looked?.pdf?.length > 0 || looked?.present || DETACHED.test(name);
  const beside = streams.some((other) => other.name.startsWith(`${name}.`) && DETACHED.test(other.name));
  return { status: token || beside ? "present-not-checked" : "not-signed", basis: null, ticket: null, reasons: [] };
}
