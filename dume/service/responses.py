"""Responses: what a company answers, begun from a published request or from the file of one."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from dume import errors
from dume.espd import complete, importing
from dume.espd.complete.lots import rehung
from dume.espd.model import NO_LOT, Address, Document, EconomicOperator, Identifier, Kind, Party
from dume.models import Dume
from dume.queries.content import document, source_file
from dume.queries.rows import status_of
from dume.rules import Owner, Role, Status, Verb
from dume.service import merging
from dume.service.answers import properties as questions
from dume.service.evidence import take_over_proofs, without_protected
from dume.service.requests import header, read_file
from dume.service.terms import ResponseDraft, ResponseEdits
from dume.service.writing import check, lock, new_id_dume, new_row, note, put, require
from procurement.accounts import queries as accounts
from procurement.core.security import Identity
from procurement.core.vault import KeyVault

__all__ = ["create_response", "edit_response", "import_response"]


def create_response(
    session: Session,
    vault: KeyVault,
    draft: ResponseDraft,
    *,
    owner: Owner,
    by: Identity | None,
    now: datetime,
) -> Dume:
    """Begin a response to a published request, or to one that comes as a file; answers may be taken over from another.

    Raise ``dume.request_not_published``, ``dume.lot_unknown``, ``dume.wrong_company``, or what the file is refused for.
    """
    asked, source = _asked(session, vault, draft)
    id_dume = new_id_dume(session)
    head = replace(header(id_dume, now), folder=asked.header.folder)
    lots = _chosen(draft.lots, asked)
    operator = _operator(session, owner, draft.operator)
    skeleton = complete.response(asked, draft.role, operator, header=head, relied_on=draft.relied_on)
    what = _cut(skeleton, lots)
    row = new_row(owner, Kind.RESPONSE, id_dume, by=by, now=now)
    row.role = draft.role
    row.consortium_id = draft.consortium_id
    _tie(row, asked, draft.request)
    row.lots = lots
    if draft.reuse is not None:
        old = _old(session, vault, draft.reuse, owner, row.buyer_siret)
        what = merging.carry(what, asked, old, today=now.date())
    put(session, vault, row, what, by=by, now=now, imported=source)
    if draft.reuse is not None:
        take_over_proofs(session, vault, draft.reuse, row, now=now)
    data = {"request": draft.request.id_dume if draft.request else None, "lots": row.lots}
    note(session, row, "created", by=by, now=now, data=data)
    return row


def _old(session: Session, vault: KeyVault, reuse: Dume, owner: Owner, buyer_siret: str) -> Document:
    """Return what an earlier response of the same company says, as far as it is for this buyer too."""
    require(reuse, Kind.RESPONSE)
    holder = (reuse.owner_kind, reuse.organisation_id, reuse.client_id)
    # A program speaks for many companies: what one of them answered is nothing for another.
    company = owner.siret if owner.client_id is not None else reuse.siret
    if holder != (owner.kind, owner.organisation_id, owner.client_id) or reuse.siret != company:
        raise errors.wrong_company()
    what = document(session, vault, reuse)
    return what if reuse.buyer_siret == buyer_siret else without_protected(session, what, reuse)


def import_response(
    session: Session,
    vault: KeyVault,
    data: bytes,
    *,
    owner: Owner,
    by: Identity | None,
    now: datetime,
) -> Dume:
    """Begin a response with the file of one, of any readable version, kept as it came with its report."""
    imported = read_file(data, Kind.RESPONSE)
    read = imported.document
    id_dume = new_id_dume(session)
    operator = read.economic_operator or EconomicOperator()
    row = new_row(owner, Kind.RESPONSE, id_dume, by=by, now=now)
    row.role = operator.role or Role.SOLE
    _tie(row, read, None)
    row.lots = _chosen((), read)
    head = replace(header(id_dume, now), folder=read.header.folder, references=read.header.references)
    put(session, vault, row, replace(read, header=head), by=by, now=now, imported=(data, imported))
    note(session, row, "created", by=by, now=now, data={"imported": True})
    return row


def edit_response(
    session: Session, vault: KeyVault, row: Dume, edits: ResponseEdits, *, by: Identity | None, now: datetime
) -> Dume:
    """Change who answers and for which lots; the answers stay."""
    require(row, Kind.RESPONSE)
    lock(session, row)
    check(row, Verb.EDIT)
    what = document(session, vault, row)
    operator = edits.operator or what.economic_operator or EconomicOperator()
    if edits.representatives is not None:
        operator = replace(operator, representatives=edits.representatives)
    # The role is what the response was begun for; another role is another response.
    operator = replace(operator, role=row.role)
    what = replace(what, economic_operator=operator)
    if edits.lots is not None:
        what = _for_lots(session, vault, row, what, edits.lots)
    put(session, vault, row, what, by=by, now=now)
    return row


def _for_lots(
    session: Session, vault: KeyVault, row: Dume, what: Document, lots: tuple[str, ...]
) -> Document:
    """Return a response for other lots of its request: the questions may differ, the answers that fit stay."""
    source = source_file(session, vault, row)
    if row.request is not None:
        asked = document(session, vault, row.request)
    elif source is not None:
        asked = importing.read(source).document
    else:
        asked = what
    row.lots = _chosen(lots, asked)
    if asked.kind is Kind.RESPONSE:
        return what
    assert row.role is not None
    assert what.economic_operator is not None
    relied_on = frozenset(criterion.code for criterion in what.criteria)
    full = complete.response(asked, row.role, what.economic_operator, header=what.header, relied_on=relied_on)
    fresh = _cut(replace(full, header=what.header, evidences=what.evidences), row.lots)
    known, kept = questions(fresh), set(row.lots)
    answers = tuple(
        one for one in what.answers if one.property in known and (not one.lots or kept.intersection(one.lots))
    )
    return replace(fresh, answers=answers)


def _cut(what: Document, lots: list[str]) -> Document:
    """Return a response without the lots that are not tendered for, nor the criteria of those alone."""
    wanted = set(lots)
    kept = [
        (place, one)
        for place, one in enumerate(what.criteria, 1)
        if not one.lots or wanted.intersection(one.lots)
    ]
    return replace(
        what,
        lots=tuple(lot for lot in what.lots if lot.id in wanted),
        criteria=tuple(
            replace(one, lots=tuple(lot for lot in one.lots if lot in wanted)) for _place, one in kept
        ),
        extras=rehung(what.extras, [place for place, _one in kept]),
    )


def _operator(session: Session, owner: Owner, given: EconomicOperator) -> EconomicOperator:
    """Return who answers: what is given, else what the company says of itself in its account."""
    if given.party != Party() or not owner.siret:
        return given
    party = Party(identifiers=(Identifier(owner.siret, scheme="NATIONAL"),))
    known = (
        accounts.organisation(session, owner.organisation_id) if owner.organisation_id is not None else None
    )
    if known is not None:
        address = Address(known.address, known.city, known.postal_code, known.country)
        party = replace(party, name=known.legal_name, address=address)
    return replace(given, party=party)


def _asked(
    session: Session, vault: KeyVault, draft: ResponseDraft
) -> tuple[Document, tuple[bytes, merging.Imported] | None]:
    """Return the request answered, and the file it came in, if it did."""
    if draft.request is None:
        imported = read_file(draft.request_xml, Kind.REQUEST)
        return imported.document, (draft.request_xml, imported)
    require(draft.request, Kind.REQUEST)
    if status_of(draft.request) is not Status.PUBLISHED:
        raise errors.request_not_published()
    return document(session, vault, draft.request), None


def _tie(row: Dume, asked: Document, request: Dume | None) -> None:
    """Note whose request is answered: that buyer may read the response once it is opened."""
    if request is None:
        row.buyer_siret = _buyer_siret(asked)
        row.consultation_ref = asked.header.folder.value[:255]
        return
    row.request_id = request.id
    row.buyer_siret = request.buyer_siret
    row.buyer_organisation_id = request.buyer_organisation_id
    row.buyer_client_id = request.buyer_client_id
    row.consultation_ref = request.consultation_ref
    row.consultation_id = request.consultation_id
    row.closes_at = request.closes_at


def _buyer_siret(asked: Document) -> str:
    digits = (one.value for one in asked.buyer.party.identifiers if one.value.isdigit())
    return next((value for value in digits if len(value) == 14), "")  # noqa: PLR2004  # digits of a SIRET


def _chosen(lots: tuple[str, ...], asked: Document) -> list[str]:
    """Return the lots tendered for, in the request's order; raise ``dume.lot_unknown``."""
    known = [lot.id for lot in asked.lots] or [NO_LOT]
    unknown = set(lots) - set(known)
    if unknown:
        raise errors.lot_unknown(", ".join(sorted(unknown)))
    return [lot for lot in known if lot in lots] if lots else known
