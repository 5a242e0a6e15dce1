"""Facts worked out from others, each a function registered by the fact's name with the article it follows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeAlias, cast

from clauses.rules.model import Duration, DurationUnit, Fact, Facts, Source, Value

#: Gives the dated figure that holds for the reference date and the buyer at hand, or nothing.
Lookup: TypeAlias = Callable[[str], Decimal | date | None]
#: Day counts turn into months of thirty days, rounded up: « plus de trois mois » must never be missed.
_DAYS_PER_MONTH = 30
_DAYS_PER_WEEK = 7
_MONTHS_PER_YEAR = 12


@dataclass(frozen=True)
class Computation:
    """How one fact is worked out: from which facts and parameters, by which article."""

    article: str
    needs: tuple[str, ...]
    parameters: tuple[str, ...]
    compute: Callable[[Facts, Lookup], Value | None]


def months_rounded_up(duration: Duration) -> int:
    """Return the whole months a duration reaches into."""
    if duration.unit is DurationUnit.MONTHS:
        return duration.number
    if duration.unit is DurationUnit.YEARS:
        return duration.number * _MONTHS_PER_YEAR
    days = duration.number * (_DAYS_PER_WEEK if duration.unit is DurationUnit.WEEKS else 1)
    return -(-days // _DAYS_PER_MONTH)


def _duration_in_months(facts: Facts, _parameter: Lookup) -> Value | None:
    duration = facts.get("duree_execution")
    return None if duration is None else months_rounded_up(cast("Duration", duration))


def _advance_due(facts: Facts, parameter: Lookup) -> Value | None:
    above = [
        _above(facts.get("montant_marche"), parameter("avance_seuil_montant")),
        _above(facts.get("duree_mois"), parameter("avance_seuil_duree_mois")),
    ]
    if False in above:
        return False
    return None if None in above else True


def _above(value: Value | None, threshold: Decimal | date | None) -> bool | None:
    if value is None or threshold is None:
        return None
    return cast("Decimal", value) > cast("Decimal", threshold)


def _direct_payment(_facts: Facts, parameter: Lookup) -> Value | None:
    """Return the threshold of the law: a figure nobody chooses is not asked for."""
    return parameter("paiement_direct_seuil")


def _after_evaluation(_facts: Facts, _parameter: Lookup) -> Value | None:
    """Leave the list of derogations to `clauses.rules.derogations`: it needs to know which clauses are included."""
    return None


#: In the order of computation: a fact stands after those it needs.
COMPUTED: Mapping[str, Computation] = {
    "duree_mois": Computation("CCP:R2112-4", ("duree_execution",), (), _duration_in_months),
    "avance_due": Computation(
        "CCP:R2191-3",
        ("montant_marche", "duree_mois"),
        ("avance_seuil_montant", "avance_seuil_duree_mois"),
        _advance_due,
    ),
    "seuil_paiement_direct": Computation("CCP:R2193-10", (), ("paiement_direct_seuil",), _direct_payment),
    "derogations": Computation("CCP:R2112-3", (), (), _after_evaluation),
}


def computed_keys(facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Return the computed facts of a dictionary, each after those it needs."""
    return tuple(key for key in COMPUTED if key in facts and facts[key].source is Source.COMPUTED)
