"""Every code of the analysis, each on the smallest library that shows it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from clauses.rules.analyse import Budget, TooComplex, analyse, solve
from clauses.rules.analyse.problem import Problem, Wanted
from clauses.rules.evaluate import compile_library
from clauses.rules.lang import parse
from clauses.rules.model import (
    And,
    Clause,
    Condition,
    Cover,
    CoverBlock,
    CoverBlockKind,
    Derogation,
    Domain,
    Example,
    FactType,
    Finding,
    GroupMode,
    Help,
    Library,
    Or,
    Parameter,
    Validity,
    Waiver,
)
from clauses.rules.plain import plain_text
from tests.factories.clause_rules import FACTS, ON, WORDS, canvas, clause, fact, library

YES, NO = Example({"lots": True}, ON, True), Example({"lots": False}, ON, False)


def found(whole: Library, *codes: str) -> list[Finding]:
    return [one for one in analyse(whole).findings if not codes or one.code in codes]


def about(whole: Library, *codes: str) -> list[tuple[str, str]]:
    return [(one.code, one.clause) for one in found(whole, *codes)]


def sound(condition: str = "lots = oui", key: str = "a.b", **more: object) -> Clause:
    return clause(key, condition, examples=(YES, NO), **more)


def test_sound_library_has_no_finding_and_counts_its_examples() -> None:
    result = analyse(library(sound(bases=("CCP:L2112-2",))))
    assert (result.findings, result.examples_run, result.examples_failed, result.epochs) == ((), 2, 0, 1)
    assert result.clean


def test_clause_no_fact_set_includes_is_unreachable() -> None:
    for condition in (
        "lots = oui et lots = non",
        "nombre > 3 et nombre < 4",
        "montant >= seuil et montant < seuil",
    ):
        assert ("clause.unreachable", "a.b") in about(library(sound(condition)))
    filtered = sound("type_contrat = T", contract_types=("F",))
    assert ("clause.unreachable", "a.b") in about(library(filtered))


def test_threshold_in_force_at_two_epochs_does_not_overlap_with_itself() -> None:
    groups = {"g": GroupMode.EXACTLY_ONE}
    whole = library(
        sound("montant >= seuil", "a.b", group="g"), sound("montant < seuil", "a.c", group="g"), groups=groups
    )
    assert about(whole, "group.gap", "group.overlap", "clause.unreachable") == []


def test_relevance_keeps_impossible_facts_out() -> None:
    only = Condition("", parse("technique = accord_cadre", WORDS))
    known = FACTS | {"nombre": fact("nombre", FactType.INTEGER, relevant_if=only, neutral=1)}
    assert about(library(sound("technique = aucune et nombre >= 2"), known=known), "clause.unreachable") == [
        ("clause.unreachable", "a.b")
    ]


def test_text_without_object_is_its_neutral_text() -> None:
    only = Condition("", parse("lots = oui", WORDS))
    known = FACTS | {"lieu": fact("lieu", FactType.TEXT, relevant_if=only, neutral="")}
    assert about(library(sound('lots = non et lieu != "Paris"'), known=known), "clause.unreachable") == []
    assert about(library(sound('lots = non et lieu = "Paris"'), known=known), "clause.unreachable") != []


def test_condition_that_says_nothing_is_an_error_unless_waived() -> None:
    always = sound("lots = oui ou lots = non")
    assert about(library(always), "condition.always_true") == [("condition.always_true", "a.b")]
    waived = replace(always, waiver=Waiver("condition.always_true", "le temps de la réforme"))
    assert about(library(waived), "condition.always_true") == []
    within = sound("type_contrat dans (T, F)", contract_types=("T", "F"))
    assert about(library(within), "condition.always_true") == [("condition.always_true", "a.b")]


def test_figure_younger_than_the_clause_is_a_gap() -> None:
    early = sound("montant >= seuil", validity=Validity(date(2020, 1, 1)))
    assert about(library(early), "param.gap") == [("param.gap", "a.b")]
    assert about(library(replace(early, validity=Validity(date(2025, 1, 1)))), "param.gap") == []


@pytest.mark.parametrize(
    ("mode", "conditions", "codes"),
    [
        (GroupMode.EXACTLY_ONE, ("lots = oui", "lots = non"), []),
        (GroupMode.EXACTLY_ONE, ("lots = oui", "nombre > 1"), ["group.gap", "group.overlap"]),
        (GroupMode.AT_LEAST_ONE, ("lots = oui", "nombre > 1"), ["group.gap"]),
        (GroupMode.AT_MOST_ONE, ("lots = oui", "nombre > 1"), ["group.overlap"]),
        (GroupMode.EXACTLY_ONE, ("", ""), ["group.overlap"]),
        (GroupMode.AT_MOST_ONE, ("lots = oui", ""), ["group.overlap"]),
    ],
)
def test_group_is_judged_by_its_mode(mode: GroupMode, conditions: tuple[str, str], codes: list[str]) -> None:
    one, other = (sound(condition, f"a.c{place}", group="g") for place, condition in enumerate(conditions))
    whole = library(one, other, groups={"g": mode})
    assert sorted({code for code, _ in about(whole, "group.gap", "group.overlap")}) == codes


def test_group_is_judged_day_by_day_between_its_first_and_last() -> None:
    groups = {"g": GroupMode.EXACTLY_ONE}
    before = sound("", "a.b", group="g", validity=Validity(date(2026, 1, 1), date(2026, 8, 20)))
    after = sound("", "a.c", group="g", validity=Validity(date(2026, 8, 22)))
    (gap,) = found(library(before, after, groups=groups), "group.gap", "group.overlap")
    assert (gap.code, gap.on) == ("group.gap", date(2026, 8, 21))
    joined = replace(before, validity=Validity(date(2026, 1, 1), date(2026, 8, 21)))
    assert found(library(joined, after, groups=groups), "group.gap", "group.overlap") == []
    together = replace(before, validity=Validity(date(2026, 1, 1), date(2026, 8, 22)))
    (overlap,) = found(library(together, after, groups=groups), "group.gap", "group.overlap")
    assert (overlap.code, overlap.on) == ("group.overlap", date(2026, 8, 22))


def test_group_within_the_filters_of_its_canvas() -> None:
    members = [sound("type_contrat = T", "a.b", group="g"), sound("type_contrat = F", "a.c", group="g")]
    whole = library(*members, groups={"g": GroupMode.EXACTLY_ONE})
    assert about(whole, "group.gap") == [("group.gap", "")]
    narrow = replace(whole.canvases["ccap"], contract_types=("T", "F"))
    assert about(replace(whole, canvases={"ccap": narrow}), "group.gap") == []


def test_group_named_on_one_side_only_is_a_finding() -> None:
    members = [sound("lots = oui", "a.b", group="g"), sound("lots = non", "a.c", group="g")]
    assert about(library(*members), "group.mode") == [("group.mode", "")]
    assert about(library(members[0]), "group.mode") == []
    whole = library(sound(), groups={"rien": GroupMode.AT_MOST_ONE})
    assert about(whole) == [("canvas.orphan", "")]


def test_search_beyond_its_budget_is_said_never_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    from clauses.rules.analyse import groups, workshop

    whole = library(
        sound("lots = oui", "a.b", group="g"), sound("lots = non", "a.c", group="g"),
        groups={"g": GroupMode.EXACTLY_ONE},
    )  # fmt: skip
    monkeypatch.setattr(groups, "MAX_BOXES", 1)
    (finding,) = found(whole, "analysis.too_complex")
    assert (finding.code, finding.params["what"]) == ("analysis.too_complex", "ccap / g")
    monkeypatch.setattr(workshop, "MAX_BOXES", 0)
    assert about(whole, "analysis.too_complex", "clause.unreachable") == [
        ("analysis.too_complex", ""),
        ("analysis.too_complex", "a.b"),
        ("analysis.too_complex", "a.c"),
    ]


def test_search_counts_each_branch() -> None:
    pairs = [
        ("lots = oui", "nombre > 1"),
        ("technique = aucune", "taux > 1"),
        ("montant > 1", "modes contient ms"),
    ]
    tree = And(tuple(Or(tuple(parse(text, WORDS) for text in pair)) for pair in pairs))
    problem = Problem([tree], FACTS, {})
    assert problem.find([Wanted(tree)], Budget(4)) is not None
    with pytest.raises(TooComplex):
        problem.find([Wanted(tree), Wanted(parse("lots = non et nombre < 1", WORDS))], Budget(0))
    # Choices that only a branch can refuse.
    no_way = And(
        (tree, *(parse(f"non {text}", WORDS) for text in ("lots = oui", "montant > 1", "modes contient ms")))
    )
    assert Problem([no_way], FACTS, {}).find([Wanted(no_way)], Budget()) is None
    crossed = "(lots = oui ou nombre > 1) et (lots = non ou nombre > 2) et (lots = oui ou nombre < 1) et (lots = non ou nombre < 2)"
    impossible = parse(crossed, WORDS)
    assert Problem([impossible], FACTS, {}).find([Wanted(impossible)], Budget()) is None


def test_formulas_are_simplified() -> None:
    cells = solve.Cells(("a", ""), 1)
    assert solve.every([]) is True
    assert solve.some([]) is False
    assert solve.every([True, cells]) == cells
    assert solve.every([cells, solve.Cells(("a", ""), 2)]) is False
    assert solve.some([False, cells, solve.Cells(("a", ""), 2)]) == solve.Cells(("a", ""), 3)
    assert solve.some([cells, True]) is True
    assert solve.every([cells, False]) is False


def test_reference_that_can_dangle_shows_by_what_facts() -> None:
    citing = sound("", "a.b", body="Voir {{ref:a.c}}.")
    (finding,) = found(library(citing, sound("lots = oui", "a.c")), "reference.dangling")
    assert (finding.clause, finding.witness, finding.params["canvas"]) == ("a.b", {"lots": False}, "ccap")
    same = sound("lots = oui", "a.b", body="Voir {{ref:a.c}}.")
    assert found(library(same, sound("lots = oui", "a.c")), "reference.dangling") == []
    block = sound("", "a.b", body="Un.\n\n::: si lots = oui\nVoir {{ref:a.c}}.\n:::")
    assert found(library(block, sound("lots = oui", "a.c")), "reference.dangling") == []
    assert found(library(citing, sound("", "a.c")), "reference.dangling") == []


def test_reference_to_what_is_not_there_dangles() -> None:
    citing = sound("", "a.b", body="Voir {{ref:a.cc}}.")
    assert about(library(citing, sound("", "a.c")), "reference.dangling") == [("reference.dangling", "a.b")]
    elsewhere = replace(citing, body="Voir {{ref:a.c}}.")
    other = sound("", "a.c", documents=("RC",))
    assert about(library(elsewhere, other), "reference.dangling") == [("reference.dangling", "a.b")]
    late = sound("", "a.c", validity=Validity(date(2026, 8, 22)))
    (finding,) = found(library(elsewhere, late), "reference.dangling")
    assert finding.on == date(2026, 8, 21)
    unplaced = replace(library(elsewhere, other), canvases={})
    assert about(unplaced, "reference.dangling") == []


def test_body_faults_stand_at_their_line() -> None:
    from clauses.rules.model import Origin

    origin = Origin("clauses/a.b.yaml", 1, 1, {"corps": (20, 8)})
    bodies = {
        "Il y a {{lotz}}.": ("body.unknown_fact", 21),
        "Un.\n\nIl y a {{nombre}}.": ("body.undeclared", 23),
        "Un.\n\n::: si lotz = oui\nDeux.\n:::": ("condition.unknown_fact", 23),
        "{{formule:revision}}": ("body.unknown_fact", 21),
        "# Titre": ("body.heading", 21),
    }
    for body, (code, line) in bodies.items():
        one = clause("a.b", "", body=body, origin=origin, examples=(YES, YES))
        assert {(item.code, item.line) for item in found(library(one))} == {(code, line)}, body
    # A place inside a block whose condition is faulty is told once, by the condition.
    both = clause("a.b", "", body="::: si lotz = oui\n{{nombre}} ou.\n:::", examples=(YES, YES))
    assert [item.code for item in found(library(both))] == ["condition.unknown_fact"]


def test_examples_are_enough_and_of_both_sides() -> None:
    for examples in ((), (YES,), (YES, YES), (NO, NO)):
        one = replace(clause("a.b", "lots = oui"), examples=examples)
        assert about(library(one)) == [("example.missing", "a.b")], examples
    assert about(library(replace(clause("a.b"), examples=(YES, YES)))) == []
    dated = replace(clause("a.b", validity=Validity(date(2026, 1, 1))), examples=(YES, YES))
    assert about(library(dated)) == []


@pytest.mark.parametrize(
    ("example", "says"),
    [
        (Example({"lots": False}, ON, True), "La clause est absente alors que l’exemple l’attend présente."),
        (Example({"lots": True}, ON, False), "La clause est présente alors que l’exemple l’attend absente."),
        (Example({}, ON, True), "Le résultat dépend de faits que l’exemple ne donne pas : lots."),
        (
            Example({"lots": True}, ON, True, "rien de tel"),
            "Le texte obtenu ne contient pas « rien de tel ».",
        ),
    ],
)
def test_failed_example_says_why(example: Example, says: str) -> None:
    one = replace(clause("a.b", "lots = oui"), examples=(YES, NO, example))
    result = analyse(library(one))
    assert [(item.code, item.text) for item in result.findings] == [("example.failed", says)]
    assert (result.examples_run, result.examples_failed) == (3, 1)


def test_example_reads_the_text_with_its_facts_and_blocks() -> None:
    body = (
        "Il y a {{nombre}} lots à **{{lieu}}**.\n\n- un\n  - deux\n\n| A | B |\n| --- | --- |\n| {{taux}} | c |\n\n"
        "{{lieu}}\n\n::: si lots = oui\n### Titre\n\nAlloti.\n:::\n\n::: si lots = non\nUnique.\n:::"
    )
    one = clause("a.b", "", body=body, variables=("nombre", "lieu", "taux"))
    compiled = compile_library(library(one))
    snapshot = compiled.settle({"nombre": 3, "lieu": "Lyon", "lots": True}, ON)
    assert plain_text(one, snapshot, compiled.words) == (
        "Il y a 3 lots à Lyon. un deux A B [à compléter : taux] c Lyon Titre Alloti."
    )
    good = Example({"nombre": 3, "lieu": "Lyon", "lots": True}, ON, True, "3\u00a0lots à Lyon.")
    assert found(library(replace(one, examples=(good, good)))) == []
    # A body with faults is told by its own code, not by its examples.
    faulty = replace(one, body="# Non", examples=(good, good))
    assert {item.code for item in found(library(faulty))} == {"body.heading"}


def test_places_that_are_not_facts_are_named_in_plain_text() -> None:
    one = clause("a.b", "", body="Voir {{ref:a.c}}.\n\n{{derogations}}")
    compiled = compile_library(library(one))
    assert (
        plain_text(one, compiled.settle({}, ON), compiled.words)
        == "Voir [ref a.c]. [derogations derogations]"
    )


def test_canvases_and_clauses_name_each_other() -> None:
    whole = library(sound())
    orphans = {
        "unknown": replace(whole, canvases={"ccap": canvas(["a.b", "a.zzz"])}),
        "document": library(sound(), sound("lots = non", "a.c", documents=("RC",))),
        "unplaced": replace(whole, canvases={"ccap": canvas([])}),
        "nowhere": replace(whole, canvases={}),
        "cover": replace(whole, canvases={"ccap": canvas(["a.b"], cover="rien")}),
        "partly": library(sound("lots = oui", "a.b", documents=("CCAP", "RC"))),
    }
    assert {name: {code for code, _ in about(one)} for name, one in orphans.items()} == {
        "unknown": {"canvas.orphan"},
        "document": {"canvas.orphan", "example.failed"},
        "unplaced": {"canvas.orphan"},
        "nowhere": {"canvas.orphan"},
        "cover": {"canvas.orphan"},
        "partly": set(),
    }


def test_bases_walkthroughs_and_images_are_known() -> None:
    one = sound(bases=("CCP:L2112-2", "code du travail"), help=Help(walkthrough="rien"))
    block = CoverBlock(CoverBlockKind.LOGO, image="logo.png", alt="Logo")
    cover = Cover("c", "C", "CCAP", (block, CoverBlock(CoverBlockKind.TITLE)))
    whole = replace(library(one), covers={"c": cover})
    assert {code for code, _ in about(whole)} == {"legal_base.unknown", "help.walkthrough", "cover.image"}
    assert about(replace(whole, images={"gardes/logo.png": b""}), "cover.image") == []


def test_parameters_of_the_library_are_checked() -> None:
    holes = [
        Parameter("seuil", Decimal(1), date(2026, 1, 1), date(2026, 2, 1)),
        Parameter("seuil", Decimal(1), date(2026, 3, 1)),
    ]
    assert about(library(sound(), parameters=holes)) == [("param.gap", "")]


def test_sizes_of_sets_are_respected() -> None:
    sized = Domain(FACTS["modes"].domain.values, min_size=1, max_size=1)
    known = FACTS | {"modes": fact("modes", FactType.SET, domain=sized)}
    assert about(library(sound("modes contient bdc et modes contient ms"), known=known), "clause.unreachable")
    assert about(
        library(sound("non modes contient bdc et non modes contient ms"), known=known), "clause.unreachable"
    )
    assert not about(library(sound("modes contient bdc"), known=known), "clause.unreachable")
    many = tuple(f"c{place}" for place in range(14))
    wide = fact("modes", FactType.SET, *many)
    wide = replace(wide, domain=replace(wide.domain, max_size=6))
    from clauses.rules.lang import vocabulary

    known = FACTS | {"modes": wide}
    one = clause("a.b", "modes contient c1", vocabulary(known, ()), examples=(YES, NO))
    assert not about(library(one, known=known, parameters=()), "clause.unreachable")


def test_ordered_facts_of_every_type_are_cut_where_they_are_compared() -> None:
    impossible = (
        "jour > 2026-08-22 et jour < 2026-08-23",
        "mois > 2026-01 et mois < 2026-02",
        "instant > 2026-08-22T10:00Z et instant < 2026-08-22T10:00:01Z",
        "delai < 1 jours et delai != 0 jours",
        "taux > 0.5 et taux < 0.5001",
        'lieu = "a" et lieu = "b"',
        "montant > 1.00 et montant < 1.01",
    )
    for condition in impossible:
        assert about(library(sound(condition)), "clause.unreachable"), condition
    possible = (
        'lieu != "a"',
        "jour < 2026-08-22",
        "mois > 2026-12",
        "instant < 2026-08-22T10:00Z",
        "taux > 5",
        "montant < 0",
    )
    for condition in possible:
        one = sound(condition)
        assert not about(library(one), "clause.unreachable"), condition
        problem = Problem([one.condition.tree], FACTS, {})  # type: ignore[union-attr]
        witness = problem.find([Wanted(one.condition.tree)], Budget())  # type: ignore[union-attr]
        assert witness is not None
        assert compile_library(library(one)).evaluate(witness, on=ON).included == ("a.b",)


def test_derogation_conditions_take_no_part_in_reach() -> None:
    one = sound(derogations=(Derogation("FCS", "14.1"),))
    assert found(library(one)) == []
