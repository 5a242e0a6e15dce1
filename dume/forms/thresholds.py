"""The thresholds of one criterion: a set of fields per group of lots, made from the request and read back."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dume import wording
from dume.espd.complete import Choice, Requirements
from dume.espd.model import PropertyType, Value
from dume.espd.taxonomy import TaxonomyProperty, taxonomy
from dume.forms.fields import PARTS, WIDGETS, Field, Part, Question, Scope
from dume.forms.texts import choices, value_of, written
from procurement.core.errors import DomainError

_LOTS = "LOT_IDENTIFIER"
#: Name of the hidden fields that number the sets of a form.
SETS = "jeu"
#: Sets of thresholds in one criterion, at most: as many as lots could ever need on one page.
MOST = 50


@dataclass(frozen=True, slots=True)
class Thresholds:
    """One set: its number in the form, the lots it holds for (none: all of the criterion's), its fields."""

    number: int
    lots: tuple[str, ...]
    part: Part


def has_thresholds(code: str) -> bool:
    """Tell whether a buyer may require values in a criterion."""
    return any(True for _one in _asked(code))


def _asked(code: str) -> Iterator[TaxonomyProperty]:
    known = taxonomy().by_code[code]
    return (
        one
        for one in known.properties()
        if one.type is PropertyType.REQUIREMENT and one.value_type != _LOTS and one.value_type in WIDGETS
    )


def sets_of(
    choice: Choice, lang: str, *, posted: Any = None, errors: Mapping[str, str] | None = None
) -> list[Thresholds]:
    """Return the sets of a criterion, from what was posted, else from what the request holds; at least one."""
    if posted is not None:
        return [_posted(choice, number, lang, posted, errors or {}) for number in numbers(posted)]
    held = choice.requirements or (Requirements(values={}),)
    return [
        Thresholds(number, one.lots, _part(choice.code, number, lang, dict(one.values or {})))
        for number, one in enumerate(held, 1)
    ]


def numbers(posted: Any) -> list[int]:
    """Return the numbers of the sets in a form, in their order."""
    found = [int(text) for text in posted.getall(SETS) if text.isascii() and text.isdigit() and len(text) < 4]  # noqa: PLR2004  # digits
    return list(dict.fromkeys(found))[:MOST]


def _part(code: str, number: int, lang: str, values: dict[str, Value]) -> Part:
    asked = {one.path: one for one in _asked(code)}
    keys = dict.fromkeys([*asked, *values])
    return _filled(code, number, [_field(key, number, lang, written_of(key, values), "") for key in keys])


def written_of(key: str, values: Mapping[str, Value]) -> dict[str, str]:
    """Return the texts of a field."""
    return written(values[key]) if key in values else {}


def _posted(choice: Choice, number: int, lang: str, posted: Any, errors: Mapping[str, str]) -> Thresholds:
    fields = []
    for key in _keys(choice.code, number, posted):
        scope = Scope(key, (number,))
        texts = {part: posted.get(scope.part(part), "") for part in _parts(key)}
        fields.append(_field(key, number, lang, texts, errors.get(scope.name, "")))
    return Thresholds(number, tuple(posted.getall(f"lots|{number}")), _filled(choice.code, number, fields))


def _keys(code: str, number: int, posted: Any) -> list[str]:
    """Return the paths and identifiers that a set of the form asks."""
    asked = [one.path for one in _asked(code)]
    known = set(asked)
    for name in posted:
        scope = Scope.parse(name.removesuffix("|currency").removesuffix("|unit"))
        if scope is None or scope.occurrence != (number,) or scope.question in known:
            continue
        entry = taxonomy().property(scope.question)
        if entry is not None and entry.path in asked:
            known.add(scope.question)
            asked.append(scope.question)
    return asked


def _parts(key: str) -> tuple[str, ...]:
    entry = taxonomy().property(key)
    assert entry is not None
    return PARTS.get(WIDGETS[entry.value_type], ("",))


def _field(key: str, number: int, lang: str, texts: dict[str, str], error: str) -> Field:
    entry = taxonomy().property(key)
    assert entry is not None
    widget = WIDGETS[entry.value_type]
    whole = {part: texts.get(part, "") for part in PARTS.get(widget, ("",))}
    return Field(
        Scope(key, (number,)), widget, wording.label(entry.path, lang), whole, error=error,
        choices=choices(widget, entry.path, lang),
    )  # fmt: skip


def _filled(code: str, number: int, fields: list[Field]) -> Part:
    questions = tuple(Question(one.label, (one,), required=False) for one in fields)
    return Part(code, (number,), "", (), (), questions, ())


def read(choice: Choice, posted: Any, translate: Any) -> tuple[tuple[Requirements, ...], dict[str, str]]:
    """Read the sets of a form; sentences about what cannot be read come beside, by the name of the field."""
    errors: dict[str, str] = {}
    found = [
        Requirements(
            lots=tuple(posted.getall(f"lots|{number}")),
            values=_values(choice.code, number, posted, errors, translate),
        )
        for number in numbers(posted)
    ]
    return tuple(found), errors


def _values(code: str, number: int, posted: Any, errors: dict[str, str], translate: Any) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for key in _keys(code, number, posted):
        scope = Scope(key, (number,))
        entry = taxonomy().property(key)
        assert entry is not None
        said = {part: posted.get(scope.part(part), "") for part in _parts(key)}
        try:
            value = value_of(WIDGETS[entry.value_type], entry.value_type, said, entry.path)
        except DomainError as error:
            errors[scope.name] = translate(error.message, **error.params)
            continue
        if value is not None:
            values[key] = value
    return values
