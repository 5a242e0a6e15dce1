// Open what cms.js, `pli seal` or stock openssl sealed; refuse everything that leaves the profile.

import { concat } from "./bytes.js";
import { AES256_GCM, CONTENT_TYPE, DATA, NONCE_BYTES, TAG_BYTES } from "./cms.js";
import { Reader, integer } from "./der.js";
import { SealError } from "./errors.js";
import { parseRecipient, unwrapKey } from "./recipients.js";

const CODE = "bid.cms_refused";
const MAX_BYTES = 1 << 20;

/** Read a message without any key. */
export function parse(bytes) {
  if (bytes.length > MAX_BYTES) throw new SealError(CODE, `${bytes.length} bytes`, { reason: "size" });
  const outer = new Reader(bytes, CODE);
  const info = outer.inside();
  outer.done();
  info.exactly(CONTENT_TYPE, "content_type");
  const wrapper = info.inside(0xa0);
  info.done();
  const body = wrapper.inside();
  wrapper.done();
  return parseBody(body);
}

function parseBody(body) {
  body.exactly(integer(0), "version");
  const recipients = body.setOf().map((value) => parseRecipient(value, CODE));
  const { nonce, content } = parseContent(body.inside());
  const tag = body.octets();
  body.done();
  const identities = new Set(recipients.map((recipient) => recipient.identity));
  if (recipients.length === 0 || identities.size !== recipients.length) body.refuse("recipients");
  if (tag.length !== TAG_BYTES) body.refuse("algorithm");
  return { recipients, nonce, sealed: concat(content, tag) };
}

function parseContent(reader) {
  reader.exactly(DATA, "content_type");
  const algorithm = reader.inside();
  algorithm.exactly(AES256_GCM, "algorithm");
  const parameters = algorithm.inside();
  algorithm.done();
  const nonce = parameters.octets();
  parameters.exactly(integer(TAG_BYTES), "algorithm");
  parameters.done();
  const content = reader.octets(0x80);
  reader.done();
  if (nonce.length !== NONCE_BYTES) reader.refuse("algorithm");
  return { nonce, content };
}

/** Open a message with a private key {keyType, key}; every entry of the key's kind is tried. */
export async function unseal(bytes, { keyType, key }) {
  const message = parse(bytes);
  for (const recipient of message.recipients) {
    const contentKey = recipient.keyType === keyType ? await unwrapKey(recipient, key) : null;
    if (contentKey) return decrypt(message, contentKey);
  }
  throw new SealError("bid.wrong_key", "this key is not a recipient of the message");
}

async function decrypt(message, contentKey) {
  const algorithm = { name: "AES-GCM", iv: message.nonce };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, contentKey, message.sealed));
  } catch {
    throw new SealError("bid.damaged", "the key packet fails authentication", { part: "packet" });
  }
}
