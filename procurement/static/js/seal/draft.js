// What a bidder's own browser keeps of a deposit being prepared: keys, salts, prefixes and the hash of every sealed
// segment. A segment's hash is written to disk BEFORE the segment is sent: after a reload the same plaintext can be
// told from another one, and two plaintexts never meet under one nonce. All of it is erased at the deposit.

import { concat } from "./bytes.js";
import { SealError } from "./errors.js";

const VERSION = 1;
const LEAF_BYTES = 32;

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(storageError(request.error));
  });
}

function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(storageError(transaction.error));
  });
}

function storageError(error) {
  const full = error?.name === "QuotaExceededError";
  return new SealError(full ? "client.storage_full" : "client.storage", String(error));
}

function createStores(database) {
  database.createObjectStore("drafts", { keyPath: "deposit" });
  database.createObjectStore("envelopes", { keyPath: "envelope" }).createIndex("deposit", "deposit");
  database.createObjectStore("streams", { keyPath: ["envelope", "n"] }).createIndex("deposit", "deposit");
  database.createObjectStore("leaves", { keyPath: ["envelope", "n", "first"] });
  database.createObjectStore("receipts", { keyPath: "deposit" });
}

/** The drafts of this browser, in IndexedDB. */
export class DraftStore {
  constructor(database) {
    this.database = database;
  }

  static async open(name = "pli") {
    const request = indexedDB.open(name, VERSION);
    request.onupgradeneeded = () => createStores(request.result);
    const database = await settled(request);
    database.onversionchange = () => database.close();
    return new DraftStore(database);
  }

  close() {
    this.database.close();
  }

  /** Write one record durably: the promise ends once the data reached the disk. */
  async put(store, record) {
    const transaction = this.writing([store]);
    transaction.objectStore(store).put(record);
    await finished(transaction);
    return record;
  }

  async get(store, key) {
    return settled(this.reading([store]).objectStore(store).get(key));
  }

  draft(deposit) {
    return this.get("drafts", deposit);
  }

  async drafts(consultation) {
    const all = await settled(this.reading(["drafts"]).objectStore("drafts").getAll());
    return all.filter((draft) => draft.consultation === consultation);
  }

  envelopes(deposit) {
    return settled(this.reading(["envelopes"]).objectStore("envelopes").index("deposit").getAll(deposit));
  }

  /** Return the streams of a deposit, the dropped ones included: their numbers are never used again. */
  streams(deposit) {
    return settled(this.reading(["streams"]).objectStore("streams").index("deposit").getAll(deposit));
  }

  /** Take the next file number of an envelope and write its stream, in one transaction. */
  async addStream(envelope, stream) {
    const transaction = this.writing(["envelopes", "streams"]);
    const store = transaction.objectStore("envelopes");
    const record = await settled(store.get(envelope));
    const created = { ...stream, deposit: record.deposit, envelope, n: record.next };
    store.put({ ...record, next: record.next + 1 });
    transaction.objectStore("streams").add(created);
    await finished(transaction);
    return created;
  }

  /** Write the hashes of the segments from `first` on. Must end before any of them is sent. */
  async addLeaves({ envelope, n }, first, leaves) {
    await this.put("leaves", { envelope, n, first, bytes: concat(...leaves) });
  }

  /** Return the recorded hashes of a stream, in order and without a gap. */
  async leaves({ envelope, n }) {
    const range = IDBKeyRange.bound([envelope, n, 0], [envelope, n, Number.MAX_SAFE_INTEGER]);
    const found = [];
    for (const { first, bytes } of await settled(this.reading(["leaves"]).objectStore("leaves").getAll(range))) {
      for (let at = 0; at < bytes.length; at += LEAF_BYTES) found[first + at / LEAF_BYTES] = bytes.subarray(at, at + LEAF_BYTES);
    }
    const gap = found.findIndex((leaf) => leaf === undefined);
    return gap === -1 ? found : found.slice(0, gap);
  }

  /** Write a whole draft at once, as a rescue file brings it. */
  async restore({ draft, envelopes, streams, leaves }) {
    const transaction = this.writing(["drafts", "envelopes", "streams", "leaves"]);
    transaction.objectStore("drafts").put(draft);
    for (const envelope of envelopes) transaction.objectStore("envelopes").put(envelope);
    for (const stream of streams) transaction.objectStore("streams").put(stream);
    for (const batch of leaves) transaction.objectStore("leaves").put(batch);
    await finished(transaction);
  }

  /** Forget a draft and its keys; `receipt` (plaintext hashes and salts) is kept in the same transaction. */
  async erase(deposit, receipt = null) {
    const [envelopes, streams] = [await this.envelopes(deposit), await this.streams(deposit)];
    const transaction = this.writing(["drafts", "envelopes", "streams", "leaves", "receipts"]);
    transaction.objectStore("drafts").delete(deposit);
    for (const { envelope } of envelopes) transaction.objectStore("envelopes").delete(envelope);
    for (const { envelope, n } of streams) {
      transaction.objectStore("streams").delete([envelope, n]);
      transaction.objectStore("leaves").delete(IDBKeyRange.bound([envelope, n, 0], [envelope, n, Number.MAX_SAFE_INTEGER]));
    }
    if (receipt) transaction.objectStore("receipts").put({ deposit, receipt });
    await finished(transaction);
  }

  async receipt(deposit) {
    return (await this.get("receipts", deposit))?.receipt ?? null;
  }

  reading(stores) {
    return this.database.transaction(stores, "readonly");
  }

  writing(stores) {
    return this.database.transaction(stores, "readwrite", { durability: "strict" });
  }
}
