"""DUMEs found: by their identifier, by a secret link, in lists; and the status in SQL."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, Text, and_, bindparam, case, or_, select, type_coerce
from sqlalchemy.orm import Session

from dume import errors, rules
from dume.models import Dume
from dume.rules import Facts, Kind, Status

#: Every request of the API begins with it: written once.
_BY_ID_DUME = select(Dume).where(Dume.id_dume == bindparam("id_dume"))


@dataclass(frozen=True, kw_only=True)
class Filter:
    """What a list is narrowed to; ``lot`` needs a consultation."""

    kind: Kind
    consultation: str = ""
    siret: str = ""
    lot: str = ""
    status: Status | None = None


@dataclass(frozen=True, kw_only=True)
class Slot:
    """Whose DUMEs a list shows: an organisation's, or those a client made."""

    organisation_id: uuid.UUID | None = None
    client_id: uuid.UUID | None = None


def by_id_dume(session: Session, id_dume: str) -> Dume:
    """Return a DUME by its public identifier, whoever asks; raise ``dume.not_found``. An id gives no right."""
    row = None
    if rules.is_id_dume(id_dume):
        row = session.scalars(_BY_ID_DUME, {"id_dume": id_dume}).one_or_none()
    if row is None:
        raise errors.not_found()
    return row


def by_id(session: Session, dume_id: uuid.UUID) -> Dume:
    """Return a DUME by its inner id, for jobs and for rooms that kept it; raise ``dume.not_found``."""
    row = session.get(Dume, dume_id)
    if row is None:
        raise errors.not_found()
    return row


def by_secret(session: Session, secret_hash: str, *, now: datetime) -> Dume:
    """Return the draft behind a resume link; raise ``dume.link_not_found`` when it is unknown or its time is over."""
    row = session.scalars(select(Dume).where(Dume.secret_hash == secret_hash)).one_or_none()
    if row is None or row.deleted_at is not None or (row.expires_at is not None and now >= row.expires_at):
        raise errors.link_not_found()
    return row


def facts(row: Dume) -> Facts:
    """Return the facts that the status is derived from."""
    return Facts(**{name: getattr(row, name) for name in Facts.__dataclass_fields__})


def status_of(row: Dume) -> Status:
    """Return the status of a DUME."""
    return rules.status(facts(row))


def status_expression() -> ColumnElement[str]:
    """Return the status in SQL: the twin of ``rules.status``, and proved equal to it."""
    settled = [(getattr(Dume, fact).is_not(None), str(status)) for fact, status in rules.SETTLING]
    return case(*settled, else_=str(Status.DRAFT))


def search(
    session: Session, whose: Slot, wanted: Filter, *, after: uuid.UUID | None = None, limit: int = 20
) -> list[Dume]:
    """Return a page of one's own DUMEs, the latest first, beginning after an id; ``limit + 1`` tells whether more follow."""
    query = _own(whose).where(Dume.kind == wanted.kind)
    if wanted.consultation:
        query = query.where(Dume.consultation_ref == wanted.consultation)
    if wanted.siret:
        query = query.where(Dume.siret == wanted.siret)
    if wanted.lot:
        # Lots are kept as JSON text: an id stands between quotes.
        listed = type_coerce(Dume.lots, Text)
        query = query.where(listed.like(f'%"{_escaped(wanted.lot)}"%', escape="\\"))
    if wanted.status is not None:
        query = query.where(status_expression() == str(wanted.status))
    else:
        query = query.where(Dume.deleted_at.is_(None))
    if after is not None:
        query = query.where(Dume.id < after)
    return list(session.scalars(query.order_by(Dume.id.desc()).limit(limit)))


def _own(whose: Slot) -> Select[Dume]:
    """Return the query of what somebody owns; nobody owns nothing."""
    owners = []
    if whose.organisation_id is not None:
        owners.append(Dume.organisation_id == whose.organisation_id)
    if whose.client_id is not None:
        owners.append(Dume.client_id == whose.client_id)
    return select(Dume).where(or_(*owners) if owners else Dume.id.is_(None))


def _escaped(text: str) -> str:
    """Return a lot's id with what LIKE reads as a sign made plain."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def in_slot(row: Dume) -> Select[Dume]:
    """Return the query of the published DUMEs that stand where this one would: it may replace them.

    For a request: same buyer and consultation. For a response: same company, role and group, same consultation.
    """
    same = [
        Dume.id != row.id,
        Dume.kind == row.kind,
        Dume.buyer_siret == row.buyer_siret,
        Dume.consultation_ref == row.consultation_ref,
        _same_owner(row),
        Dume.published_at.is_not(None),
        Dume.replaced_at.is_(None),
        Dume.deleted_at.is_(None),
    ]
    if row.kind is Kind.RESPONSE:
        same += [
            Dume.siret == row.siret,
            Dume.role == row.role,
            Dume.consortium_id.is_(None)
            if row.consortium_id is None
            else Dume.consortium_id == row.consortium_id,
        ]
    return select(Dume).where(and_(*same)).order_by(Dume.id)


def _same_owner(row: Dume) -> ColumnElement[bool]:
    """Nobody replaces what another one published, even for the same SIRET."""
    if row.organisation_id is not None:
        return Dume.organisation_id == row.organisation_id
    return Dume.client_id == row.client_id


def newer_request(response: Dume) -> Dume | None:
    """Return the request in force that took the place of the one a response answers; None while that one stands.

    It is offered for a merge, never imposed.
    """
    seen: set[uuid.UUID] = set()
    current = response.request
    while current is not None and current.replaced_by is not None and current.id not in seen:
        seen.add(current.id)
        current = current.replacement
    if current is None or current.id == response.request_id or status_of(current) is not Status.PUBLISHED:
        return None
    return current


def request_for(session: Session, consultation_id: uuid.UUID) -> Dume | None:
    """Return the request in force that was published with a consultation, the latest when there are several."""
    query = select(Dume).where(
        Dume.consultation_id == consultation_id, Dume.kind == Kind.REQUEST, Dume.published_at.is_not(None),
        Dume.replaced_at.is_(None), Dume.deleted_at.is_(None),
    )  # fmt: skip
    return session.scalars(query.order_by(Dume.published_at.desc(), Dume.id.desc()).limit(1)).first()


def request_tied(session: Session, consultation_id: uuid.UUID) -> Dume | None:
    """Return the request that stands for a consultation, published or not, the latest when there are several."""
    query = select(Dume).where(
        Dume.consultation_id == consultation_id, Dume.kind == Kind.REQUEST, Dume.replaced_at.is_(None),
        Dume.deleted_at.is_(None),
    )  # fmt: skip
    return session.scalars(query.order_by(Dume.id.desc()).limit(1)).first()


def responses_to(session: Session, request_id: uuid.UUID) -> list[Dume]:
    """Return the published responses to a request that nothing replaced, oldest first; who may read them is not asked here."""
    query = select(Dume).where(
        Dume.request_id == request_id, Dume.kind == Kind.RESPONSE, Dume.published_at.is_not(None),
        Dume.replaced_at.is_(None), Dume.deleted_at.is_(None),
    )  # fmt: skip
    return list(session.scalars(query.order_by(Dume.id)))


def of_deposit(session: Session, deposit_id: uuid.UUID) -> list[Dume]:
    """Return the responses joined to one deposit, oldest first."""
    return list(session.scalars(select(Dume).where(Dume.deposit_id == deposit_id).order_by(Dume.id)))
