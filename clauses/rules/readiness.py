"""Say what stands between a draft and its submission: what is missing, what does not add up, what was not looked at. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from clauses.rules.model import Clause, Fact, Facts
from procurement.core.text import _, for_count

#: The facts of the starter library whose contents the law or arithmetic bind.
CRITERIA, WEIGHT, ENVIRONMENTAL = "criteres", "poids", "environnemental"
FIXED_PART, TERMS = "part_fixe", "termes"
_WHOLE = Decimal(100)


@dataclass(frozen=True)
class Refusal:
    """Why a draft cannot be submitted or validated yet; ``subject`` is the fact or clause to look at."""

    code: str
    message: str
    subject: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class OwnWords:
    """A clause in the buyer's own words; ``derogates`` is None until it is said whether they depart from the CCAG."""

    clause: str
    derogates: bool | None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A draft as it stands: its included clauses, what is unknown or missing, its values, what people said."""

    included: Mapping[str, Clause]
    facts: Mapping[str, Fact]
    values: Facts
    unknown: Sequence[str]
    missing: Sequence[str]
    conflicts: int
    own_words: Sequence[OwnWords]
    acknowledged: frozenset[str]
    ccag: bool


def refusals(standing: Standing) -> list[Refusal]:
    """Return everything that forbids the submission, in the order in which it is best mended."""
    return [
        *_unanswered(standing),
        *_criteria(standing),
        *_formula(standing),
        *_people(standing),
    ]


def _unanswered(standing: Standing) -> Iterator[Refusal]:
    for clause in standing.unknown:
        message = _("Il manque une réponse pour savoir si la clause « %(clause)s » est présente.")
        yield Refusal("clauses.unknown_clause", message, clause, {"clause": clause})
    for key in standing.missing:
        label = standing.facts[key].label.fr if key in standing.facts else key
        message = _("Il manque une réponse : %(label)s.")
        yield Refusal("clauses.missing_answer", message, key, {"label": label})


def _asks(standing: Standing, fact: str) -> bool:
    return any(fact in clause.variables for clause in standing.included.values())


def _criteria(standing: Standing) -> Iterator[Refusal]:
    """Check award criteria: they add up to 100 (CCP R2152-12), one at least is environmental (L2152-7)."""
    rows = _rows(standing, CRITERIA)
    if not rows:
        return
    total = _total(rows)
    if total != _WHOLE:
        message = _("Les poids des critères font %(total)s : leur somme doit être 100.")
        yield Refusal("clauses.criteria_sum", message, CRITERIA, {"total": _shown(total)})
    if not any(row.get(ENVIRONMENTAL) for row in rows):
        message = _("Aucun critère ne porte sur l’environnement : un au moins est obligatoire (L. 2152-7).")
        yield Refusal("clauses.no_environmental_criterion", message, CRITERIA)


def _formula(standing: Standing) -> Iterator[Refusal]:
    """Check the price formula: the fixed part and the weights of the indices make the whole."""
    rows = _rows(standing, TERMS)
    fixed = standing.values.get(FIXED_PART)
    if not rows or not isinstance(fixed, Decimal):
        return
    total = fixed + _total(rows)
    if total != _WHOLE:
        message = _(
            "La part fixe et les poids des index font %(total)s pour cent : leur somme doit être 100."
        )
        yield Refusal("clauses.formula_sum", message, TERMS, {"total": _shown(total)})


def _people(standing: Standing) -> Iterator[Refusal]:
    if standing.conflicts:
        message = for_count(
            standing.conflicts,
            _("%(count)s conflit de saisie attend un choix : deux textes ont été enregistrés."),
            _("%(count)s conflits de saisie attendent un choix : deux textes ont été enregistrés."),
        )
        yield Refusal("clauses.open_conflict", message, "", {"count": standing.conflicts})
    for own in standing.own_words:
        if standing.ccag and own.derogates is None and own.clause in standing.included:
            message = _("Dites si votre texte de « %(clause)s » déroge au CCAG, et à quel article.")
            yield Refusal("clauses.derogation_unanswered", message, own.clause, {"clause": own.clause})
    for key, clause in standing.included.items():
        if not clause.legal_status.validated and key not in standing.acknowledged:
            message = _(
                "La clause « %(clause)s » n’est pas encore validée par un juriste : confirmez que vous l’avez lue."
            )
            yield Refusal("clauses.not_acknowledged", message, key, {"clause": clause.title})


def _rows(standing: Standing, fact: str) -> Sequence[Mapping[str, Any]]:
    rows = standing.values.get(fact)
    return rows if _asks(standing, fact) and isinstance(rows, tuple) else ()  # type: ignore[return-value]  # a list of records


def _total(rows: Sequence[Mapping[str, Any]]) -> Decimal:
    return sum((Decimal(row.get(WEIGHT, 0)) for row in rows), Decimal(0))


def _shown(total: Decimal) -> str:
    return f"{total.normalize():f}".replace(".", ",")
