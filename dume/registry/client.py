"""Ask API Entreprise about a company: several sources at once, within half a minute, for a named buyer and procedure."""

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

from dume.registry.cache import Cache, Key
from dume.registry.documents import Fetcher, Refused
from dume.registry.errors import LookupIncomplete
from dume.registry.exchange import PER_SOURCE, Exchange
from dume.registry.readings import Link, Reading, read
from dume.registry.sources import GATE, Level, Source, source
from dume.registry.token import Token
from procurement.accounts.registry import Proof, SourceResult, SourceStatus
from procurement.core import ids

OVERALL = 30.0
WORKERS = 6
#: Documents of one answer that are fetched; registers list dozens of deeds.
MOST_DOCUMENTS = 12


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Who is asked about, for whom, why and when."""

    siret: str
    recipient: str
    context: str
    object: str
    now: datetime

    def identifiers(self, year: int) -> dict[str, str]:
        """Return what the placeholders of a path stand for."""
        siren = ids.siren_of(self.siret)
        return {
            "siret": self.siret,
            "siren": siren,
            "siren_or_rna": siren,
            "siret_or_rna": self.siret,
            "year": str(year),
            "month": f"{self.month.month:02d}",
        }

    @property
    def month(self) -> date:
        """Return the first day of the month before last, the latest whose headcount is known."""
        return (self.now.date().replace(day=1) - timedelta(days=32)).replace(day=1)

    @property
    def params(self) -> dict[str, str]:
        """Return the three mandatory query parameters."""
        return {"recipient": self.recipient, "context": self.context, "object": self.object}


class ApiEntreprise:
    """The real registry, or the simulator in its place: only the transport of `exchange` differs."""

    def __init__(self, exchange: Exchange, fetcher: Fetcher, cache: Cache, *, workers: int = WORKERS) -> None:
        self._exchange = exchange
        self._fetcher = fetcher
        self._cache = cache
        self._workers = workers
        self._ticks = exchange.ticks

    @property
    def token(self) -> Token:
        """Return the access token: its end, its rights."""
        return self._exchange.token

    def lookup(
        self,
        siret: str,
        sources: Sequence[str],
        *,
        recipient: str,
        context: str,
        object: str,  # noqa: A002  the name of the parameter at API Entreprise
        now: datetime,
    ) -> Iterator[SourceResult]:
        """Yield one result per source as they come; Invalid, before any call, when an argument is missing or wrong."""
        for name, value in (("recipient", recipient), ("context", context), ("object", object)):
            if not value.strip():
                raise LookupIncomplete(name)
        asked = Asked(
            siret=ids.siret(siret),
            recipient=ids.siret(recipient),
            context=context.strip(),
            object=object.strip(),
            now=now,
        )
        return self._results(asked, [source(key) for key in dict.fromkeys(sources)])

    def _results(self, asked: Asked, wanted: list[Source]) -> Iterator[SourceResult]:
        deadline = self._ticks.monotonic() + OVERALL
        if wanted and all(item.level == Level.PUBLIC for item in wanted):
            gate = self._safely(source(GATE), asked, deadline)
            if any(item.key == GATE for item in wanted):
                yield gate
            wanted = [item for item in wanted if item.key != GATE]
            if not disseminated(gate):
                yield from (_skipped(item, gate) for item in wanted)
                return
        yield from self._together(asked, wanted, deadline)

    def _together(self, asked: Asked, wanted: list[Source], deadline: float) -> Iterator[SourceResult]:
        pool = ThreadPoolExecutor(max_workers=self._workers, thread_name_prefix="registry")
        try:
            running: dict[Future[SourceResult], Source] = {
                pool.submit(self._safely, item, asked, deadline): item for item in wanted
            }
            left = max(deadline - self._ticks.monotonic(), 0.1)
            try:
                for done in as_completed(running, timeout=left):
                    yield done.result()
                    del running[done]
            except TimeoutError:
                for item in running.values():
                    yield SourceResult(source=item.key, status=SourceStatus.TIMEOUT, detail="too_late")
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _safely(self, item: Source, asked: Asked, deadline: float) -> SourceResult:
        if self._ticks.monotonic() >= deadline:
            return SourceResult(source=item.key, status=SourceStatus.TIMEOUT, detail="too_late")
        if item.years:
            last = asked.now.year - 1
            found = [self._one(item, asked, year, deadline) for year in range(last, last - item.years, -1)]
            return merged(item, found)
        return self._one(item, asked, asked.month.year, deadline)

    def _one(self, item: Source, asked: Asked, year: int, deadline: float) -> SourceResult:
        result = SourceResult(source=item.key, status=SourceStatus.UNAVAILABLE)
        for path in item.paths:
            every = asked.identifiers(year)
            named = {name: value for name, value in every.items() if f"{{{name}}}" in path}
            result = self.ask(item, path, named, asked, deadline)
            if result.status != SourceStatus.NO_RIGHT:
                return result
        return result

    def ask(
        self,
        item: Source,
        path: str,
        identifiers: Mapping[str, str],
        asked: Asked,
        deadline: float = math.inf,
    ) -> SourceResult:
        """Ask one path once; an identifier that has no place in the path goes into the query."""
        place = path.format(**{name: quote(value, safe="") for name, value in identifiers.items()})
        query = {name: value for name, value in identifiers.items() if f"{{{name}}}" not in path}
        key = Key(path, str(sorted(identifiers.items())), asked.recipient)
        known = self._cache.get(key)
        if known is not None:
            return known
        deadline = min(deadline, self._ticks.monotonic() + PER_SOURCE)
        answer = self._exchange.get(item, place, {**asked.params, **query}, deadline)
        if answer.status == SourceStatus.OBTAINED:
            result = self._obtained(item, read(item.key, answer.body), asked, deadline)
        else:
            result = SourceResult(
                source=item.key, status=answer.status, detail=answer.detail, obtained_at=asked.now
            )
        self._cache.put(key, result)
        return result

    def _obtained(self, item: Source, reading: Reading, asked: Asked, deadline: float) -> SourceResult:
        documents, refusals = self._documents(reading.links, deadline)
        result = SourceResult(
            source=item.key,
            status=SourceStatus.OBTAINED,
            values=reading.values,
            documents=documents,
            as_of=reading.as_of,
            valid_until=reading.valid_until,
            obtained_at=asked.now,
            detail=refusals[0] if refusals else "",
            notice=reading.notice,
        )
        if reading.notice or not (reading.values or reading.links):
            # An answer that says nothing looks like the ambiguous "not found": only the company reads the notice.
            return replace(result, status=SourceStatus.NOT_FOUND, values={}, as_of=None, valid_until=None)
        if item.proof and not documents:
            return replace(
                result, status=SourceStatus.UNAVAILABLE, values={}, detail=result.detail or "no_document"
            )
        return result

    def _documents(self, links: Sequence[Link], deadline: float) -> tuple[tuple[Proof, ...], list[str]]:
        documents: list[Proof] = []
        refusals: list[str] = []
        for link in links[:MOST_DOCUMENTS]:
            try:
                documents.append(self._fetcher.fetch(link, deadline))
            except Refused as refusal:
                refusals.append(str(refusal))
        return tuple(documents), refusals


def disseminated(gate: SourceResult) -> bool:
    """Return whether INSEE said that it disseminates the company's data; silence is no."""
    return gate.status == SourceStatus.OBTAINED and gate.values.get("disseminated") is True


def merged(item: Source, found: Sequence[SourceResult]) -> SourceResult:
    """Return the years of a source as one result: lists joined, obtained when one year was."""
    obtained = [result for result in found if result.status == SourceStatus.OBTAINED]
    if not obtained:
        return found[0]
    values: dict[str, Any] = {}
    for result in obtained:
        for name, value in result.values.items():
            values[name] = [*values.get(name, []), *value]
    days: list[date] = [result.as_of for result in obtained if result.as_of]
    documents = tuple(document for result in obtained for document in result.documents)
    return replace(
        obtained[0], source=item.key, values=values, documents=documents, as_of=max(days, default=None)
    )


def _skipped(item: Source, gate: SourceResult) -> SourceResult:
    known = gate.status in {SourceStatus.OBTAINED, SourceStatus.NOT_FOUND, SourceStatus.LEGAL_BLOCK}
    detail = "not_disseminated" if known else "dissemination_unknown"
    return SourceResult(
        source=item.key, status=SourceStatus.SKIPPED, detail=detail, obtained_at=gate.obtained_at
    )
