"""Read back from a request which criteria its buyer chose, for which lots and with which thresholds. Pure."""

from collections.abc import Iterator

from dume.espd.complete.asking import Choice, Requirements
from dume.espd.complete.showing import below
from dume.espd.model import Criterion, Document, Group, Identifier, Lot, Property, PropertyType, Value
from dume.espd.taxonomy import taxonomy
from dume.espd.ubl import EXPECTED
from dume.espd.value_codec import shape

_LOTS = "LOT_IDENTIFIER"


def choices_of(document: Document, lots: tuple[Lot, ...] | None = None) -> tuple[Choice, ...]:
    """Return the choices that a request was made of; with other ``lots``, as far as they still fit.

    What holds for every lot of the document holds for every lot given; what held only for lots that are no more holds for
    all. A criterion that the taxonomy does not know is left out.
    """
    before = tuple(lot.id for lot in document.lots)
    after = before if lots is None else tuple(lot.id for lot in lots)
    return tuple(_choice(one, before, after) for one in document.criteria if one.code in taxonomy().by_code)


def _choice(criterion: Criterion, before: tuple[str, ...], after: tuple[str, ...]) -> Choice:
    own = _kept(criterion.lots, before, after)
    sets = tuple(_sets(criterion, own, after))
    return Choice(criterion.code, own, () if sets == (Requirements(values={}),) else sets)


def _kept(lots: tuple[str, ...], before: tuple[str, ...], after: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lots that stay; none stands for all of them."""
    if set(lots) == set(before):
        return ()
    return tuple(lot for lot in lots if lot in after)


def _sets(criterion: Criterion, own: tuple[str, ...], after: tuple[str, ...]) -> Iterator[Requirements]:
    """Yield one set of requirements per copy of the requirement groups."""
    copies: dict[int, list[Group]] = {}
    for group in criterion.groups:
        known = taxonomy().group(group.path)
        if known is not None and known.kind == "RG":
            copies.setdefault(group.occurrence, []).append(group)
    every = own or after
    for groups in copies.values():
        required = [one for group in groups for one in below(group) if _is_required(one)]
        named = [
            one.expected.value
            for one in required
            if _names_a_lot(one) and isinstance(one.expected, Identifier)
        ]
        lots = tuple(lot for lot in named if lot in every)
        values = _values([one for one in required if not _names_a_lot(one)])
        yield Requirements(lots=() if set(lots) == set(every) else lots, values=values)


def _is_required(entry: Property) -> bool:
    return entry.type is PropertyType.REQUIREMENT and entry.expected is not None


def _names_a_lot(entry: Property) -> bool:
    return entry.value_type == _LOTS


def _values(required: list[Property]) -> dict[str, Value]:
    """Return the values by path; a second one at the same path goes by its whole identifier."""
    found: dict[str, Value] = {}
    for one in required:
        fits = one.value_type in EXPECTED and type(one.expected) is shape(one.value_type)
        if fits and one.expected is not None:
            found[one.id if one.path in found else one.path] = one.expected
    return found
