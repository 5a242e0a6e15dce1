"""The demonstration on a throw-away server, and its people in front of a real browser."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from procurement.accounts import queries
from procurement.accounts.rules import OrganisationKind
from procurement.cli.demo import actors, people, server
from procurement.cli.demo import browser as http
from procurement.cli.demo.actors import Buyer
from procurement.cli.demo.data import Stage
from procurement.core import logging
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime
from tests.browser import contracts, desks, dumes
from tests.factories.signatures import signing_job

#: Longest wait of a page for anything, in milliseconds: the machine may be busy.
PATIENCE_MS = 30_000
OPENER = "ouvreuse@ministere.example"
PUBLISHER = "publicateur@ministere.example"
CITY = "achats@ville.example"
#: A company of the directory that has no account yet.
FREE_SIRET = "90001093500014"


@dataclass
class Server:
    """A running server, its clock, and who signed in to it in a browser."""

    address: str
    runtime: Runtime
    browser: Browser
    states: dict[str, Any] = field(default_factory=dict)

    @property
    def clock(self) -> SandboxClock:
        assert isinstance(self.runtime.clock, SandboxClock)
        return self.runtime.clock

    def context(self, email: str | None = None, **options: Any) -> BrowserContext:
        """Return a new browser profile, signed in as ``email`` when one is given."""
        if email is not None and email not in self.states:
            self.states[email] = self._sign_in(email)
        state = self.states[email] if email else None
        context = self.browser.new_context(
            base_url=self.address, storage_state=state, locale="fr-FR", timezone_id="Europe/Paris", **options
        )
        context.set_default_timeout(PATIENCE_MS)
        return context

    def _sign_in(self, email: str) -> Any:
        # A code of the second factor serves once: go on to the next one.
        self.clock.advance(seconds=31)
        context = self.browser.new_context(base_url=self.address, locale="fr-FR")
        context.set_default_timeout(PATIENCE_MS)
        sign_in(context.new_page(), email, self.clock)
        state = context.storage_state()
        context.close()
        return state

    def organisation(self, slug: str) -> Any:
        """Return the demonstration's organisation as the database knows it."""
        known = people.cast()[slug]
        with self.runtime.database.read() as session:
            return queries.organisation_by_siret(session, known.siret, OrganisationKind(known.kind))

    def mail_link(self, recipient: str, part: str) -> str:
        """Wait for a message to somebody with a link to ``part``, on the outbox page; return the link's path."""
        limit = time.monotonic() + PATIENCE_MS / 1000
        while time.monotonic() < limit:
            for message in self._messages(recipient):
                found = re.findall(rf"https?://[^/\s\"<]+({part}[^\s\"<]*)", message)
                if found:
                    return str(found[0])
            time.sleep(0.1)
        raise AssertionError(f"no message to {recipient} holds a link to {part}")

    def _messages(self, recipient: str) -> Iterator[str]:
        public = http.Browser(self.address)
        rows = public.get("/boite-envoi").tree.xpath("//tbody/tr")
        for row in rows:
            if recipient in row.text_content():
                yield public.get(row.xpath(".//a/@href")[0]).body.decode()


def sign_in(page: Page, email: str, clock: SandboxClock) -> None:
    """Sign in through the pages, with the second factor where the account has one."""
    page.goto("/connexion")
    page.locator("input[name='email']").fill(email)
    page.locator("input[name='password']").fill(people.password())
    page.locator("main form button[type='submit']").click()
    page.wait_for_load_state()
    if "/connexion/code" in page.url:
        page.locator("input[name='code']").fill(people.totp_code(email, clock.now()))
        page.locator("main form button[type='submit']").click()
        page.wait_for_load_state()
    assert "/connexion" not in page.url, page.locator("main").inner_text()


def build(folder: Path) -> Runtime:
    """Return an application on an empty database, without the log."""
    runtime = server.build(folder, server.ini_for(folder))
    logging.quiet()
    return runtime


@dataclass
class Demo(Server):
    """The demonstration with consultations in every state; ``ids`` holds what the addresses of the pages need."""

    ids: dict[str, str] = field(default_factory=dict)


#: Part of a title of ``demo.toml`` -> the word under which the tests know the consultation.
_TITLES = {
    "Rénovation thermique": "lots",
    "Maintenance et évolution": "open",
    "Fourniture de lits": "deposited",
    "Nettoyage des": "closed",
    "maison du vélo": "opened",
    "Mobilier scolaire": "draft",
}


@contextmanager
def whole(folder: Path, browser: Browser) -> Iterator[Demo]:
    """Serve the demonstration's data, loaded by playing them."""
    runtime = build(folder / "server")
    clock = runtime.clock
    assert isinstance(clock, SandboxClock)
    today = datetime.now(UTC).replace(microsecond=0)
    clock.move_to(today - timedelta(days=22))
    people.load(runtime, clock.now())
    with server.serving(runtime) as address:
        stage = Stage(address, folder / "companies", today)
        for number, deed in enumerate(stage.deeds()):
            clock.move_to(deed.at + timedelta(seconds=number))
            deed.do()
        clock.move_to(today)
        demo = Demo(address, runtime, browser)
        _find_ids(demo, stage)
        yield demo


def _find_ids(demo: Demo, stage: Stage) -> None:
    """Learn the numbers that stand in addresses, from the pages themselves."""
    ids = demo.ids
    for item in http.Browser(demo.address).get("/recherche.json?etat=toutes").json()["results"]:
        ids[_word(item["title"])] = item["reference"]
    ids |= {f"id:{_word(title)}": value for title, value in stage.ids.items()}
    _draft_ids(demo, Buyer(demo.address, people.cast()["ville"]))
    _organisation_ids(demo)
    _bid_ids(demo, stage)
    _mailed(demo)
    city, bidder = demo.organisation("ville"), demo.organisation("medilog")
    ids |= dumes.ids(demo.runtime, city, bidder)
    ids |= desks.ids(demo.runtime, city, bidder, ids["dume_published"], ids["lots"])
    ids["signing_job"] = signing_job(demo.runtime, city.id, bidder.id)
    ids |= contracts.ids(demo.runtime, city, ids["draft"])
    outbox = http.Browser(demo.address).get("/boite-envoi")
    ids["outbox_message"] = outbox.links("/boite-envoi/")[0]


def _word(title: str) -> str:
    return next(word for part, word in _TITLES.items() if part in title)


def _link(browser: http.Browser, page: str, pattern: str) -> str:
    """Return what the group of ``pattern`` is in the first link of a page that matches."""
    for link in browser.get(page).links("/"):
        if found := re.fullmatch(pattern, link.split("?")[0].removeprefix(browser.base_url)):
            return found[1]
    raise AssertionError(f"{page} has no link like {pattern}")


def _draft_ids(demo: Demo, city: Buyer) -> None:
    row = city.drafter.get("/acheteur/consultations").tree.xpath("//tr[contains(., 'Mobilier scolaire')]")[0]
    demo.ids["draft"] = reference = row.xpath(".//a/@href")[0].rsplit("/", 1)[1]
    city.add_document(reference, "plan des classes.txt", b"Douze classes.\n", "text/plain")
    city.add_lot(reference, "Tables et chaises")
    documents = f"/acheteur/consultations/{reference}/documents"
    demo.ids["document"] = _link(city.drafter, documents, rf".*/{reference}/documents/([0-9a-f-]{{36}})")


def _organisation_ids(demo: Demo) -> None:
    ministry = people.cast()["ministere"]
    administrator = actors.sign_in(demo.address, ministry.who("administrator"))
    demo.ids["member"] = _link(administrator, "/equipe", r".*/equipe/([0-9a-f-]{36})")
    demo.ids["service"] = _link(administrator, "/organisation/services", r".*/services/([0-9a-f-]{36})")
    demo.ids["key"] = _link(administrator, "/organisation/cles", r".*/cles/([0-9a-f-]{36})/.*")
    notice = files("procurement.cli.demo").joinpath("notice.xml").read_bytes()
    drafter = actors.sign_in(demo.address, ministry.who("drafter"))
    imported = drafter.post_form(
        "/acheteur/avis/importer", {}, files={"file": ("avis.xml", notice, "application/xml")}
    )
    demo.ids["notice"] = imported.url.rsplit("/", 1)[1]
    guest = {"name": "Zoé Nouvelle", "email": "nouvelle@ministere.example", "roles": ["observer"]}
    administrator.post_form("/equipe/invitation", guest)


def _bid_ids(demo: Demo, stage: Stage) -> None:
    opener = Buyer(demo.address, people.cast()["ministere"]).opener
    openings = f"/consultations/{demo.ids['opened']}/ouvertures"
    demo.ids["opening"] = _link(opener, openings, r".*/ouvertures/([0-9a-f-]{36})")
    progress = opener.get(f"/api/v1/ouvertures/{demo.ids['opening']}").json()
    demo.ids["envelope"] = progress["envelopes"][0]["envelope"]
    bidder = actors.sign_in(demo.address, people.cast()["medilog"].who("depositor"))
    demo.ids["deposit"] = _link(bidder, "/depots", r".*/depots/([0-9a-f-]{36})")
    company = actors.Company(demo.address, people.cast()["kermadec"], stage.folder / "drafts")
    company.prepare(stage.ids[_title("lots")], [actors.Offer(1, "offre", {"offre.txt": b"Une offre.\n"})])


def _title(word: str) -> str:
    part = next(part for part, known in _TITLES.items() if known == word)
    return next(str(item["title"]) for item in people.story()["consultation"] if part in item["title"])


def _mailed(demo: Demo) -> None:
    """Ask for every message that leads to a page of its own; keep their links."""
    public = http.Browser(demo.address)
    public.post_form("/mot-de-passe/oublie", {"email": "contact@faure.example"})
    demo.ids["reset"] = demo.mail_link("contact@faure.example", "/mot-de-passe/")
    demo.ids["invitation"] = demo.mail_link("nouvelle@ministere.example", "/invitation/")
    observer = next(one for one in people.cast()["ministere"].people if "observer" in one.roles)
    signed = actors.sign_in(demo.address, observer)
    new = "paul.observe@ministere.example"
    signed.post_form("/compte/adresse", {"email": new, "current": people.password()})
    demo.ids["email_confirm"] = demo.mail_link(new, "/compte/adresse/")
    public.post_form("/inscription", {"siret": FREE_SIRET})
    public.post_form(f"/inscription/entreprise?siret={FREE_SIRET}", {})
    applicant = {"name": "Rémi Neuf", "email": "remi@neuf.example"}
    public.post_form("/inscription/personne", applicant)
    demo.ids["register_confirm"] = demo.mail_link("remi@neuf.example", "/inscription/")
