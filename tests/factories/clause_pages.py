"""Buyers, a consultation with lots, the small library and its drafts, for the pages of contract drafting."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pyramid.interfaces import IRoutesMapper
from sqlalchemy.orm import Session
from webtest import TestApp

from clauses import queries as contracts
from clauses import service as drafting
from clauses.hooks import FactSource
from clauses.queries import DraftView, ReleaseView
from clauses.rules.covers import CoverPage
from clauses.rules.model import Layer
from procurement.consultations import queries, service
from procurement.consultations.rules import BuyerCategory, Nature
from procurement.core import services
from procurement.core.runtime import Runtime
from tests.factories import clauses, pictures
from tests.factories.accounts import Made, enter, sign_in, sign_out
from tests.factories.consultations import LIMITS

ROOT = "/acheteur/redaction"
LAYER = f"{ROOT}/adaptations"


def form_with(page: Any, name: str) -> Any:
    """Return the form of a page that has a field of this name."""
    return next(form for form in page.forms.values() if name in form.fields)


def form_to(page: Any, end: str) -> Any:
    """Return the form of a page whose address ends so."""
    return next(form for form in page.forms.values() if form.action.endswith(end))


def act_as(app: TestApp, buyer: Made, role: str) -> None:
    """Sign in as another person of an organisation."""
    sign_out(app)
    sign_in(app, buyer.people[role])


def publish_layer(app: TestApp, version: str, status: int = 303) -> Any:
    """Release the layer of the organisation through its page."""
    form = form_with(app.get(f"{LAYER}/publier"), "version")
    form["version"], form["valid_from"] = version, "2026-01-01"
    return form.submit(status=status)


def tender(session: Session, buyer: Made, now: datetime, title: str = "Travaux d’essai") -> str:
    """Begin a consultation with two lots, as ``tender_by`` does through its pages; return its reference."""
    by = buyer.identity("drafter")
    row = service.create(session, title, by=by, now=now, limits=LIMITS)
    for section in (
        service.ProcedureChoice(procedure="mapa", nature=Nature.WORKS, buyer_category=BuyerCategory.OTHER),
        service.Identification(
            title=title, description="Essai.", cpv="45421000", nuts=("FR101",), estimated_cents=10_000_000
        ),
        service.Allotment(allotted=True),
    ):
        service.save(session, row.id, section, by=by, now=now)
    for lot in ("Isolation", "Menuiseries"):
        fields = service.LotFields(title=lot, pieces=("Mémoire technique",))
        service.save_lot(session, row.id, fields, number=None, by=by, now=now)
    return row.reference


def tender_by(app: TestApp, title: str = "Travaux d’essai") -> str:
    """Begin a consultation with two lots as whoever is signed in."""
    form = form_with(app.get("/acheteur/consultations/nouvelle"), "title")
    form["title"] = title
    root = form.submit(status=303).location
    form = form_with(app.get(f"{root}/procedure"), "nature")
    form["procedure"], form["nature"], form["buyer_category"] = "mapa", "works", "other"
    form.submit(status=303)
    form = form_with(app.get(f"{root}/identite"), "cpv")
    form["description"], form["cpv"], form["nuts"], form["estimated"] = (
        "Essai.",
        "45421000-4",
        "Paris",
        "100 000,00",
    )
    form.submit(status=303)
    form = form_with(app.get(f"{root}/lots"), "allotted")
    form["allotted"] = "yes"
    form.submit(status=303)
    for lot in ("Isolation", "Menuiseries"):
        form = form_with(app.get(f"{root}/lots/nouveau"), "title")
        form["title"], form["pieces"] = lot, "Mémoire technique"
        form.submit(status=303)
    return str(root.rsplit("/", 1)[1])


@dataclass(frozen=True)
class Scene:
    """A consultation and the address of its contract documents."""

    reference: str
    consultation_id: Any
    lots: tuple[Any, ...]

    @property
    def drafts(self) -> str:
        """Return the address of the list of documents."""
        return f"{ROOT}/consultations/{self.consultation_id}"


def scene(app: TestApp, runtime: Runtime, buyer: Made) -> Scene:
    """Make a consultation; the app stays signed in as its drafter."""
    now = runtime.clock.now()
    enter(app, runtime.database, buyer.people["drafter"], now=now)
    with runtime.database.write() as session:
        reference = tender(session, buyer, now)
    return scene_of(runtime, reference)


def scene_of(runtime: Runtime, reference: str) -> Scene:
    """Return a consultation as these tests know it."""
    with runtime.database.read() as session:
        found = queries.view(session, reference)
    return Scene(reference, found.id, tuple(lot.id for lot in found.lots))


def begin(app: TestApp, made: Scene, canvas: str = "ccap", lot: str = "") -> str:
    """Begin a document through the page; return its address."""
    form = form_with(app.get(made.drafts), "canvas")
    form["canvas"] = canvas
    form["lot"] = lot
    return str(form.submit(status=303).location.removeprefix("http://localhost"))


def draft_of(runtime: Runtime, address: str) -> DraftView:
    """Return the draft of an address."""
    import uuid

    with runtime.database.read() as session:
        return contracts.view(session, uuid.UUID(address.split("/redaction/", 1)[1][:36]))


def answer(app: TestApp, address: str, chapter: int, **answers: Any) -> Any:
    """Answer the questions of a chapter by its button, as without JavaScript; a list of mappings fills a table."""
    form = form_with(app.get(f"{address}/chapitres/{chapter}"), f"r:{next(iter(answers))}")
    for key, value in answers.items():
        if not isinstance(value, list):
            form[f"f:{key}"] = value
            continue
        for row, cells in enumerate(value):
            for column, text in cells.items():
                form[f"f:{key}:{row}:{column}"] = text
    return form.submit(status="*")


def source(runtime: Runtime) -> FactSource:
    """Return who answers for consultations."""
    found: FactSource = services.find(runtime.registry, FactSource)
    return found


def started(
    session: Session, runtime: Runtime, made: Scene, by: Any, now: datetime, canvas: str = "ccap"
) -> DraftView:
    """Begin a document of a consultation through the verb."""
    beginning = drafting.Beginning(canvas=canvas, consultation_id=made.consultation_id)
    return drafting.start_draft(session, beginning, source=source(runtime), by=by, now=now)


def released(runtime: Runtime, now: datetime, version: str = "1.0", **bodies: str) -> ReleaseView:
    """Publish the small library, with other words for some clauses."""
    with runtime.database.write() as session:
        return clauses.publish(session, runtime, now, version, clauses.library(**bodies))


def matrix_cases(world: Any) -> dict[str, Any]:
    """Give the access matrices a draft of the buyer in a consultation of his, one of the vendor, and what stands in them."""
    from tests.factories.clauses import CCAP_FACTS
    from tests.factories.clients import client_identity
    from tests.factories.matrix import Case

    app, now = world.client(world.buyer.people["all"]), world.clock.now()
    release = released(world.runtime, now)
    made = scene_of(world.runtime, tender_by(app))
    by, vendor = world.buyer.identity("all"), client_identity(world.vendor)
    beginning = drafting.Beginning(canvas="ccap", facts=CCAP_FACTS, release_id=release.id)
    with world.runtime.database.write() as session:
        mine = started(session, world.runtime, made, by, now)
        lost = _conflict(session, mine.id, by, now)
        remark = drafting.comment(session, mine.id, "À revoir.", clause="ccap.prix", by=by, now=now)
        theirs = drafting.start_draft(session, beginning, source=source(world.runtime), by=vendor, now=now)
        theirs_lost = _conflict(session, theirs.id, vendor, now)
        digest = contracts.clause_hashes(session, release.id)["ccap.prix"]
        override, cover = _layer(session, release, by, now)
    ids = _ids(made, draft=mine.id, conflict=lost, remark=remark.id, override=override, cover=cover)
    client = {"draft": str(theirs.id), "clause": "ccap.prix", "conflict": str(theirs_lost), "sha256": digest}
    routes = world.runtime.registry.getUtility(IRoutesMapper).get_routes()
    patterns = {one.name: one.pattern for one in routes if one.name.startswith("clauses.")}
    pages = {name for name in patterns if not name.startswith("clauses.api.")}
    # The library is the same for every client: only documents are somebody's.
    api = {
        name: "{draft" not in patterns[name]
        for name in patterns
        if "{" in patterns[name] and name not in pages
    }
    return {
        **{name: Case(ids, "buyer") for name in pages - PUBLIC - NO_ID},
        **{name: Case(client, "client", public=public) for name, public in api.items()},
        "consultations.contracts": Case(ids, "buyer"),
        "consultations.contract_attach": Case(ids, "buyer"),
        "clauses.library_clause": Case(ids, "buyer", public=True),
        "clauses.article": Case({"article": "CCP:R2191-7"}, "buyer", public=True),
    }


#: Pages that everybody may read, and pages whose address names no object.
PUBLIC = {"clauses.library", "clauses.library_clause", "clauses.article", "clauses.releases"}
NO_ID = {
    "clauses.home", "clauses.layer", "clauses.layer_clause", "clauses.layer_cover", "clauses.layer_release",
    "clauses.walkthroughs", "clauses.walkthrough", "clauses.usual", "clauses.usual_answer", "clauses.usual_forget",
}  # fmt: skip


def _ids(made: Any, **objects: Any) -> dict[str, str]:
    """Return what the addresses of a buyer's draft hold."""
    places = {"chapter": "1", "fact": "sociale", "clause": "ccap.prix", "form": "html"}
    mine = {name: str(value) for name, value in objects.items()}
    return {**places, **mine, "reference": made.reference, "consultation": str(made.consultation_id)}


def _layer(session: Session, release: ReleaseView, by: Any, now: datetime) -> tuple[Any, Any]:
    """Adapt a clause for the buyer and give it a cover page with a logo; return both."""
    layer = drafting.ensure_layer(
        session, Layer.ENTITY, parent_id=release.library_id, title="Ville", by=by, now=now
    )
    wording = drafting.Wording(clause="ccap.objet", mode="hide")
    override = drafting.adapt(session, layer.id, wording, on=now.date(), by=by, now=now).id
    return override, logo_page(session, layer.id, by, now).id


def logo_page(session: Session, layer_id: Any, by: Any, now: datetime, document: str = "CCAP") -> CoverPage:
    """Give a document of a layer a cover page with a logo and two texts."""
    wish = drafting.CoverWish(
        document=document, places=("logo", "texte", "titre", "objet", "lot", "reference", "date_limite", "texte_2"),
        text="Ville de **Valcombe**\n\nDirection des achats", text_2="Document établi par la ville.", alt="Blason de la ville",
        logo=pictures.png(),
    )  # fmt: skip
    made = drafting.compose_cover(session, layer_id, wish, on=now.date())
    return drafting.keep_cover(session, layer_id, made, seen="", by=by, now=now)


def _conflict(session: Session, draft_id: Any, by: Any, now: datetime) -> Any:
    """Answer a question twice over the same revision; return what lost."""
    drafting.save_answer(session, draft_id, "sociale", "oui", revision=0, by=by, now=now)
    late = drafting.save_answer(session, draft_id, "sociale", "non", revision=0, by=by, now=now)
    assert late.conflict is not None
    return late.conflict.id
