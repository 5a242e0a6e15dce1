// Save one field while it is being filled in: one save after the other, so that a slow answer never makes two saves of one
// person contradict each other. What was not stored stays in the page, is tried again, and is asked about before leaving.

export const AGAIN = 8000;
// The browser takes requests of at most 64 kB with it when a page goes; a character takes at most four bytes.
const TAKEN_ALONG = 15_000;
const STALE = 412;
const TOO_MANY = 429;
const BROKEN = 500;

const every = new Set();

export class Saver {
  #timer = 0;
  #travelling = null;
  #changed = false;
  #stopped = false;

  // `body` gives what is sent; `words` are the sentences of the form; `saved` hears of each success.
  constructor({ address, body, words, line, saved }) {
    Object.assign(this, { address, body, words, line, saved });
    every.add(this);
  }

  // Something of what was typed is not stored.
  get pending() {
    return this.#changed || this.#travelling !== null;
  }

  later(pause) {
    this.#changed = true;
    if (this.#stopped || this.#travelling) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.now(), pause);
  }

  // Save what changed, now; a save that is under way ends first.
  async now() {
    clearTimeout(this.#timer);
    while (this.#travelling) await this.#travelling;
    if (!this.#changed || this.#stopped) return;
    this.#travelling = this.#send();
    const next = await this.#travelling;
    this.#travelling = null;
    if (next !== null) this.later(next);
  }

  // The page is about to send everything itself: begin no other save; return the one under way, if any.
  leave() {
    this.#stopped = true;
    clearTimeout(this.#timer);
    return this.#travelling;
  }

  // Returns in how many milliseconds to try again, null for not before something else is typed.
  async #send() {
    this.#changed = false;
    say(this.line, this.words.saving);
    let answer;
    try {
      answer = await post(this.address, this.body());
    } catch {
      return this.#failed();
    }
    const told = await answer.json().catch(() => ({}));
    if (answer.ok && Number.isInteger(told.revision)) return this.#stored(told);
    if (answer.ok || answer.status >= BROKEN || answer.status === TOO_MANY) return this.#failed();
    if (answer.status === STALE && told.conflict) return this.#lost(told.conflict);
    return this.#refused(told.detail);
  }

  #stored(told) {
    const time = new Date(told.saved_at).toLocaleTimeString(document.documentElement.lang);
    say(this.line, this.words.savedText.replace("{time}", time));
    this.saved(told);
    return this.#changed ? 0 : null;
  }

  #failed() {
    this.#changed = true;
    say(this.line, this.words.unsaved, "warn");
    return AGAIN;
  }

  #refused(reason) {
    const more = this.#changed;
    this.#changed = true;
    say(this.line, reason ?? this.words.unsaved, "warn");
    return more ? 0 : null;
  }

  // The server keeps both texts. The person chooses first: saving on would only lose again.
  #lost(address) {
    this.#stopped = true;
    say(this.line, `${this.words.conflict} `, "warn");
    const link = document.createElement("a");
    link.href = address;
    link.textContent = this.words.compare;
    this.line.append(link);
    return null;
  }
}

function say(line, text, tone = "") {
  line.textContent = text;
  line.dataset.tone = tone;
}

function post(address, body) {
  const token = document.querySelector("meta[name='csrf-token']").content;
  const small = [...body.values()].join("").length < TAKEN_ALONG;
  const keepalive = document.visibilityState === "hidden" && small;
  return fetch(address, { method: "POST", body, keepalive, headers: { Accept: "application/json", "X-CSRF-Token": token } });
}

// Watch over a form whose fields have savers: its button waits for a save under way, leaving with unsaved words is asked about.
export function guard(form) {
  let sending = false;

  form.addEventListener("submit", (event) => {
    if (sending) return;
    const leaving = [...every].map((one) => one.leave());
    sending = true;
    if (!leaving.some(Boolean)) return;
    event.preventDefault();
    // A form does not send itself while it still announces the first attempt.
    Promise.all(leaving).then(() => setTimeout(() => form.requestSubmit(event.submitter)));
  });
  window.addEventListener("beforeunload", (event) => {
    if (!sending && [...every].some((one) => one.pending)) event.preventDefault();
  });
  // A page that comes back from the browser's memory is older than what is stored.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") saveAll();
  });
  window.addEventListener("online", saveAll);
}

function saveAll() {
  for (const one of every) one.now();
}
