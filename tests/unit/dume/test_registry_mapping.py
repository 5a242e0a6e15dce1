from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from dume.espd import complete
from dume.espd.model import (
    Address,
    Amount,
    Answer,
    AnswerStatus,
    Buyer,
    Criterion,
    Document,
    EconomicOperator,
    Group,
    Header,
    Identifier,
    Kind,
    Lot,
    Period,
    Person,
    Procedure,
    Property,
    PropertyType,
    Provenance,
    Quantity,
    Role,
    Value,
)
from dume.espd.taxonomy import taxonomy
from dume.registry import SourceResult, SourceStatus, for_level
from dume.registry.command import prefill
from dume.registry.freshness import Comparison, Freshness, compare
from dume.registry.mapping import REACHED, Proposal, hints, notices, proposals
from dume.registry.records import dump, dump_proposal, load
from tests.factories.registry import BUYER, NOW, ask, simulator

COMPLETE, EXPIRING, STRUCK_OFF, REFUSED = (
    "00000001800010",
    "00000009100017",
    "00000005900014",
    "00000006700017",
)
PATHS = taxonomy().properties
TURNOVER = "C29_SC_gen-year-to/RG1/RSG1/QSG2"
AVERAGE = "C30_SC_aver-year-to/RG1/RSG1/QSG2"
MANPOWER = "C50_SC_year-manpower/RG1/RSG1/QSG2"


@pytest.fixture(scope="module")
def results() -> dict[str, SourceResult]:
    return ask(simulator(), *for_level(2), siret=COMPLETE)


@pytest.fixture(scope="module")
def proposed(results: dict[str, SourceResult]) -> tuple[Proposal, ...]:
    return proposals(results.values())


def at(found: tuple[Proposal, ...], path: str) -> list[tuple[tuple[int, ...], Value | Address | Person]]:
    return [(item.occurrence, item.value) for item in found if item.path == path]


def obtained(source: str, **values: object) -> SourceResult:
    return SourceResult(source=source, status=SourceStatus.OBTAINED, values=values, obtained_at=NOW)


# ---- What is reached ----
def test_fourteen_criteria_are_reached(proposed: tuple[Proposal, ...]) -> None:
    assert {item.criterion() for item in proposed} - {""} == set(REACHED)
    assert len(REACHED) == 14


def test_every_proposal_names_a_question_of_its_type(proposed: tuple[Proposal, ...]) -> None:
    shapes = {
        "INDICATOR": bool, "DESCRIPTION": str, "AMOUNT": Amount, "PERIOD": Period, "EVIDENCE_IDENTIFIER": Identifier,
        "QUANTITY_INTEGER": Quantity, "QUANTITY_YEAR": Quantity,
    }  # fmt: skip
    for item in proposed:
        if item.path.startswith("EO/"):
            continue
        known = PATHS[item.path]
        assert (known.type, type(item.value)) == (PropertyType.QUESTION, shapes[known.value_type]), item.path
        assert len(item.occurrence) == known.levels


def test_no_place_is_proposed_twice(proposed: tuple[Proposal, ...]) -> None:
    places = [(item.property, item.occurrence) for item in proposed]
    assert len(set(places)) == len(places)


def test_no_indicator_of_an_exclusion_ground_is_ever_proposed() -> None:
    registry = simulator()
    for siret in (COMPLETE, EXPIRING, STRUCK_OFF, REFUSED):
        for item in proposals(ask(registry, *for_level(2), siret=siret).values()):
            if item.path.startswith("EO/") or "_EG_" not in item.path:
                continue
            assert PATHS[item.path].value_type == "EVIDENCE_IDENTIFIER"


def test_every_value_tells_where_it_comes_from(proposed: tuple[Proposal, ...]) -> None:
    assert {item.provenance.obtained_at for item in proposed} == {"2027-01-11T09:00:00+00:00"}
    assert {item.provenance.confirmed_by for item in proposed} == {""}
    social = next(item for item in proposed if item.criterion() == "socsec-pay")
    assert social.document is not None
    assert social.provenance == Provenance(
        source="social_certificate",
        obtained_at="2027-01-11T09:00:00+00:00",
        as_of="2026-11-10",
        valid_until="2027-05-11",
        proof="attestation-vigilance.pdf",
        proof_sha256=social.document.sha256,
    )
    assert social.evidence is not None
    assert (
        social.value == social.evidence.id == Identifier(f"social_certificate-{social.document.sha256[:12]}")
    )


# ---- The operator ----
def test_operator_comes_from_insee(proposed: tuple[Proposal, ...]) -> None:
    assert at(proposed, "EO/name") == [((1,), "Menuiseries Complet (essai : tout est obtenu)")]
    assert at(proposed, "EO/address") == [
        ((1,), Address(street="1 rue de l’Essai", city="Valcombe-sur-Orle", postcode="26990", country="FRA"))
    ]
    assert at(proposed, "EO/identifier") == [
        ((1,), Identifier("00000001800010", scheme="NATIONAL")),
        ((2,), Identifier("FR66000000018", scheme="VAT")),
    ]
    assert [value.family_name for _turn, value in at(proposed, "EO/representative")] == ["COMPLET", "COMPLET"]  # type: ignore[union-attr]  # representatives are persons


def test_auditors_do_not_represent() -> None:
    officers = [
        {"person": True, "role": "COMMISSAIRE AUX COMPTES TITULAIRE", "family": "AUDIT"},
        {"person": False, "role": "Président", "company": "HOLDING"},
        {"person": True, "role": "Gérant", "family": "MORVAN", "first": "Yann", "born_on": "1970-02-03"},
    ]
    found = proposals([obtained("rcs_officers", officers=officers)])
    assert at(found, "EO/representative") == [
        ((1,), Person(first_name="Yann", family_name="MORVAN", birth_date=date(1970, 2, 3), role="Gérant"))
    ]


@pytest.mark.parametrize(
    ("category", "people", "turnover", "size", "sme"),
    [
        ("PME", "9", "2000000", "micro", True),
        ("PME", "10", "2000000", "small", True),
        ("PME", "9", "2000001", "small", True),
        ("PME", "49", "10000000", "small", True),
        ("PME", "50", "10000000", "medium", True),
        ("PME", "249", "50000000", "medium", True),
        ("PME", "250", "50000000", "sme", True),
        ("PME", "9", "50000001", "sme", True),
        ("PME", None, "2000000", "sme", True),
        ("PME", "9", None, "sme", True),
        ("ETI", "9", "2000000", "large", False),
        ("GE", None, None, "large", False),
    ],
)
def test_size_follows_category_then_figures(
    category: str, people: str | None, turnover: str | None, size: str, *, sme: bool
) -> None:
    sources = [obtained("insee_unit", siren="900001017", category=category)]
    if people:
        sources.append(obtained("headcount_yearly", headcount=[{"year": "2026", "mean": people}]))
    if turnover:
        sources.append(obtained("turnover", turnover=[{"year_end": "2026-12-31", "amount": turnover}]))
    found = proposals(sources)
    assert at(found, "EO/size") == [((1,), size)]
    assert at(found, "C65_OT_sme/QG1/Q1") == [((1,), sme)]


def test_unknown_category_proposes_no_size() -> None:
    found = proposals([obtained("insee_unit", siren="900001017", name="X")])
    assert [item.path for item in found] == ["EO/name"]


# ---- Figures ----
def test_turnover_gives_the_end_of_each_year_and_asks_the_start(proposed: tuple[Proposal, ...]) -> None:
    assert at(proposed, f"{TURNOVER}/Q1") == [
        ((1, 1, turn, 1), Period(start=None, end=date(year, 12, 31)))
        for turn, year in ((1, 2026), (2, 2025), (3, 2024))
    ]
    assert at(proposed, f"{TURNOVER}/Q2")[1] == ((1, 1, 2, 1), Amount(Decimal(3900000), "EUR"))


def test_average_shows_its_formula(proposed: tuple[Proposal, ...]) -> None:
    (mean,) = [item for item in proposed if item.path == f"{AVERAGE}/Q1"]
    assert (mean.value, mean.formula) == (
        Amount(Decimal("3900000.00"), "EUR"),
        "(4200000 + 3900000 + 3600000) / 3",
    )
    shown = "(4200000 + 3900000 + 3600000) / 3 = 3900000.00 EUR"
    assert at(proposed, f"{AVERAGE}/Q2") == [((1, 1), shown)]


def test_headcount_is_rounded_and_says_so() -> None:
    found = proposals([obtained("headcount_yearly", headcount=[{"year": "2026", "mean": "12.50"}])])
    people = next(item for item in found if item.path == f"{MANPOWER}/Q2")
    assert (people.value, people.formula) == (Quantity(Decimal(13)), "12.50 → 13")


def test_only_what_was_obtained_proposes(results: dict[str, SourceResult]) -> None:
    for status in SourceStatus:
        if status != SourceStatus.OBTAINED:
            spoilt = [replace(result, status=status) for result in results.values()]
            assert proposals(spoilt) == ()
            assert hints(spoilt) == ()


# ---- For a request ----
def requested(*, years: int, twice: bool = False) -> Document:
    def group(suffix: str) -> Group:
        ask_years = Property(
            "x", "C29_SC_gen-year-to/RG1/RSG1/RQ1", PropertyType.REQUIREMENT, "QUANTITY_YEAR"
        )
        asked = Property(f"{TURNOVER}/Q2{suffix}", f"{TURNOVER}/Q2", PropertyType.QUESTION, "AMOUNT")
        needed = replace(ask_years, expected=Quantity(Decimal(years), "YEAR"))
        inner = Group(TURNOVER, properties=(asked,))
        return Group("C29_SC_gen-year-to/RG1/RSG1", properties=(needed,), groups=(inner,))

    groups = (group("/R1"), group("/R2")) if twice else (group(""),)
    criterion = Criterion(id="499efc97", code="gen-year-to", tag="C29", groups=groups)
    return Document(kind=Kind.REQUEST, header=Header(Identifier("R-1")), criteria=(criterion,))


def test_request_gets_only_what_it_asks(results: dict[str, SourceResult]) -> None:
    found = proposals(results.values(), requested(years=2))
    criteria = [(item.property, item.occurrence) for item in found if not item.path.startswith("EO/")]
    assert criteria == [(f"{TURNOVER}/Q2", (1, 1, 1, 1)), (f"{TURNOVER}/Q2", (1, 1, 2, 1))]


def test_requirement_repeated_per_lot_is_answered_each_time(results: dict[str, SourceResult]) -> None:
    found = proposals(results.values(), requested(years=1, twice=True))
    assert [item.property for item in found if not item.path.startswith("EO/")] == [
        f"{TURNOVER}/Q2/R1",
        f"{TURNOVER}/Q2/R2",
    ]


def test_average_needs_all_the_years_the_buyer_asks() -> None:
    needed = Property("x", "C30_SC_aver-year-to/RG1/RSG1/RQ1", PropertyType.REQUIREMENT, "QUANTITY_YEAR")
    asked = Property(f"{AVERAGE}/Q1", f"{AVERAGE}/Q1", PropertyType.QUESTION, "AMOUNT")
    rows = [{"year_end": f"{year}-12-31", "amount": "100"} for year in (2026, 2025, 2024)]

    def average(years: int) -> list[str]:
        properties = (replace(needed, expected=Quantity(Decimal(years))), asked)
        criterion = Criterion(
            "b16cb9fc", "aver-year-to", "C30", groups=(Group("C30", properties=properties),)
        )
        request = Document(kind=Kind.REQUEST, header=Header(Identifier("R-1")), criteria=(criterion,))
        return [item.formula for item in proposals([obtained("turnover", turnover=rows)], request)]

    assert [average(2), average(3), average(5)] == [["(100 + 100) / 2"], ["(100 + 100 + 100) / 3"], []]


def test_every_proposal_fits_a_response(results: dict[str, SourceResult]) -> None:
    header = Header(Identifier("D-1"))
    choices = [complete.Choice(code) for code in REACHED]
    request = complete.request(choices, Buyer(), Procedure(code="open"), (Lot("LOT-0000"),), header=header)
    response = complete.response(request, Role.SOLE, EconomicOperator(), header=header)
    found = [item for item in proposals(results.values(), response) if not item.path.startswith("EO/")]
    answers = [
        Answer(item.property, item.value, item.occurrence, (), AnswerStatus.PROPOSED, item.provenance)
        for item in found
        if not isinstance(item.value, Address | Person)
    ]
    answered = complete.with_answers(response, answers)
    assert len(answered.answers) == len(found) == 44
    # The proofs of exclusion grounds wait for the person to say that they are available electronically.
    hidden = {item.property for item in found} - complete.visible(answered)
    assert hidden == {
        "C7_EG_tax-pay/QG1/QSG1/Q1", "C8_EG_socsec-pay/QG1/QSG1/Q1", "C24_EG_nati-ground/QG2/QSG1/Q1",
    }  # fmt: skip


# ---- Hints and notices ----
def test_insolvency_remark_is_a_hint_and_no_answer() -> None:
    results = ask(simulator(), *for_level(2), siret=STRUCK_OFF)
    (hint,) = [hint for hint in hints(results.values()) if hint.code == "insolvency_remark"]
    assert (hint.source, hint.criteria) == (
        "rcs_extract",
        ("bankruptcy", "insolvency", "liq-admin", "susp-act"),
    )
    found = {item.criterion() for item in proposals(results.values())}
    assert not found & set(hint.criteria)


def test_notice_is_for_the_company_alone() -> None:
    result = ask(simulator(), "social_certificate", siret=REFUSED)["social_certificate"]
    (notice,) = notices([result])
    assert "refus" not in notice.message
    private, shown = dump(result, private=True), dump(result, private=False)
    assert (private["notice"], "notice" in shown) == ("not_issued", False)
    unknown = ask(simulator(), "social_certificate", siret="00000002600013")["social_certificate"]
    assert shown == dump(unknown, private=False)


# ---- Records ----
def test_result_written_and_read_again_is_the_same_without_bytes(results: dict[str, SourceResult]) -> None:
    for result in results.values():
        bare = tuple(replace(document, content=b"") for document in result.documents)
        again = load(dump(result, private=True))
        assert replace(again, documents=()) == replace(result, documents=())
        assert again.documents == bare


def test_proposal_as_json_is_exact(proposed: tuple[Proposal, ...]) -> None:
    amount = next(item for item in proposed if item.path == f"{TURNOVER}/Q2")
    assert dump_proposal(amount) == {
        "property": f"{TURNOVER}/Q2",
        "criterion": "gen-year-to",
        "occurrence": [1, 1, 1, 1],
        "value": {"value": "4200000", "currency": "EUR"},
        "formula": None,
        "provenance": {
            "source": "turnover", "obtained_at": "2027-01-11T09:00:00+00:00", "as_of": "2026-12-31",
        },
        "evidence": None,
    }  # fmt: skip


def test_prefill_is_json() -> None:
    import json

    found = prefill(COMPLETE, 2, BUYER, "2027-000001", simulator(), NOW)
    assert json.loads(json.dumps(found)) == found


# ---- Freshness ----
TODAY = date(2027, 3, 1)


def fresh(old: SourceResult, new: SourceResult | None) -> list[tuple[str, str]]:
    return [(item.value, item.freshness.value) for item in compare([old], [new] if new else [], today=TODAY)]


def test_values_are_compared_one_by_one() -> None:
    old = obtained("insee_unit", name="Morvan", category="PME")
    new = obtained("insee_unit", name="Morvan et fils", category="PME")
    assert compare([old], [new], today=TODAY) == (
        Comparison(
            source="insee_unit",
            value="name",
            freshness=Freshness.CHANGED,
            before="Morvan",
            after="Morvan et fils",
        ),
        Comparison(
            source="insee_unit", value="category", freshness=Freshness.UNCHANGED, before="PME", after="PME"
        ),
    )


@pytest.mark.parametrize("status", [status for status in SourceStatus if status != SourceStatus.OBTAINED])
def test_source_that_does_not_answer_is_unavailable(status: SourceStatus) -> None:
    old = obtained("insee_unit", name="Morvan")
    assert fresh(old, replace(old, status=status)) == [("name", "unavailable")]
    assert fresh(old, None) == [("name", "unavailable")]
    assert fresh(replace(old, status=status), old) == []


def test_certificate_holds_on_its_last_day_and_a_new_one_is_no_change() -> None:
    first = ask(simulator(), "social_certificate", siret=COMPLETE)["social_certificate"]
    renewed = replace(first, values={**first.values, "security_code": "OTHER", "valid_until": "2027-09-01"})
    ends = {"ends_today": TODAY, "ended": date(2027, 2, 28), "later": date(2027, 9, 1)}
    assert [
        fresh(replace(first, valid_until=ends["ended"]), replace(renewed, valid_until=ends[name]))
        for name in ("later", "ends_today", "ended")
    ] == [[("proof", "unchanged")], [("proof", "unchanged")], [("proof", "expired")]]
    gone = replace(first, status=SourceStatus.NOT_FOUND)
    assert fresh(replace(first, valid_until=ends["ended"]), gone) == [("proof", "expired")]
    assert fresh(replace(first, valid_until=ends["later"]), gone) == [("proof", "unavailable")]
    assert fresh(first, replace(renewed, documents=())) == [("proof", "unavailable")]
