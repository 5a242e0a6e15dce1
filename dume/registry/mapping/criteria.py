"""Propose answers and proofs for the criteria that a source knows about (parts III and IV of the form).

An indicator of an exclusion ground is never proposed, not even « available electronically »: the proof is attached,
the person answers.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain

from dume.espd.model import Amount, Period, Quantity
from dume.registry.mapping.proposal import Findings, Proposal
from dume.registry.readings.payload import day, number
from procurement.accounts.registry import SourceResult
from procurement.core.money import round_cents

_TAX = "C7_EG_tax-pay/QG1/QSG1/Q1"
_SOCIAL = "C8_EG_socsec-pay/QG1/QSG1/Q1"
_NATIONAL = "C24_EG_nati-ground/QG2/QSG1/Q1"
_TRADE = "C26_SC_trade-regist/RG1/RSG1"
_PROFESSION = "C25_SC_prof-regist/RG1/RSG1"
_TURNOVER = "C29_SC_gen-year-to/RG1/RSG1"
_AVERAGE = "C30_SC_aver-year-to/RG1/RSG1"
_RATIO = "C34_SC_finan-rat/RG1/RSG1"
_INSURANCE = "C35_SC_indem-insu/RG1/RSG1"
_DIPLOMA = "C47_SC_qualification/RG1/RSG1/RSG1"
_MANPOWER = "C50_SC_year-manpower/RG1/RSG1"
_QUALITY = "C55_SC_qu-certif-indep/RG1/RSG1"
_ENVIRONMENT = "C56_SC_envir-certif-indep/RG1/RSG1"

_BUILDING = ("building_pension_certificate", "building_leave", "building_leave_cooperatives")
_SKILLS = ("qualibat", "qualifelec", "opqibi", "qualiopi")
_ELECTRONIC = "QSG3/Q1"
_EVIDENCE = "QSG3/QSG1/Q1"


def propose(found: Findings) -> Iterator[Proposal]:
    """Yield what the sources say about criteria."""
    return chain(
        _attached(found, _TAX, "tax_certificate"),
        _attached(found, _SOCIAL, "social_certificate"),
        _attached(found, _NATIONAL, *_BUILDING),
        _trade(found),
        _crafts(found),
        _turnover(found),
        _average(found),
        _evidenced(found, _RATIO, "rne_filings"),
        _insurances(found),
        _evidenced(found, _DIPLOMA, *_SKILLS),
        _manpower(found),
        _evidenced(found, _QUALITY, *_SKILLS),
        _evidenced(found, _ENVIRONMENT, "rge"),
    )


def _attached(found: Findings, path: str, *sources: str) -> Iterator[Proposal]:
    proofs = [(result, document) for result in found.every(*sources) for document in result.documents]
    for turn, (result, document) in enumerate(proofs, 1):
        yield from found.attach(path, result, document, turn=turn)


def _evidenced(found: Findings, group: str, *sources: str) -> Iterator[Proposal]:
    """Yield the proofs of a selection criterion, and that they are available electronically."""
    first = next((result for result in found.every(*sources) if result.documents), None)
    if first:
        yield from found.propose(f"{group}/{_ELECTRONIC}", True, first)
    yield from _attached(found, f"{group}/{_EVIDENCE}", *sources)


def _trade(found: Findings) -> Iterator[Proposal]:
    known = found.first("rcs_extract", "rne_extract")
    ended = {"struck_off_on", "dissolved_on"}
    if (
        known
        and known.values.get("registration")
        and not any(ended & set(r.values) for r in found.every("rcs_extract", "rne_extract"))
    ):
        office = str(known.values.get("office", ""))
        registration = (
            f"{known.values['registration']} RCS {office}" if office else str(known.values["registration"])
        )
        yield from found.propose(f"{_TRADE}/QSG2/Q1", True, known)
        yield from found.propose(f"{_TRADE}/QSG2/QSG1/Q1", registration, known)
    yield from _evidenced(found, _TRADE, "rne_extract")


def _crafts(found: Findings) -> Iterator[Proposal]:
    crafts = found.first("crafts")
    party = found.first(
        "insee_establishment", "insee_establishment_public", "insee_unit", "insee_unit_public"
    )
    if crafts and party and party.values.get("siren") and party.values.get("active"):
        yield from found.propose(f"{_PROFESSION}/QSG2/Q1", True, crafts)
        yield from found.propose(f"{_PROFESSION}/QSG2/QSG1/Q1", str(party.values["siren"]), crafts)
    yield from _evidenced(found, _PROFESSION, "fntp")


def _years(found: Findings) -> tuple[SourceResult | None, list[tuple[Period, Decimal]]]:
    result = found.first("turnover")
    rows = result.values.get("turnover", []) if result else []
    pairs = [(day(row, "year_end"), number(row, "amount")) for row in rows]
    # The source gives the end of the year only: the start is asked, not invented.
    return result, [(Period(end=end), amount) for end, amount in pairs if end and amount is not None]


def _turnover(found: Findings) -> Iterator[Proposal]:
    result, years = _years(found)
    for turn, (period, amount) in enumerate(years[: _wanted(found, f"{_TURNOVER}/RQ1") or len(years)], 1):
        assert result is not None
        yield from found.propose(f"{_TURNOVER}/QSG2/Q1", period, result, turn=turn)
        yield from found.propose(f"{_TURNOVER}/QSG2/Q2", Amount(amount, "EUR"), result, turn=turn)


def _average(found: Findings) -> Iterator[Proposal]:
    result, years = _years(found)
    wanted = _wanted(found, f"{_AVERAGE}/RQ1") or len(years)
    if result is None or not years or len(years) < wanted:
        return
    amounts = [amount for _period, amount in years[:wanted]]
    formula = f"({' + '.join(str(amount) for amount in amounts)}) / {len(amounts)}"
    mean = round_cents(sum(amounts, Decimal(0)) / len(amounts))
    yield from found.propose(f"{_AVERAGE}/QSG2/Q1", Amount(mean, "EUR"), result, formula=formula)
    # The form has a place for further information: the formula stands there for whoever reads the document.
    yield from found.propose(f"{_AVERAGE}/QSG2/Q2", f"{formula} = {mean} EUR", result)


def _wanted(found: Findings, path: str) -> int:
    """Return how many years the buyer asks, 0 when it does not say."""
    asked = found.expected(path)
    return int(asked.value) if isinstance(asked, Quantity) and asked.value > 0 else 0


def _manpower(found: Findings) -> Iterator[Proposal]:
    result = found.first("headcount_yearly")
    rows = result.values.get("headcount", []) if result else []
    for turn, row in enumerate(rows, 1):
        mean, year = number(row, "mean"), number(row, "year")
        if result is None or mean is None or year is None:
            continue
        people = mean.quantize(Decimal(1), rounding=ROUND_HALF_UP)
        formula = "" if people == mean else f"{mean} → {people}"
        yield from found.propose(f"{_MANPOWER}/QSG2/Q1", Quantity(year, "YEAR"), result, turn=turn)
        yield from found.propose(f"{_MANPOWER}/QSG2/Q2", Quantity(people), result, turn=turn, formula=formula)


def _insurances(found: Findings) -> Iterator[Proposal]:
    """Yield the certificates that name an insurance; its amount stands in none of them and is asked."""
    naming = [key for key in ("qualibat", "qualifelec") if _insured(found, key)]
    yield from _evidenced(found, _INSURANCE, *naming)


def _insured(found: Findings, key: str) -> bool:
    result = found.first(key)
    return result is not None and bool(result.values.get("insurances"))
