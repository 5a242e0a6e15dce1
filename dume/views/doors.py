"""The three doors to the same pages: a draft behind a secret link, a hosted hand-over, the company's own space.

All have one set of addresses, ``/{door}/{key}/...``. Whoever has the link of a draft, or took up a hand-over, may do
everything with that DUME; in one's own space the roles decide.
"""

from dataclasses import dataclass
from typing import Any

from pyramid.authorization import Allow, Everyone
from sqlalchemy.orm import Session

from dume import forms, queries, routes
from dume.espd.model import Document
from dume.models import Dume
from dume.rules import Kind, OwnerKind, Status
from dume.views.parts import PartState, states
from procurement.core import rate, services
from procurement.core.permissions import Entry, Permission, public
from procurement.core.security import Identity
from procurement.core.vault import KeyVault

#: What costs much, by whoever has no account.
RATE = "dume.behind"
LINK, HANDOVER, OWN = "dume/brouillon", "parcours", "dume/mes-dume"
ADDRESS = f"/{{door:{LINK}|{HANDOVER}|{OWN}}}/{{key}}"
#: Door -> the word its resource knows the key by, and how the resource is found.
_FACTORIES: dict[str, tuple[str, Any]] = {
    LINK: ("secret", routes.link),
    HANDOVER: ("token", routes.handover),
    OWN: ("id_dume", routes.response_by_id),
}


@dataclass(frozen=True)
class Door:
    """The way somebody came in: where its pages are, and what it lets one do."""

    request: Any
    name: str
    key: str

    @property
    def dume(self) -> Dume:
        """Return the DUME behind the door."""
        found: Dume = self.request.context.dume
        return found

    @property
    def by(self) -> Identity | None:
        """Return who acts: a person in its own space, nobody known behind a link."""
        identity: Identity | None = self.request.identity
        return identity if self.name == OWN else None

    @property
    def own(self) -> bool:
        """Tell whether this is the company's own space."""
        return self.name == OWN

    @property
    def handed_over(self) -> bool:
        """Tell whether a client sent the person here."""
        return self.name == HANDOVER

    @property
    def secret(self) -> bool:
        """Tell whether the address itself is the key to the draft."""
        return self.name == LINK

    @property
    def siret_is_fixed(self) -> bool:
        """Tell whether the company is who signed in, or who the client named: it cannot be another one."""
        return self.dume.owner_kind is not OwnerKind.LINK and bool(self.dume.siret)

    @property
    def level(self) -> int:
        """Return how much may be asked of the sources: protected data only for the signed-in company and its buyer."""
        return 2 if self.own and self.dume.request_id is not None else 1

    def count(self) -> None:
        """Count a costly deed by who holds a link: sources asked, a proof stored, a PDF made (``rate.too_many``)."""
        if not self.own:
            rate.check(self.request, RATE)

    def url(self, page: str = "home", **more: Any) -> str:
        """Return the path of a page behind this door."""
        path: str = self.request.route_path(f"dume.{page}", door=self.name, key=self.key, **more)
        return path


def door_of(request: Any) -> Door:
    """Return the door that a request came by."""
    return Door(request, request.matchdict["door"], request.matchdict["key"])


def behind(request: Any) -> Any:
    """Load what is behind the door (the factory of its routes)."""
    # Even a browser's own copy would outlive the link: what is behind it is about a company's convictions.
    request.add_response_callback(_unkept)
    door = door_of(request)
    word, find = _FACTORIES[door.name]
    request.matchdict[word] = door.key
    found = find(request)
    if door.name != OWN:
        # A hand-over that has not begun in this browser shows its first page only: the rest asks for its DUME.
        found.__acl__ = _held()
    return found


def _unkept(_request: Any, response: Any) -> None:
    response.headers["Cache-Control"] = "no-store"


def _held() -> list[Entry]:
    """Return the access list of a draft whose link one holds."""
    held = [Permission.DUME_VIEW, Permission.DUME_EDIT]
    return [*public(), *((Allow, Everyone, permission) for permission in held)]


def vault_of(request: Any) -> KeyVault:
    """Return the keys of what is sealed."""
    vault: KeyVault = services.get(request, KeyVault)
    return vault


def read(request: Any, session: Session | None = None) -> Document:
    """Return what the DUME behind the door says."""
    return queries.document(session or request.db, vault_of(request), door_of(request).dume)


def shown(request: Any, what: Document, here: str = "", **values: Any) -> dict[str, Any]:
    """Return what every page of a response needs: the door, the document, its parts with their states."""
    door = door_of(request)
    status = queries.status_of(door.dume)
    parts: tuple[PartState, ...] = states(what) if door.dume.kind is Kind.RESPONSE else ()
    total = len(what.answers) + sum(part.missing for part in parts)
    return {
        "door": door,
        "row": door.dume,
        "what": what,
        "parts": parts,
        "here": here,
        "badge": lambda provenance: forms.badge(provenance, request.lang),
        "state": status,
        "editable": status in {Status.DRAFT, Status.VALID},
        "left": sum(part.missing + part.proposed + part.to_review for part in parts),
        "given": total - sum(part.missing for part in parts),
        "total": total,
        **values,
    }
