"""The small pure functions that procedure types name in ``procedures.toml``. Pure.

A type is data that names functions of this registry: there is no class per type. Figures come with the procedure.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

Strategy = Callable[..., Any]


def fixed_minimum(days: int, minimum: int) -> bool:
    """Tell whether a time to answer is long enough for a fixed minimum, both in days."""
    return days >= minimum


def sufficient(days: int, minimum: int) -> bool:
    """Tell whether there is any time at all: « sufficient » is the buyer's to judge (CCP R2151-1)."""
    del minimum
    return days >= 0


def shortlist(admitted: Sequence[str], most: int) -> tuple[str, ...]:
    """Return the best-ranked candidates, up to the announced number (CCP R2142-17)."""
    return tuple(admitted[:most])


def all_admitted(admitted: Sequence[str], most: int) -> tuple[str, ...]:
    """Return every admitted candidate: a dynamic purchasing system leaves nobody out (CCP R2162-49)."""
    del most
    return tuple(admitted)


def framework_holders(admitted: Sequence[str], most: int) -> tuple[str, ...]:
    """Return every holder of the framework agreement's lot (CCP R2162-10)."""
    del most
    return tuple(admitted)


def standstill_days(last_letter: date, days: int) -> date:
    """Return the first day on which the contract may be signed (CCP R2182-1, R3125-2)."""
    return last_letter + timedelta(days=days)


def no_standstill(last_letter: date, days: int) -> date:
    """Return the day itself: nothing has to be waited for (CCP R2182-2)."""
    del days
    return last_letter


def always(_done: int) -> bool:
    """Allow."""
    return True


def never(_done: int) -> bool:
    """Forbid."""
    return False


def once_minutes_are_signed(done: int) -> bool:
    """Keep names hidden until the jury's minutes are signed (CCP R2162-18); ``done`` counts them."""
    return done > 0


STRATEGIES: dict[str, Strategy] = {
    "deadlines.fixed_minimum": fixed_minimum,
    "deadlines.sufficient": sufficient,
    "invite.shortlist": shortlist,
    "invite.all_admitted": all_admitted,
    "invite.framework_holders": framework_holders,
    "standstill.formal": standstill_days,
    "standstill.concession": standstill_days,
    "standstill.none": no_standstill,
    "opening.offers_first_allowed": always,
    "negotiation.forbidden": never,
    "negotiation.announced": always,
    "negotiation.rounds": always,
    "anonymity.jury": once_minutes_are_signed,
}
