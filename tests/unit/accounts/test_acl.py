"""What roles give on an organisation's objects, through the real policy."""

from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest

from procurement.accounts.acl import BUYER, COMPANY, buyer_acl, company_acl
from procurement.accounts.rules import ROLES, OrganisationKind
from procurement.core.permissions import Permission
from procurement.core.security import Identity, SecurityPolicy

BUYER_ID, OTHER_ID, SERVICE, SIBLING = (UUID(int=number) for number in range(1, 5))


def permits(acl: list[object], permission: Permission, *roles: str, organisation: UUID = BUYER_ID) -> bool:
    who = Identity(person_id=uuid4(), name="", email="", organisation_id=organisation, roles=frozenset(roles))
    request = SimpleNamespace(identified=who)
    return bool(SecurityPolicy().permits(request, SimpleNamespace(__acl__=acl), permission))


def test_every_role_has_its_permissions() -> None:
    assert tuple(BUYER) == ROLES[OrganisationKind.BUYER]
    assert tuple(COMPANY) == ROLES[OrganisationKind.COMPANY]


@pytest.mark.parametrize("role", ["administrator", "drafter", "publisher", "observer", "opener_pending"])
def test_only_an_effective_opener_opens(role: str) -> None:
    assert permits(buyer_acl(BUYER_ID), Permission.OPENING_RUN, role) is False
    assert permits(buyer_acl(BUYER_ID), Permission.OPENING_RUN, role, "opener") is True


@pytest.mark.parametrize(
    "permission", [Permission.OPENING_RUN, Permission.OPENING_VIEW, Permission.KEY_REHEARSE]
)
def test_administrator_sees_nothing_of_a_bid(permission: Permission) -> None:
    assert permits(buyer_acl(BUYER_ID), permission, "administrator") is False


def test_same_role_elsewhere_gives_nothing() -> None:
    assert (
        permits(buyer_acl(BUYER_ID), Permission.CONSULTATION_EDIT, "drafter", organisation=OTHER_ID) is False
    )
    assert permits(buyer_acl(BUYER_ID), Permission.TEAM_VIEW, organisation=OTHER_ID) is False


def test_role_of_a_service_counts_there_and_below_alone() -> None:
    role = f"drafter@{SERVICE}"
    assert permits(buyer_acl(BUYER_ID), Permission.CONSULTATION_EDIT, role) is False
    assert permits(buyer_acl(BUYER_ID, [SIBLING]), Permission.CONSULTATION_EDIT, role) is False
    assert permits(buyer_acl(BUYER_ID, [SIBLING, SERVICE]), Permission.CONSULTATION_EDIT, role) is True


def test_administrator_of_a_service_does_not_govern_the_organisation() -> None:
    role = f"administrator@{SERVICE}"
    assert permits(buyer_acl(BUYER_ID, [SERVICE]), Permission.TEAM_EDIT, role) is False
    assert permits(buyer_acl(BUYER_ID, [SERVICE]), Permission.KEY_EDIT, role) is True


def test_company_roles() -> None:
    acl = company_acl(BUYER_ID)
    assert permits(acl, Permission.DEPOSIT_EDIT, "depositor") is True
    assert permits(acl, Permission.DEPOSIT_EDIT, "company_administrator") is False
    assert permits(acl, Permission.DEPOSIT_VIEW, "company_administrator") is True
    assert permits(acl, Permission.TEAM_EDIT, "depositor") is False
