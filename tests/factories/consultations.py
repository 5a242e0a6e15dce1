"""Drafts and published consultations for tests, made through the room's own verbs."""

import zlib
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from procurement.consultations import queries, service
from procurement.consultations.hooks import Hooks
from procurement.consultations.rules import BuyerCategory, ConsultationView, Limits, Nature, Relation
from procurement.core.db import Database
from procurement.core.storage import Storage
from tests.factories.accounts import Made
from tests.factories.matrix import Case, World

LIMITS = Limits(file_bytes=2 << 30, files=500, total_bytes=10 << 30)
TITLE = "Rénovation thermique du groupe scolaire des Tilleuls"
DOCUMENTS = {
    "Règlement de consultation.pdf": b"%PDF-1.4 reglement",
    "plans/façade sud.dwg": b"AC1032 plans" * 100,
}


def create_draft(session: Session, made: Made, now: datetime, *, title: str = TITLE) -> ConsultationView:
    """Begin a draft by the buyer's drafter."""
    return service.create(session, title, by=made.identity("drafter"), now=now, limits=LIMITS)


def fill(
    session: Session,
    draft: ConsultationView,
    made: Made,
    now: datetime,
    *,
    closes_at: datetime | None = None,
    procedure: str = "mapa",
    lots: int = 2,
    **identification: object,
) -> ConsultationView:
    """Fill every section but the documents."""
    by = made.identity("drafter")
    values = {
        "title": draft.title,
        "description": "Isolation par l’extérieur, menuiseries extérieures, ventilation double flux.",
        "cpv": "45421000",
        "nuts": ("FR101",),
        "estimated_cents": 117_500_000,
    } | identification
    sections = (
        service.Identification(**values),
        service.ProcedureChoice(procedure=procedure, nature=Nature.WORKS, buyer_category=BuyerCategory.OTHER),
        service.Allotment(allotted=lots > 0, no_lots_reason="" if lots else "Prestations indissociables."),
        service.Dates(closes_at=closes_at or now + timedelta(days=40), zone="Europe/Paris"),
        service.DepositRules(limits=LIMITS, relations=(Relation.REPLACE,)),
    )
    for section in sections:
        view = service.save(session, draft.id, section, by=by, now=now)
    for number in range(1, lots + 1):
        fields = service.LotFields(title=f"Lot des corps d’état {number}", pieces=("Mémoire technique",))
        view = service.save_lot(session, draft.id, fields, number=None, by=by, now=now)
    return view


def add_document(
    session: Session,
    storage: Storage,
    draft: ConsultationView,
    made: Made,
    now: datetime,
    *,
    path: str,
    content: bytes,
) -> None:
    """Put a document into the store and into the draft."""
    key = service.new_key(draft.id)
    stored = storage.put(key, [content])
    received = service.Received(
        path=path,
        media_type="application/octet-stream",
        size=stored.size,
        sha256=stored.sha256,
        crc32=zlib.crc32(content),
        storage_key=key,
    )
    service.add_document(session, draft.id, received, by=made.identity("drafter"), now=now)


def create_ready(
    database: Database, storage: Storage, made: Made, now: datetime, *, title: str = TITLE, **fields: object
) -> ConsultationView:
    """Create a draft that lacks nothing of this room's."""
    with database.write() as session:
        draft = create_draft(session, made, now, title=title)
        for path, content in DOCUMENTS.items():
            add_document(session, storage, draft, made, now, path=path, content=content)
        return fill(session, draft, made, now, **fields)


def create_published(
    database: Database,
    storage: Storage,
    made: Made,
    now: datetime,
    *,
    hooks: Hooks | None = None,
    **fields: object,
) -> ConsultationView:
    """Create a consultation and publish it, past the guards of upper rooms unless ``hooks`` are given."""
    ready = create_ready(database, storage, made, now, **fields)
    with database.write() as session:
        return service.publish(
            session, ready.id, by=made.identity("publisher"), now=now, hooks=hooks or Hooks()
        )


def matrix_cases(world: World) -> dict[str, Case]:
    """Give the access matrices a draft and a published consultation, both with lots and documents."""
    database, now = world.runtime.database, world.clock.now()
    storage: Storage = world.runtime.find(Storage)
    draft = create_ready(database, storage, world.buyer, now)
    published = create_published(database, storage, world.buyer, now, title="Entretien des toitures")
    with database.read() as session:
        drafted, offered = (queries.documents(session, one.id)[0] for one in (draft, published))
    own = Case({"reference": draft.reference, "number": "1", "document": str(drafted.id)}, side="buyer")
    public = Case({"reference": published.reference, "document": str(offered.id)}, side="buyer", public=True)
    routes = (
        (public, "calendar show archive hashes manifest identify document api_show"),
        (own, "manage identity procedure lots lot_new lot lot_remove dates deposit_rules documents"),
        (own, "document_upload document_edit document_read document_remove check preview publish"),
        (own, "published history register register_csv dume dume_begin dume_import dume_refresh"),
    )
    return {f"consultations.{name}": case for case, names in routes for name in names.split()}
