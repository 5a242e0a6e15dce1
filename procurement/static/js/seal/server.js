// Talk to the platform: JSON in and out, problem documents as coded errors, retries with a visible cause.

import { SealError } from "./errors.js";

const BACK_OFF = [1, 2, 4, 8, 15, 30, 60];
const PASSING = new Set([429, 502, 503, 504]);
const UNAUTHORIZED = 401;
const SIGNED_OUT = new Set(["http.unauthorized", "http.csrf", "core.csrf", "account.session_expired"]);

/** Return how many seconds to wait before the next attempt, counted from 0. */
export function backOff(attempt, retryAfter = 0) {
  return Math.max(retryAfter, BACK_OFF[Math.min(attempt, BACK_OFF.length - 1)]);
}

/** Tell whether an error means "sign in again", which loses nothing of what was sent. */
export function isSignedOut(error) {
  return SIGNED_OUT.has(error.code);
}

/** Turn a refused answer into a coded error; `params.message` is the sentence to show. */
export function problemError(status, body, headers) {
  const problem = readProblem(body);
  const retryAfter = Number(headers.get("Retry-After")) || 0;
  // The answer to a HEAD has no body, and so no code of ours: the status alone says that the session has ended.
  const bare = status === UNAUTHORIZED ? "http.unauthorized" : `http.${status}`;
  return new SealError(problem.code ?? bare, problem.title ?? "", { ...problem, status, retryAfter, message: problem.detail });
}

function readProblem(body) {
  try {
    return JSON.parse(body) ?? {};
  } catch {
    return {};
  }
}

/** One platform, one session. `sleep` is replaced in tests; `onWait` hears why a call is waiting. */
export class Server {
  constructor({ api, csrf = "", onWait = () => {}, sleep = (seconds) => new Promise((wake) => setTimeout(wake, seconds * 1000)) }) {
    // Addresses the server hands out (Location) are absolute paths: they must be told from our own relative ones.
    this.api = new URL(api, globalThis.location.href).pathname;
    this.csrf = csrf;
    this.onWait = onWait;
    this.sleep = sleep;
  }

  get(path) {
    return this.call("GET", path);
  }

  post(path, body, headers = {}) {
    return this.call("POST", path, { body: JSON.stringify(body), headers: { "Content-Type": "application/json", ...headers } });
  }

  put(path, body, headers) {
    return this.call("PUT", path, { body, headers });
  }

  /** Call until an answer comes: every call of the API is idempotent, so that a lost answer may be asked again. */
  async call(method, path, options = {}) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.once(method, path, options);
      } catch (error) {
        const cause = this.passing(error);
        if (!cause) throw error;
        await this.wait(cause, backOff(attempt, error.params.retryAfter), error);
      }
    }
  }

  /** Name the cause of an error that passes with time, or return null. */
  passing(error) {
    if (error.code === "client.network") return "network";
    if (isSignedOut(error)) return "session";
    return PASSING.has(error.params?.status) ? "server" : null;
  }

  async wait(cause, seconds, error) {
    this.onWait({ cause, seconds, message: error.params?.message });
    await this.sleep(seconds);
    if (cause === "session") await this.refresh();
  }

  /** Read the session's token again: the person may have signed in anew in another tab. */
  async refresh() {
    try {
      this.csrf = (await this.once("GET", "/session", {})).csrf_token;
    } catch {
      // Still signed out: the next attempt says so again.
    }
  }

  async once(method, path, { body, headers = {}, raw = false }) {
    const answer = await this.fetch(method, path, body, headers);
    const text = await answer.text();
    if (!answer.ok) throw problemError(answer.status, text, answer.headers);
    if (raw) return answer;
    return text ? JSON.parse(text) : null;
  }

  async fetch(method, path, body, headers) {
    const url = path.startsWith(this.api) ? path : this.api + path;
    const all = { Accept: "application/json", ...this.unsafe(method), ...headers };
    try {
      return await fetch(url, { method, body, headers: all, cache: "no-store", redirect: "error" });
    } catch (error) {
      throw new SealError("client.network", String(error));
    }
  }

  unsafe(method) {
    return method === "GET" || method === "HEAD" ? {} : { "X-CSRF-Token": this.csrf };
  }
}
