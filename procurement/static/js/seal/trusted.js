// The one trusted-types policy of the pages: it makes Worker addresses, from a fixed list.

const WORKERS = new Map([["seal", new URL("./worker.js", import.meta.url).href]]);

const policy = globalThis.trustedTypes?.createPolicy("pli", {
  createScriptURL: (name) => {
    const address = WORKERS.get(name);
    if (!address) throw new TypeError(`no Worker is called ${name}`);
    return address;
  },
});

/** Start one of our module Workers. */
export function startWorker(name) {
  return new Worker(policy ? policy.createScriptURL(name) : WORKERS.get(name), { type: "module" });
}
