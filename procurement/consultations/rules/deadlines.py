"""Deadlines: a wall time in a French zone becomes one instant, or is refused with the two it could be. Pure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from procurement.consultations.rules.procedures import Minimum, Procedure
from procurement.core.errors import Invalid
from procurement.core.text import _

PARIS = "Europe/Paris"
#: Zones in which a French buyer may state a deadline; each changes its clocks by its own law.
ZONES: dict[str, str] = {
    PARIS: _("Paris"),
    "America/Guadeloupe": _("Guadeloupe"),
    "America/Martinique": _("Martinique"),
    "America/Cayenne": _("Guyane"),
    "America/Miquelon": _("Saint-Pierre-et-Miquelon"),
    "Indian/Reunion": _("La Réunion"),
    "Indian/Mayotte": _("Mayotte"),
    "Pacific/Noumea": _("Nouvelle-Calédonie"),
    "Pacific/Tahiti": _("Polynésie française"),
}


def resolve(day: date, at: time, zone: str) -> datetime:
    """Return the instant (UTC) of a wall time; raise ``deadline.zone``, ``.ambiguous`` or ``.nonexistent``."""
    if zone not in ZONES:
        raise Invalid("deadline.zone", _("Choisissez le fuseau horaire dans la liste."))
    wall = datetime.combine(day, at.replace(tzinfo=None))
    first = wall.replace(tzinfo=ZoneInfo(zone), fold=0)
    second = wall.replace(tzinfo=ZoneInfo(zone), fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if _exists(first):
        message = _(
            "Ce jour-là, %(time)s existe deux fois, car les montres reculent : %(first)s puis %(second)s. "
            "Choisissez une autre heure, pour que personne ne puisse se tromper."
        )
        raise Invalid("deadline.ambiguous", message, **_both(wall, first, second))
    message = _(
        "Ce jour-là, %(time)s n’existe pas, car les montres avancent. "
        "Les heures voisines sont %(first)s et %(second)s : choisissez l’une d’elles."
    )
    # Before a gap the later offset still gives a time that exists, and the earlier one a time after it.
    before, after = (moment.astimezone(UTC).astimezone(ZoneInfo(zone)) for moment in (second, first))
    raise Invalid("deadline.nonexistent", message, **_both(wall, before, after))


def check_future(closes_at: datetime, now: datetime) -> None:
    """Refuse a deadline that is past, or is now; raise ``deadline.past``."""
    if closes_at <= now:
        message = _("Cette date est déjà passée. Choisissez une date à venir.")
        raise Invalid("deadline.past", message)


def check_questions(questions_at: datetime, closes_at: datetime) -> None:
    """Refuse a limit for questions after the deadline; raise ``deadline.questions_late``."""
    if questions_at >= closes_at:
        message = _("La date limite des questions doit venir avant la date limite de remise des plis.")
        raise Invalid("deadline.questions_late", message)


def check_minimum(
    procedure: Procedure, closes_at: datetime, *, dispatched_at: datetime, ground: str | None = None
) -> bool:
    """Refuse a time to answer shorter than the procedure's minimum; tell whether it is exactly the minimum.

    Days are counted on Paris dates, the day of dispatch excluded. Raise ``deadline.below_minimum`` with the
    minimum, its source, and the grounds that would allow the date.
    """
    minimum = procedure.minimum(ground)
    if minimum is None:
        return False
    days = days_between(dispatched_at, closes_at)
    if days < minimum.days:
        raise _shortfall(procedure, minimum, days, dispatched_at)
    return days == minimum.days


def days_between(start: datetime, end: datetime) -> int:
    """Return the number of days between two instants, on Paris dates, the first day excluded."""
    zone = ZoneInfo(PARIS)
    return (end.astimezone(zone).date() - start.astimezone(zone).date()).days


def local_parts(instant: datetime, zone: str) -> tuple[str, str]:
    """Return the date and the time of day, to the second, as a form shows them."""
    local = instant.astimezone(ZoneInfo(zone))
    return local.date().isoformat(), local.time().isoformat("seconds")


def _shortfall(procedure: Procedure, minimum: Minimum, days: int, start: datetime) -> Invalid:
    earliest = start.astimezone(ZoneInfo(PARIS)).date() + timedelta(days=minimum.days)
    figures: dict[str, Any] = {
        "days": days,
        "minimum": minimum.days,
        "source": minimum.source,
        "earliest": earliest.strftime("%d/%m/%Y"),
    }
    grounds = [
        f"{other.label} ({other.days}, {other.source})" for other in procedure.grounds() if other.days <= days
    ]
    if not grounds:
        message = _(
            "Le délai est de %(days)s jours ; le minimum est de %(minimum)s jours (%(source)s), "
            "donc au plus tôt le %(earliest)s."
        )
        return Invalid("deadline.below_minimum", message, **figures)
    message = _(
        "Le délai est de %(days)s jours ; le minimum est de %(minimum)s jours (%(source)s), "
        "donc au plus tôt le %(earliest)s. Un motif permettrait cette date : %(grounds)s."
    )
    return Invalid("deadline.below_minimum", message, **figures, grounds=" ; ".join(grounds))


def _exists(moment: datetime) -> bool:
    zone = moment.tzinfo
    return moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == moment.replace(tzinfo=None, fold=0)


def _both(wall: datetime, first: datetime, second: datetime) -> dict[str, Any]:
    return {"time": f"{wall:%H:%M:%S}", "first": _named(first), "second": _named(second)}


def _named(moment: datetime) -> str:
    offset = moment.strftime("%z")
    return f"{moment:%H:%M:%S} (UTC{offset[:3]}:{offset[3:]})"
