"""Read one scalar from text: files and forms write them the same way, forms also the French way."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from clauses.rules.model import Duration, DurationUnit, FactType, Month, Value
from procurement.core import ids
from procurement.core.errors import Invalid
from procurement.core.money import parse_amount
from procurement.core.text import _, block

MAX_TEXT = 4_000
MAX_RICH = 20_000
MAX_DIGITS = 15
_PARIS = ZoneInfo("Europe/Paris")
_INTEGER = re.compile(r"-?[0-9]{1,15}")
_RATE = re.compile(r"(-?[0-9]{1,9})(?:[.,]([0-9]{1,4}))?")
_FRENCH_DATE = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})|([0-9]{1,2})/([0-9]{4})")
_DURATION = re.compile(r"([0-9]{1,6})\s*([a-zéA-Z]+)")
_NUTS = re.compile(r"[A-Z]{2}[0-9A-Z]{0,3}")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}")
_UNITS: Mapping[str, DurationUnit] = {
    **dict.fromkeys(("jour", "jours"), DurationUnit.DAYS),
    **dict.fromkeys(("semaine", "semaines"), DurationUnit.WEEKS),
    "mois": DurationUnit.MONTHS,
    **dict.fromkeys(("an", "ans", "annee", "annees", "année", "années"), DurationUnit.YEARS),
}


def read_bool(text: str) -> bool:
    """Read ``oui`` or ``non``."""
    word = text.strip().lower()
    if word not in {"oui", "non"}:
        raise Invalid("fact.bool", _("Répondez oui ou non, pas « %(text)s »."), text=_short(text))
    return word == "oui"


def read_integer(text: str) -> int:
    """Read a whole number; spaces may part the thousands."""
    compact = re.sub(r"\s", "", text)
    if not _INTEGER.fullmatch(compact):
        message = _("« %(text)s » n’est pas un nombre entier d’au plus %(most)s chiffres.")
        raise Invalid("fact.integer", message, text=_short(text), most=MAX_DIGITS)
    return int(compact)


def read_amount(text: str) -> Decimal:
    """Read an amount in euros with at most two places."""
    return parse_amount(text, negative=True).quantize(Decimal("0.01"))


def read_rate(text: str) -> Decimal:
    """Read a rate per cent with at most four places."""
    match = _RATE.fullmatch(text.replace("%", "").strip())
    if match is None:
        message = _(
            "« %(text)s » n’est pas un taux : écrivez par exemple 5 ou 5.25, au plus quatre décimales."
        )
        raise Invalid("fact.rate", message, text=_short(text))
    places = (match[2] or "").rstrip("0")
    return Decimal(f"{match[1]}.{places}" if places else match[1])


def read_date(text: str) -> date:
    """Read ``2026-08-22`` or ``22/08/2026``."""
    stripped = text.strip()
    french = _FRENCH_DATE.fullmatch(stripped)
    try:
        if french:
            return date(int(french[3]), int(french[2]), int(french[1]))
        if _DATE.fullmatch(stripped):
            return date.fromisoformat(stripped)
    except ValueError:
        pass
    raise Invalid("fact.date", _("« %(text)s » n’est pas une date : écrivez 2026-08-22."), text=_short(text))


def read_datetime(text: str) -> datetime:
    """Read an ISO date and time; without an offset it is the time of Paris."""
    stripped = text.strip()
    if _DATETIME.fullmatch(stripped):
        try:
            moment = datetime.fromisoformat(stripped)
            return (moment if moment.tzinfo else moment.replace(tzinfo=_PARIS)).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    message = _("« %(text)s » n’est pas une date avec heure : écrivez 2026-08-22T12:00.")
    raise Invalid("fact.datetime", message, text=_short(text))


def read_month(text: str) -> Month:
    """Read ``2026-09`` or ``09/2026``."""
    match = _MONTH.fullmatch(text.strip())
    year, month = ((match[1] or match[4]), (match[2] or match[3])) if match else ("0", "0")
    if not (1 <= int(month) <= 12 and int(year)):  # noqa: PLR2004 - the months of a year
        raise Invalid("fact.month", _("« %(text)s » n’est pas un mois : écrivez 2026-09."), text=_short(text))
    return Month(int(year), int(month))


def read_duration(text: str) -> Duration:
    """Read a number and its unit, ``3 mois``."""
    match = _DURATION.fullmatch(text.strip())
    unit = _UNITS.get(match[2].lower()) if match else None
    if match is None or unit is None:
        message = _(
            "« %(text)s » n’est pas une durée : écrivez un nombre et jours, semaines, mois ou annees."
        )
        raise Invalid("fact.duration", message, text=_short(text))
    return Duration(int(match[1]), unit)


def read_text(text: str) -> str:
    """Read clean text of several lines."""
    return _bounded(block(text), MAX_TEXT)


def read_rich(text: str) -> str:
    """Read a text in the restricted Markdown of clauses; its marks are judged where it is rendered."""
    return _bounded(block(text), MAX_RICH)


def read_iban(text: str) -> str:
    """Read an IBAN and check its key (ISO 13616, ISO 7064 mod 97-10)."""
    compact = re.sub(r"\s", "", text).upper()
    turned = compact[4:] + compact[:4]
    if not _IBAN.fullmatch(compact) or int("".join(str(int(char, 36)) for char in turned)) % 97 != 1:
        raise Invalid("fact.iban", _("Cet IBAN contient une erreur de frappe."))
    return compact


def read_nuts(text: str) -> str:
    """Read the form of a NUTS code."""
    code = text.strip().upper()
    if not _NUTS.fullmatch(code):
        raise Invalid("fact.nuts", _("« %(text)s » n’est pas un code NUTS."), text=_short(text))
    return code


def _bounded(text: str, most: int) -> str:
    if len(text) > most:
        message = _("Ce texte dépasse %(most)s caractères.")
        raise Invalid("fact.too_long", message, most=most)
    return text


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"  # noqa: PLR2004 - enough to recognise it


SCALARS: Mapping[FactType, Callable[[str], Value]] = {
    FactType.BOOL: read_bool,
    FactType.INTEGER: read_integer,
    FactType.AMOUNT: read_amount,
    FactType.RATE: read_rate,
    FactType.DATE: read_date,
    FactType.DATETIME: read_datetime,
    FactType.MONTH: read_month,
    FactType.DURATION: read_duration,
    FactType.TEXT: read_text,
    FactType.RICH: read_rich,
    FactType.SIRET: ids.siret,
    FactType.IBAN: read_iban,
    FactType.CPV: ids.cpv,
    FactType.NUTS: read_nuts,
    FactType.PIECE: read_text,
}
