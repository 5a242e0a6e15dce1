"""Put the content of a file in the place of what a draft says."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from dume.espd.model import NO_LOT, EconomicOperator, Lot
from dume.models import Dume
from dume.queries.content import document
from dume.rules import Kind, Verb
from dume.service.requests import read_file
from dume.service.writing import check, lock, note, put
from procurement.core.security import Identity
from procurement.core.vault import KeyVault

__all__ = ["rewrite"]


def rewrite(
    session: Session, vault: KeyVault, row: Dume, data: bytes, *, by: Identity | None, now: datetime
) -> Dume:
    """Replace the content of a draft by a file of its kind, kept with its report; a validated one becomes a draft.

    What ties the DUME stays: its identifier, its SIRET, its consultation, and the role of a response. Raise
    ``dume.not_draft``, ``dume.wrong_kind``, or what the file is refused for.
    """
    lock(session, row)
    check(row, Verb.EDIT)
    imported = read_file(data, row.kind)
    before, read = document(session, vault, row), imported.document
    what = replace(read, header=replace(before.header, references=read.header.references))
    if row.kind is Kind.REQUEST:
        what = replace(what, lots=read.lots or (Lot(NO_LOT),))
    else:
        operator = replace(read.economic_operator or EconomicOperator(), role=row.role)
        what = replace(what, economic_operator=operator)
    row.lots = [lot.id for lot in what.lots] or [NO_LOT]
    put(session, vault, row, what, by=by, now=now, imported=(data, imported))
    note(session, row, "rewritten", by=by, now=now, data={"imported": True})
    return row
