// The page's own calls to the platform, with the session's token.

import { Server } from "../seal/server.js";

/** Return a Server for the page's root element (data-api). */
export function server(root, options = {}) {
  return new Server({ api: root.dataset.api, csrf: csrf(), ...options });
}

export function csrf() {
  return document.querySelector("meta[name='csrf-token']")?.content ?? "";
}
