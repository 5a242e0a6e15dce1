"""The names of those who wrote, each looked for once per page."""

import uuid

from sqlalchemy.orm import Session

from procurement.accounts import queries as accounts


class Names:
    """Return the name behind an id; what nobody did was done by the service."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[uuid.UUID, str] = {}

    def __call__(self, person_id: uuid.UUID | None) -> str:
        """Return a name, empty when there is none."""
        if person_id is None:
            return ""
        if person_id not in self._known:
            found = accounts.person(self._session, person_id)
            self._known[person_id] = found.name if found else ""
        return self._known[person_id]
