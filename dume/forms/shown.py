"""What a page says beside a value: its words, its label, who said it and when."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from dume import wording
from dume.espd.model import Address, Identifier, Person, Provenance
from dume.espd.taxonomy import taxonomy
from dume.forms.fields import Field, Part
from dume.registry.sources import SOURCES
from dume.rendering.values import shown
from procurement.core import i18n
from procurement.core.text import _
from procurement.core.web.filters import day_in

_OPERATOR = {
    "EO/name": _("Nom de l’entreprise"),
    "EO/address": _("Adresse de l’entreprise"),
    "EO/identifier": _("Autre identifiant de l’entreprise"),
    "EO/size": _("Taille de l’entreprise"),
    "EO/representative": _("Représentant de l’entreprise"),
}


def operator_label(place: str, lang: str) -> str:
    """Return the label of a place of the operator itself, empty for a question."""
    return i18n.translate(_OPERATOR[place], lang) if place in _OPERATOR else ""


def said(value: Any, place: str, lang: str) -> str:
    """Return a value in words, whether of a question or of the operator itself."""
    if isinstance(value, Address):
        street = f"{value.postcode} {value.city}".strip()
        country = wording.code_label("country", value.country, lang) if value.country else ""
        return ", ".join(part for part in (value.street, street, country) if part)
    if isinstance(value, Person):
        names = f"{value.first_name} {value.family_name}".strip()
        return f"{names}, {value.role}" if value.role else names
    if place == "EO/size":
        return wording.code_label("economic-operator-size", str(value), lang) or str(value)
    if isinstance(value, Identifier):
        return value.value
    known = taxonomy().property(place)
    return shown(value, known.value_type if known is not None else "", lang)


def badge(provenance: Provenance | None, lang: str) -> tuple[str, str]:
    """Return who said a value and when, and the kind of its badge; empty when nobody is known."""
    if provenance is None or not provenance.source:
        return "", ""
    when = _day(provenance.as_of or provenance.obtained_at or provenance.confirmed_at, lang)
    if provenance.source == "person":
        return _with_date(i18n.translate(_("vous"), lang), when), "you"
    if provenance.source.startswith("dume:"):
        return _with_date(i18n.translate(_("votre DUME antérieur"), lang), when), "you"
    known = SOURCES.get(provenance.source)
    who = i18n.translate(known.title, lang) if known is not None else provenance.source
    return _with_date(who, when), "source"


def _with_date(who: str, when: str) -> str:
    return f"{who}, {when}" if when else who


def _day(text: str, lang: str) -> str:
    try:
        return day_in(datetime.fromisoformat(text).date(), lang) if text else ""
    except ValueError:
        return text


def fields_of(parts: tuple[Part, ...]) -> Iterator[Field]:
    """Yield the fields that are shown, in the order of the page."""
    for part in parts:
        if not part.shown:
            continue
        for question in part.questions:
            yield from question.fields
        yield from fields_of(part.parts)
