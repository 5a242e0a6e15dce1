"""A buyer's deeds in the browser: draft a consultation, make keys, publish. And what a company does on the deposit page."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Locator, Page, expect

from procurement.accounts.rules import Role
from procurement.accounts.service import team
from procurement.accounts.service.account import create_person
from procurement.accounts.service.passwords import hash_password
from procurement.cli.demo import people, server
from procurement.cli.demo.actors import Buyer
from tests.browser.recorder import Recorder
from tests.browser.stage import CITY, PATIENCE_MS, Server, build

PARIS = ZoneInfo("Europe/Paris")
CITY_OPENER = "ouvreur@ville.example"
BIDDER = "contact@proprete.example"
COLLEAGUE = "collegue@proprete.example"


@dataclass(frozen=True)
class KeyFile:
    """A key file as the ceremony left it, and its passphrase."""

    path: Path
    passphrase: str


@dataclass
class Town(Server):
    """A server on which the city has keys made in its browser; ``seen`` is what the server saw."""

    seen: Recorder = None  # type: ignore[assignment]  # set by ``town``
    keys: tuple[KeyFile, ...] = ()

    def page(self, person: str) -> Page:
        """Return a page of a new browser profile."""
        return self.context(person).new_page()

    def publish(
        self,
        title: str,
        *,
        file_megabytes: int = 2048,
        hours: int = 24 * 40,
        before: Callable[[Buyer, str], object] = lambda _buyer, _reference: None,
    ) -> tuple[str, datetime]:
        """Publish another consultation with the city's keys; return its reference and deadline.

        ``before`` does something more with the draft.
        """
        buyer = Buyer(self.address, people.cast()["ville"])
        reference = buyer.create(title)
        text = {
            "title": title,
            "description": title,
            "cpv": "90911200",
            "nuts": "FRK23",
            "estimated": "40000",
        }
        buyer.section(reference, "identite", **text)
        buyer.section(reference, "procedure", procedure="mapa", nature="services", buyer_category="other")
        buyer.section(reference, "lots", allotted="no", no_lots_reason="Une seule prestation.")
        closes_at = deadline(self.clock.now(), hours)
        local = closes_at.astimezone(PARIS)
        dates = {"closes_at_date": f"{local:%Y-%m-%d}", "closes_at_time": f"{local:%H:%M:%S}"}
        buyer.section(reference, "dates", zone="Europe/Paris", **dates)
        buyer.section(reference, "depot", file_bytes=str(file_megabytes), files="20", total_bytes="4096")
        buyer.add_document(reference, "reglement.txt", b"Un reglement.\n", "text/plain")
        before(buyer, reference)
        keys = f"/consultations/{reference}/cles"
        holders = buyer.drafter.get(keys).tree.xpath("//input[@name='holders']/@value")
        buyer.drafter.post_form(keys, {"holders": holders})
        buyer.publish(reference)
        return reference, closes_at


def deadline(now: datetime, hours: int) -> datetime:
    """Return a moment some hours away, to the minute."""
    return (now + timedelta(hours=hours)).replace(second=0, microsecond=0)


@contextmanager
def town(folder: Path, browser: Browser) -> Iterator[Town]:
    """Serve the demonstration's accounts, a colleague of one bidder, and the city's two keys."""
    runtime = build(folder / "server")
    people.load(runtime, runtime.clock.now())
    seen = Recorder(runtime.app)
    with server.serving(replace(runtime, app=seen)) as address:
        found = Town(address, runtime, browser, seen=seen)
        _add_colleague(found)
        with found.context(CITY) as context:
            page = context.new_page()
            found.keys = (
                make_key(page, folder, "Hugo Masson", "holder"),
                make_key(page, folder, "Coffre de la mairie", "recovery"),
            )
        yield found


def _add_colleague(found: Town) -> None:
    company, now = found.organisation("proprete"), found.clock.now()
    with found.runtime.database.write() as session:
        row = create_person(
            session, COLLEAGUE, "Un Collègue", hash_password(people.password()), language="fr", now=now
        )
        team.grant(session, company.id, row.id, Role.DEPOSITOR, by=None, now=now)


def make_key(page: Page, folder: Path, name: str, role: str) -> KeyFile:
    """Hold the key ceremony: make a key, keep its file, read it again, see it rehearsed."""
    page.goto("/organisation/cles/nouvelle")
    page.locator("#nom").fill(name)
    page.locator(f"input[name='role'][value='{role}']").check()
    passphrase = page.locator("#phrase-proposee").inner_text()
    saved = folder / f"{role}.p8"
    with page.expect_download() as download:
        page.get_by_role("button", name="Créer la clé et enregistrer le fichier").click()
    download.value.save_as(saved)
    page.locator("#fichier-cle").set_input_files(saved)
    page.locator("#phrase-relue").fill(passphrase)
    page.get_by_role("button", name="Relire et éprouver").click()
    expect(page.locator("#ceremonie-message")).to_contain_text(
        "Clé créée, relue et éprouvée", timeout=PATIENCE_MS
    )
    return KeyFile(saved, passphrase)


def save_section(page: Page, reference: str, section: str, fill: Callable[[Locator], Any]) -> None:
    """Follow the task list to a section, fill it in, save it."""
    page.goto(f"/acheteur/consultations/{reference}")
    page.locator(f"main a[href$='/{reference}/{section}']").first.click()
    form = page.locator("main form[method='post']").first
    fill(form)
    form.locator("button[type='submit']").first.click()
    expect(page.locator(".pl-errors")).to_have_count(0)


def draft_by_pages(page: Page, title: str, closes_at: datetime) -> str:
    """Write a whole draft through the pages of the task list; return its reference."""
    page.goto("/acheteur/consultations")
    page.get_by_role("link", name="Nouvelle consultation").click()
    page.locator("[name='title']").fill(title)
    page.get_by_role("button", name="Créer le brouillon").click()
    page.wait_for_url(re.compile(r"/acheteur/consultations/\d{4}-\d+"))
    reference = page.url.rsplit("/", 1)[1]
    local = closes_at.astimezone(PARIS)
    fill_all(page, reference, "identite", {"description": title, "cpv": "90911200", "nuts": "FRK23"})
    chosen = {"procedure": "mapa", "nature": "services", "buyer_category": "other"}
    save_section(page, reference, "procedure", lambda form: _choose(form, chosen))
    save_section(page, reference, "lots", _without_lots)
    dates = {"closes_at_date": f"{local:%Y-%m-%d}", "closes_at_time": f"{local:%H:%M:%S}"}
    fill_all(page, reference, "dates", dates)
    fill_all(page, reference, "depot", {"file_bytes": "2048", "files": "20", "total_bytes": "4096"})
    return reference


def fill_all(page: Page, reference: str, section: str, values: dict[str, str]) -> None:
    """Fill in and save a section of plain fields."""

    def fill(form: Locator) -> None:
        for name, value in values.items():
            box = form.locator(f"[name='{name}']")
            if box.evaluate("element => element.tagName") == "SELECT":
                box.select_option(value)
            else:
                box.fill(value)

    save_section(page, reference, section, fill)


def _choose(form: Locator, values: dict[str, str]) -> None:
    for name, value in values.items():
        form.locator(f"input[name='{name}'][value='{value}']").check()


def _without_lots(form: Locator) -> None:
    _choose(form, {"allotted": "no"})
    form.locator("[name='no_lots_reason']").fill("Une seule prestation.")


def publish_by_pages(page: Page, reference: str, document: Path) -> None:
    """Add a tender document, choose the keys, check, publish."""
    page.goto(f"/acheteur/consultations/{reference}/documents")
    page.locator("input[type='file']").set_input_files(document)
    page.locator("main form button[type='submit']").first.click()
    expect(page.get_by_role("link", name=document.name, exact=True)).to_have_count(1)
    page.goto(f"/consultations/{reference}/cles")
    for box in page.locator("input[name='holders']").all():
        box.check()
    page.get_by_role("button", name="Enregistrer ces clés").click()
    page.goto(f"/acheteur/consultations/{reference}/verification")
    page.get_by_role("button", name="Publier maintenant").click()
    page.wait_for_url("**/publiee")


def begin_deposit(page: Page, reference: str) -> None:
    """Open the deposit page and wait until it can seal."""
    page.goto(f"/consultations/{reference}/depot")
    expect(page.locator("#depot")).to_have_attribute("data-ready", "true", timeout=PATIENCE_MS)


def add_files(page: Page, *files: Path, kind: str = "offre") -> None:
    """Add files as the person would choose them."""
    page.locator(f"#ajout-{kind}-0").set_input_files(list(files))


def arrived(page: Page, count: int, *, seconds: int = 60) -> None:
    """Wait until so many files are sealed and arrived."""
    expect(page.get_by_text("Chiffré, arrivé")).to_have_count(count, timeout=seconds * 1000)


def seal(page: Page) -> None:
    """Read again, seal, see the receipt."""
    page.get_by_role("button", name="Relire et sceller").click()
    expect(page.get_by_role("button", name="Sceller et déposer")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Sceller et déposer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pli reçu le", timeout=PATIENCE_MS)
