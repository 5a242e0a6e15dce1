"""One question of a draft as a page asks it, and what was typed as files hold it: text, or lists and mappings of text.

The names of inputs say what they are: ``f:<fact>``, a part or a cell ``f:<fact>:<key>``, a cell of a list
``f:<fact>:<row>:<column>``; ``r:<fact>`` is the revision that was shown.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from clauses.hooks import Narrowed
from clauses.rules.model import RECORD_KEYS, Choice, Fact, FactType
from procurement.core.text import _

FIELD, REVISION = "f:", "r:"
_PARIS = ZoneInfo("Europe/Paris")
#: Rows that are free below those filled in, and most rows of a page.
_FREE_ROWS = 2
_MOST_ROWS = 60
#: How many choices are shown side by side; more stand in a list to unfold.
_MOST_RADIOS = 6
_UNITS = (("jours", _("jours")), ("semaines", _("semaines")), ("mois", _("mois")), ("annees", _("années")))
_SIMPLE = {
    FactType.INTEGER: "number",
    FactType.AMOUNT: "amount",
    FactType.RATE: "rate",
    FactType.DATE: "date",
    FactType.DATETIME: "moment",
    FactType.MONTH: "month",
    FactType.TEXT: "text",
    FactType.RICH: "rich",
    FactType.TEXTS: "lines",
    FactType.DURATION: "duration",
    FactType.BOOL: "yes_no",
    FactType.SET: "boxes",
    FactType.RECORDS: "table",
}
#: What the parts of a person, an organisation, an address are called.
_PARTS = {
    "nom": _("Nom"),
    "siret": _("SIRET"),
    "adresse": _("Adresse"),
    "fonction": _("Fonction"),
    "courriel": _("Courriel"),
    "telephone": _("Téléphone"),
    "voie": _("Voie"),
    "complement": _("Complément d’adresse"),
    "code_postal": _("Code postal"),
    "commune": _("Commune"),
    "pays": _("Pays"),
}


@dataclass(frozen=True)
class Option:
    """One thing to choose."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True)
class Part:
    """A part of a composed answer, or a column of a table."""

    key: str
    label: str
    widget: str = "text"
    options: tuple[Option, ...] = ()
    unit: str = ""
    optional: bool = True


@dataclass(frozen=True, kw_only=True)
class FactField:
    """A question: its words, its widget, what is in it, and what is wrong with that."""

    key: str
    label: str
    question: str
    help: str
    widget: str
    unit: str
    value: Any
    revision: int
    options: tuple[Option, ...] = ()
    parts: tuple[Part, ...] = ()
    rows: tuple[Mapping[str, str], ...] = ()
    why: str = ""
    clauses: tuple[str, ...] = ()
    error: str = ""
    #: The layer, or the person, whose usual answer stands in it; then what its button does of one's own.
    usual: str = ""
    habit: str = ""
    #: Why some of its choices are left out, to be translated.
    narrowed: str = ""
    personal: bool = False
    wide: bool = field(default=False)

    @property
    def id(self) -> str:
        """Return the anchor of the question in the page."""
        return self.key

    @property
    def name(self) -> str:
        """Return the name of its input."""
        return f"{FIELD}{self.key}"

    @property
    def moment(self) -> str:
        """Return an instant as the browser's field takes it: in Paris, to the minute."""
        text = self.value if isinstance(self.value, str) else ""
        try:
            found = datetime.fromisoformat(text)
        except ValueError:
            return text
        local = found.astimezone(_PARIS) if found.tzinfo else found
        return local.strftime("%Y-%m-%dT%H:%M")

    def pairs(self, words: Callable[[str], str] = str) -> list[tuple[str, str]]:
        """Return what may be chosen as value and label; ``words`` translates labels of the catalogue."""
        return [(one.value, words(one.label)) for one in self.options]

    @property
    def answered(self) -> bool:
        """Tell whether something stands in it."""
        return self.value not in (None, "", [], {})


def field_of(
    fact: Fact,
    value: Any,
    revision: int,
    lang: str,
    *,
    error: str = "",
    narrowed: Narrowed | None = None,
    **more: Any,
) -> FactField:
    """Return the question of a fact; ``value`` is as files hold it, or as it was typed when that is refused.

    What ``narrowed`` leaves out is not offered; an answer that was given before is, all the same.
    """
    fact, reason = _within(fact, value, narrowed)
    widget = _widget(fact)
    label = fact.label.within(lang)
    return FactField(
        key=fact.key, label=label, question=_unbroken(fact.question if lang == "fr" and fact.question else label),
        help=fact.help if lang == "fr" else "", widget=widget, unit=fact.unit if widget != "duration" else "",
        value=value, revision=revision, options=_options(fact, value, widget, lang), parts=_parts(fact, lang),
        rows=_rows(fact, value), error=error, narrowed=reason, personal=fact.personal_data, wide=widget in {"table", "rich", "lines"},
        **more,
    )  # fmt: skip


def _within(fact: Fact, value: Any, narrowed: Narrowed | None) -> tuple[Fact, str]:
    """Return a fact with the choices that are left, and why; as it is, where none of those is known to its library."""
    known = {choice.value for choice in fact.domain.values}
    if narrowed is None or not known.intersection(narrowed.values):
        return fact, ""
    left = tuple(one for one in fact.domain.values if one.value in narrowed.values or one.value == value)
    return replace(fact, domain=replace(fact.domain, values=left)), narrowed.reason


def given_in(post: Any, fact: Fact) -> Any:
    """Return what a form gives for a fact: None for nothing."""
    name = f"{FIELD}{fact.key}"
    if fact.type is FactType.SET:
        return [one for one in post.getall(name) if one] or None
    if fact.type is FactType.TEXTS:
        return [line.strip() for line in post.get(name, "").splitlines() if line.strip()] or None
    if fact.type is FactType.RECORDS:
        return _table(post, fact) or None
    if fact.type in RECORD_KEYS:
        found = {key: post.get(f"{name}:{key}", "").strip() for key in RECORD_KEYS[fact.type]}
        return {key: text for key, text in found.items() if text} or None
    if fact.type is FactType.DURATION:
        number = post.get(name, "").strip()
        return f"{number} {post.get(f'{name}:unite') or fact.unit or 'jours'}" if number else None
    return post.get(name, "").strip() or None


def revision_in(post: Any, key: str) -> int:
    """Return the revision that the page had shown; what is none counts as never answered."""
    text = str(post.get(f"{REVISION}{key}", "0"))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0  # noqa: PLR2004  # digits


def _widget(fact: Fact) -> str:
    if fact.type is FactType.ENUM:
        return "radios" if len(fact.domain.values) <= _MOST_RADIOS else "select"
    if fact.type in RECORD_KEYS:
        return "record"
    return _SIMPLE.get(fact.type, "text")


def _options(fact: Fact, value: Any, widget: str, lang: str) -> tuple[Option, ...]:
    if widget == "duration":
        unit = str(value or "").rpartition(" ")[2] or fact.unit or "mois"
        known = [one for one in _UNITS if not fact.unit or one[0] == fact.unit]
        return tuple(Option(code, label, code == unit) for code, label in known)
    given = value if isinstance(value, list) else [value]
    chosen = {one for one in given if isinstance(one, str)}
    return tuple(_option(one, chosen, lang) for one in fact.domain.values)


def _option(choice: Choice, chosen: set[Any], lang: str) -> Option:
    return Option(choice.value, choice.label.within(lang), choice.value in chosen)


def _parts(fact: Fact, lang: str) -> tuple[Part, ...]:
    if fact.type in RECORD_KEYS:
        first = RECORD_KEYS[fact.type][0]
        return tuple(Part(key, _PARTS[key], optional=key != first) for key in RECORD_KEYS[fact.type])
    return tuple(
        Part(
            column.key, column.label.within(lang), _SIMPLE.get(column.type, "select" if column.values else "text"),
            tuple(_option(one, set(), lang) for one in column.values), column.unit, column.optional,
        )
        for column in fact.domain.columns
    )  # fmt: skip


def _rows(fact: Fact, value: Any) -> tuple[Mapping[str, str], ...]:
    if fact.type is not FactType.RECORDS:
        return ()
    filled = [row for row in value if isinstance(row, Mapping)] if isinstance(value, Sequence) else []
    free = _FREE_ROWS if filled else _FREE_ROWS + 1
    return tuple([*filled, *({} for _row in range(free))][:_MOST_ROWS])


def _table(post: Any, fact: Fact) -> list[dict[str, str]]:
    """Return the rows in which something was typed; a box that is not ticked says « non »."""
    found = []
    for row in range(_MOST_ROWS):
        names = {one.key: f"{FIELD}{fact.key}:{row}:{one.key}" for one in fact.domain.columns}
        cells = {key: post.get(name, "").strip() for key, name in names.items()}
        filled = {key: text for key, text in cells.items() if text}
        if filled:
            found.append(filled)
    return found


def _unbroken(text: str) -> str:
    """Return a sentence whose last mark does not stand alone on a line."""
    return re.sub(r" (?=[?:;!])", "\u00a0", text)
