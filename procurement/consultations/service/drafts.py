"""Write a draft: each section is saved by itself, in any order."""

import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from procurement.accounts import queries as accounts
from procurement.consultations import queries, rules
from procurement.consultations.errors import ConsultationNotFound
from procurement.consultations.models import Consultation, Counter, Lot
from procurement.consultations.queries.views import facts
from procurement.consultations.rules import ConsultationView, Limits, Piece, Relation, Verb
from procurement.consultations.service.fields import (
    Allotment,
    Dates,
    DepositRules,
    DraftFields,
    Identification,
    LotFields,
    ProcedureChoice,
    check_limits,
    limits_of,
)
from procurement.core import codes, ids, journal
from procurement.core.errors import FieldError, Invalid
from procurement.core.security import Identity
from procurement.core.settings import Settings
from procurement.core.text import _

SectionFields = Identification | ProcedureChoice | Allotment | Dates | DepositRules
#: Most lots of one consultation.
MOST_LOTS = 200


def create(
    session: Session,
    title: str,
    *,
    by: Identity,
    now: datetime,
    limits: Limits,
    service_id: uuid.UUID | None = None,
) -> ConsultationView:
    """Begin a draft with a title; everything else comes section by section."""
    assert by.organisation_id is not None
    row = _begin(session, title, by=by, now=now, limits=limits, organisation_id=by.organisation_id)
    row.service_id = service_id
    _note(session, row, "created", by=by, now=now, data={"title": title})
    return queries.to_view(row)


def create_draft(
    session: Session,
    *,
    by: Identity | None,
    now: datetime,
    organisation_id: uuid.UUID,
    fields: DraftFields,
    limits: Limits | None = None,
) -> ConsultationView:
    """Begin a draft with what a notice says; a deadline that is past is left out, to be set again."""
    row = _begin(
        session,
        fields.title,
        by=by,
        now=now,
        limits=fields.limits or limits or limits_of(Settings()),
        organisation_id=organisation_id,
    )
    row.description = fields.description
    row.procedure = fields.procedure if fields.procedure in rules.procedures() else None
    row.nature, row.buyer_category = fields.nature, fields.buyer_category
    row.techniques = sorted(map(str, fields.techniques))
    row.cpv, row.cpv_more, row.nuts = fields.cpv, list(fields.cpv_more), list(fields.nuts)
    row.estimated_cents, row.zone = fields.estimated_cents, fields.zone
    if fields.closes_at is not None and fields.closes_at > now:
        row.closes_at, row.questions_at = fields.closes_at, fields.questions_at
    if fields.lots:
        row.allotted = True
        row.lots = [_lot(number, lot) for number, lot in enumerate(fields.lots, 1)]
    session.flush()
    _note(session, row, "imported", by=by, now=now, data={"title": fields.title, "lots": len(fields.lots)})
    return queries.to_view(row)


def save(
    session: Session,
    consultation_id: uuid.UUID,
    fields: SectionFields,
    *,
    by: Identity,
    now: datetime,
    most: Limits | None = None,
) -> ConsultationView:
    """Save one section of a draft; ``most`` is what the service can take, for the section of deposits."""
    row = editable(session, consultation_id, now)
    if isinstance(fields, Dates):
        _check_dates(row, fields, now)
    elif isinstance(fields, DepositRules):
        check_limits(fields.limits, most or fields.limits)
    for name, value in _columns(fields).items():
        setattr(row, name, value)
    if isinstance(fields, Allotment) and not fields.allotted:
        row.lots = []
    row.edited_at = now
    session.flush()
    _note(session, row, "edited", by=by, now=now, data={"section": type(fields).__name__.lower()})
    return queries.to_view(row)


def save_lot(
    session: Session,
    consultation_id: uuid.UUID,
    fields: LotFields,
    *,
    number: int | None,
    by: Identity,
    now: datetime,
) -> ConsultationView:
    """Add a lot (``number`` is None) or change one."""
    row = editable(session, consultation_id, now)
    if number is None:
        if len(row.lots) >= MOST_LOTS:
            message = _("Une consultation compte %(most)s lots au plus.")
            raise Invalid("lots.too_many", message, most=MOST_LOTS)
        number = len(row.lots) + 1
        row.lots.append(_lot(number, fields))
    else:
        lot = _find_lot(row, number)
        lot.title, lot.description = fields.title, fields.description
        lot.cpv, lot.estimated_cents = fields.cpv, fields.estimated_cents
        lot.pieces = _lot_pieces(number, fields.pieces)
    row.allotted, row.no_lots_reason, row.edited_at = True, "", now
    session.flush()
    _note(session, row, "edited", by=by, now=now, data={"section": "lot", "lot": number})
    return queries.to_view(row)


def remove_lot(
    session: Session, consultation_id: uuid.UUID, number: int, *, by: Identity, now: datetime
) -> ConsultationView:
    """Take a lot away and number the others anew, without a gap."""
    row = editable(session, consultation_id, now)
    row.lots.remove(_find_lot(row, number))
    session.flush()
    for place, lot in enumerate(row.lots, 1):
        if lot.number != place:
            labels = tuple(piece["label"] for piece in lot.pieces)
            lot.number, lot.pieces = place, _lot_pieces(place, labels)
            session.flush()
    row.edited_at = now
    _note(session, row, "edited", by=by, now=now, data={"section": "lot", "removed": number})
    return queries.to_view(row)


def locked(session: Session, consultation_id: uuid.UUID) -> Consultation:
    """Return the row, held against others until the end of the transaction."""
    query = select(Consultation).where(Consultation.id == consultation_id).with_for_update()
    row = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise ConsultationNotFound
    return row


def editable(session: Session, consultation_id: uuid.UUID, now: datetime) -> Consultation:
    """Return the row of a draft, held; raise ``consultation.move_refused`` once it is published."""
    row = locked(session, consultation_id)
    rules.check_move(facts(row), Verb.EDIT, now)
    return row


def _begin(
    session: Session,
    title: str,
    *,
    by: Identity | None,
    now: datetime,
    limits: Limits,
    organisation_id: uuid.UUID,
) -> Consultation:
    buyer = accounts.organisation(session, organisation_id)
    assert buyer is not None
    row = Consultation(
        reference=_next_reference(session, now),
        organisation_id=organisation_id,
        buyer_name=buyer.legal_name,
        buyer_siret=buyer.siret,
        created_at=now,
        created_by=by.person_id if by else None,
        edited_at=now,
        title=title,
        description="",
        codes_edition=codes.edition(),
        file_bytes=limits.file_bytes,
        files=limits.files,
        total_bytes=limits.total_bytes,
        types=list(limits.types),
        relations=[str(Relation.REPLACE)],
        lots=[],
        versions=[],
    )
    session.add(row)
    session.flush()
    return row


def _next_reference(session: Session, now: datetime) -> str:
    """Take the next number of the year (Paris date); two at once get two numbers."""
    year = now.astimezone(ZoneInfo(rules.PARIS)).year
    insert: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(Counter).values(year=year, last=1)
    statement = statement.on_conflict_do_update(index_elements=["year"], set_={"last": Counter.last + 1})
    number = session.scalar(statement.returning(Counter.last))
    return ids.human_reference(year, int(number or 0))


def _columns(fields: SectionFields) -> dict[str, Any]:
    if isinstance(fields, DepositRules):
        limits = asdict(fields.limits) | {"types": list(fields.limits.types)}
        kept = [{"code": item.code, "label": item.label, "envelope": item.envelope} for item in fields.pieces]
        return limits | {
            "relations": [str(item) for item in fields.relations],
            "pieces": kept,
            "deposit_confirmed": True,
        }
    values = asdict(fields)
    if isinstance(fields, Identification):
        values["codes_edition"] = codes.edition()
    return {name: _plain(value) for name, value in values.items()}


def _plain(value: Any) -> Any:
    return [str(item) for item in value] if isinstance(value, tuple) else value


def _check_dates(row: Consultation, fields: Dates, now: datetime) -> None:
    _beside("closes_at", rules.check_future, fields.closes_at, now)
    if fields.questions_at is not None:
        _beside("questions_at", rules.check_questions, fields.questions_at, fields.closes_at)
    procedure = rules.procedures().get(row.procedure or "")
    if procedure is None:
        return
    ground = fields.deadline_ground
    if ground and ground not in {item.ground for item in procedure.grounds()}:
        text = _("Ce motif n’existe pas pour cette procédure.")
        raise Invalid(
            "deadline.ground", text, errors=(FieldError("deadline_ground", "deadline.ground", text),)
        )
    if ground and not fields.deadline_reason:
        text = _("Justifiez le délai plus court : ce motif figurera au rapport de présentation.")
        errors = (FieldError("deadline_reason", "deadline.ground_reason", text),)
        raise Invalid("deadline.ground_reason", text, errors=errors)
    _beside("closes_at", rules.check_minimum, procedure, fields.closes_at, dispatched_at=now, ground=ground)


def _beside(field: str, check: Any, *args: Any, **more: Any) -> None:
    """Run a rule, and put its refusal beside the field."""
    try:
        check(*args, **more)
    except Invalid as error:
        detail = FieldError(field, error.code, error.message, error.params)
        raise Invalid(error.code, error.message, errors=(detail,), **error.params) from None


def _lot(number: int, fields: LotFields) -> Lot:
    return Lot(
        number=number,
        title=fields.title,
        description=fields.description,
        cpv=fields.cpv,
        estimated_cents=fields.estimated_cents,
        pieces=_lot_pieces(number, fields.pieces),
    )


def _lot_pieces(number: int, labels: tuple[str, ...]) -> list[dict[str, str]]:
    return [
        {"code": f"lot{number}-offre-{rank}", "label": label, "envelope": "offre"}
        for rank, label in enumerate(labels, 1)
    ]


def numbered_pieces(envelope: str, labels: tuple[str, ...]) -> tuple[Piece, ...]:
    """Return required pieces of the whole consultation with their codes."""
    return tuple(
        Piece(code=f"{envelope}-{rank}", label=label, envelope=envelope)
        for rank, label in enumerate(labels, 1)
    )


def _find_lot(row: Consultation, number: int) -> Lot:
    found = next((lot for lot in row.lots if lot.number == number), None)
    if found is None:
        raise ConsultationNotFound
    return found


def _note(
    session: Session,
    row: Consultation,
    verb: str,
    *,
    by: Identity | None,
    now: datetime,
    data: dict[str, Any],
) -> None:
    journal.append(
        session,
        at=now,
        actor=by,
        action=f"consultations:consultation:{verb}",
        subject=row.id,
        data=data,
        organisation_id=row.organisation_id,
    )
