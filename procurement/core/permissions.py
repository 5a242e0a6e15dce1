"""Every permission, in alphabetical order, with a sentence under each; deny by default.

A view names one of these; ``Permission.PUBLIC`` is spelled out where everybody may come in.
"""

import uuid
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from types import MappingProxyType

from pyramid.authorization import Allow, Authenticated, Everyone

Entry = tuple[str, str, str]
#: What the permissions that an API client is given as scopes begin with.
_API = "api:"


class Permission(StrEnum):
    """What one may do; the value is ``room:object:verb``."""

    ACCOUNT_EDIT = "accounts:account:edit"
    """Change one's own name, password, second factor and sessions."""
    DASHBOARD_VIEW = "accounts:dashboard:view"
    """See what is due in the organisation one acts for."""
    ORGANISATION_EDIT = "accounts:organisation:edit"
    """Change the organisation's services and settings."""
    TEAM_EDIT = "accounts:team:edit"
    """Invite people, grant and withdraw roles."""
    TEAM_VIEW = "accounts:team:view"
    """See who belongs to the organisation."""

    API_ACHETEUR_ANALYSE = "api:acheteur:analyse"
    """Scope: declare the opening, read the answers after it, have their sources checked again."""
    API_ACHETEUR_PUBLISH = "api:acheteur:publish"
    """Scope: publish a buyer's DUME."""
    API_ACHETEUR_READ = "api:acheteur:read"
    """Scope: read the buyers' DUME of the client."""
    API_ACHETEUR_WRITE = "api:acheteur:write"
    """Scope: write the buyers' DUME of the client."""
    API_CLAUSES_READ = "api:clauses:read"
    """Scope: read the clause library, evaluate and explain facts that are not kept."""
    API_DRAFTS_READ = "api:drafts:read"
    """Scope: read the contract documents of the client."""
    API_DRAFTS_WRITE = "api:drafts:write"
    """Scope: write the contract documents of the client."""
    API_FACADE_USE = "api:facade:use"
    """Scope: call operations by the names of Service DUME; each also takes its own scope."""
    API_LOG_READ = "api:log:read"
    """Scope: read the log of the client's own requests."""
    API_OE_PUBLISH = "api:oe:publish"
    """Scope: publish a company's DUME."""
    API_OE_READ = "api:oe:read"
    """Scope: read the companies' DUME of the client."""
    API_OE_WRITE = "api:oe:write"
    """Scope: write the companies' DUME of the client."""
    API_PARCOURS_WRITE = "api:parcours:write"
    """Scope: hand a person over to our pages and take him back."""
    API_PREFILL_PROTECTED = "api:prefill:protected"
    """Scope: fill in from protected data as well; the token is bound to a buyer."""
    API_PREFILL_PUBLIC = "api:prefill:public"
    """Scope: fill in from public data."""
    API_WEBHOOKS_MANAGE = "api:webhooks:manage"
    """Scope: subscribe to events, change the secret, read and repeat deliveries."""

    DEPOSIT_EDIT = "bids:deposit:edit"
    """Prepare, send, seal, replace and withdraw the company's own bids."""
    DEPOSIT_VIEW = "bids:deposit:view"
    """See the company's own deposits and receipts."""
    KEY_EDIT = "bids:key:edit"
    """Name key holders and choose the keys of a consultation."""
    KEY_REHEARSE = "bids:key:rehearse"
    """Prove that one holds the key of one's certificate."""
    OPENING_RUN = "bids:opening:run"
    """Open the bids after the deadline."""
    OPENING_VIEW = "bids:opening:view"
    """Read the opened bids, the registers and the minutes."""

    CLAUSE_DRAFT_EDIT = "clauses:draft:edit"
    """Write the organisation's own contract documents."""
    CLAUSE_DRAFT_VALIDATE = "clauses:draft:validate"
    """Return or validate a contract document that another person wrote."""
    CLAUSE_DRAFT_VIEW = "clauses:draft:view"
    """See the organisation's own contract documents."""
    CLAUSE_LIBRARY_EDIT = "clauses:library:edit"
    """Adapt the clause library to the organisation, and release these adaptations."""

    CONSULTATION_CREATE = "consultations:consultation:create"
    """Start a draft."""
    CONSULTATION_EDIT = "consultations:consultation:edit"
    """Write a draft and its tender documents."""
    CONSULTATION_PUBLISH = "consultations:consultation:publish"
    """Make a consultation public."""
    CONSULTATION_VIEW = "consultations:consultation:view"
    """See the organisation's own consultations, drafts included."""
    REGISTER_VIEW = "consultations:register:view"
    """Read the withdrawal register."""

    OPERATE = "core:operations:run"
    """Use what the operator alone may use: mail box of a development server, sandbox clock."""
    PUBLIC = "core:public:view"
    """Come in without an account."""

    DUME_EDIT = "dume:document:edit"
    """Write, prefill and validate the organisation's own DUME."""
    DUME_PUBLISH = "dume:document:publish"
    """Publish and delete the organisation's own DUME."""
    DUME_READ_OPENED = "dume:document:read_opened"
    """Read the companies' DUME after the opening."""
    DUME_VIEW = "dume:document:view"
    """See the organisation's own DUME."""

    SIGNATURE_SIGN = "signatures:job:sign"
    """Ask for a code to sign documents for the organisation with one's own key, and see how far the parties are."""

    @property
    def scope(self) -> str | None:
        """Return the OAuth scope that this permission stands for, None for one of people."""
        return self.value.removeprefix(_API) if self.value.startswith(_API) else None


def public() -> list[Entry]:
    """Return the access list of what everybody may see."""
    return [(Allow, Everyone, Permission.PUBLIC)]


def signed_in(*permissions: Permission) -> list[Entry]:
    """Return an access list for anyone who has signed in."""
    return [(Allow, Authenticated, permission) for permission in permissions]


def member(organisation_id: uuid.UUID, *permissions: Permission) -> list[Entry]:
    """Return an access list for the members of an organisation."""
    return [(Allow, f"org:{organisation_id}", permission) for permission in permissions]


def holder(organisation_id: uuid.UUID, roles: str, *permissions: Permission) -> list[Entry]:
    """Return an access list for those who hold one of ``roles`` (space-separated) in an organisation."""
    return [
        (Allow, f"role:{role}@{organisation_id}", permission)
        for role in roles.split()
        for permission in permissions
    ]


@cache
def scopes() -> Mapping[str, Permission]:
    """Return every scope of the API with its permission; put together once, for each request of a client asks."""
    return MappingProxyType(_scopes())


def _scopes() -> dict[str, Permission]:
    return {permission.scope: permission for permission in Permission if permission.scope is not None}


def scoped() -> list[Entry]:
    """Return the access list of what an API client may do as far as its token's scopes go."""
    return list(_scoped())


@cache
def _scoped() -> tuple[Entry, ...]:
    return tuple((Allow, f"scope:{scope}", permission) for scope, permission in scopes().items())


class PublicResource:
    """The default context: nothing but what is public."""

    def __init__(self, request: object | None = None) -> None:
        del request
        self.__acl__ = public()
