"""Ask the sources of an opened response again, for its buyer as recipient: the report says, the response stays."""

import uuid
from collections.abc import Iterable

from dume.models import DumeSource
from dume.queries.rows import by_id
from dume.queries.sources import freshness as sources_of
from dume.registry.freshness import Comparison, Freshness, compare
from dume.service.asking import Asker, results_of
from dume.service.news import tell
from procurement.accounts.registry.results import SourceResult
from procurement.core import journal
from procurement.core.jobs import JobContext

__all__ = ["Freshener"]

_WORSE = (Freshness.UNCHANGED, Freshness.UNAVAILABLE, Freshness.CHANGED, Freshness.EXPIRED)


class Freshener:
    """Check one response; a second run asks again and gives the latest word."""

    def __init__(self, context: JobContext) -> None:
        self._asker = Asker(context)
        self._database, self._clock = context.database, context.clock

    def run(self, dume_id: uuid.UUID) -> None:
        """Ask every source that gave something, compare, and keep the report."""
        with self._database.read() as session:
            row = by_id(session, dume_id)
            known = sources_of(session, row)
            question = self._asker.question(row, dict.fromkeys(one.source for one in known))
            before = results_of(session, self._asker.vault, row)
        found = list(self._asker.results(question)) if known else []
        self._report(dume_id, before.values(), found)

    def _report(
        self, dume_id: uuid.UUID, before: Iterable[SourceResult], found: Iterable[SourceResult]
    ) -> None:
        now = self._clock.now()
        verdicts = _by_source(compare(before, found, today=now.date()))
        with self._database.write() as session:
            row = by_id(session, dume_id)
            counts: dict[str, int] = {}
            for one in sources_of(session, row):
                verdict = verdicts.get(one.source, Freshness.UNAVAILABLE)
                counts[str(verdict)] = counts.get(str(verdict), 0) + 1
                held = session.get_one(DumeSource, one.id)
                held.freshness, held.checked_at = str(verdict), now
            session.flush()
            journal.append(
                session, at=now, actor=None, action="dume:document:freshness_checked", subject=row.id,
                data={"id_dume": row.id_dume, **counts}, organisation_id=row.buyer_organisation_id,
            )  # fmt: skip
            tell(session, row, "freshness.completed", now=now, more=counts, buyer=True)


def _by_source(found: Iterable[Comparison]) -> dict[str, Freshness]:
    """Return the worst that was found of each source."""
    worst: dict[str, Freshness] = {}
    for one in found:
        known = worst.get(one.source, Freshness.UNCHANGED)
        worst[one.source] = max(known, one.freshness, key=_WORSE.index)
    return worst
