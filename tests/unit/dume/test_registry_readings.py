import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dume.registry import SourceResult, SourceStatus
from dume.registry.mapping import hints, proposals
from dume.registry.readings import READERS, read
from dume.registry.readings.payload import day, number, rows
from dume.registry.records import dump, dump_proposal, plain
from dume.registry.simulator.companies import companies
from dume.registry.simulator.payloads import BUILDERS, Asking
from dume.registry.sources import SOURCES

LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
COMPANY = next(company for company in companies().values() if company.behaviour == "complete")
ASKING = Asking(
    company=COMPANY, today=date(2027, 1, 11), year=2026, month=11, link=lambda name: f"https://x/{name}"
)


def test_every_source_has_its_reader_and_its_builder() -> None:
    assert set(READERS) == set(BUILDERS) == set(SOURCES)


def _spoil(value: object, spoiler: object, which: int) -> object:
    """Replace one node of a JSON value, counted in document order."""
    counter = [which]

    def walk(node: object) -> object:
        counter[0] -= 1
        if counter[0] == 0:
            return spoiler
        if isinstance(node, dict):
            return {key: walk(inner) for key, inner in node.items()}
        if isinstance(node, list):
            return [walk(inner) for inner in node]
        return node

    return walk(value)


@pytest.mark.parametrize("source", sorted(SOURCES))
@settings(max_examples=40, deadline=None)
@given(spoiler=ANYTHING, which=st.integers(min_value=1, max_value=40))
def test_reader_never_stumbles_over_a_spoilt_answer(source: str, spoiler: object, which: int) -> None:
    reading = read(source, {"data": _spoil(BUILDERS[source](ASKING), spoiler, which), "meta": spoiler})
    assert isinstance(dict(reading.values), dict)
    assert all(isinstance(link.url, str) and link.url for link in reading.links)


@given(body=ANYTHING)
def test_reader_never_stumbles_over_anything(body: object) -> None:
    for source in SOURCES:
        read(source, {"data": body})
        read(source, body)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2027-01-31", date(2027, 1, 31)),
        ("2027-01-31T10:00:00Z", date(2027, 1, 31)),
        (0, date(1970, 1, 1)),
        (-473389200, date(1954, 12, 31)),
        (10**30, None),
        (float("inf"), None),
        ("2027-02-30", None),
        (True, None),
        (None, None),
        ([], None),
    ],
)
def test_day(value: object, expected: date | None) -> None:
    assert day({"on": value}, "on") == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (12, Decimal(12)), (12.66, Decimal("12.66")), ("9001", Decimal(9001)), (" 1.5 ", Decimal("1.5")), ("x", None),
        ("NaN", None), ("1E+999999999", None), (float("inf"), None), (True, None), (None, None),
    ],
)  # fmt: skip
def test_number(value: object, expected: Decimal | None) -> None:
    assert number({"n": value}, "n") == expected


def test_rows_open_their_envelope() -> None:
    assert rows([{"data": {"a": 1}}, {"a": 2}, "x", None]) == [{"a": 1}, {"a": 2}]
    assert rows({"list": [{"data": [1]}]}, "list") == [{"data": [1]}]
    assert rows(None) == []


def test_headcount_takes_the_latest_update_of_each_scheme_and_adds_them() -> None:
    scheme = {"nature": "effectif_moyen_annuel"}
    data = {
        "annee": "2023",
        "effectifs_annuel": [
            {**scheme, "regime": "general", "value": 13, "date_derniere_mise_a_jour": "2023-01-01"},
            {**scheme, "regime": "general", "value": 14, "date_derniere_mise_a_jour": "2023-06-01"},
            {**scheme, "regime": "farm", "value": None, "date_derniere_mise_a_jour": "2023-05-09"},
            {**scheme, "regime": "farm", "value": 2.5, "date_derniere_mise_a_jour": "2023-02-09"},
            {**scheme, "regime": "general", "value": 99, "nature": "boeth"},
        ],
    }
    reading = read("headcount_yearly", {"data": data})
    assert reading.values == {"headcount": [{"year": "2023", "mean": "16.5"}]}


@pytest.mark.parametrize(
    ("source", "data", "said"),
    [
        ("building_pension", {"eligible": True}, {"up_to_date": True}),
        ("building_pension", {"eligible": False}, {}),
        ("building_pension", {"eligible": None}, {}),
        ("building_pension", {"eligible": "true"}, {}),
        ("farm_social", {"status": "up_to_date"}, {"up_to_date": True}),
        ("farm_social", {"status": "outdated"}, {}),
        ("farm_social", {"status": "under_investigation"}, {}),
    ],
)
def test_conformity_speaks_only_when_it_holds(source: str, data: object, said: object) -> None:
    reading = read(source, {"data": data})
    assert (reading.values, reading.notice) == (said, "" if said else "not_issued")


@pytest.mark.parametrize("source", sorted(SOURCES))
@pytest.mark.parametrize("data", [{}, [], [{}], [{"data": {}}], {"data": None}, None])
def test_empty_answer_says_nothing(source: str, data: object) -> None:
    reading = read(source, {"data": data})
    assert (reading.values, reading.links, reading.as_of, reading.valid_until) == ({}, (), None, None)


@pytest.mark.parametrize("source", sorted(SOURCES))
@settings(max_examples=25, deadline=None)
@given(spoiler=ANYTHING, which=st.integers(min_value=1, max_value=40))
def test_spoilt_answer_is_still_mapped_and_written(source: str, spoiler: object, which: int) -> None:
    reading = read(source, {"data": _spoil(BUILDERS[source](ASKING), spoiler, which), "meta": {}})
    party = SourceResult(source="insee_unit", status=SourceStatus.OBTAINED, values={"category": "PME"})
    result = SourceResult(
        source=source, status=SourceStatus.OBTAINED, values=reading.values, as_of=reading.as_of
    )
    told = [dump(result, private=True)]
    told += [dump_proposal(proposal) for proposal in proposals([party, result])]
    told += [plain(hint) for hint in hints([result])]
    assert json.loads(json.dumps(told)) == told
