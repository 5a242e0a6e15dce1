// Look at files before the first byte leaves: what blocks, and what the bidder may override knowingly.
// A finding is {code, blocks, file?, params}; the page turns it into a sentence with its remedy.

const MAX_NAME_BYTES = 200;
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
// Characters that reorder what is displayed: "facture\u202efdp.exe" looks like "factureexe.pdf".
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
const FORBIDDEN = /[<>:"/\\|?*]|[. ]$/;

/** Return the findings on one file, from its name and size alone. */
export function checkFile(file, { limits }) {
  const findings = [];
  if (file.size === 0) findings.push(blocking("empty", file));
  if (file.size > limits.file_bytes) findings.push(blocking("too_large", file, { size: file.size, limit: limits.file_bytes }));
  const type = extension(file.name);
  if (limits.types.length > 0 && !limits.types.includes(type)) {
    findings.push(blocking("type_forbidden", file, { type, types: limits.types.join(", ") }));
  }
  if (isOdd(file.name)) findings.push(passing("name_odd", file));
  return findings;
}

/** Return the findings on the whole deposit: `kept` are the files already in it ({name, size, envelope}). */
export function checkTotals(file, kept, { limits }) {
  const findings = [];
  const total = kept.reduce((sum, { size }) => sum + size, 0) + file.size;
  if (kept.length + 1 > limits.files) findings.push(blocking("too_many", file, { count: kept.length + 1, limit: limits.files }));
  if (total > limits.total_bytes) findings.push(blocking("total_too_large", file, { size: total, limit: limits.total_bytes }));
  return findings;
}

/** Make sure that the file can be read at all, without reading more than one byte of it. */
export async function checkReadable(file) {
  try {
    await file.slice(0, 1).arrayBuffer();
    return [];
  } catch {
    return [blocking("unreadable", file)];
  }
}

/** Tell two files of one envelope with the same content; both hashes are known once they are sealed. */
export function checkDuplicates(streams) {
  const seen = new Map();
  return streams.flatMap((stream) => {
    const key = `${stream.envelope} ${stream.size} ${stream.pt?.value}`;
    if (!stream.pt) return [];
    if (seen.has(key)) return [passing("duplicate", stream, { other: seen.get(key).name })];
    seen.set(key, stream);
    return [];
  });
}

/** Tell whether the files arrive after the deadline at the measured rate (bytes a second). */
export function checkTime({ left, rate, now, deadline }) {
  if (left <= 0 || !(rate > 0)) return [];
  const end = now + (left / rate) * 1000;
  return end > deadline ? [{ code: "will_be_late", blocks: false, params: { end, deadline, now: now > deadline } }] : [];
}

export function extension(name) {
  const dot = name.lastIndexOf(".");
  return dot < 0 ? "" : name.slice(dot + 1).toLowerCase();
}

function isOdd(name) {
  const bytes = new TextEncoder().encode(name).length;
  return bytes > MAX_NAME_BYTES || [CONTROL, BIDI, RESERVED, FORBIDDEN].some((pattern) => pattern.test(name));
}

function blocking(code, { name }, params = {}) {
  return { code, blocks: true, file: name, params };
}

function passing(code, { name }, params = {}) {
  return { code, blocks: false, file: name, params };
}
