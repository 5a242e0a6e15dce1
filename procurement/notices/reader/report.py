"""The account of an import: every leaf of the source stands in exactly one line of the report."""

import dataclasses
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any

from lxml import etree

from procurement.core.text import _

__all__ = ["NS", "Item", "ItemKind", "Ledger", "Place"]

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_EFORMS = "http://data.europa.eu/p27/"
NS = {
    "cac": f"{_UBL}CommonAggregateComponents-2",
    "cbc": f"{_UBL}CommonBasicComponents-2",
    "ext": f"{_UBL}CommonExtensionComponents-2",
    "efac": f"{_EFORMS}eforms-ubl-extension-aggregate-components/1",
    "efbc": f"{_EFORMS}eforms-ubl-extension-basic-components/1",
    "efext": f"{_EFORMS}eforms-ubl-extensions/1",
}
_PREFIXES = {uri: prefix for prefix, uri in NS.items()}
_SHOWN = 200
#: The widest form of the eForms SDK has some 1,000 fields.
_MOST_PATHS = 1_500
_ELSEWHERE = "/*//*"

# Why a leaf was not taken, by the part of the notice it stands in; the first that fits.
_FAMILIES = (
    ("/efac:NoticeResult", _("Résultat d’une procédure : il n’a pas de place dans un brouillon.")),
    ("/efac:Changes", _("Détail de la modification d’un avis antérieur.")),
    ("/efac:Organizations", _("Organisation autre que l’acheteur, ou détail sans place dans le brouillon.")),
    ("/cac:ContractingParty", _("Détail sur l’acheteur : il vient de la fiche de votre organisation.")),
    ("/cac:AppealTerms", _("Voies de recours : à indiquer dans le règlement de la consultation.")),
    (
        "/cac:TendererQualificationRequest",
        _("Conditions de participation : à reprendre dans le règlement de la consultation."),
    ),
    ("/cac:AwardingTerms", _("Détail du jugement des offres : à reprendre dans le règlement.")),
    ("/cac:ContractExecutionRequirement", _("Condition d’exécution : à reprendre dans le contrat.")),
    ("/cac:PostAwardProcess", _("Commande et paiement électroniques : à reprendre dans le contrat.")),
)
_NO_PLACE = _("Cette information n’a pas de place dans un brouillon de consultation.")
_EMPTY = _("Élément vide.")


class ItemKind(StrEnum):
    """What became of a piece of the notice."""

    TAKEN = "taken"
    DOUBTFUL = "doubtful"
    TO_SET_AGAIN = "to_set_again"
    KEPT = "kept"
    IGNORED = "ignored"


@dataclasses.dataclass(frozen=True)
class Item:
    """One line of the report; ``count`` is the number of leaves it accounts for, 0 for a remark on the whole."""

    kind: ItemKind
    message: str
    path: str = ""
    value: str = ""
    field: str = ""
    label: str = ""
    count: int = 0
    params: dict[str, Any] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Place:
    """Where a value goes in the draft: the name of the field and its French label."""

    field: str
    label: str


class Ledger:
    """Record what became of each leaf; refuse to record one twice."""

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._seen: set[etree._Element] = set()
        self._items: list[Item] = []
        self._paths: dict[etree._Element, str] = {root: "/*"}
        self._ranks: dict[etree._Element, dict[etree._Element, int]] = {}

    def record(
        self,
        kind: ItemKind,
        leaves: Sequence[etree._Element],
        place: Place,
        message: str,
        **params: Any,
    ) -> None:
        """Write one line for these leaves."""
        assert not self._seen.intersection(leaves), "a leaf was accounted for twice"
        self._seen.update(leaves)
        value = " ".join(_text(leaf) for leaf in leaves)
        path = self.path(leaves[0]) if leaves else ""
        self._items.append(
            Item(kind, message, path, _short(value), place.field, place.label, len(leaves), params)
        )

    def remark(self, kind: ItemKind, place: Place, message: str, **params: Any) -> None:
        """Write one line on the notice as a whole."""
        self.record(kind, (), place, message, **params)

    def is_recorded(self, leaf: etree._Element) -> bool:
        """Tell whether a line stands for this leaf already."""
        return leaf in self._seen

    def close(self) -> tuple[Item, ...]:
        """Return all lines, those of the leaves nobody took last, one for each path."""
        left: dict[tuple[str, bool], list[str]] = {}
        for path, leaf in self._left():
            text = _text(leaf)
            if len(left) >= _MOST_PATHS and (path, not text) not in left:
                path = _ELSEWHERE  # noqa: PLW2901  # The rest of a file that no form produced is one line.
            left.setdefault((path, not text), []).append(text)
        ignored = [
            Item(
                ItemKind.IGNORED,
                _EMPTY if empty else _family(path),
                path,
                _short(", ".join(dict.fromkeys(values))),
                count=len(values),
            )
            for (path, empty), values in left.items()
        ]
        return (*self._items, *ignored)

    def path(self, element: etree._Element) -> str:
        """Return the XPath of an element, with a rank where siblings share its name."""
        if element not in self._paths:
            parent = element.getparent()
            assert parent is not None, "the root has its path from the start"
            rank = self._rank(parent, element)
            self._paths[element] = f"{self.path(parent)}/{_name(element)}" + (f"[{rank}]" if rank else "")
        return self._paths[element]

    def _rank(self, parent: etree._Element, element: etree._Element) -> int:
        """Return 0 for an only child of its name, else its rank among them."""
        if parent not in self._ranks:
            groups: dict[str, list[etree._Element]] = {}
            for child in parent:
                groups.setdefault(_name(child), []).append(child)
            ranked = [group for group in groups.values() if len(group) > 1]
            self._ranks[parent] = {child: rank for group in ranked for rank, child in enumerate(group, 1)}
        return self._ranks[parent].get(element, 0)

    def _left(self) -> Iterator[tuple[str, etree._Element]]:
        """Yield the leaves without a line, with their path."""
        stack = [("/*", self._root)]
        while stack:
            path, element = stack.pop()
            if len(element):
                stack.extend((f"{path}/{_name(child)}", child) for child in reversed(element))
            elif element not in self._seen:
                yield path, element


def _name(element: etree._Element) -> str:
    return _prefixed(element.tag)


@lru_cache(maxsize=1024)
def _prefixed(tag: str) -> str:
    namespace, _brace, local = tag.removeprefix("{").rpartition("}")
    return f"{_PREFIXES.get(namespace, '*')}:{local}"


def _text(element: etree._Element) -> str:
    return " ".join((element.text or "").split())


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _family(path: str) -> str:
    return next((sentence for part, sentence in _FAMILIES if part in path), _NO_PLACE)
