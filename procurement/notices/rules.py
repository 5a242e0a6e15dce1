"""What of a notice lands in a draft, and in which words. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from procurement.core import codes, money
from procurement.core.text import _, for_count
from procurement.notices.reader import Amount, Criterion, Duration, Item, ItemKind, Lot, Moment, NoticeDraft

__all__ = [
    "LONGEST_TEXT",
    "LONGEST_TITLE",
    "closing",
    "criteria_text",
    "euro_cents",
    "known",
    "landed",
    "lot_number",
    "lot_text",
    "questions_closing",
    "shortened",
    "too_long",
    "whole_text",
]

LONGEST_TITLE = 300
#: Texts of eForms hold 10,000 characters at most; a description here gathers several.
LONGEST_TEXT = 40_000
#: Procedures that begin with candidatures: their first deadline is that of the candidatures.
TWO_STEPS = frozenset({"ao_restreint", "negociation", "dialogue"})

_KEPT = _("Lu et gardé avec l’avis importé, mais sans case dans le brouillon : à reporter vous-même.")
# The fields of a notice that a draft has a place for, or that the notice itself is filed under.
_LANDING = re.compile(
    r"head\..+"
    r"|procedure\.(title|description|features|note|nature|code|cpv|additional_cpv|nuts|estimated)"
    r"|lots\[\d+\]\.(identifier|title|description|note|cpv|additional_cpv|nuts|estimated|duration"
    r"|reserved|framework|dynamic_purchasing|offers_close|requests_close|questions_close|criteria.*)"
)
_LOT = re.compile(r"lots\[(\d+)\]")
_UNITS = {
    "DAY": ("jour", "jours"),
    "WEEK": ("semaine", "semaines"),
    "MONTH": ("mois", "mois"),
    "YEAR": ("an", "ans"),
}
_RESERVED = {
    "res-pub-ser": "Lot réservé à des organismes de mission de service public (santé, social, culture).",
    "res-ws": "Lot réservé à des entreprises ou ateliers qui emploient des travailleurs handicapés ou défavorisés.",
}


def landed(report: tuple[Item, ...]) -> tuple[Item, ...]:
    """Return the report with what the draft has no place for marked as kept beside it."""
    return tuple(
        replace(item, kind=ItemKind.KEPT, message=_KEPT)
        if item.kind is ItemKind.TAKEN and not _LANDING.fullmatch(item.field)
        else item
        for item in report
    )


def closing(draft: NoticeDraft) -> datetime | None:
    """Return the first deadline to come, of candidatures where the procedure begins with them."""
    first = (lot.requests_close for lot in draft.lots)
    second = (lot.offers_close for lot in draft.lots)
    order = (first, second) if draft.procedure.code in TWO_STEPS else (second, first)
    return next((at for moments in order if (at := _earliest(moments))), None)


def questions_closing(draft: NoticeDraft, closes_at: datetime | None) -> datetime | None:
    """Return the last instant for questions, if it is to come and before the deadline."""
    at = _earliest(lot.questions_close for lot in draft.lots)
    return at if at and closes_at and at < closes_at else None


def euro_cents(amount: Amount | None) -> int | None:
    """Return whole cents of an amount in euros; another currency is for a person to convert."""
    return money.to_cents(amount.value) if amount and amount.currency == "EUR" else None


def known(code: str) -> str | None:
    """Return a CPV code that stands in the list."""
    return code if codes.cpv(code) else None


def lot_number(field: str) -> int | None:
    """Return the number people give the lot a field belongs to, None for a field of the whole."""
    found = _LOT.match(field)
    return int(found[1]) + 1 if found else None


def shortened(text: str, limit: int = LONGEST_TITLE) -> str:
    """Return a text that fits."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def too_long(draft: NoticeDraft) -> Iterator[tuple[str, int]]:
    """Give the label and the limit of what is shortened: titles, then descriptions."""
    titles = (draft.title, *(lot.title for lot in draft.lots))
    texts = (_whole(draft), *(_lot(lot) for lot in draft.lots))
    for label, limit, found in (
        (_("Objet"), LONGEST_TITLE, titles),
        (_("Description"), LONGEST_TEXT, texts),
    ):
        if any(len(text) > limit for text in found):
            yield label, limit


def whole_text(draft: NoticeDraft) -> str:
    """Return the description of the whole; an undivided contract says here what a lot would."""
    return shortened(_whole(draft), LONGEST_TEXT)


def lot_text(lot: Lot) -> str:
    """Return the description of a lot, with its duration, reservation and criteria in words."""
    return shortened(_lot(lot), LONGEST_TEXT)


def _whole(draft: NoticeDraft) -> str:
    procedure = draft.procedure
    parts = [procedure.description, procedure.features, procedure.note]
    if len(draft.lots) == 1:
        parts.append(_lot(draft.lots[0], without=procedure.description))
    return _paragraphs(parts)


def _lot(lot: Lot, *, without: str = "") -> str:
    described = lot.description if lot.description != without else ""
    return _paragraphs(
        [
            described,
            lot.note,
            _duration(lot.duration),
            _RESERVED.get(lot.reserved, ""),
            criteria_text(lot.criteria),
        ]
    )


def criteria_text(criteria: tuple[Criterion, ...]) -> str:
    """Return the award criteria as a French list."""
    if not criteria:
        return ""
    lines = (f"- {one.name or one.kind}{_weight(one)}{_precision(one)}" for one in criteria)
    return "\n".join(("Critères d’attribution :", *lines))


def _weight(criterion: Criterion) -> str:
    if criterion.weight is None:
        return ""
    figure = f"{_figure(criterion.weight)} " + ("%" if criterion.scale == "percentage" else "points")
    return f" : {figure}"


def _precision(criterion: Criterion) -> str:
    return f" ({criterion.description})" if criterion.description else ""


def _figure(number: Decimal) -> str:
    return f"{number.normalize():f}".replace(".", ",")


def _duration(duration: Duration) -> str:
    if duration.value is not None:
        return f"Durée : {duration.value} {for_count(duration.value, *_UNITS[duration.unit])}."
    dates = [f"{day:%d/%m/%Y}" for day in (duration.starts, duration.ends) if day]
    return f"Durée : {' – '.join(dates)}." if dates else ""


def _paragraphs(parts: list[str]) -> str:
    return "\n\n".join(dict.fromkeys(part for part in parts if part))


def _earliest(moments: Iterable[Moment | None]) -> datetime | None:
    return min((moment.at for moment in moments if moment and not moment.past), default=None)
