"""The official kit is found, or its absence is told, whatever folder is named."""

from pathlib import Path

import pytest

from dume import kit
from dume.espd.model import Kind, Version
from dume.espd.write_v41 import write
from tests.vectors.dume.documents import requests


@pytest.fixture
def kits(tmp_path: Path) -> Path:
    """Return folders laid out as the kits are, without their content."""
    for version in ("4.1.0", "4.0.0", "2.1.1"):
        (tmp_path / version / "ESPDRequest").mkdir(parents=True)
    for version in ("4.1.0", "2.1.1"):
        main = tmp_path / version / "xsd" / "maindoc"
        main.mkdir(parents=True)
        for kind in ("Request", "Response"):
            (main / f"UBL-QualificationApplication{kind}-2.3.xsd").touch()
    return tmp_path


@pytest.mark.parametrize("below", ["", "4.0.0"])
def test_version_is_found_from_its_folder_or_from_the_parent(kits, below):
    assert kit.folder_of(kits / below, Version.V4_0_0) == kits / "4.0.0"


@pytest.mark.parametrize("below", ["", "4.0.0", "nowhere"])
def test_version_that_is_not_there_is_refused(kits, below):
    with pytest.raises(kit.KitUnusable, match=r"3\.3\.0"):
        kit.folder_of(kits / below, Version.V3_3_0)


def test_older_versions_borrow_the_schema_of_4_1_0(kits):
    found = kit.schema_of(kits / "4.0.0", Version.V4_0_0, Kind.RESPONSE)
    assert found == kits / "4.1.0" / "xsd" / "maindoc" / "UBL-QualificationApplicationResponse-2.3.xsd"


def test_version_with_a_schema_uses_its_own(kits):
    found = kit.schema_of(kits / "2.1.1", Version.V2_1_1, Kind.REQUEST)
    assert found.parent == kits / "2.1.1" / "xsd" / "maindoc"


def test_kit_without_schema_is_refused(kits):
    for file in (kits / "4.1.0" / "xsd" / "maindoc").iterdir():
        file.unlink()
    with pytest.raises(kit.KitUnusable) as refused:
        kit.schema_of(kits / "4.0.0", Version.V4_0_0, Kind.REQUEST)
    assert refused.value.code == "dume.kit_unusable"


def test_bytes_that_are_no_espd_are_told_without_a_kit(kits):
    answer = kit.validate(b"<a/>", kits).as_json("fr")
    assert (answer["version"], [found["rule"] for found in answer["findings"]]) == (None, ["PLI-XML"])


def test_document_of_a_version_without_kit_is_refused(tmp_path):
    with pytest.raises(kit.KitUnusable, match=r"4\.1\.0"):
        kit.validate(write(requests()["request-simplified"]), tmp_path)
