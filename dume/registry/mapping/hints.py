"""Say what a source lets one see without claiming anything: hints for the reader, notices for the company alone."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dume.registry.readings.proofs import NOT_ISSUED
from dume.registry.sources import source
from procurement.accounts.registry import SourceResult, SourceStatus
from procurement.core.text import _

_INSOLVENCY = ("bankruptcy", "insolvency", "liq-admin", "susp-act")


@dataclass(frozen=True, kw_only=True)
class Hint:
    """Something to look at: a stable word, the criteria it may concern, the source's own facts."""

    code: str
    source: str
    criteria: tuple[str, ...]
    facts: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A sentence for the company alone (marked French, with its parameters)."""

    code: str
    source: str
    message: str
    params: Mapping[str, str]


def hints(results: Iterable[SourceResult]) -> tuple[Hint, ...]:
    """Return what deserves a look; an insolvency remark is a hint, never an answer."""
    obtained = (result for result in results if result.status == SourceStatus.OBTAINED)
    return tuple(hint for result in obtained for hint in _hints(result))


def _hints(result: SourceResult) -> Iterator[Hint]:
    values = result.values
    if values.get("insolvency_hint"):
        yield Hint(
            code="insolvency_remark",
            source=result.source,
            criteria=_INSOLVENCY,
            facts={"remarks": values["remarks"]},
        )
    ended = {
        name: values[name]
        for name in ("ceased_on", "struck_off_on", "dissolved_on", "closed_on")
        if name in values
    }
    if ended:
        yield Hint(code="activity_ended", source=result.source, criteria=("trade-regist",), facts=ended)
    if values.get("up_to_date"):
        yield Hint(code="contributions_up_to_date", source=result.source, criteria=("socsec-pay",), facts={})
    if values.get("balance_sheets"):
        facts = {"balance_sheets": values["balance_sheets"]}
        yield Hint(code="figures_of_the_bank", source=result.source, criteria=("finan-rat",), facts=facts)
    if values.get("headcount_monthly"):
        facts = {"headcount_monthly": values["headcount_monthly"]}
        yield Hint(code="monthly_headcount", source=result.source, criteria=("year-manpower",), facts=facts)


def notices(results: Iterable[SourceResult]) -> tuple[Notice, ...]:
    """Return the sentences for the company; a buyer never reads them."""
    return tuple(
        Notice(
            code=NOT_ISSUED,
            source=result.source,
            message=_(
                "%(source)s n’a pas transmis d’attestation. Cela ne dit rien de votre situation. "
                "Vous pouvez vous renseigner auprès de cet organisme, ou joindre un document vous-même."
            ),
            params={"source": source(result.source).title},
        )
        for result in results
        if result.notice == NOT_ISSUED
    )
