"""P15: seal in the browser (read, encrypt, hash ciphertext and plaintext) against raw WebCrypto on the same page."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.harness import Measure, Timed
from tests.browser.js.platform import Platform, serve

CHROMIUM = os.environ.get("PLI_TEST_CHROMIUM", "/usr/bin/chromium")
#: Read, encrypt and hash the ciphertext, with the modules of the product.
_SEALED = """
async (size) => {
  const load = (name) => import(`/static/js/seal/${name}.js`);
  const [{ randomFile }, { Layout, StreamCipher }, { Source }] = await Promise.all(["measure", "stream", "source"].map(load));
  const [{ Tree }, { random, sha256, utf8 }] = await Promise.all(["tree", "bytes"].map(load));
  const layout = new Layout(size), source = new Source(randomFile(size)), tree = new Tree();
  const cipher = await StreamCipher.create({ key: random(32), aad: utf8("pli/1 measure"), layout });
  const leaf = async (j) => sha256(await cipher.encrypt(j, await source.read(...layout.plainRange(j))));
  const begun = performance.now(), waiting = [];
  for (let j = 0; j < layout.count; j += 1) {
    waiting.push(leaf(j));
    if (waiting.length === 4) await tree.append(await waiting.shift());
  }
  for (const last of waiting) await tree.append(await last);
  await tree.root();
  return (performance.now() - begun) / 1000;
}
"""
_SUBJECT = """
async (size) => {
  const { measure } = await import("/static/js/seal/measure.js");
  return size / (await measure(size));
}
"""
#: As many bytes from memory, 1 MiB at a time, four calls in flight; nothing is read, hashed or kept.
_FLOOR = """
async (size) => {
  const piece = new Uint8Array(1 << 20), count = size / piece.length;
  for (let at = 0; at < piece.length; at += 65536) crypto.getRandomValues(piece.subarray(at, at + 65536));
  const key = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const begun = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < count) {
      const iv = new Uint8Array(12);
      new DataView(iv.buffer).setUint32(7, next++);
      await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, piece);
    }
  };
  await Promise.all([lane(), lane(), lane(), lane()]);
  return (performance.now() - begun) / 1000;
}
"""


def _timed(page: Page, script: str, size: int) -> Timed:
    return lambda: float(page.evaluate(script, size))


def measures(folder: Path, *, quick: bool) -> Iterator[Measure]:
    """Give the ratio: median of three rounds in turns, as the document on sealing sets it."""
    del folder
    size = (64 << 20) if quick else (512 << 20)
    nothing: Any = None  # The page loads modules and calls no endpoint.
    server = serve(Platform(nothing))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_page()
            page.set_default_timeout(300_000)
            page.goto(f"http://127.0.0.1:{server.server_address[1]}/")
            floor = _timed(page, _FLOOR, size)
            for script, what, demand in (
                (_SEALED, "read, encrypt, hash the ciphertext", 0.35),
                (_SUBJECT, "whole sealing pass, plaintext hash included", 0.25),
            ):
                yield Measure(
                    id="P15", what=f"browser, {size >> 20} MiB: {what}", clock="wall", floor=floor,
                    subject=_timed(page, script, size), demand=demand, rounds=3, statistic="median",
                )  # fmt: skip
            browser.close()
    finally:
        server.shutdown()
        server.server_close()
    print("P15   against age-encryption: not measured (the package is not installed here)")
