"""For which company a response speaks: said once by its SIRET, before the sources can be asked."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from dume import errors
from dume.espd.model import EconomicOperator, Identifier, Kind
from dume.models import Dume
from dume.queries.content import document
from dume.rules import OwnerKind, Verb
from dume.service.writing import check, lock, put, require
from procurement.core.security import Identity
from procurement.core.vault import KeyVault

__all__ = ["name_company"]

_SCHEME = "NATIONAL"


def name_company(
    session: Session, vault: KeyVault, row: Dume, siret: str, *, by: Identity | None, now: datetime
) -> Dume:
    """Say for which company a response speaks (``siret`` in its normal form); the one before is forgotten.

    The response of an organisation speaks for that organisation: ``dume.wrong_siret`` for another one.
    """
    require(row, Kind.RESPONSE)
    lock(session, row)
    check(row, Verb.EDIT)
    if row.siret and row.siret != siret and row.owner_kind is not OwnerKind.LINK:
        raise errors.wrong_company()
    what = document(session, vault, row)
    operator = what.economic_operator or EconomicOperator(role=row.role)
    others = tuple(one for one in operator.party.identifiers if one.value not in {row.siret, siret})
    party = replace(operator.party, identifiers=(Identifier(siret, scheme=_SCHEME), *others))
    row.siret = siret
    put(session, vault, row, replace(what, economic_operator=replace(operator, party=party)), by=by, now=now)
    return row
