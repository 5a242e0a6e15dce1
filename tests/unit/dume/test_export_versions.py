"""Down to 2.1.1 and 1.0.2 and back: what is said to be written comes back, what is lost is said."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dume.espd import read_v1, read_v2, write_v102, write_v211
from dume.espd.complete import exported
from dume.espd.errors import UnsupportedVersion
from dume.espd.export import export
from dume.espd.importing import read
from dume.espd.migrate.fill import Written, key_of
from dume.espd.model import Code, Document, Group, Identifier, Kind, Lot, Property, Role, Value, Version
from dume.espd.parse import parse
from dume.espd.report import leaves
from dume.espd.taxonomy import strip
from dume.espd.write_v41 import write
from tests.vectors.dume.documents import documents

OWN = documents()
WRITERS = {Version.V2_1_1: write_v211.write, Version.V1_0_2: write_v102.write}
OLDER = tuple(WRITERS)


def back_from(version: Version, data: bytes) -> Document:
    """Read a file of an older version without judging it."""
    reader = read_v1.read if version is Version.V1_0_2 else read_v2.read
    return reader(parse(data))[0]


def essence(value: Value) -> object:
    """Leave out who numbered an identifier and which list a code is of: older versions say it less finely."""
    return value.value if isinstance(value, Identifier | Code) else value


def expected(groups: tuple[Group, ...]) -> Iterator[Property]:
    """Yield the properties that carry a value of the buyer."""
    for group in groups:
        yield from (each for each in group.properties if each.expected is not None)
        yield from expected(group.groups)


@pytest.mark.parametrize("version", OLDER)
@pytest.mark.parametrize("name", OWN)
def test_older_file_gives_back_the_answers_it_holds(name: str, version: Version) -> None:
    document, written = exported(OWN[name]), Written()
    back = back_from(version, WRITERS[version](document, written))
    got = {(strip(each.property), each.occurrence): essence(each.value) for each in back.answers}
    held = [
        each
        for each in document.answers
        # In 1.0.2 a proof has no number and the creation of a company no day.
        if key_of(each) in written.used
        and not (
            version is Version.V1_0_2
            and (each.evidences or "QSG3/Q1" in each.property or "QSG1/Q1" in each.property[-7:])
        )
    ]
    assert {each.property: got.get((strip(each.property), each.occurrence)) for each in held} == {
        each.property: essence(each.value) for each in held
    }
    assert (back.kind, [each.code for each in back.criteria if each.lots]) == (
        document.kind,
        [each.code for each in document.criteria if each.lots],
    )


def test_2_1_1_gives_back_what_the_buyer_requires() -> None:
    document, written = OWN["request-everything"], Written()
    back = back_from(Version.V2_1_1, write_v211.write(document, written))
    before = {each.id: each.expected for one in document.criteria for each in expected(one.groups)}
    after = {each.id: each.expected for one in back.criteria for each in expected(one.groups)}
    held = {name: value for name, value in before.items() if name in written.used}
    assert held
    assert {name: after.get(name) for name in held} == held
    assert (back.buyer, back.procedure, back.lots) == (document.buyer, document.procedure, document.lots)


@pytest.mark.parametrize("version", [Version.V4_1_0, *OLDER])
@pytest.mark.parametrize("name", ["request-everything", "response-full", "response-never"])
def test_export_accounts_for_every_value_of_the_document(name: str, version: Version) -> None:
    done = export(OWN[name], version)
    paths = Counter(item.source for item in done.report.items if item.source != "/*")
    assert paths == Counter(path for path, _ in leaves(parse(write(exported(OWN[name])))))
    assert done.report.target == version.value
    assert done.lossy is (done.report.summary["lost"] > 0)
    assert done.lossy is (version is not Version.V4_1_0)


@pytest.mark.parametrize("version", [Version.V4_1_0, *OLDER])
def test_export_gives_the_same_bytes_twice(version: Version) -> None:
    assert export(OWN["response-sole"], version) == export(OWN["response-sole"], version)


def test_request_that_differs_by_lot_is_one_file_per_lot_in_older_versions() -> None:
    names = {
        version: [name for name, _ in export(OWN["request-per-lot"], version).files]
        for version in Version
        if version in (Version.V4_1_0, *OLDER)
    }
    assert names == {
        Version.V1_0_2: ["dume-request-1.0.2-LOT-0001.xml", "dume-request-1.0.2-LOT-0002.xml"],
        Version.V2_1_1: ["dume-request-2.1.1-LOT-0001.xml", "dume-request-2.1.1-LOT-0002.xml"],
        Version.V4_1_0: ["dume-request-4.1.0.xml"],
    }


def test_response_to_two_lots_is_one_file_per_lot_in_every_version() -> None:
    document = replace(OWN["response-sole"], lots=(Lot("LOT-0001"), Lot("LOT-0002")))
    for version in (Version.V4_1_0, *OLDER):
        files = export(document, version).files
        assert [[lot.id for lot in read(data).document.lots] for _, data in files] == (
            [["LOT-0000"], ["LOT-0000"]] if version is Version.V1_0_2 else [["LOT-0001"], ["LOT-0002"]]
        )


@pytest.mark.parametrize("version", [Version.V3_3_0, Version.V4_0_0])
def test_versions_that_are_only_read_are_not_written(version: Version) -> None:
    with pytest.raises(UnsupportedVersion):
        export(OWN["request-simplified"], version)


@pytest.mark.parametrize("role", Role)
def test_role_comes_back_from_2_1_1(role: Role) -> None:
    before = OWN["response-full"]
    assert before.economic_operator is not None
    document: Document = replace(before, economic_operator=replace(before.economic_operator, role=role))
    after = back_from(Version.V2_1_1, write_v211.write(document)).economic_operator
    assert after is not None
    assert after.role is role


def test_value_that_an_older_version_demands_is_named_in_the_report() -> None:
    added = [
        item
        for item in export(OWN["response-never"], Version.V2_1_1).report.items
        if item.kind.value == "defaulted"
    ]
    assert {(item.target, item.value) for item in added} == {
        ("QG2/Q1", "false"),
        ("QG1/QSG1/QSG2/Q1", "false"),
    }
    assert OWN["response-never"].kind is Kind.RESPONSE
