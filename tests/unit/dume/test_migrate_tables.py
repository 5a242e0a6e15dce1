"""The tables that pair old questions with 4.1.0, the names of lots, the values: small facts that must not drift."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from dume.espd.migrate.countries import ALPHA_2, ALPHA_3, alpha_2, alpha_3
from dume.espd.migrate.lots import LotNames
from dume.espd.migrate.tables import TABLES, criteria, find
from dume.espd.migrate.values import as_decimal, convert
from dume.espd.model import Version
from dume.espd.taxonomy import strip, taxonomy

ALL = tuple(table for tables in TABLES.values() for table in tables)
# Criteria that 4.1.0 does not have, by the last word of their code.
GONE = {
    "1.0.2": {"ALL_SATISFIED"},
    "2.1.1": {"LOTS_TENDERED", "LOTS_SUBMISSION", "OTHER"},
    "2.1.1-basic": {"LOTS_TENDERED", "ALL", "OTHER"},
    "3.3.0": set(),
    "4.0.0": set(),
}


@pytest.mark.parametrize("table", ALL)
def test_every_target_of_a_table_exists(table: str) -> None:
    for row in criteria(table):
        entry = taxonomy().by_code.get(row.to)
        targets = {each.to.partition("#")[0] for group in row.groups for each in group.targets()}
        assert entry is not None or not targets
        paths = {strip(f"{entry.path}/{target}") for target in targets} if entry else set()
        assert paths <= set(taxonomy().properties)


@pytest.mark.parametrize("table", ALL)
def test_only_the_known_criteria_have_no_target(table: str) -> None:
    assert {row.code.rsplit(".", 1)[-1] for row in criteria(table) if not row.to} == GONE[table]


@pytest.mark.parametrize(
    ("table", "known", "without"),
    [("1.0.2", 402, 9), ("2.1.1", 462, 23), ("2.1.1-basic", 321, 11), ("3.3.0", 558, 0), ("4.0.0", 599, 0)],
)
def test_few_properties_have_no_target(table: str, known: int, without: int) -> None:
    properties = [
        each
        for row in criteria(table)
        if row.to
        for group in row.groups
        for inner in group.walk()
        for each in inner.properties
    ]
    assert (len(properties), sum(not each.to for each in properties)) == (known, without)


def test_a_version_that_is_read_has_a_table() -> None:
    assert set(TABLES) == {version.value for version in Version} - {"4.1.0"}


def test_shared_identifiers_lead_to_the_same_criterion_in_every_version() -> None:
    shared = {entry.id: entry.code for entry in taxonomy().criteria if "_" not in entry.id}
    assert len(shared) == 55
    for version in TABLES:
        codes = {one: {row.to for row in find(version, one, "")} for one in shared}
        assert codes == {one: {code} for one, code in shared.items()}


@pytest.mark.parametrize("table", ["1.0.2", "2.1.1", "2.1.1-basic", "3.3.0"])
def test_creation_of_the_company_goes_to_the_general_turnover(table: str) -> None:
    rows = [row for row in criteria(table) if row.code.endswith("SET_UP")]
    assert {row.to for row in rows} <= {"gen-year-to"}
    targets = {each.to for row in rows for group in row.groups for each in group.properties if each.to}
    assert targets in (set(), {"RG1/RSG1/QSG3/Q1"}, {"RG1/RSG1/QSG3/Q1", "RG1/RSG1/QSG3/QSG1/Q1"})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["0"], ["LOT-0000"]),
        (["Lot1", "Lot2"], ["LOT-0001", "LOT-0002"]),
        (["LOT-0012"], ["LOT-0012"]),
        (["A", "B", "Lot 1"], ["LOT-0001", "LOT-0002", "LOT-0003"]),
        (["lot 3a4", "3"], ["LOT-0001", "LOT-0003"]),
        (["x", "x"], ["LOT-0001", "LOT-0001"]),
        (["20231"], ["LOT-0001"]),
    ],
)
def test_lots_get_names_of_4_1_0(old: list[str], new: list[str]) -> None:
    names = LotNames()
    assert [names.name(each) for each in old] == new


@given(st.lists(st.text(max_size=8), max_size=12, unique=True))
def test_two_lots_never_share_a_name(old: list[str]) -> None:
    names = LotNames()
    plain = {each.strip() for each in old if each.strip("0 \t\n") != "" or "0" not in each}
    given_names = [names.name(each) for each in plain]
    allotted = [name for name in given_names if name != "LOT-0000"]
    assert len(set(allotted)) == len(allotted)


def test_countries_are_one_to_one() -> None:
    assert len(ALPHA_2) == 249
    assert {alpha_2(alpha_3(code)) for code in ALPHA_2.values()} == set(ALPHA_2.values())
    assert (alpha_3("el"), alpha_3("UK"), alpha_3("Nowhere")) == ("GRC", "GBR", "Nowhere")
    assert set(ALPHA_3.values()) == set(ALPHA_2)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 234,50", "1234.50"),
        ("-3", "-3"),
        ("1e400", None),
        ("NaN", None),
        ("Infinity", None),
        ("", None),
        ("x", None),
    ],
)
def test_decimals_are_read_exactly_or_not_at_all(text: str, number: str | None) -> None:
    found = as_decimal(text)
    assert (None if found is None else str(found)) == number


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=30))
@pytest.mark.parametrize(
    "value_type",
    [
        "AMOUNT",
        "PERIOD",
        "DATE",
        "QUANTITY_YEAR",
        "PERCENTAGE",
        "CODE_COUNTRY",
        "INDICATOR",
        "URL",
        "TIME",
        "NEW_TYPE",
    ],
)
def test_no_text_breaks_a_conversion(value_type: str, written: str) -> None:
    element = etree.Element("value")
    element.text = written
    value = convert(element, value_type)
    assert value is None or written.strip()
