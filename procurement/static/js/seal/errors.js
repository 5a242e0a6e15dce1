// The one error of these modules: a stable code (documented), an English detail for engineers, plain parameters.

export class SealError extends Error {
  constructor(code, detail = "", params = {}) {
    super(`${code}: ${detail}`);
    this.name = "SealError";
    this.code = code;
    this.detail = detail;
    this.params = params;
  }

  /** Return a form that postMessage can carry between the page and the Worker. */
  toPlain() {
    return { code: this.code, detail: this.detail, params: this.params };
  }

  /** Wrap anything thrown, so that every failure has a code. */
  static from(error) {
    if (error instanceof SealError) return error;
    if (error?.code && typeof error.code === "string") return new SealError(error.code, error.detail, error.params);
    return new SealError("client.unexpected", String(error?.stack ?? error));
  }
}
