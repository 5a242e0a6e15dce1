"""What API routes are about: the client that asks, and what its scopes let it do."""

import uuid
from typing import Any

from procurement.core.errors import Forbidden, NotFound
from procurement.core.permissions import Entry, public, scoped
from procurement.core.text import _


class ApiResource:
    """The context of a route of API clients; one with an object of its own derives from it and loads by client."""

    def __init__(self, request: Any) -> None:
        self.request = request
        self.__acl__: list[Entry] = [*public(), *scoped()]

    @property
    def client_id(self) -> uuid.UUID | None:
        """Return the client that asks, None when there is no working token: load nothing then, the answer is 401."""
        who = self.request.identity
        return who.client_id if who else None

    def id_of(self, name: str) -> uuid.UUID:
        """Return an id in the address; what is none is not found."""
        try:
            return uuid.UUID(self.request.matchdict[name])
        except ValueError:
            raise not_found() from None


def not_found() -> NotFound:
    """Return the refusal of an object that does not exist, or belongs to another client."""
    return NotFound("api.not_found", _("Cet objet n’existe pas, ou n’appartient pas à ce client."))


def client_of(request: Any) -> uuid.UUID:
    """Return the id of the client that asks; for views behind a scope."""
    who = request.identity
    if who is None or who.client_id is None:
        raise Forbidden("api.client_only", _("Cette adresse est réservée aux clients de l’API."))
    client_id: uuid.UUID = who.client_id
    return client_id
