"""Files shaped as national services and vendors write them come in, tell what is lost, and leave as a readable 4.1.0.

The files are ours, in ``tests/vectors/dume/vendors``: prefixes, encodings, agencies and gaps as they are met.
"""

from pathlib import Path

import pytest

from dume.espd.export import export
from dume.espd.importing import read
from dume.espd.model import Role, Version
from dume.espd.validate import validate
from tests.contract.test_espd_fuzz import accounted, leaves

FOLDER = Path(__file__).parents[1] / "vectors" / "dume" / "vendors"
FILES = sorted(path.name for path in FOLDER.glob("*.xml"))
#: What each file loses, by value: no place in 4.1.0, or no shape that it takes.
LOST = {
    "commission-service-1.0.2-request.xml": {
        "CRITERION.SELECTION.ALL_SATISFIED",
        "CRITERION.SELECTION.UNKNOWN",
    },
    "service-dume-1.0.2-response.xml": {"31/12/2017", "Attestation d'assurance décennale", "Oui, en cours"},
    "nordic-2.1.1-basic-request.xml": {"Snow clearing"},
    "german-2.1.1-extended-request.xml": {"40", "TGllcw=="},
    "italian-2.1.1-response.xml": {"ABC", "40", "Domanda assente"},
    "next-generation-3.3.0-request.xml": set[str](),
    "multi-lot-4.0.0-response.xml": {"beaucoup"},
}
#: The files that lack what the schema of 4.1.0 asks for: here, the day of issue.
UNDATED = {"multi-lot-4.0.0-response.xml"}


def test_every_file_has_its_losses() -> None:
    assert sorted(LOST) == FILES


@pytest.mark.parametrize("name", FILES)
def test_file_is_read_with_each_value_told(name: str) -> None:
    data = (FOLDER / name).read_bytes()
    imported = read(data)
    counted, values = accounted(imported), leaves(data)
    added = set(counted) - set(values)
    assert {path: number for path, number in counted.items() if path not in added} == dict(values)
    lost = {item.value for item in imported.report.items if item.kind == "lost"}
    assert LOST[name] <= lost
    assert bool(LOST[name]) == bool(lost)
    assert validate(data).version == imported.detected.version.value
    assert f"-{imported.detected.version.value}-" in name


@pytest.mark.parametrize("name", FILES)
def test_file_becomes_a_document_of_sound_structure(name: str) -> None:
    imported = read((FOLDER / name).read_bytes())
    for _, data in export(imported.document, Version.V4_1_0).files:
        verdict = validate(data)
        assert (verdict.version, verdict.kind) == ("4.1.0", imported.document.kind)
        wrong = [finding.params for finding in verdict.findings if finding.rule == "XSD"]
        assert len(wrong) == (name in UNDATED)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("version", [Version.V2_1_1, Version.V1_0_2])
def test_file_leaves_in_the_older_versions(name: str, version: Version) -> None:
    files = export(read((FOLDER / name).read_bytes()).document, version).files
    assert {read(data).detected.version for _, data in files} == {version}


def test_national_identifiers_survive() -> None:
    buyer = read((FOLDER / "service-dume-1.0.2-response.xml").read_bytes()).document.buyer
    assert [(each.value, each.agency, each.scheme) for each in buyer.party.identifiers] == [
        ("00000000100015", "INSEE", "SIRET")
    ]
    document = read((FOLDER / "italian-2.1.1-response.xml").read_bytes()).document
    assert document.economic_operator is not None
    assert document.economic_operator.role is Role.MEMBER
    assert document.economic_operator.party.identifiers[0].agency == "IT:VAT"


def test_names_of_files_hold_nothing_of_a_path() -> None:
    document = read((FOLDER / "multi-lot-4.0.0-response.xml").read_bytes()).document
    for name, _ in export(document, Version.V4_1_0).files:
        assert "/" not in name
        assert ".." not in name
