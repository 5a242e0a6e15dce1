// Resumable upload, tus 1.0.0: creation, HEAD, PATCH of whole pieces with the checksum `pli-tree`, termination.
// A piece either arrives whole or not at all; after any doubt the server is asked (HEAD) where it stands.

import { toBase64, utf8 } from "./bytes.js";
import { SealError } from "./errors.js";
import { backOff, problemError } from "./server.js";
import { root } from "./tree.js";

const TUS = { "Tus-Resumable": "1.0.0" };
const CHECKSUM_ATTEMPTS = 5;
// A connection can die without a word; after this long without one byte of progress it counts as cut.
const STALL_SECONDS = 90;

/** Pause, resume and "try again now" for the transfers of one file. */
export class Control {
  constructor() {
    this.paused = false;
    this.removed = false;
    this.abort = new AbortController();
    this.wakers = new Set();
    this.pausers = new Set();
  }

  pause() {
    this.paused = true;
    this.abort.abort();
    for (const pauser of this.pausers) pauser();
    this.pausers.clear();
  }

  /** Return a promise of the next pause. */
  whenPaused() {
    return new Promise((resolve) => this.pausers.add(resolve));
  }

  resume() {
    this.paused = false;
    this.wake();
  }

  remove() {
    this.removed = true;
    this.abort.abort();
    this.wake();
  }

  wake() {
    if (this.abort.signal.aborted && !this.removed && !this.paused) this.abort = new AbortController();
    for (const waker of this.wakers) waker();
    this.wakers.clear();
  }

  /** Wait some seconds, or less when woken. */
  sleep(seconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      this.wakers.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Wait while paused; throws once the file was taken away. */
  async ready(onPause) {
    if (this.paused && !this.removed) {
      onPause();
      await new Promise((resolve) => this.wakers.add(resolve));
      return this.ready(onPause);
    }
    if (this.removed) throw new SealError("client.removed", "the file was taken away");
    return undefined;
  }
}

/** Send one request with progress; fetch() tells nothing about a body on its way. */
export function sendWithProgress({ method, url, headers, body, onProgress, signal }) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    const watch = watchdog(() => {
      reject(new SealError("client.network", "no progress"));
      request.abort();
    });
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => {
      watch.feed();
      onProgress(event.loaded);
    };
    request.onload = () => resolve({ status: request.status, body: request.responseText, headers: headersOf(request) });
    request.onerror = () => reject(new SealError("client.network", "the connection was cut"));
    request.onabort = () => reject(new SealError("client.paused", "stopped by the person"));
    request.onloadend = () => {
      watch.stop();
      signal.removeEventListener("abort", stop);
    };
    signal.addEventListener("abort", stop);
    request.send(body);
  });
}

function watchdog(bark) {
  let timer = setTimeout(bark, STALL_SECONDS * 1000);
  const stop = () => clearTimeout(timer);
  const feed = () => {
    stop();
    timer = setTimeout(bark, STALL_SECONDS * 1000);
  };
  return { feed, stop };
}

function headersOf(request) {
  return { get: (name) => request.getResponseHeader(name) };
}

/** One upload on the server. `report` hears {state, sent, cause, seconds, message}. */
export class Upload {
  constructor(server, { url, length, control, report = () => {}, send = sendWithProgress }) {
    Object.assign(this, { server, url, length, control, report, send });
    this.offset = 0;
    this.doubt = false;
  }

  /** Create an upload, or find again the one whose creation was not answered. */
  static async create(server, { deposit, envelope, n, length, ...rest }) {
    const metadata = Object.entries({ deposit, envelope, n: String(n) });
    const headers = {
      ...TUS,
      "Upload-Length": String(length),
      "Upload-Metadata": metadata.map(([name, value]) => `${name} ${toBase64(utf8(value))}`).join(","),
    };
    const answer = await server.call("POST", "/televersements", { headers, raw: true });
    const url = new URL(answer.headers.get("Location"), answer.url);
    return new Upload(server, { url: url.pathname, length, ...rest });
  }

  /** Ask the server where it stands. */
  async locate() {
    const answer = await this.server.call("HEAD", this.url, { headers: TUS, raw: true });
    const offset = Number(answer.headers.get("Upload-Offset") ?? Number.NaN);
    if (!Number.isSafeInteger(offset) || offset < 0 || offset > this.length) throw new SealError("client.protocol", "no usable Upload-Offset");
    this.offset = offset;
    return offset;
  }

  /** Give the upload up; one that is already gone is no failure. */
  async remove() {
    try {
      await this.server.call("DELETE", this.url, { headers: TUS });
    } catch (error) {
      if (![404, 410].includes(error.params?.status)) throw error;
    }
  }

  /** Send the piece that begins at the present offset, until the server holds it. */
  async push(parts, leaves) {
    const body = new Blob(parts);
    const start = this.offset;
    const end = start + body.size;
    const checksum = `pli-tree ${toBase64(await root(leaves))}`;
    let attempts = 0;
    while (this.offset < end) {
      await this.control.ready(() => this.report({ state: "paused", sent: this.offset }));
      if (this.doubt) await this.recover(start, end);
      else await this.attempt(body, checksum, attempts++);
    }
  }

  async attempt(body, checksum, attempt) {
    try {
      await this.patch(body, checksum);
    } catch (error) {
      // A pause, too, may have cut the answer alone: the server is asked once the person goes on.
      this.doubt = true;
      if (error.code === "client.paused") return;
      const cause = this.passing(error, attempt);
      if (!cause) throw error;
      await this.wait(cause, attempt, error);
    }
  }

  async patch(body, checksum) {
    const headers = {
      ...TUS,
      ...this.server.unsafe("PATCH"),
      Accept: "application/json",
      "Content-Type": "application/offset+octet-stream",
      "Upload-Offset": String(this.offset),
      "Upload-Checksum": checksum,
    };
    const onProgress = (loaded) => this.report({ state: "sending", sent: this.offset + Math.min(loaded, body.size) });
    const answer = await this.send({ method: "PATCH", url: this.url, headers, body, onProgress, signal: this.control.abort.signal });
    if (answer.status !== 204) throw problemError(answer.status, answer.body, answer.headers);
    if (Number(answer.headers.get("Upload-Offset")) !== this.offset + body.size) throw new SealError("client.protocol", "another offset than sent");
    this.offset += body.size;
    this.report({ state: "sending", sent: this.offset });
  }

  /** After a doubt: the piece arrived, or did not; anything else means that another window writes here too. */
  async recover(start, end) {
    const offset = await this.locate();
    this.doubt = false;
    if (offset !== start && offset !== end) throw new SealError("client.offset_moved", `the server stands at ${offset}`, { offset });
  }

  passing(error, attempt) {
    const { status } = error.params;
    if (status === 409) return attempt < CHECKSUM_ATTEMPTS ? "offset" : null;
    if (status === 423) return "busy";
    if (status === 460) return attempt < CHECKSUM_ATTEMPTS ? "checksum" : null;
    if (status === 507) return "full";
    if (status === 500) return attempt < CHECKSUM_ATTEMPTS ? "server" : null;
    return this.server.passing(error);
  }

  async wait(cause, attempt, error) {
    // The server itself knows better after a 409; a damaged piece is simply sent again.
    const seconds = cause === "offset" || cause === "checksum" ? 0 : backOff(attempt, error.params.retryAfter);
    this.report({ state: "retrying", sent: this.offset, cause, seconds, message: error.params.message });
    if (seconds > 0) await this.control.sleep(seconds);
    if (cause === "session") await this.server.refresh();
  }
}
