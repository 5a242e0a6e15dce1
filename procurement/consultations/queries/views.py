"""One consultation, whole."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, select
from sqlalchemy.orm import Session

from procurement.consultations.errors import ConsultationNotFound
from procurement.consultations.models import Consultation, Lot
from procurement.consultations.rules import (
    ConsultationView,
    Facts,
    Limits,
    LotView,
    Piece,
    Relation,
    State,
    Technique,
)
from procurement.consultations.rules.states import SETTLING


def view(session: Session, key: uuid.UUID | str, *, held: bool = False) -> ConsultationView:
    """Return a consultation by its id or its reference; raise ConsultationNotFound.

    ``held`` keeps others from changing it until the transaction ends; readers that hold it do not wait for each other.
    """
    column: Any = Consultation.id if isinstance(key, uuid.UUID) else Consultation.reference
    query = select(Consultation).where(column == key)
    if held:
        query = query.with_for_update(read=True, of=Consultation)
    row = session.scalars(query).one_or_none()
    if row is None:
        raise ConsultationNotFound
    return to_view(row)


def to_view(row: Consultation) -> ConsultationView:
    """Detach a row."""
    newest = row.versions[-1] if row.versions else None
    return ConsultationView(
        id=row.id,
        reference=row.reference,
        organisation_id=row.organisation_id,
        service_id=row.service_id,
        buyer_name=row.buyer_name,
        buyer_siret=row.buyer_siret,
        created_at=row.created_at,
        facts=facts(row),
        limits=Limits(
            file_bytes=row.file_bytes, files=row.files, total_bytes=row.total_bytes, types=tuple(row.types)
        ),
        title=row.title,
        description=row.description,
        procedure_code=row.procedure,
        nature=row.nature,
        buyer_category=row.buyer_category,
        techniques=tuple(map(Technique, row.techniques)),
        single_envelope=row.single_envelope,
        allotted=row.allotted,
        no_lots_reason=row.no_lots_reason,
        lots=tuple(_lot(lot) for lot in row.lots),
        cpv=row.cpv,
        cpv_more=tuple(row.cpv_more),
        nuts=tuple(row.nuts),
        estimated_cents=row.estimated_cents,
        zone=row.zone,
        questions_at=row.questions_at,
        deadline_ground=row.deadline_ground,
        deadline_reason=row.deadline_reason,
        deposit_confirmed=row.deposit_confirmed,
        pieces=pieces(row.pieces, 0),
        relations=tuple(map(Relation, row.relations)),
        dce_version=newest.number if newest else None,
        dce_sha256=newest.sha256 if newest else None,
        archive_size=newest.archive_size if newest else None,
    )


def facts(row: Consultation) -> Facts:
    """Return the facts that the state is derived from."""
    return Facts(**{name: getattr(row, name) for name in Facts.__dataclass_fields__})


def state_expression(now: datetime) -> ColumnElement[str]:
    """Return the state in SQL: the twin of ``rules.state``, and proved equal to it."""
    settled = [(getattr(Consultation, fact).is_not(None), str(state)) for fact, state in SETTLING]
    draft = Consultation.published_at.is_(None) | Consultation.closes_at.is_(None)
    return case(
        *settled,
        (draft, str(State.DRAFT)),
        (Consultation.published_at > now, str(State.SCHEDULED)),
        (Consultation.closes_at >= now, str(State.OPEN)),
        else_=str(State.CLOSED),
    )


def pieces(stored: list[dict[str, str]], lot: int) -> tuple[Piece, ...]:
    """Return required pieces as they are kept in JSON."""
    return tuple(
        Piece(code=item["code"], label=item["label"], envelope=item["envelope"], lot=lot) for item in stored
    )


def _lot(row: Lot) -> LotView:
    return LotView(
        id=row.id,
        number=row.number,
        title=row.title,
        description=row.description,
        cpv=row.cpv,
        estimated_cents=row.estimated_cents,
        pieces=pieces(row.pieces, row.number),
    )
