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
    """A person acting for an organisation; detached from the database session.

    ``roles`` are those held in the active organisation only.
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

    def principals(self) -> list[str]:
        """Return the principals that access lists name."""
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


class Anonymous:
    """Know nobody: the answer until a room that knows people is included."""

    def identify(self, request: Any) -> Identity | None:
        """Return None."""
        del request
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


def includeme(config: Any) -> None:
    """Install the policy; ``request.identity`` is Pyramid's own and comes from it."""
    services.register(config.registry, IdentitySource, Anonymous())
    config.add_request_method(
        lambda request: services.get(request, IdentitySource).identify(request), "identified", reify=True
    )
    config.set_security_policy(SecurityPolicy())
