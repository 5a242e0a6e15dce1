"""What each role may do with the objects of its organisation (procedure, section 5)."""

import uuid
from collections.abc import Iterable

from procurement.accounts.rules import Role
from procurement.core.permissions import Entry, Permission, holder, member, public

P = Permission

_DRAFTER = (P.CONSULTATION_CREATE, P.CONSULTATION_EDIT, P.CONSULTATION_VIEW, P.KEY_EDIT, P.REGISTER_VIEW)

BUYER: dict[Role, tuple[Permission, ...]] = {
    # Administrators arrange people and settings; nothing of a bid's content is theirs to read.
    Role.ADMINISTRATOR: (
        P.CLAUSE_DRAFT_VIEW,
        P.CLAUSE_LIBRARY_EDIT,
        P.CONSULTATION_VIEW,
        P.KEY_EDIT,
        P.ORGANISATION_EDIT,
        P.TEAM_EDIT,
        P.TEAM_VIEW,
    ),
    Role.DRAFTER: (
        P.CLAUSE_DRAFT_EDIT,
        P.CLAUSE_DRAFT_VIEW,
        P.CONSULTATION_CREATE,
        P.CONSULTATION_EDIT,
        P.CONSULTATION_VIEW,
        P.DUME_EDIT,
        P.DUME_VIEW,
        P.KEY_EDIT,
        P.REGISTER_VIEW,
    ),
    Role.PUBLISHER: (
        P.CLAUSE_DRAFT_VALIDATE,
        P.CLAUSE_DRAFT_VIEW,
        P.CONSULTATION_PUBLISH,
        P.CONSULTATION_VIEW,
        P.DUME_PUBLISH,
        P.DUME_VIEW,
        P.KEY_EDIT,
        P.REGISTER_VIEW,
        P.SIGNATURE_SIGN,
    ),
    Role.OPENER: (
        P.CLAUSE_DRAFT_VIEW,
        P.CONSULTATION_VIEW,
        P.DUME_READ_OPENED,
        P.DUME_VIEW,
        P.KEY_REHEARSE,
        P.OPENING_RUN,
        P.OPENING_VIEW,
    ),
    Role.OBSERVER: (
        P.CLAUSE_DRAFT_VIEW,
        P.CONSULTATION_VIEW,
        P.DUME_READ_OPENED,
        P.DUME_VIEW,
        P.OPENING_VIEW,
    ),
}
COMPANY: dict[Role, tuple[Permission, ...]] = {
    Role.COMPANY_ADMINISTRATOR: (
        P.DEPOSIT_VIEW,
        P.DUME_VIEW,
        P.ORGANISATION_EDIT,
        P.SIGNATURE_SIGN,
        P.TEAM_EDIT,
        P.TEAM_VIEW,
    ),
    Role.DEPOSITOR: (
        P.DEPOSIT_EDIT,
        P.DEPOSIT_VIEW,
        P.DUME_EDIT,
        P.DUME_PUBLISH,
        P.DUME_VIEW,
        P.SIGNATURE_SIGN,
    ),
}
#: What a role limited to a service never gives: people and settings are the whole organisation's.
_WHOLE = frozenset({P.CLAUSE_LIBRARY_EDIT, P.ORGANISATION_EDIT, P.TEAM_EDIT, P.TEAM_VIEW})


def buyer_acl(organisation_id: uuid.UUID, services: Iterable[uuid.UUID] = ()) -> list[Entry]:
    """Return the access list of a buyer's object; ``services`` holds its service and those above it."""
    entries = [*public(), *member(organisation_id, P.TEAM_VIEW)]
    for role, permissions in BUYER.items():
        entries += holder(organisation_id, role, *permissions)
    limited = [permission for permission in P if permission not in _WHOLE]
    for service in services:
        for role, permissions in BUYER.items():
            kept = [permission for permission in permissions if permission in limited]
            entries += holder(organisation_id, f"{role}@{service}", *kept)
    return entries


def company_acl(organisation_id: uuid.UUID) -> list[Entry]:
    """Return the access list of a company's object."""
    entries = [*public(), *member(organisation_id, P.TEAM_VIEW)]
    for role, permissions in COMPANY.items():
        entries += holder(organisation_id, role, *permissions)
    return entries
