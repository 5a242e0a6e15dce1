"""How instants, sizes, amounts and identifiers are shown; ``lang`` of the template decides the language."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from babel.dates import format_date, format_timedelta
from babel.numbers import format_decimal
from markupsafe import Markup

from procurement.core import i18n
from procurement.core.text import _

__all__ = ["bytes_size", "clock", "day", "duration", "instant", "instant_text", "money", "siret"]

PARIS = ZoneInfo("Europe/Paris")
_ZONES = {
    "Europe/Paris": _("heure de Paris"),
    "America/Guadeloupe": _("heure de la Guadeloupe"),
    "America/Martinique": _("heure de la Martinique"),
    "America/Cayenne": _("heure de Cayenne"),
    "America/Miquelon": _("heure de Saint-Pierre-et-Miquelon"),
    "Indian/Reunion": _("heure de La Réunion"),
    "Indian/Mayotte": _("heure de Mayotte"),
    "Pacific/Noumea": _("heure de Nouméa"),
    "Pacific/Tahiti": _("heure de Tahiti"),
}


#: English is written here as Europe writes it: the day before the month.
REGIONS = {"en": "en_GB"}


def day_in(value: date, language: str) -> str:
    """Return ``15 mars 2027``."""
    return format_date(value, "d MMMM y", locale=REGIONS.get(language, language))


def instant_in(value: datetime, language: str, zone: str = "Europe/Paris", *, millis: bool = False) -> str:
    """Return ``lundi 15 mars 2027 à 12:00:00 (heure de Paris)`` for an aware instant."""
    local = value.astimezone(ZoneInfo(zone))
    date = format_date(local, "EEEE d MMMM y", locale=REGIONS.get(language, language))
    time = local.strftime("%H:%M:%S") + (f",{local.microsecond // 1000:03d}" if millis else "")
    name = i18n.translate(_ZONES[zone], language) if zone in _ZONES else zone
    return i18n.translate(_("%(date)s à %(time)s (%(zone)s)"), language, date=date, time=time, zone=name)


@jinja2.pass_context
def instant(context: Any, value: datetime, zone: str = "Europe/Paris", *, millis: bool = False) -> Markup:
    """Show an instant in full inside ``<time datetime>``."""
    precise = (
        value.astimezone(UTC)
        .isoformat(timespec="milliseconds" if millis else "seconds")
        .replace("+00:00", "Z")
    )
    return Markup('<time datetime="{}">{}</time>').format(
        precise, instant_in(value, _lang(context), zone, millis=millis)
    )


@jinja2.pass_context
def instant_text(context: Any, value: datetime, zone: str = "Europe/Paris", *, millis: bool = False) -> str:
    """Show an instant in full as text."""
    return instant_in(value, _lang(context), zone, millis=millis)


@jinja2.pass_context
def day(context: Any, value: datetime, zone: str = "Europe/Paris") -> Markup:
    """Show the day of an instant."""
    local = value.astimezone(ZoneInfo(zone))
    return Markup('<time datetime="{}">{}</time>').format(
        local.date().isoformat(), day_in(local, _lang(context))
    )


@jinja2.pass_context
def clock(context: Any, value: datetime, zone: str = "Europe/Paris") -> str:
    """Show the time of day of an instant, with seconds."""
    del context
    return value.astimezone(ZoneInfo(zone)).strftime("%H:%M:%S")


@jinja2.pass_context
def duration(context: Any, value: timedelta) -> str:
    """Show a length of time in its largest sensible unit."""
    return str(format_timedelta(value, locale=_lang(context), threshold=1.5))


_UNITS = {"fr": ("octets", "ko", "Mo", "Go", "To"), "en": ("bytes", "kB", "MB", "GB", "TB")}


def size_in(value: int, language: str) -> str:
    """Return a number of bytes as people read it: ``1,2 Mo`` (powers of 1024)."""
    amount, rank = Decimal(value), 0
    while amount >= 1024 and rank < len(_UNITS["fr"]) - 1:  # noqa: PLR2004  # bytes per kilobyte
        amount, rank = amount / 1024, rank + 1
    pattern = "#,##0" if rank == 0 or amount >= 100 else "#,##0.#"  # noqa: PLR2004  # no decimals past 100
    return f"{format_decimal(amount, pattern, locale=language)} {_UNITS[language][rank]}"


@jinja2.pass_context
def bytes_size(context: Any, value: int) -> str:
    """Show a number of bytes."""
    return size_in(value, _lang(context))


@jinja2.pass_context
def money(context: Any, cents: int) -> str:
    """Show an amount held in cents, in euros."""
    amount = format_decimal(Decimal(cents) / 100, "#,##0.00", locale=_lang(context))
    return f"{amount} €"


def siret(value: str) -> Markup:
    """Show a SIRET in groups, unbroken."""
    text = f"{value[:3]} {value[3:6]} {value[6:9]} {value[9:]}"
    return Markup('<span class="pl-proof">{}</span>').format(text)


def _lang(context: Any) -> str:
    return str(context.get("lang", i18n.DEFAULT))
