"""Play a whole procedure over HTTP: notice, draft, keys, publication, bids, deadline, opening, comparison."""

import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from procurement.cli.demo import dume, keep, people, texts
from procurement.cli.demo.actors import PATIENCE, Buyer, Company, Offer, server_time
from procurement.cli.demo.browser import Browser, StepFailed
from procurement.cli.deposit_client import OpeningClient, Prepared, RefusedByServer
from signing import receipt as receipts

MIB = 1 << 20
KINDS = ("candidature", "offre")


@dataclass
class Step:
    """One line of the table."""

    name: str
    ok: bool
    seconds: float
    detail: str


class Journey:
    """The story; each step leaves what the next one needs."""

    def __init__(
        self, base_url: str, notice: tuple[str, bytes], folder: Path, kept: Path | None = None
    ) -> None:
        self.base_url = base_url
        self.notice = notice
        self.folder = folder
        self.kept = kept
        self.steps: list[Step] = []
        self.public = Browser(base_url)
        self.cast = people.cast()
        self.expected: dict[str, bytes] = {}
        self.deposits: dict[str, tuple[Prepared, dict[str, Any]]] = {}
        self.openings: list[str] = []

    def play(self) -> bool:
        """Play all steps; stop at the first that fails. Return whether all hold."""
        deeds: tuple[tuple[str, Callable[[], str]], ...] = (
            ("import the notice", self.import_notice),
            ("complete the draft", self.complete_draft),
            ("tender documents", self.add_documents),
            ("DUME asked with the consultation", self.ask_dume),
            ("keys made and rehearsed", self.hold_keys),
            ("publish", self.publish),
            ("found by search, documents downloaded", self.download),
            ("DUME prefilled, answered, validated", self.answer_dume),
            ("first company deposits", self.first_deposit),
            ("second company deposits, then replaces", self.replaced_deposit),
            ("third company sends, not sealed yet", self.late_preparation),
            ("early opening refused", self.early_opening),
            ("deadline passes", self.pass_deadline),
            ("late deposit kept and flagged", self.late_deposit),
            ("opening", self.open),
            ("decrypted bytes compared", self.compare),
            ("DUME compared after the opening", self.compare_dumes),
            ("late and replaced stay closed", self.closed_ones),
            ("receipts verified offline", self.verify_receipts),
            ("minutes", self.minutes),
        )
        return all(self._step(name, deed) for name, deed in deeds)

    def result(self) -> dict[str, Any]:
        """Return the steps as JSON."""
        return {
            "steps": [asdict(step) for step in self.steps],
            "seconds": round(sum(s.seconds for s in self.steps), 3),
        }

    def _step(self, name: str, deed: Callable[[], str]) -> bool:
        start = time.monotonic()
        try:
            detail, ok = deed(), True
        except (StepFailed, RefusedByServer, OSError, KeyError, ValueError) as error:
            detail, ok = f"{type(error).__name__}: {error}", False
        self.steps.append(Step(name, ok, round(time.monotonic() - start, 3), detail))
        return ok

    def import_notice(self) -> str:
        """Import the notice as the ministry's draft."""
        self.buyer = Buyer(self.base_url, self.cast["ministere"])
        self.start = server_time(self.public)
        self.reference, report = self.buyer.import_notice(*self.notice)
        return f"draft {self.reference}; the report has {len(report)} characters"

    def complete_draft(self) -> str:
        """Set the past dates again, add a lot, fill in what the notice lacks."""
        self.closes_at = (self.start + timedelta(days=40)).replace(hour=11, minute=0, second=0, microsecond=0)
        ground = {"procedure": "ao_ouvert", "nature": "services", "buyer_category": "central"}
        self.buyer.section(self.reference, "procedure", **ground)
        self.buyer.section(
            self.reference,
            "identite",
            title="Prestations de nettoyage des gares routières",
            description="Nettoyage courant et remise en état des gares routières, en deux lots.",
            cpv="90911200",
            nuts="FR101",
        )
        self.buyer.set_deadline(self.reference, self.closes_at)
        while self._lots() < 2:  # noqa: PLR2004  # the story needs two
            self.buyer.add_lot(self.reference, f"Lot ajouté {self._lots() + 1}")
        self.buyer.section(self.reference, "depot", file_bytes="64", files="20", total_bytes="256")
        return f"{self._lots()} lots, deadline {self.closes_at.isoformat()}"

    def _lots(self) -> int:
        page = self.buyer.drafter.get(f"/acheteur/consultations/{self.reference}/lots")
        return len({link for link in page.links("/lots/") if link.rsplit("/", 1)[1].isdigit()})

    def add_documents(self) -> str:
        """Upload two tender documents."""
        self.documents = {
            "reglement.txt": texts.tender_rules("Nettoyage des gares routières"),
            "cahier des charges.txt": b"Cahier des clauses techniques.\n" * 4000,
        }
        for name, content in self.documents.items():
            self.buyer.add_document(self.reference, name, content, "text/plain")
        return f"{len(self.documents)} documents"

    def ask_dume(self) -> str:
        """Ask for a DUME with the usual criteria; it is published with the consultation."""
        self.request = dume.ask(self.buyer, self.reference)
        return f"request {self.request}, validated"

    def hold_keys(self) -> str:
        """Make the agent's key and the recovery key, rehearse both."""
        self.agent, self.recovery = self.buyer.hold_keys(KINDS)
        return "two certificates, both rehearsed"

    def publish(self) -> str:
        """Choose the keys, then publish."""
        self.buyer.choose_keys(self.reference, [self.agent, self.recovery])
        self.buyer.publish(self.reference)
        self.public.get(f"/consultations/{self.reference}")
        self.consultation = str(self.public.get(f"/api/v1/consultations/{self.reference}").json()["id"])
        return f"/consultations/{self.reference}"

    def download(self) -> str:
        """Find the consultation as anybody would, download its documents without an account."""
        answer = self.public.get("/recherche?q=nettoyages+gare+routiere")
        if not answer.links(f"/consultations/{self.reference}"):
            raise StepFailed("the search does not find the consultation")
        archive = zipfile.ZipFile(BytesIO(self.public.get(f"/consultations/{self.reference}/dce.zip").body))
        for name, content in self.documents.items():
            if archive.read(name) != content:
                raise StepFailed(f"{name} differs from what was uploaded")
        return f"{len(archive.namelist())} files, same bytes"

    def _company(self, slug: str) -> Company:
        return Company(self.base_url, self.cast[slug], self.folder)

    def _offers(
        self, company: Company, price: str, *, size: int, replaces: dict[str, str] | None = None
    ) -> list[Offer]:
        name, old = company.organisation.slug, replaces or {}
        files = {
            f"acte-{name}.txt": texts.offer(name, 1, price),
            f"memoire-{name}.txt": texts.memo(name + price, size),
        }
        letter = {f"candidature-{name}.txt": texts.candidature(name)}
        return [
            Offer(0, "candidature", letter, tuple(filter(None, [old.get("candidature")]))),
            Offer(1, "offre", files, tuple(filter(None, [old.get("offre")]))),
        ]

    def _expect(self, prepared: Prepared, offers: list[Offer]) -> None:
        for envelope, offer in zip(prepared.sealed.descriptor.envelopes, offers, strict=True):
            for name, content in offer.files.items():
                self.expected[f"{envelope.envelope}/{name}"] = content

    def answer_dume(self) -> str:
        """Let the first company answer the DUME: sources propose, a person confirms, completes and validates."""
        self.first = self._company("proprete")
        self.dume, obtained = dume.respond(self.first, self.request)
        return f"response {self.dume}, {obtained} sources gave something"

    def first_deposit(self) -> str:
        """Let the first company deposit a bid of several segments, with its DUME sealed in it."""
        company = self.first
        offers = self._offers(company, "118 000,00", size=3 * MIB + 5)
        dume.put_in(offers[0], self.dume, dume.file_of(company, self.reference, self.dume))
        self.deposits["first"] = prepared, answer = company.deposit(self.consultation, offers)
        self._expect(prepared, offers)
        return f"received at {answer['received_at']}, late: {answer['late']}"

    def replaced_deposit(self) -> str:
        """Let the second company deposit, change its mind, and replace its bid."""
        company = self.second = self._company("bati-orle")
        self.deposits["replaced"] = company.deposit(
            self.consultation, self._offers(company, "131 000,00", size=1000)
        )
        envelopes = self.deposits["replaced"][0].sealed.descriptor.envelopes
        old = {one.kind.value: str(one.envelope) for one in envelopes}
        offers = self._offers(company, "121 500,00", size=MIB, replaces=old)
        self.deposits["second"] = prepared, answer = company.deposit(self.consultation, offers)
        self._expect(prepared, offers)
        return f"received at {answer['received_at']}, replaces the one before"

    def late_preparation(self) -> str:
        """Let the third company send its files half an hour before the deadline, without the final act."""
        self._move_clock(self.closes_at - timedelta(minutes=30))
        self.third = self._company("kermadec")
        self.unsealed = self.third.prepare(self.consultation, self._offers(self.third, "99 000,00", size=MIB))
        return "sent; the final act is missing"

    def early_opening(self) -> str:
        """See an opening before the deadline refused."""
        try:
            self.buyer = Buyer(self.base_url, self.cast["ministere"])
            OpeningClient(self.buyer.opener.send).start(self.consultation, "offre")
        except RefusedByServer as refused:
            if refused.code == "bid.too_early":
                return f"{refused.reply.status} {refused.code}"
            raise
        raise StepFailed("the server began an opening before the deadline")

    def pass_deadline(self) -> str:
        """Move the clock past the deadline."""
        self._move_clock(self.closes_at + timedelta(seconds=20))
        return f"it is {server_time(self.public).isoformat()}"

    def _move_clock(self, target: datetime) -> None:
        self.public.call("POST", "/sandbox/clock", {"at": target.isoformat()})

    def late_deposit(self) -> str:
        """Do the third company's final act after the deadline: received, flagged, kept closed."""
        self.third = self._company("kermadec") if not self._alive(self.third) else self.third
        answer = self.third.client.commit(self.unsealed)
        self.deposits["late"] = self.unsealed, answer
        if answer["late"] is not True:
            raise StepFailed(f"a deposit after the deadline is not flagged: {answer}")
        return f"received at {answer['received_at']}, flagged late"

    @staticmethod
    def _alive(company: Company) -> bool:
        """Tell whether a session outlived the move of the clock."""
        try:
            company.browser.call("GET", "/api/v1/session")
        except StepFailed:
            return False
        return True

    def open(self) -> str:
        """Open candidatures, then offers, with the agent's key."""
        self.buyer = Buyer(self.base_url, self.cast["ministere"])
        self.openings = [self.buyer.open(self.consultation, kind, self.agent) for kind in KINDS]
        return f"{len(self.openings)} openings done"

    def compare(self) -> str:
        """Compare every decrypted file with what its company sealed."""
        self.opened: dict[str, bytes] = {}
        for opening in self.openings:
            self.opened |= self.buyer.opened_files(opening)
        if self.opened != self.expected:
            missing = sorted(self.expected.keys() - self.opened.keys())
            raise StepFailed(
                f"opened files differ: missing {missing}, others {len(self.opened)} of {len(self.expected)}"
            )
        return f"{len(self.opened)} files, {sum(len(content) for content in self.opened.values())} bytes, all equal"

    def compare_dumes(self) -> str:
        """Read the comparison: the one response that was sealed, lot by lot, its sources asked again."""
        path = f"/api/v1/consultations/{self.consultation}/comparaison"
        limit = time.monotonic() + PATIENCE
        while True:
            lots = self.buyer.opener.get(path).json()["lots"]
            companies = [company for lot in lots for company in lot["companies"]]
            if {company["id_dume"] for company in companies} != {self.dume}:
                raise StepFailed(f"the comparison shows {companies}")
            if all(source["freshness"] for company in companies for source in company["sources"]):
                break
            if time.monotonic() > limit:
                raise StepFailed("the sources were not asked again after the opening")
            time.sleep(0.2)
        if not all(company["same_file"] for company in companies):
            raise StepFailed("the sealed file is not the response")
        page = self.buyer.opener.get(f"/consultations/{self.reference}/comparaison")
        if self.dume not in page.text:
            raise StepFailed("the page does not show what its JSON holds")
        checked = len(companies[0]["sources"])
        return f"{len(lots)} lots, {len(lots[0]['criteria'])} criteria, {checked} sources asked again"

    def closed_ones(self) -> str:
        """See that replaced and late envelopes are listed, closed, with their reason."""
        states: dict[str, int] = {}
        for opening in self.openings:
            for envelope in OpeningClient(self.buyer.opener.send).progress(opening)["envelopes"]:
                states[envelope["state"]] = states.get(envelope["state"], 0) + 1
        if states != {"opened": 4, "replaced": 2, "late": 2}:
            raise StepFailed(f"envelopes are {states}")
        return "4 opened, 2 replaced, 2 late"

    def verify_receipts(self) -> str:
        """Verify the first receipt without the server."""
        self.archive = self._company("proprete").receipt(self.deposits["first"][0].deposit)
        self.authority = self.public.get("/horodatage/autorite.pem").body
        self.seal_authority = self.public.get("/cachet/autorite.pem").body
        checks = receipts.verify(
            self.archive,
            tsa_ca=keep.certificates(self.authority),
            seal_ca=keep.certificates(self.seal_authority),
        )
        bad = [check.name for check in checks if check.ok is False]
        if bad:
            raise StepFailed(f"the receipt does not hold: {bad}")
        if self.kept is not None:
            self._keep(self.kept)
        return ", ".join(f"{check.name} {_word(check)}" for check in checks)

    def _keep(self, folder: Path) -> None:
        prepared = self.deposits["first"][0]
        parts = keep.Kept(
            agent=self.agent,
            receipt=self.archive,
            authority=self.authority,
            seal_authority=self.seal_authority,
            prepared=prepared,
        )
        own = {str(envelope.envelope) for envelope in prepared.sealed.descriptor.envelopes}
        plain = {name: content for name, content in self.opened.items() if name.split("/")[0] in own}
        parts.write(folder, plain)

    def minutes(self) -> str:
        """Read the minutes of the last opening, PDF and JSON."""
        opener = self.buyer.opener
        progress = OpeningClient(opener.send).progress(self.openings[-1])
        document = opener.get(progress["minutes_url"]).body
        if not document.startswith(b"%PDF-"):
            raise StepFailed("the minutes are no PDF")
        return f"PDF of {len(document)} bytes"


def _word(check: receipts.Check) -> str:
    return check.detail if check.ok is None else "ok"
