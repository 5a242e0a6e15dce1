"""Take the pictures of the README from the demonstration, in the system's Chromium.

usage: python tools/screenshots.py [FOLDER]     default: docs/img; 1280 wide, light, French, each under 150 kB
"""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from procurement.cli.demo import browser as http
from procurement.cli.demo import people, server
from procurement.cli.demo.data import Stage
from procurement.core import logging
from procurement.core.clock import SandboxClock

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "img"
SIZE: ViewportSize = {"width": 1280, "height": 860}
LIMIT = 150_000
MIB = 1 << 20
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--lang=fr-FR", "--font-render-hinting=none")


@dataclass
class Studio:
    """The server whose pages are photographed, and the browser that does it."""

    address: str
    clock: SandboxClock
    browser: Browser
    folder: Path
    work: Path

    def page(self, email: str | None = None) -> Page:
        """Return a page, signed in as somebody."""
        context = self.browser.new_context(
            base_url=self.address, viewport=SIZE, locale="fr-FR", timezone_id="Europe/Paris",
            color_scheme="light", reduced_motion="reduce",
        )  # fmt: skip
        page = context.new_page()
        if email is not None:
            self._sign_in(page, email)
        return page

    def _sign_in(self, page: Page, email: str) -> None:
        page.goto("/connexion")
        page.locator("[name='email']").fill(email)
        page.locator("[name='password']").fill(people.password())
        page.locator("main form button[type='submit']").click()
        page.wait_for_load_state()
        if "/connexion/code" in page.url:
            page.locator("[name='code']").fill(people.totp_code(email, self.clock.now()))
            page.locator("main form button[type='submit']").click()
            page.wait_for_load_state()

    def reference(self, part: str) -> str:
        """Return the reference of the consultation whose title holds ``part``."""
        found = http.Browser(self.address).get("/recherche.json?etat=toutes").json()["results"]
        return next(str(item["reference"]) for item in found if part in item["title"])

    def take(self, page: Page, name: str, *, height: int = SIZE["height"]) -> None:
        """Write one picture of the page's beginning; refuse one that is too heavy for a README."""
        page.set_viewport_size({"width": SIZE["width"], "height": height})
        page.evaluate("scrollTo(0, 0)")
        target = self.folder / f"{name}.png"
        page.screenshot(path=target)
        if target.stat().st_size > LIMIT:
            raise SystemExit(f"{target} has {target.stat().st_size} bytes; a README takes {LIMIT}")


@contextmanager
def studio(folder: Path) -> Iterator[Studio]:
    """Serve the demonstration's data and start a browser."""
    with tempfile.TemporaryDirectory(prefix="pli-pictures-") as name, sync_playwright() as playwright:
        work = Path(name)
        runtime = server.build(work / "server", server.ini_for(work / "server"))
        logging.quiet()
        clock: Any = runtime.clock
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(ARGUMENTS))
        with server.serving(runtime) as address:
            clock.move_to(_today() - timedelta(days=22))
            people.load(runtime, clock.now())
            stage = Stage(address, work / "companies", _today())
            for number, deed in enumerate(stage.deeds()):
                clock.move_to(deed.at + timedelta(seconds=number))
                deed.do()
            clock.move_to(datetime.now(UTC))
            stage.write_keys(work / "keys")
            yield Studio(address, clock, browser, folder, work)
        browser.close()


def _today() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def home(studio: Studio) -> None:
    """Photograph the first page."""
    page = studio.page()
    page.goto("/")
    studio.take(page, "home")


def search(studio: Studio) -> None:
    """Photograph a search with filters."""
    page = studio.page()
    page.goto("/recherche?etat=toutes")
    studio.take(page, "search")


def consultation(studio: Studio) -> None:
    """Photograph one consultation, its deadline and its timeline."""
    page = studio.page()
    page.goto(f"/consultations/{studio.reference('Rénovation thermique')}")
    studio.take(page, "consultation")


def deposit(studio: Studio) -> None:
    """Photograph a deposit on its way, with what has arrived, then its receipt."""
    page = studio.page("contact@numerique.example")
    page.goto(f"/consultations/{studio.reference('Rénovation thermique')}/depot")
    expect(page.locator("#depot")).to_have_attribute("data-ready", "true", timeout=30_000)
    page.get_by_role("checkbox", name=re.compile("Lot 2")).check()
    add(page, "candidature-0", {"DC1 signé.pdf": 180_000, "Références 2023-2026.pdf": 2 * MIB})
    add(page, "offre-2", {"Mémoire technique.pdf": 9 * MIB, "DPGF lot 2.ods": 212_000})
    expect(page.get_by_text("Chiffré, arrivé")).to_have_count(4, timeout=60_000)
    studio.take(page, "deposit", height=1030)
    page.get_by_role("button", name="Relire et sceller").click()
    page.get_by_role("button", name="Sceller et déposer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pli reçu le", timeout=30_000)
    while page.locator("a[href$='format=tsr']").count() == 0:
        page.wait_for_timeout(300)
        page.reload()
    studio.take(page, "receipt")


def add(page: Page, place: str, files: dict[str, int]) -> None:
    """Add files of given sizes to a place of the deposit page."""
    payloads = [
        {"name": name, "mimeType": "application/pdf", "buffer": b"%PDF-1.7\n" + bytes(size)}
        for name, size in files.items()
    ]
    page.locator(f"#ajout-{place}").set_input_files(payloads)  # type: ignore[arg-type]  # plain dicts are accepted


def opening(studio: Studio) -> None:
    """Photograph the opening room, once the city's opener has presented a key."""
    page = studio.page("ouvreur@ville.example")
    page.goto(f"/consultations/{studio.reference('Nettoyage des bâtiments')}/ouvertures")
    page.get_by_role("radio", name="Offre").check()
    page.get_by_role("button", name="Ouvrir la séance").click()
    page.locator("#fichier-cle").set_input_files(studio.work / "keys" / "ville-ouvreur.p8")
    page.locator("#phrase").fill(people.password())
    page.get_by_role("button", name="Ouvrir les plis").click()
    expect(page.locator(".pl-envelope--opened")).to_have_count(2, timeout=60_000)
    page.reload()
    expect(page.locator(".pl-envelope--opened")).to_have_count(2, timeout=60_000)
    studio.take(page, "opening")


def main(folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with studio(folder) as ready:
        for shot in (home, search, consultation, deposit, opening):
            shot(ready)
    for picture in sorted(folder.glob("*.png")):
        print(f"{picture.stat().st_size:8} {picture}")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
