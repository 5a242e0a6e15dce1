"""The dashboard's hook: upper rooms say what is due; this room only shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

_KEY = "pli.dashboard"


@dataclass(frozen=True)
class Tile:
    """A door to a page: texts already in the reader's language."""

    title: str
    href: str
    text: str
    more: str | None = None


@dataclass(frozen=True, kw_only=True)
class Section:
    """One part of the dashboard; the lowest ``order`` comes first.

    ``template`` (such as ``bids/_dashboard.html``) is included with ``section`` in scope and shows ``values``.
    """

    order: int
    title: str = ""
    tiles: Sequence[Tile] = ()
    template: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


class DashboardSection(Protocol):
    """What an upper room registers, once, in its ``includeme``."""

    def build(self, request: Any) -> Section | None:
        """Return the section for this person and organisation, None when there is nothing to show."""
        ...


def register(config: Any, section: DashboardSection) -> None:
    """Add a section to everybody's dashboard."""
    config.registry.setdefault(_KEY, []).append(section)


def sections(request: Any) -> list[Section]:
    """Return what the rooms have to show for this request, in order."""
    built = (section.build(request) for section in request.registry.get(_KEY, ()))
    return sorted((item for item in built if item is not None), key=lambda item: item.order)
