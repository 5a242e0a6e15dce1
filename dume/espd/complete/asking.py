"""Make a buyer's request from the criteria it chooses and the values it requires. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from dume.espd.migrate.skeleton import Draft, property_id
from dume.espd.model import (
    NO_LOT,
    Buyer,
    Criterion,
    Document,
    Group,
    Header,
    Identifier,
    Kind,
    Lot,
    Procedure,
    Property,
    PropertyType,
    Value,
)
from dume.espd.taxonomy import TaxonomyCriterion, TaxonomyProperty, strip, taxonomy
from dume.espd.ubl import EXPECTED
from dume.espd.value_codec import shape
from dume.espd.write_v41.values import named
from dume.wording import criterion_name, criterion_text, label
from procurement.core.errors import FieldError, Invalid
from procurement.core.text import _

_NO_CRITERION = _("Ce critère n’existe pas.")
_NO_LOT = _("Ce lot n’est pas dans la procédure.")
_NO_PROPERTY = _("Ce critère n’a pas cette exigence.")
_NO_VALUE = _("Cette valeur n’est pas de la forme attendue pour cette exigence.")
_TWICE = _("Ce critère est déjà choisi.")
_KEPT = 512


class Mode(StrEnum):
    """How the buyer chooses its criteria."""

    STANDARD = "standard"
    SIMPLIFIED = "simplifie"


@dataclass(frozen=True, slots=True)
class Requirements:
    """The values a buyer requires, by taxonomy path, for these lots (none: those of the criterion).

    A path may end in indexes (``/R1/R2/R1``) to fill the second copy of a group inside the requirement.
    """

    lots: tuple[str, ...] = ()
    values: Mapping[str, Value] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A criterion the buyer asks, by code, for these lots (none: all), with one set of requirements per group of lots."""

    code: str
    lots: tuple[str, ...] = ()
    requirements: tuple[Requirements, ...] = ()


#: A set of requirements in a form that can be remembered: lots, then paths with their values.
Frozen = tuple[tuple[str, ...], tuple[tuple[str, Value], ...]]


def simplified() -> tuple[Choice, ...]:
    """Return the usual criteria: every exclusion ground, the yearly turnover and the yearly manpower."""
    codes = [each.code for each in taxonomy().criteria if each.kind == "exclusion"]
    return tuple(Choice(code) for code in (*codes, "gen-year-to", "year-manpower"))


def request(  # A request is made of these parts; the interface was agreed with its callers.
    choices: Sequence[Choice],
    buyer: Buyer,
    procedure: Procedure,
    lots: tuple[Lot, ...],
    mode: Mode = Mode.STANDARD,
    *,
    header: Header,
    lang: str = "fr",
) -> Document:
    """Return a buyer's request, its criteria in the taxonomy's order; in simplified mode the choices are not looked at.

    Raise Invalid ``dume.choices_refused`` with a JSON pointer into ``choices`` for each one that does not fit.
    """
    lots = lots or (Lot(NO_LOT),)
    chosen = simplified() if mode is Mode.SIMPLIFIED else tuple(choices)
    errors = tuple(_errors(chosen, frozenset(lot.id for lot in lots)))
    if errors:
        message = _("%(count)s choix de critères ne conviennent pas.")
        raise Invalid("dume.choices_refused", message, errors=errors, count=len(errors))
    by_code = {choice.code: choice for choice in chosen}
    every = tuple(lot.id for lot in lots)
    criteria = tuple(
        _criterion(known.code, _lots(known, by_code[known.code], every), _frozen(by_code[known.code]), lang)
        for known in taxonomy().criteria
        if known.code in by_code
    )
    return Document(Kind.REQUEST, header, buyer=buyer, procedure=procedure, lots=lots, criteria=criteria)


def _lots(known: TaxonomyCriterion, choice: Choice, every: tuple[str, ...]) -> tuple[str, ...]:
    """Return the lots a criterion names: a selection criterion always does (BR-LOT-41), an exclusion ground never."""
    if known.kind == "exclusion":
        return ()
    return choice.lots or (every if known.kind == "selection" else ())


def _frozen(choice: Choice) -> tuple[Frozen, ...]:
    return tuple((each.lots, tuple(sorted((each.values or {}).items()))) for each in choice.requirements)


@lru_cache(maxsize=_KEPT)
def _criterion(code: str, lots: tuple[str, ...], sets: tuple[Frozen, ...], lang: str) -> Criterion:
    """Return a criterion with one copy of its requirement groups per set of requirements."""
    known = taxonomy().by_code[code]
    draft = Draft(known, criterion_name(code, lang), criterion_text(code, lang), lots=list(lots))
    roots = [group.path for group in known.groups if group.kind == "RG"]
    draft.copies.update(dict.fromkeys(roots, max(len(sets), 1)))
    for number, (own, values) in enumerate(sets or (((), ()),), 1):
        scope = dict.fromkeys(roots, number)
        _name_lots(draft, scope, own or lots)
        for path, value in values:
            _require(draft, path, value, scope)
    built = draft.build()
    return replace(built, groups=tuple(_labelled(group, lang) for group in built.groups))


def _name_lots(draft: Draft, scope: dict[str, int], lots: tuple[str, ...]) -> None:
    """Write the lots that a copy of a requirement group holds for."""
    for entry in draft.taxonomy.properties():
        if entry.value_type == "LOT_IDENTIFIER" and entry.type is PropertyType.REQUIREMENT and lots:
            draft.more[property_id(entry, scope)] = len(lots)
            for own, lot in enumerate(lots, 1):
                draft.expected[property_id(entry, scope, own)] = Identifier(lot, "OP")


def _require(draft: Draft, path: str, value: Value, scope: dict[str, int]) -> None:
    """Write a value required, in the copies of the inner groups that the path names."""
    entry = taxonomy().properties[strip(path)]
    given = [int(part) for part in path[len(entry.path) :].split("/R")[1:]] or [1] * entry.levels
    repeated = [group.path for group in taxonomy().above(entry.path) if group.repeatable]
    inner = {group: index for group, index in zip(repeated, given, strict=False) if group not in scope}
    for group, index in inner.items():
        draft.copies[group] = max(draft.copies.get(group, 1), index)
    own = given[-1] if len(given) == entry.levels else 1
    here = {**scope, **inner}
    first = property_id(entry, here)
    draft.more[first] = max(draft.more.get(first, 1), own)
    draft.expected[property_id(entry, here, own)] = named(value, entry.path, entry.value_type)


def _labelled(group: Group, lang: str) -> Group:
    """Give each property of a group its sentence."""
    return replace(
        group,
        properties=tuple(_worded(each, lang) for each in group.properties),
        groups=tuple(_labelled(each, lang) for each in group.groups),
    )


def _worded(entry: Property, lang: str) -> Property:
    return replace(entry, description=entry.description or label(entry.path, lang))


def _errors(choices: tuple[Choice, ...], lots: frozenset[str]) -> Iterator[FieldError]:
    """Yield what does not fit in the choices."""
    seen: set[str] = set()
    for index, choice in enumerate(choices):
        known = taxonomy().by_code.get(choice.code)
        if known is None:
            yield FieldError(f"/{index}/code", "dume.criterion_unknown", _NO_CRITERION)
            continue
        if choice.code in seen:
            yield FieldError(f"/{index}/code", "dume.criterion_twice", _TWICE)
        seen.add(choice.code)
        if not lots.issuperset(choice.lots):
            yield FieldError(f"/{index}/lots", "dume.lot_unknown", _NO_LOT)
        for number, each in enumerate(choice.requirements):
            yield from _requirement_errors(known, each, f"/{index}/requirements/{number}", lots)


def _requirement_errors(
    known: TaxonomyCriterion, given: Requirements, where: str, lots: frozenset[str]
) -> Iterator[FieldError]:
    """Yield what does not fit in one set of requirements."""
    if not lots.issuperset(given.lots):
        yield FieldError(f"{where}/lots", "dume.lot_unknown", _NO_LOT)
    own = {entry.path: entry for entry in known.properties()}
    for path, value in (given.values or {}).items():
        entry = own.get(strip(path))
        pointer = f"{where}/values/{path.replace('~', '~0').replace('/', '~1')}"
        if entry is None or entry.type is not PropertyType.REQUIREMENT:
            yield FieldError(pointer, "dume.property_unknown", _NO_PROPERTY)
        elif not _fits(entry, value):
            yield FieldError(pointer, "dume.value_refused", _NO_VALUE)


def _fits(entry: TaxonomyProperty, value: Value) -> bool:
    return entry.value_type in EXPECTED and type(value) is shape(entry.value_type)
