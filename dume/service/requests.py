"""Requests: what a buyer asks, from its choices or from a file, and the changes of it."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from dume import errors
from dume.espd import complete, importing
from dume.espd.complete import Choice
from dume.espd.errors import ESPDError
from dume.espd.importing import Imported
from dume.espd.model import NO_LOT, Document, Header, Identifier, Kind, Lot
from dume.models import Dume
from dume.queries.content import document
from dume.rules import Mode, Owner, Verb
from dume.service.terms import RequestDraft, RequestEdits, Tie
from dume.service.writing import check, lock, new_id_dume, new_row, note, put, require
from procurement.core.security import Identity
from procurement.core.vault import KeyVault

__all__ = [
    "choose_criteria",
    "create_request",
    "edit_request",
    "import_request",
    "read_file",
    "renew_request",
]

#: A request without allotment has this one lot.
_WHOLE = (Lot(NO_LOT),)


def create_request(
    session: Session,
    vault: KeyVault,
    draft: RequestDraft,
    *,
    owner: Owner,
    by: Identity | None,
    now: datetime,
    tie: Tie | None = None,
) -> Dume:
    """Begin a request with the criteria chosen, or with the usual ones (*simplifié*)."""
    id_dume = new_id_dume(session)
    lots = draft.lots or _WHOLE
    what = complete.request(
        draft.choices, draft.buyer, draft.procedure, lots, draft.mode,
        header=header(id_dume, now, tie), lang=draft.lang,
    )  # fmt: skip
    row = new_row(owner, Kind.REQUEST, id_dume, by=by, now=now)
    row.mode = draft.mode
    return _create(session, vault, _tied(row, what, tie), what, by=by, now=now)


def import_request(
    session: Session,
    vault: KeyVault,
    data: bytes,
    *,
    owner: Owner,
    by: Identity | None,
    now: datetime,
    tie: Tie | None = None,
) -> Dume:
    """Begin a request with a file of any readable version, kept as it came, with the report of what became of it."""
    imported = read_file(data, Kind.REQUEST)
    id_dume = new_id_dume(session)
    read = imported.document
    fresh = header(id_dume, now, tie)
    kept = replace(
        fresh, references=read.header.references, folder=fresh.folder if tie else read.header.folder
    )
    row = new_row(owner, Kind.REQUEST, id_dume, by=by, now=now)
    row.mode = Mode.STANDARD
    what = replace(read, header=kept, lots=read.lots or _WHOLE)
    return _create(session, vault, _tied(row, what, tie), what, by=by, now=now, imported=(data, imported))


def renew_request(
    session: Session, vault: KeyVault, row: Dume, *, owner: Owner, by: Identity | None, now: datetime
) -> Dume:
    """Begin a new request with the content of a published one, to change it and take its place."""
    require(row, Kind.REQUEST)
    id_dume = new_id_dume(session)
    what = document(session, vault, row)
    tie = Tie(
        reference=row.consultation_ref, consultation_id=row.consultation_id, lots=tuple(row.lots),
        closes_at=row.closes_at, buyer_organisation_id=row.buyer_organisation_id,
    )  # fmt: skip
    fresh = header(id_dume, now, tie if tie.reference else None)
    fresh = replace(fresh, references=what.header.references, previous_version=what.header.uuid)
    new = new_row(owner, Kind.REQUEST, id_dume, by=by, now=now)
    new.mode = row.mode
    return _create(session, vault, _tied(new, what, tie), replace(what, header=fresh), by=by, now=now)


def edit_request(
    session: Session, vault: KeyVault, row: Dume, edits: RequestEdits, *, by: Identity | None, now: datetime
) -> Dume:
    """Change what a request says besides its criteria; a validated one becomes a draft again."""
    require(row, Kind.REQUEST)
    lock(session, row)
    check(row, Verb.EDIT)
    what = document(session, vault, row)
    what = replace(
        what,
        buyer=edits.buyer or what.buyer,
        procedure=edits.procedure or what.procedure,
        lots=what.lots if edits.lots is None else edits.lots or _WHOLE,
    )
    if edits.lots is not None:
        _check_criteria_lots(what)
    _describe(row, what)
    put(session, vault, row, what, by=by, now=now)
    return row


def choose_criteria(
    session: Session,
    vault: KeyVault,
    row: Dume,
    choices: Sequence[Choice],
    *,
    by: Identity | None,
    now: datetime,
    mode: Mode = Mode.STANDARD,
) -> Dume:
    """Say which criteria a request holds, for which lots and with which thresholds; those before are forgotten."""
    require(row, Kind.REQUEST)
    lock(session, row)
    check(row, Verb.EDIT)
    what = document(session, vault, row)
    row.mode = mode
    made = complete.request(choices, what.buyer, what.procedure, what.lots, mode, header=what.header)
    put(session, vault, row, made, by=by, now=now)
    return row


def read_file(data: bytes, kind: Kind) -> Imported:
    """Read a file of the kind expected; raise ``dume.*`` with what is wrong with it and where."""
    try:
        imported = importing.read(data)
    except ESPDError as error:
        raise errors.Unreadable(error) from None
    if imported.document.kind is not kind:
        raise errors.wrong_kind("OE" if kind is Kind.RESPONSE else "acheteur")
    return imported


def header(id_dume: str, now: datetime, tie: Tie | None = None) -> Header:
    """Return the header of a document that begins: our identifier, a fresh UUID, today."""
    return Header(
        id=Identifier(id_dume),
        uuid=str(uuid.uuid4()),
        folder=Identifier(tie.reference if tie and tie.reference else id_dume),
        issue_date=now.date(),
        issue_time=now.time().replace(microsecond=0, tzinfo=None),
    )


def _create(
    session: Session,
    vault: KeyVault,
    row: Dume,
    what: Document,
    *,
    by: Identity | None,
    now: datetime,
    imported: tuple[bytes, Imported] | None = None,
) -> Dume:
    put(session, vault, row, what, by=by, now=now, imported=imported)
    note(session, row, "created", by=by, now=now, data={"imported": imported is not None})
    return row


def _tied(row: Dume, what: Document, tie: Tie | None) -> Dume:
    _describe(row, what)
    if tie is not None:
        bind(row, tie)
    return row


def bind(row: Dume, tie: Tie) -> None:
    """Tie a request to its consultation; its lots must be among those of the document."""
    if tie.lots and not set(tie.lots) <= set(row.lots):
        raise errors.lot_unknown(", ".join(sorted(set(tie.lots) - set(row.lots))))
    row.consultation_ref = tie.reference
    row.consultation_id = tie.consultation_id
    row.closes_at = tie.closes_at
    if tie.lots:
        row.lots = list(tie.lots)
    if tie.buyer_organisation_id is not None:
        row.buyer_organisation_id = tie.buyer_organisation_id


def _describe(row: Dume, what: Document) -> None:
    """Note beside the document what lists and ties need of it."""
    row.lots = [lot.id for lot in what.lots]
    row.buyer_siret = row.siret
    row.buyer_organisation_id = row.buyer_organisation_id or row.organisation_id
    row.buyer_client_id = row.client_id


def _check_criteria_lots(what: Document) -> None:
    """Refuse to take away a lot that a criterion still names."""
    named = {lot for criterion in what.criteria for lot in criterion.lots}
    unknown = named - {lot.id for lot in what.lots}
    if unknown:
        raise errors.lot_unknown(", ".join(sorted(unknown)))
