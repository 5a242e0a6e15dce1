"""Who is asking: the identity of a request, and the policy that turns it into principals.

The kernel knows no people: the room that does registers an ``IdentitySource``.
"""

import uuid
from dataclasses import dataclass
from typing import Any, Protocol

from pyramid.authorization import ACLHelper, Authenticated, Everyone

from procurement.core import services


@dataclass(frozen=True, kw_only=True)
class Identity:
    """A person acting for an organisation, or an API client; detached from the database session.

    ``roles`` are those held in the active organisation only. An API client is named by ``client_id``, which is its
    ``person_id`` as well (there is no such person: the journal names the actor); it holds ``scopes`` and no role, and
    none of the principals of people.
    """

    person_id: uuid.UUID
    name: str
    email: str
    language: str = "fr"
    organisation_id: uuid.UUID | None = None
    organisation_name: str = ""
    organisation_kind: str = ""
    siret: str = ""
    roles: frozenset[str] = frozenset()
    session_id: uuid.UUID | None = None
    mfa: bool = False
    client_id: uuid.UUID | None = None
    scopes: frozenset[str] = frozenset()
    #: ``sandbox``, ``qualification`` or ``production``, and the version that its answers follow.
    client_state: str = ""
    api_version: str = ""

    def principals(self) -> list[str]:
        """Return the principals that access lists name."""
        if self.client_id is not None:
            return [
                Everyone,
                f"client:{self.client_id}",
                *(f"scope:{scope}" for scope in sorted(self.scopes)),
            ]
        held = [Everyone, Authenticated, f"person:{self.person_id}"]
        if self.organisation_id is not None:
            held.append(f"org:{self.organisation_id}")
            held.extend(f"role:{role}@{self.organisation_id}" for role in sorted(self.roles))
            held.append(f"kind:{self.organisation_kind}")
        return held


class IdentitySource(Protocol):
    """Find who a request comes from; one implementation per way of signing in."""

    def identify(self, request: Any) -> Identity | None:
        """Return the identity, or None for an anonymous request."""
        ...


class BearerSource(Protocol):
    """Find which API client a bearer token belongs to."""

    def client(self, request: Any, token: str) -> Identity | None:
        """Return the identity of a client, or None for a token that does not work."""
        ...


class Anonymous:
    """Know nobody: the answer until a room that knows people is included."""

    def identify(self, request: Any) -> Identity | None:
        """Return None."""
        del request
        return None

    def client(self, request: Any, token: str) -> Identity | None:
        """Return None."""
        del request, token
        return None


class SecurityPolicy:
    """Pyramid's security policy: access lists over the principals of the identity."""

    def __init__(self) -> None:
        self._acl = ACLHelper()

    def identity(self, request: Any) -> Identity | None:
        """Return who is asking; found once per request."""
        found: Identity | None = request.identified
        return found

    def authenticated_userid(self, request: Any) -> str | None:
        """Return the person's id as text."""
        found = self.identity(request)
        return str(found.person_id) if found else None

    def permits(self, request: Any, context: Any, permission: str) -> Any:
        """Tell whether the access list of ``context`` grants ``permission``."""
        found = self.identity(request)
        principals = found.principals() if found else [Everyone]
        return self._acl.permits(context, principals, permission)

    def remember(self, request: Any, userid: str, **kw: Any) -> list[tuple[str, str]]:
        """Return no header: the room that signs people in sets its own cookie."""
        del request, userid, kw
        return []

    def forget(self, request: Any, **kw: Any) -> list[tuple[str, str]]:
        """Return no header, for the same reason."""
        del request, kw
        return []


def is_bearer(request: Any) -> bool:
    """Tell whether the matched route is one of API clients, which knows no cookie."""
    route = getattr(request, "matched_route", None)
    return bool(route and route.name in request.registry.get("pli.bearer", ()))


def bearer_token(request: Any) -> str | None:
    """Return the token of the Authorization header (RFC 6750, section 2.1), None when there is none."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def _identified(request: Any) -> Identity | None:
    """Find who asks: by token alone on the routes of API clients, by cookie alone on all others."""
    found: Identity | None
    if is_bearer(request):
        token = bearer_token(request)
        found = services.get(request, BearerSource).client(request, token) if token else None
        return found
    found = services.get(request, IdentitySource).identify(request)
    return found


def includeme(config: Any) -> None:
    """Install the policy; ``request.identity`` is Pyramid's own and comes from it."""
    services.register(config.registry, IdentitySource, Anonymous())
    services.register(config.registry, BearerSource, Anonymous())
    config.add_request_method(_identified, "identified", reify=True)
    config.set_security_policy(SecurityPolicy())
