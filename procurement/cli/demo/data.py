"""Load the demonstration's data once: people, then their deeds, played over HTTP on a clock that starts in the past."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from procurement.accounts import queries
from procurement.accounts.rules import OrganisationKind
from procurement.cli.demo import contracts, dume, people, server, texts
from procurement.cli.demo.actors import Buyer, Company, Offer
from procurement.cli.deposit_client import HeldKey
from procurement.core.clock import SandboxClock
from procurement.core.runtime import Runtime, bootstrap
from procurement.core.settings import SettingsError
from signing import private_keys

#: State of a consultation -> days from its publication to today.
_PUBLISHED = {"deposited": 21, "opened": 20, "closed": 15, "open": 4}
_CATEGORY = {"ministere": "central"}
KINDS = ("candidature", "offre")


@dataclass(frozen=True)
class Deed:
    """Something that somebody does at a moment."""

    at: datetime
    what: str
    do: Callable[[], object] = field(repr=False)


def load_once(ini: str) -> Iterator[str]:
    """Load everything into an empty database; yield a line per deed, then the accounts."""
    runtime = bootstrap(ini)
    if not isinstance(runtime.clock, SandboxClock):
        raise SettingsError("Demonstration data need pli.clock = sandbox; in production run with --no-demo.")
    if not _loaded(runtime):
        yield from _load(runtime, runtime.clock)
    yield from people.accounts_lines()
    yield f"Clés des ouvreurs (phrase de passe : le même mot de passe) : {_keys_folder(runtime)}"
    runtime.database.dispose()


def _loaded(runtime: Runtime) -> bool:
    first = next(iter(people.cast().values()))
    with runtime.database.read() as session:
        return queries.organisation_by_siret(session, first.siret, OrganisationKind(first.kind)) is not None


def _keys_folder(runtime: Runtime) -> Path:
    return runtime.settings.data_directory / "demo-keys"


def _load(runtime: Runtime, clock: SandboxClock) -> Iterator[str]:
    from procurement.core import logging

    logging.quiet()
    today = datetime.now(UTC).replace(microsecond=0)
    clock.move_to(today - timedelta(days=22))
    people.load(runtime, clock.now())
    yield f"{len(people.cast())} organisations"
    yield f"bibliothèque de clauses : {contracts.load(runtime)} clauses, à valider par un juriste"
    with tempfile.TemporaryDirectory(prefix="pli-demo-") as folder, server.serving(runtime) as address:
        stage = Stage(address, Path(folder), today)
        for number, deed in enumerate(stage.deeds()):
            clock.move_to(deed.at + timedelta(seconds=number))
            deed.do()
            yield deed.what
    stage.write_keys(_keys_folder(runtime))
    clock.move_to(datetime.now(UTC))


class Stage:
    """Who has which keys, and what was published."""

    def __init__(self, address: str, folder: Path, today: datetime) -> None:
        self.address = address
        self.folder = folder
        self.today = today
        self.cast = people.cast()
        self.keys: dict[str, list[HeldKey]] = {}
        self.ids: dict[str, str] = {}
        self.references: dict[str, str] = {}
        self.requests: dict[str, str] = {}

    def deeds(self) -> list[Deed]:
        """Return everything that happens, in order of time."""
        found = [deed for item in people.story()["consultation"] for deed in self._of(item)]
        return sorted(found, key=lambda deed: deed.at)

    def _of(self, item: dict[str, Any]) -> Iterator[Deed]:
        closes_at = (self.today + timedelta(days=item["days"])).replace(hour=11, minute=0, second=0)
        if item["state"] == "draft":
            yield Deed(
                self.today - timedelta(days=1),
                f"brouillon : {item['title']}",
                lambda: self._draft(item, closes_at),
            )
            return
        start = self.today - timedelta(days=_PUBLISHED[item["state"]])
        yield Deed(start, f"publiée : {item['title']}", lambda: self._publish(item, closes_at))
        for slug in item.get("respondents", ()):
            then = start + timedelta(days=1)
            yield Deed(then, f"DUME de {slug}", lambda slug=slug: self._respond(item, slug))  # type: ignore[misc]  # the default binds the loop's value
        for place, slug in enumerate(item.get("bidders", ())):
            then = start + timedelta(days=2 + place)
            yield Deed(then, f"pli de {slug}", lambda slug=slug, place=place: self._bid(item, slug, place))  # type: ignore[misc]  # defaults bind the loop's values
        if item["state"] == "opened":
            yield Deed(closes_at + timedelta(hours=2), f"ouverte : {item['title']}", lambda: self._open(item))

    def _draft(self, item: dict[str, Any], closes_at: datetime) -> tuple[Buyer, str]:
        buyer = Buyer(self.address, self.cast[item["buyer"]])
        reference = buyer.create(item["title"])
        buyer.section(
            reference, "identite", title=item["title"], description=item["description"], cpv=item["cpv"], nuts=item["nuts"],
            estimated=f"{item['value'] // 100}",
        )  # fmt: skip
        category = _CATEGORY.get(item["buyer"], "other")
        buyer.section(
            reference,
            "procedure",
            procedure=item["procedure"],
            nature=item["nature"],
            buyer_category=category,
        )
        if item["lots"]:
            for title in item["lots"]:
                buyer.add_lot(reference, title)
        else:
            reason = "Les prestations sont indissociables : un seul titulaire doit en répondre."
            buyer.section(reference, "lots", allotted="no", no_lots_reason=reason)
        buyer.set_deadline(reference, closes_at)
        return buyer, reference

    def _publish(self, item: dict[str, Any], closes_at: datetime) -> None:
        buyer, reference = self._draft(item, closes_at)
        buyer.section(reference, "depot", file_bytes="2048", files="100", total_bytes="4096")
        buyer.add_document(reference, "reglement.txt", texts.tender_rules(item["title"]), "text/plain")
        buyer.add_document(
            reference, "cahier des charges.txt", texts.memo(item["description"], 60_000), "text/plain"
        )
        if item.get("dume"):
            self.requests[item["title"]] = dume.ask(buyer, reference)
        slug = item["buyer"]
        if slug not in self.keys:
            self.keys[slug] = buyer.hold_keys(KINDS)
        buyer.choose_keys(reference, self.keys[slug])
        buyer.publish(reference)
        self.references[item["title"]] = reference
        self.ids[item["title"]] = str(buyer.drafter.get(f"/api/v1/consultations/{reference}").json()["id"])

    def _bid(self, item: dict[str, Any], slug: str, place: int) -> None:
        company = Company(self.address, self.cast[slug], self.folder)
        price = f"{item['value'] // 100 - 4000 * place} "
        lots = range(1, len(item["lots"]) + 1) if item["lots"] else [0]
        offers = [
            Offer(lot, "offre", {f"offre-lot-{lot}.txt": texts.offer(slug, lot, price)}) for lot in lots
        ]
        letter = Offer(0, "candidature", {"candidature.txt": texts.candidature(slug)})
        if item["title"] in self.requests:
            number, _sources = dume.respond(company, self.requests[item["title"]])
            dume.put_in(letter, number, dume.file_of(company, self.references[item["title"]], number))
        company.deposit(self.ids[item["title"]], [letter, *offers])

    def _respond(self, item: dict[str, Any], slug: str) -> None:
        company = Company(self.address, self.cast[slug], self.folder)
        dume.respond(company, self.requests[item["title"]])

    def _open(self, item: dict[str, Any]) -> None:
        buyer = Buyer(self.address, self.cast[item["buyer"]])
        for kind in KINDS:
            buyer.open(self.ids[item["title"]], kind, self.keys[item["buyer"]][0])

    def write_keys(self, folder: Path) -> None:
        """Leave the holders' keys as their browsers would have saved them."""
        folder.mkdir(parents=True, exist_ok=True)
        for slug, keys in self.keys.items():
            for name, key in zip(("ouvreur", "secours"), keys, strict=True):
                saved = private_keys.export(key.private_key, people.password().encode())
                (folder / f"{slug}-{name}.p8").write_bytes(saved)
