// The page's side of the sealing Worker: calls as promises, progress as events.

import { SealError } from "./errors.js";
import { startWorker } from "./trusted.js";

/** Return {call(method, args), onEvent}, over a fresh Worker. */
export class SealingClient {
  constructor(onEvent = () => {}) {
    this.onEvent = onEvent;
    this.waiting = new Map();
    this.last = 0;
    this.worker = startWorker("seal");
    this.worker.onmessage = ({ data }) => this.hear(data);
    this.worker.onerror = (event) => this.fail(new SealError("client.worker", event.message ?? "the Worker did not start"));
  }

  /** Ask the Worker; rejects with a SealError. */
  call(method, args) {
    this.last += 1;
    const id = this.last;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, method, args });
    });
  }

  hear({ id, event, result, error }) {
    if (event) {
      this.onEvent(event);
      return;
    }
    const { resolve, reject } = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) reject(SealError.from(error));
    else resolve(result);
  }

  fail(error) {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
