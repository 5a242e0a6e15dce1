"""A document written and read again is the same document, and the official kit has nothing to say against it.

Our own documents always run. ``PLI_TEST_ESPD_KIT`` names the folder of the official kits, for their samples and rules.
"""

import os
import tomllib
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from dume import kit
from dume.espd.codec import dump, load
from dume.espd.importing import Imported, read
from dume.espd.model import AnswerStatus, Document
from dume.espd.write_v41 import write
from tests.vectors.dume.documents import documents
from tests.vectors.dume.strategies import documents as any_document

KIT = os.environ.get("PLI_TEST_ESPD_KIT", "")
SCALE = os.environ.get("PLI_TEST_SCALE", "ci")
EXAMPLES = tomllib.loads((Path(__file__).parents[1] / "scale.toml").read_text())["espd_documents"][SCALE]
OWN = documents()
#: The official rules take 2.5 s per document: every night all of them, otherwise those that differ most.
JUDGED = tuple(OWN) if SCALE == "full" else ("request-per-lot", "response-full")
SAMPLES = (
    "3.3.0/samples/ESPD-Request-3.3.0.xml",
    "4.0.0/samples/ESPD-Response-4.0.0.xml",
    "4.1.0/samples/ESPD-Request-4.1.0.xml",
)
#: The older samples take half a second each: in CI one small request and the official 2.1.1 ones.
_FOUND = sorted(str(path.relative_to(KIT)) for path in Path(KIT or "/nowhere").glob("*/samples/**/*.xml"))
EVERY_SAMPLE = [
    path for path in _FOUND if SCALE == "full" or path.startswith(("1.0.2/samples/R", "2", "3", "4"))
]
needs_kit = pytest.mark.skipif(not KIT, reason="PLI_TEST_ESPD_KIT names no folder of the official kits")


@cache
def imported(name: str) -> Imported:
    """Return one of our documents written and read again."""
    return read(write(OWN[name]))


def test_our_documents_are_enough():
    assert len(OWN) >= 12


@pytest.mark.parametrize("name", OWN)
def test_our_document_comes_back_the_same(name):
    assert imported(name).document == OWN[name]


@pytest.mark.parametrize("name", OWN)
def test_our_document_is_valid_for_the_native_rules(name):
    assert imported(name).report.valid is True


@pytest.mark.parametrize("name", OWN)
def test_written_document_loses_nothing_when_imported(name):
    assert imported(name).report.summary["lost"] == 0


#: A document is too big to be made smaller within minutes: the first that fails is shown as it is.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES)
@given(any_document())
def test_any_document_comes_back_the_same(document: Document):
    written = write(document)
    assert read(written).document == document
    assert write(document) == written
    assert load(dump(document)) == document


def confirmed(document: Document) -> Document:
    """Return a document without what the format cannot say of an answer: how far it can be relied upon."""
    answers = (replace(each, status=AnswerStatus.CONFIRMED) for each in document.answers)
    return replace(document, answers=tuple(answers))


@needs_kit
@pytest.mark.parametrize("path", EVERY_SAMPLE)
def test_sample_comes_back_the_same(path):
    document = read((Path(KIT) / path).read_bytes()).document
    assert read(write(document)).document == confirmed(document)
    assert load(dump(document)) == document


@needs_kit
@pytest.mark.parametrize("path", SAMPLES)
def test_every_value_of_a_sample_is_in_the_new_document(path):
    report = read((Path(KIT) / path).read_bytes()).report
    lost = [item.source for item in report.items if item.kind == "lost" and "/@" not in item.source]
    assert lost == []


@needs_kit
@pytest.mark.parametrize("name", JUDGED)
def test_kit_finds_nothing_in_our_document(name):
    assert kit.validate(write(OWN[name]), KIT).findings == ()


@needs_kit
@pytest.mark.parametrize(
    ("path", "expected"), [(SAMPLES[0], []), (SAMPLES[1], ["BR-RESP-40"]), (SAMPLES[2], [])]
)
def test_kit_finds_no_more_in_an_exported_sample_than_in_the_sample(path, expected):
    exported = write(read((Path(KIT) / path).read_bytes()).document)
    assert [finding.rule for finding in kit.validate(exported, KIT).findings] == expected
