"""Whose a new DUME is: the organisation a person acts for, or the client that calls, acting for a SIRET."""

from dume import errors
from dume.rules import Owner, OwnerKind
from procurement.core.security import Identity

__all__ = ["owner_of"]


def owner_of(by: Identity, *, siret: str = "") -> Owner:
    """Return the owner of what somebody makes; ``siret`` is for whom a client acts. A person acts for the one they chose."""
    if by.client_id is not None:
        return Owner(kind=OwnerKind.CLIENT, client_id=by.client_id, siret=siret)
    if by.organisation_id is None:
        raise errors.no_organisation()
    return Owner(kind=OwnerKind.ORGANISATION, organisation_id=by.organisation_id, siret=by.siret)
