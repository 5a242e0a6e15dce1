"""Small clause libraries and random conditions, for the tests of the rules of clauses."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from clauses.rules.lang import Vocabulary, parse, vocabulary
from clauses.rules.model import (
    And,
    Atom,
    Canvas,
    Chapter,
    Choice,
    Clause,
    Condition,
    Domain,
    Duration,
    DurationUnit,
    Fact,
    FactType,
    GroupMode,
    Label,
    Layer,
    LegalStatus,
    Library,
    Literal,
    Lock,
    Manifest,
    Month,
    Nature,
    Node,
    Not,
    Op,
    Or,
    Parameter,
    ParameterRef,
    Validity,
    Value,
)

ON = date(2026, 9, 1)


def codes(*values: str) -> Domain:
    return Domain(values=tuple(Choice(value, Label(value)) for value in values))


def fact(key: str, kind: FactType, *values: str, **more: Any) -> Fact:
    """Return a fact; codes make its domain, amounts are HT unless told."""
    if values:
        more.setdefault("domain", codes(*values))
    if kind is FactType.AMOUNT:
        more.setdefault("unit", "HT")
    return Fact(key, kind, Label(key), **more)


def facts(*given: Fact) -> dict[str, Fact]:
    return {one.key: one for one in given}


FACTS = facts(
    fact("categorie_acheteur", FactType.ENUM, "etat", "collectivite"),
    fact("nature_achat", FactType.ENUM, "travaux", "services"),
    fact("type_contrat", FactType.ENUM, "T", "F", "S"),
    fact("procedure", FactType.ENUM, "MAPA", "AOO", "PN"),
    fact("montant", FactType.AMOUNT),
    fact("lots", FactType.BOOL),
    fact("technique", FactType.ENUM, "aucune", "accord_cadre"),
    fact("modes", FactType.SET, "bdc", "ms"),
    fact("nombre", FactType.INTEGER),
    fact("taux", FactType.RATE),
    fact("jour", FactType.DATE),
    fact("instant", FactType.DATETIME),
    fact("mois", FactType.MONTH),
    fact("delai", FactType.DURATION, unit="jours"),
    fact("lieu", FactType.TEXT),
)
PARAMETERS = (
    Parameter("seuil", Decimal("140000.00"), date(2026, 1, 1), date(2027, 12, 31), ("etat",), source="avis", label="seuil européen"),
    Parameter("seuil", Decimal("216000.00"), date(2026, 1, 1), date(2027, 12, 31), ("collectivite",), source="avis"),
    Parameter("seuil", Decimal("143000.00"), date(2024, 1, 1), date(2025, 12, 31), source="avis"),
    Parameter("seuil_entier", Decimal(3), date(2020, 1, 1), source="code"),
    Parameter("reforme", date(2026, 8, 22), date(2020, 1, 1), source="loi"),
)  # fmt: skip
WORDS: Vocabulary = vocabulary(FACTS, PARAMETERS)


def clause(key: str, condition: str = "", words: Vocabulary = WORDS, **more: Any) -> Clause:
    """Return a clause of the CCAP that stands everywhere unless told."""
    found: dict[str, Any] = {
        "title": key,
        "legal_status": LegalStatus(),
        "nature": Nature.CONDITIONAL,
        "lock": Lock.NONE,
        "documents": ("CCAP",),
        "contract_types": ("*",),
        "procedures": ("*",),
        "validity": Validity(),
        "body": "Le titulaire exécute les prestations.",
    }
    tree = Condition(condition, parse(condition, words)) if condition else None
    return Clause(key, **(found | {"condition": tree} | more))


def canvas(clauses: Sequence[str], groups: Mapping[str, GroupMode] | None = None, **more: Any) -> Canvas:
    found: dict[str, Any] = {"document": "CCAP", "contract_types": ("*",), "procedures": ("*",)}
    chapters = (Chapter("Chapitre", tuple(clauses)),)
    return Canvas("ccap", title="CCAP", chapters=chapters, groups=groups or {}, **(found | more))


def library(
    *clauses: Clause,
    known: Mapping[str, Fact] | None = None,
    parameters: Sequence[Parameter] = PARAMETERS,
    groups: Mapping[str, GroupMode] | None = None,
) -> Library:
    """Return a library whose one canvas holds all its clauses."""
    return Library(
        Manifest("essai", "Essai", Layer.ENTITY),
        facts=FACTS if known is None else known,
        parameters=tuple(parameters),
        clauses={one.id: one for one in clauses},
        canvases={"ccap": canvas([one.id for one in clauses], groups)},
    )


# --- random conditions and fact sets ---------------------------------------------------------------------------

_VALUES: Mapping[FactType, st.SearchStrategy[Any]] = {
    FactType.BOOL: st.booleans(),
    FactType.INTEGER: st.integers(-3, 5),
    FactType.AMOUNT: st.sampled_from(
        [Decimal("0.00"), Decimal("139999.99"), Decimal("140000.00"), Decimal("216000.00"), Decimal("-1.50")]
    ),
    FactType.RATE: st.sampled_from([Decimal(0), Decimal("0.5"), Decimal("12.3456")]),
    FactType.DATE: st.sampled_from([date(2026, 8, 21), date(2026, 8, 22), date(2030, 1, 1)]),
    FactType.DATETIME: st.sampled_from(
        [datetime(2026, 8, 22, 10, 30, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)]
    ),
    FactType.MONTH: st.sampled_from([Month(2026, 1), Month(2026, 12)]),
    FactType.DURATION: st.integers(0, 3).map(lambda number: Duration(number, DurationUnit.DAYS)),
    FactType.TEXT: st.sampled_from(["Paris", 'un "mot"', "a\\b"]),
}
_NUMBERS = (Op.EQ, Op.NE, Op.LT, Op.LE, Op.GT, Op.GE, Op.IN)
_PARAMETERS = {FactType.AMOUNT: "seuil", FactType.INTEGER: "seuil_entier", FactType.DATE: "reforme"}


def values(one: Fact) -> st.SearchStrategy[Value]:
    """Draw a value of a fact."""
    if one.type is FactType.ENUM:
        return st.sampled_from(one.domain.codes)
    if one.type is FactType.SET:
        return st.frozensets(st.sampled_from(one.domain.codes))
    return _VALUES[one.type]


@st.composite
def atoms(draw: st.DrawFn) -> Atom:
    """Draw a well-typed comparison."""
    one = draw(st.sampled_from(list(FACTS.values())))
    if one.type is FactType.SET:
        return Atom(one.key, Op.CONTAINS, (Literal(draw(st.sampled_from(one.domain.codes))),))
    ops = {
        FactType.BOOL: (Op.EQ, Op.NE),
        FactType.ENUM: (Op.EQ, Op.NE, Op.IN),
        FactType.TEXT: (Op.EQ, Op.NE, Op.IN),
    }
    op = draw(st.sampled_from(ops.get(one.type, _NUMBERS)))
    size = draw(st.integers(1, 3)) if op is Op.IN else 1
    return Atom(one.key, op, tuple(draw(_operand(one)) for _ in range(size)))


def _operand(one: Fact) -> st.SearchStrategy[Literal | ParameterRef]:
    literal = values(one).map(lambda value: Literal(value, quoted=one.type is FactType.TEXT))
    if one.type in _PARAMETERS:
        return st.one_of(literal, st.just(ParameterRef(_PARAMETERS[one.type])))
    return literal


def conditions() -> st.SearchStrategy[Node]:
    """Draw a condition of a few levels."""
    return st.recursive(
        atoms(),
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, min_size=2, max_size=3).map(lambda args: And(tuple(args))),
            st.lists(inner, min_size=2, max_size=3).map(lambda args: Or(tuple(args))),
        ),
        max_leaves=8,
    )


def fact_sets() -> st.SearchStrategy[dict[str, Value]]:
    """Draw a partial fact set."""
    return st.fixed_dictionaries({}, optional={key: values(one) for key, one in FACTS.items()})
