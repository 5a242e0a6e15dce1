"""What a builder of answers is given."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from dume.registry.simulator.companies import Behaviour, Company

#: Days that an ordinary certificate has left, and one of the magic company whose certificates expire.
ORDINARY_LEFT = 120
EXPIRING_LEFT = 2


@dataclass(frozen=True, kw_only=True)
class Asking:
    """A question to the simulator: about whom, on which day, for which year; `link` gives a document's address."""

    company: Company
    today: date
    year: int
    month: int
    link: Callable[[str], str]

    @property
    def struck_off(self) -> bool:
        """Return whether the company has ceased."""
        return self.company.behaviour == Behaviour.STRUCK_OFF

    @property
    def refused(self) -> bool:
        """Return whether its certificates are refused."""
        return self.company.behaviour == Behaviour.REFUSED

    @property
    def ends(self) -> date:
        """Return the day its certificates end."""
        expiring = self.company.behaviour == Behaviour.EXPIRING
        return self.today + timedelta(days=EXPIRING_LEFT if expiring else ORDINARY_LEFT)

    @property
    def began(self) -> date:
        """Return the day its certificates began, half a year before their end."""
        return self.ends - timedelta(days=182)

    @property
    def ceased(self) -> date:
        """Return the day a struck-off company ceased."""
        return self.today - timedelta(days=400)


#: The `data` of a 200 answer; None for a 404.
Builder = Callable[[Asking], Any]


def stamp(day: date) -> int:
    """Return a day as the seconds since 1970 that INSEE writes."""
    return int(datetime.combine(day, time(), UTC).timestamp())


def enveloped(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows in the envelope that lists of the service have."""
    return [{"data": row, "links": {}, "meta": {}} for row in rows]
