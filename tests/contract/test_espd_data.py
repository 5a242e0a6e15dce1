"""The committed facts are what the official kits give, and our wording is ours."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree

from dume import wording
from dume.espd.taxonomy import taxonomy

KIT = os.environ.get("PLI_TEST_ESPD_KIT", "")
pytestmark = pytest.mark.skipif(not KIT, reason="PLI_TEST_ESPD_KIT names no folder of the official kits")

ROOT = Path(__file__).resolve().parents[2]
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


def build(*arguments):
    command = [sys.executable, ROOT / "tools" / "build_espd_data.py", "--kits", KIT, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_builder_gives_the_committed_files():
    done = build("--check")

    assert (done.returncode, done.stderr) == (0, "")


def test_the_builder_sees_a_difference(tmp_path):
    build("--out", str(tmp_path))
    changed = tmp_path / "taxonomy-4.1.0.json"
    changed.write_text(changed.read_text("utf-8").replace('"min":1', '"min":0', 1), "utf-8")

    done = build("--out", str(tmp_path), "--check")

    assert done.returncode == 1
    assert "taxonomy-4.1.0.json" in done.stderr
    assert "codes-4.1.0.json" not in done.stderr


@pytest.mark.parametrize(
    ("builder", "folder"),
    [
        ("build_espd_older.py", "dume/espd/migrate"),
        ("build_espd_rules.py", "dume/espd/data"),
        ("espd/older.py", "dume/espd/data"),
    ],
)
def test_the_other_builders_give_the_committed_files(builder, folder, tmp_path):
    command = [sys.executable, ROOT / "tools" / builder, "--kits", KIT, "--out", tmp_path]
    subprocess.run(command, capture_output=True, check=True)

    built = {path.name: path.read_bytes() for path in tmp_path.glob("*.json")}

    assert built
    assert [name for name, content in built.items() if (ROOT / folder / name).read_bytes() != content] == []


def test_every_committed_file_has_a_builder(tmp_path):
    for builder in ("build_espd_data.py", "build_espd_rules.py", "espd/older.py"):
        command = [sys.executable, ROOT / "tools" / builder, "--kits", KIT, "--out", tmp_path]
        subprocess.run(command, capture_output=True, check=True)

    committed = {path.name for path in (ROOT / "dume" / "espd" / "data").glob("*.json")}

    assert committed == {path.name for path in tmp_path.glob("*.json")}


def official(name):
    root = etree.parse(Path(KIT) / "4.1.0" / "ESPDRequest" / "ESPD-criterion.xml").getroot()
    return {
        element.findtext(f"{CBC}ID").strip(): " ".join((element.findtext(f"{CBC}{name}") or "").split())
        for tag in ("TenderingCriterion", "TenderingCriterionProperty")
        for element in root.iter("{*}" + tag)
    }


def plain(text):
    return text.strip(" ?:.").casefold()


def test_no_label_is_the_official_sentence():
    sentences = official("Description")
    same = [
        entry.path
        for entry in taxonomy().properties.values()
        for lang in wording.LANGUAGES
        if plain(wording.label(entry.path, lang)) == plain(sentences[entry.id])
    ]

    assert same == []


def test_no_criterion_text_or_english_name_is_the_official_one():
    texts, names = official("Description"), official("Name")
    same = [
        criterion.code
        for criterion in taxonomy().criteria
        if plain(wording.criterion_text(criterion.code, "en")) == plain(texts[criterion.id])
        or plain(wording.criterion_name(criterion.code, "en")) == plain(names[criterion.id])
    ]

    assert same == []


def test_no_file_holds_an_official_sentence():
    taxonomies = [
        path
        for version in ("2.1.1", "3.3.0", "4.0.0", "4.1.0")
        for path in (Path(KIT) / version / "ESPDRequest").glob("ESPD-[Cc]riteri*.xml")
    ]
    sentences = {
        " ".join((element.text or "").split())
        for path in taxonomies
        for element in etree.parse(path).iter(f"{CBC}Description", f"{CBC}Name")
    }
    long = {text for text in sentences if len(text) > 40}
    folders = ["dume/espd/data", "dume/espd/migrate", "dume/wording"]
    files = [
        path for folder in folders for path in (ROOT / folder).iterdir() if path.suffix in {".json", ".toml"}
    ]
    kept = [
        (path.name, text)
        for path in files
        for content in [path.read_text("utf-8")]
        for text in long
        if text in content
    ]

    assert len(taxonomies) == 5
    assert len(long) == 170
    assert kept == []
