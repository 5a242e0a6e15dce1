"""What the addresses of this room are about: each DUME, consortium or link, loaded with who may do what to it.

An id gives no right: a resource is found by its owner, by the buyer it is for once it is opened, and, when it is a
published request, by everybody. For all others it does not exist (404). The views stand elsewhere.
"""

import uuid
from typing import Any

from dume import errors, queries
from dume.models import Consortium, ConsortiumMember, Dume, Handover
from dume.queries import Relation
from dume.rules import Kind, Role
from dume.service import link_owner, resume, resume_handover
from procurement.accounts.acl import buyer_acl, company_acl
from procurement.accounts.rules import OrganisationKind, digest
from procurement.core.api import ApiResource
from procurement.core.permissions import Entry, Permission, holder, public, scoped

__all__ = [
    "ApiConsortium",
    "ApiDume",
    "ApiSpace",
    "ConsortiumResource",
    "DumeResource",
    "HandoverResource",
    "InvitationResource",
    "LinkResource",
    "api_consortium",
    "api_request",
    "api_response",
    "api_space",
    "consortium_by_id",
    "handover",
    "invitation",
    "link",
    "link_owner",
    "own_space",
    "published_request",
    "request_by_id",
    "response_by_id",
]

#: Scopes that let a client do something to a DUME of its own, by kind.
_OWN_SCOPES: dict[Kind, tuple[Permission, ...]] = {
    Kind.REQUEST: (
        Permission.API_ACHETEUR_ANALYSE,
        Permission.API_ACHETEUR_PUBLISH,
        Permission.API_ACHETEUR_READ,
        Permission.API_ACHETEUR_WRITE,
        Permission.API_PARCOURS_WRITE,
    ),
    Kind.RESPONSE: (
        Permission.API_OE_PUBLISH,
        Permission.API_OE_READ,
        Permission.API_OE_WRITE,
        Permission.API_PARCOURS_WRITE,
        Permission.API_PREFILL_PROTECTED,
        Permission.API_PREFILL_PUBLIC,
    ),
}


class DumeResource:
    """A DUME as its reader stands to it; without one for who has not signed in yet."""

    def __init__(self, acl: list[Entry], dume: Dume | None = None, relation: Relation | None = None) -> None:
        self._dume = dume
        self._relation = relation
        self.__acl__ = acl

    @property
    def dume(self) -> Dume:
        """Return the DUME; only those who may see it come this far."""
        assert self._dume is not None
        return self._dume

    @property
    def relation(self) -> Relation:
        """Return what the DUME is to who asks."""
        assert self._relation is not None
        return self._relation


class LinkResource:
    """A draft behind a secret link: whoever has the link may do everything with it."""

    def __init__(self, dume: Dume) -> None:
        self.dume = dume
        self.__acl__ = public()


class HandoverResource:
    """A DUME handed over by a client: found by the browser that took the link up; before that by the link itself."""

    def __init__(self, found: Handover, *, begun: bool) -> None:
        self.handover = found
        self.begun = begun
        self.__acl__ = public()

    @property
    def dume(self) -> Dume:
        """Return the DUME; only the browser that took the link up sees it."""
        if not self.begun:
            raise errors.link_used()
        return self.handover.dume


class InvitationResource:
    """An invitation into a consortium, by its link; joining takes an account."""

    def __init__(self, member: ConsortiumMember, acl: list[Entry]) -> None:
        self.member = member
        self.__acl__ = acl


class ConsortiumResource:
    """A consortium, seen by its lead or by one of its members (``own`` is the place of who asks)."""

    def __init__(
        self, acl: list[Entry], found: Consortium | None = None, own: ConsortiumMember | None = None
    ) -> None:
        self._consortium = found
        self._own = own
        self.__acl__ = acl

    @property
    def consortium(self) -> Consortium:
        """Return the consortium."""
        assert self._consortium is not None
        return self._consortium

    @property
    def own(self) -> ConsortiumMember | None:
        """Return the place that who asks has in it."""
        return self._own

    @property
    def leads(self) -> bool:
        """Tell whether who asks leads it: only the lead sees the grid, invites and removes."""
        return self._own is not None and self._own.role is Role.LEAD


class ApiSpace(ApiResource):
    """What a client makes and lists: its own DUMEs."""


class ApiDume(ApiResource):
    """A DUME of the client that asks; without a working token nothing is loaded, the answer is 401."""

    def __init__(self, request: Any, kind: Kind) -> None:
        super().__init__(request)
        self._dume: Dume | None = None
        if self.client_id is None:
            return
        found = queries.by_id_dume(request.db, request.matchdict["id_dume"])
        standing = queries.relation(found, client_id=self.client_id, now=request.now)
        if found.kind is not kind or standing not in {Relation.OWNER, Relation.BUYER}:
            raise errors.not_found()
        self._dume = found
        own = _OWN_SCOPES[kind] if standing is Relation.OWNER else ()
        # The client of the buyer reads an opened response with its scope of analysis, and nothing more.
        analyse = (Permission.API_ACHETEUR_ANALYSE,) if _may_analyse(found, self.client_id) else ()
        granted = {*own, *analyse}
        self.__acl__ = [*public(), *(entry for entry in scoped() if entry[2] in granted)]

    @property
    def dume(self) -> Dume:
        """Return the DUME."""
        assert self._dume is not None
        return self._dume


class ApiConsortium(ApiResource):
    """A consortium that a client leads or is a member of."""

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        self._consortium: Consortium | None = None
        if self.client_id is None:
            return
        found = queries.consortium(request.db, _uuid(request, "consortium"))
        if found.client_id != self.client_id:
            raise errors.no_member()
        self._consortium = found

    @property
    def consortium(self) -> Consortium:
        """Return the consortium."""
        assert self._consortium is not None
        return self._consortium


def _may_analyse(row: Dume, client_id: uuid.UUID) -> bool:
    """Tell whether a client speaks for the buyer of a DUME that it has found; the verbs judge the opening."""
    return row.client_id == client_id if row.kind is Kind.REQUEST else row.buyer_client_id == client_id


def _uuid(request: Any, name: str) -> uuid.UUID:
    try:
        return uuid.UUID(request.matchdict[name])
    except ValueError:
        raise errors.no_member() from None


def _found(request: Any, kind: Kind) -> DumeResource:
    identity = request.identity
    if identity is None:
        return DumeResource(public())
    row = queries.by_id_dume(request.db, request.matchdict["id_dume"])
    standing = queries.relation(row, organisation_id=identity.organisation_id, now=request.now)
    if row.kind is not kind or standing not in {Relation.OWNER, Relation.BUYER}:
        raise errors.not_found()
    return DumeResource(_acl(row, standing, identity.organisation_kind), row, standing)


def _acl(row: Dume, standing: Relation, kind: str) -> list[Entry]:
    if standing is Relation.BUYER:
        assert row.buyer_organisation_id is not None
        return [
            *public(),
            *holder(row.buyer_organisation_id, "opener observer", Permission.DUME_READ_OPENED),
        ]
    assert row.organisation_id is not None
    made = buyer_acl if kind == OrganisationKind.BUYER else company_acl
    return made(row.organisation_id)


def request_by_id(request: Any) -> DumeResource:
    """Load a request of the asking buyer; who has no session is asked to sign in, anyone else gets 404."""
    return _found(request, Kind.REQUEST)


def response_by_id(request: Any) -> DumeResource:
    """Load a response of the asking company, or one that the asking buyer may read since its opening."""
    return _found(request, Kind.RESPONSE)


def published_request(request: Any) -> DumeResource:
    """Load a request that is published, for everybody: it goes with the tender documents."""
    row = queries.by_id_dume(request.db, request.matchdict["id_dume"])
    standing = queries.relation(row, now=request.now)
    if standing is not Relation.READER:
        raise errors.not_found()
    return DumeResource(public(), row, standing)


def own_space(request: Any) -> DumeResource:
    """Return the space of the asking organisation: where it lists its DUMEs and makes new ones."""
    identity = request.identity
    if identity is None or identity.organisation_id is None:
        return DumeResource(public())
    made = buyer_acl if identity.organisation_kind == OrganisationKind.BUYER else company_acl
    return DumeResource(made(identity.organisation_id))


def link(request: Any) -> LinkResource:
    """Load the draft behind a resume link (``{secret}``)."""
    return LinkResource(resume(request.db, request.matchdict["secret"], now=request.now))


def handover(request: Any) -> HandoverResource:
    """Load a hand-over (``{token}``): by the secret that the browser keeps in ``cookie_name``, else by the link alone."""
    token = request.matchdict["token"]
    secret = request.cookies.get(cookie_name(token))
    if secret:
        return HandoverResource(resume_handover(request.db, token, secret, now=request.now), begun=True)
    found = queries.handover_by_token(request.db, digest(token), now=request.now)
    return HandoverResource(found, begun=False)


def cookie_name(token: str) -> str:
    """Return the name of the cookie in which the browser keeps the secret of one hand-over."""
    return f"parcours_{digest(token)[:16]}"


def invitation(request: Any) -> InvitationResource:
    """Load an invitation (``{token}``); joining takes the permission of a company's depositor."""
    found = queries.member_by_token(request.db, digest(request.matchdict["token"]), now=request.now)
    identity = request.identity
    if identity is None or identity.organisation_kind != OrganisationKind.COMPANY:
        return InvitationResource(found, public())
    return InvitationResource(found, company_acl(identity.organisation_id))


def consortium_by_id(request: Any) -> ConsortiumResource:
    """Load a consortium that the asking company leads or has joined (``{consortium}``)."""
    identity = request.identity
    if identity is None:
        return ConsortiumResource(public())
    found = queries.consortium(request.db, _uuid(request, "consortium"))
    organisation = identity.organisation_id
    own = next(
        (
            one
            for one in found.members
            if one.dume is not None and one.left_at is None and one.dume.organisation_id == organisation
        ),
        None,
    )
    if organisation is None or own is None:
        raise errors.no_member()
    return ConsortiumResource(company_acl(organisation), found, own)


def api_request(request: Any) -> ApiDume:
    """Load a request of the asking client (``{id_dume}``)."""
    return ApiDume(request, Kind.REQUEST)


def api_response(request: Any) -> ApiDume:
    """Load a response of the asking client, or one that its buyer may read since its opening (``{id_dume}``)."""
    return ApiDume(request, Kind.RESPONSE)


def api_space(request: Any) -> ApiSpace:
    """Return the space of the asking client."""
    return ApiSpace(request)


def api_consortium(request: Any) -> ApiConsortium:
    """Load a consortium of the asking client (``{consortium}``)."""
    return ApiConsortium(request)
