"""What the people of the demonstration do, each through a browser of their own."""

import io
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from procurement.cli.demo import people
from procurement.cli.demo.browser import Browser, StepFailed
from procurement.cli.demo.people import DemoOrganisation, DemoPerson
from procurement.cli.deposit_client import HeldKey, KeyClient, OpeningClient, Prepared, SealingClient
from signing.sealed.descriptor import Candidate, Kind, Relation
from signing.sealed.sealing import EnvelopePlan, SourceFile

PARIS = ZoneInfo("Europe/Paris")
#: Longest wait for background work, in seconds.
#: What every signed PDF holds.
_SIGNED = b"/ByteRange"
PATIENCE = 60
_TYPES = {".pdf": "application/pdf", ".xml": "application/xml", ".zip": "application/zip"}


def server_time(browser: Browser) -> datetime:
    """Return the server's time."""
    return datetime.fromisoformat(browser.get("/api/v1/horloge").json()["now"])


def sign_in(base_url: str, person: DemoPerson) -> Browser:
    """Open a browser and sign in, with the second factor where there is one."""
    browser = Browser(base_url)
    answer = browser.post_form("/connexion", {"email": person.email, "password": people.password()})
    if person.totp:
        code = people.totp_code(person.email, server_time(browser))
        answer = browser.post_form("/connexion/code", {"code": code})
    if "/tableau-de-bord" not in answer.url:
        raise StepFailed(f"{person.email} is not signed in: {answer.text[:300]}")
    return browser


class Buyer:
    """A buyer's agents: whoever drafts, publishes and opens."""

    def __init__(self, base_url: str, organisation: DemoOrganisation) -> None:
        self.base_url = base_url
        self.organisation = organisation
        self.drafter = sign_in(base_url, organisation.who("drafter"))
        publisher = organisation.who("publisher")
        same = publisher == organisation.who("drafter")
        self.publisher = self.drafter if same else sign_in(base_url, publisher)
        self._opener: Browser | None = None

    @property
    def opener(self) -> Browser:
        """Return the opener's browser, signed in at first use."""
        if self._opener is None:
            self._opener = sign_in(self.base_url, self.organisation.who("opener"))
        return self._opener

    def create(self, title: str) -> str:
        """Begin a draft; return its reference."""
        answer = self.drafter.post_form("/acheteur/consultations/nouvelle", {"title": title})
        return _reference(answer.url)

    def import_notice(self, name: str, content: bytes) -> tuple[str, str]:
        """Import a notice as a draft; return the reference and the report's text."""
        path = "/acheteur/avis/importer"
        answer = self.drafter.post_form(path, {}, files={"file": (name, content, "application/xml")})
        links = answer.links("/acheteur/consultations/20")
        if not links:
            raise StepFailed(f"the notice gave no draft: {answer.text[:600]}")
        return _reference(links[0]), answer.text

    def section(self, reference: str, name: str, **fields: Any) -> None:
        """Save one section of a draft."""
        self.drafter.post_form(f"/acheteur/consultations/{reference}/{name}", fields)

    def add_lot(self, reference: str, title: str) -> None:
        """Add a lot to a draft."""
        self.section(reference, "lots/nouveau", title=title)

    def set_deadline(self, reference: str, closes_at: datetime) -> None:
        """Set the deadline and, ten days before, that of questions: Paris time with seconds."""
        local, questions = closes_at.astimezone(PARIS), (closes_at - timedelta(days=10)).astimezone(PARIS)
        self.section(
            reference,
            "dates",
            zone="Europe/Paris",
            closes_at_date=local.strftime("%Y-%m-%d"),
            closes_at_time=local.strftime("%H:%M:%S"),
            questions_at_date=questions.strftime("%Y-%m-%d"),
            questions_at_time=questions.strftime("%H:%M:%S"),
        )

    def add_document(self, reference: str, name: str, content: bytes, kind: str) -> None:
        """Add a tender document."""
        path = f"/acheteur/consultations/{reference}/documents"
        self.drafter.post_form(f"{path}/envoi", {}, files={"documents": (name, content, kind)}, form=path)

    def hold_keys(self, kinds: Sequence[str]) -> list[HeldKey]:
        """Make and rehearse a holder's key and a recovery key."""
        client = KeyClient(self.drafter.send)
        organisation = self.organisation_id()
        keys = [
            client.create(organisation, self.organisation.who("opener").name, "holder", kinds),
            client.create(organisation, "Clé de secours, coffre", "recovery", kinds),
        ]
        rehearser = KeyClient(self.opener.send)
        for key in keys:
            state = rehearser.rehearse(key)
            if state != "eligible":
                raise StepFailed(f"the key of {key.id} is {state} after its rehearsal")
        return keys

    def choose_keys(self, reference: str, keys: Sequence[HeldKey]) -> None:
        """Make these the keys of a consultation, on its page."""
        path = f"/consultations/{reference}/cles"
        self.drafter.post_form(path, {"holders": [key.id for key in keys]})

    def publish(self, reference: str) -> None:
        """Make a draft public."""
        path = f"/acheteur/consultations/{reference}"
        self.publisher.post_form(f"{path}/publier", {}, form=f"{path}/verification")

    def open(self, consultation: str, kind: str, key: HeldKey) -> str:
        """Open everything of one kind with a key; wait for the end; return the opening's number."""
        client = OpeningClient(self.opener.send)
        opening = client.start(consultation, kind)
        client.open(opening, key)
        limit = time.monotonic() + PATIENCE
        while client.progress(opening)["state"] != "done":
            if time.monotonic() > limit:
                raise StepFailed(
                    f"opening {opening} is not done after {PATIENCE} s: {client.progress(opening)}"
                )
            time.sleep(0.1)
        return opening

    def opened_files(self, opening: str) -> dict[str, bytes]:
        """Return every opened file of an opening as ``envelope/name``."""
        found = {}
        for envelope in OpeningClient(self.opener.send).progress(opening)["envelopes"]:
            for file in envelope["files"]:
                found[f"{envelope['envelope']}/{file['name']}"] = self.opener.get(file["url"]).body
        return found

    def organisation_id(self) -> str:
        """Return the number of the organisation that the agents act for."""
        return str(self.drafter.get("/api/v1/session").json()["organisation"]["id"])


def _reference(url: str) -> str:
    return url.split("/acheteur/consultations/")[1].split("/", maxsplit=1)[0]


@dataclass(frozen=True)
class Offer:
    """What a company puts into its bid: file name -> content, per lot and kind; ``dume`` names the file that is its DUME."""

    lot: int
    kind: str
    files: dict[str, bytes]
    replaces: tuple[str, ...] = ()
    dume: dict[str, str] = field(default_factory=dict)


class Company:
    """A company that seals on its own machine and deposits."""

    def __init__(self, base_url: str, organisation: DemoOrganisation, folder: Path) -> None:
        self.organisation = organisation
        self.browser = sign_in(base_url, organisation.who("depositor"))
        self.client = SealingClient(self.browser.send)
        self._folder = folder / organisation.slug
        self._count = 0

    def prepare(self, consultation: str, offers: Sequence[Offer]) -> Prepared:
        """Seal and send everything; the final act remains."""
        plans = [self._plan(offer) for offer in offers]
        candidate = Candidate(self.organisation.siret, ())
        return self.client.prepare(consultation, candidate, plans, at=server_time(self.browser))

    def deposit(self, consultation: str, offers: Sequence[Offer]) -> tuple[Prepared, dict[str, Any]]:
        """Seal, send and deposit; return what was sealed and the server's answer."""
        prepared = self.prepare(consultation, offers)
        return prepared, self.client.commit(prepared)

    def receipt(self, deposit: str) -> bytes:
        """Return the receipt archive once its time-stamp and the platform's seal are there."""
        limit = time.monotonic() + PATIENCE
        while True:
            archive = self.client.receipt(deposit)
            with zipfile.ZipFile(io.BytesIO(archive)) as parts:
                names = set(parts.namelist())
                printed = parts.read("receipt.pdf") if "receipt.pdf" in names else _SIGNED
            if names >= {"receipt.tsr", "receipt.p7s"} and _SIGNED in printed:
                return archive
            if time.monotonic() > limit:
                raise StepFailed("the receipt lacks its time-stamp or the platform's seal")
            time.sleep(0.1)

    def _plan(self, offer: Offer) -> EnvelopePlan:
        self._count += 1
        folder = self._folder / str(self._count)
        folder.mkdir(parents=True)
        sources = []
        for name, content in offer.files.items():
            path = folder / name
            path.write_bytes(content)
            media_type = _TYPES.get(path.suffix, "text/plain")
            sources.append(SourceFile(path, name, media_type, dume=offer.dume.get(name)))
        relation = Relation.REMPLACE if offer.replaces else Relation.PREMIER

        return EnvelopePlan(
            offer.lot, Kind(offer.kind), sources, relation, tuple(UUID(one) for one in offer.replaces)
        )
