"""The bearer token of an API client, and the identity it stands for."""

from typing import Any

from procurement.accounts.queries.clients import identify_client
from procurement.accounts.rules import digest
from procurement.core import services
from procurement.core.db import Database
from procurement.core.security import Identity

#: Longer ones are none of ours.
_LONGEST = 200


class TokenClients:
    """Find the client behind a token; read at every request, so that a revocation takes effect with the next one."""

    def client(self, request: Any, token: str) -> Identity | None:
        """Read it in a short session of its own: the request's may be waiting for the one writer."""
        if len(token) > _LONGEST:
            return None
        database: Database = services.get(request, Database)
        with database.read() as session:
            return identify_client(session, digest(token), request.now)
