"""Whatever happens to a file on its way, it is read or refused by name: never a crash, never a value unaccounted for.

Mauled files of every version, the kit's where ``PLI_TEST_ESPD_KIT`` names it and always our own. ``PLI_TEST_SCALE=full``
mauls many times more; ``--seed 7`` others.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from dume import kit
from dume.espd.errors import ESPDError
from dume.espd.export import export
from dume.espd.importing import Imported, read
from dume.espd.merge import merge
from dume.espd.model import AnswerStatus, Document, Kind, Version
from dume.espd.validate import Verdict, validate
from dume.espd.write_v41 import write
from dume.rendering import pages
from dume.rendering.rows import rows
from tests.contract.espd_havoc import havoc
from tests.vectors.dume.documents import documents

KIT = os.environ.get("PLI_TEST_ESPD_KIT", "")
#: The largest base at the CI scale, in bytes, and how many files are made of each base.
SIZE = {"ci": 130_000, "full": 2_000_000}
ROUNDS = {"ci": 2, "full": 25}
#: How many bases there are at the CI scale; and files that the official rules judge as well, of each version.
BASES = 14
JUDGED = {
    "ci": {Version.V1_0_2: 6, Version.V2_1_1: 3, Version.V4_1_0: 2},
    "full": {Version.V1_0_2: 80, Version.V2_1_1: 60, Version.V4_1_0: 30},
}
#: Why a mauled file may be refused.
REFUSALS = {
    f"dume.{name}"
    for name in ("not_well_formed", "version_unsupported", "not_an_espd", "xml_encoding", "xml_too_deep")
}
needs_kit = pytest.mark.skipif(not KIT, reason="PLI_TEST_ESPD_KIT names no folder of the official kits")


@cache
def bases(scale: str) -> dict[str, bytes]:
    """Return the files that are mauled: small ones at the CI scale, every one otherwise."""
    found: dict[str, bytes] = {}
    for name, document in documents().items():
        for version in (Version.V4_1_0, Version.V2_1_1, Version.V1_0_2):
            found |= {f"{name} {version.value}": data for _, data in export(document, version).files[:1]}
    for path in sorted(Path(KIT).glob("*/samples/**/*.xml")) if KIT else ():
        found[str(path.relative_to(KIT))] = path.read_bytes()
    small = {name: data for name, data in found.items() if len(data) <= SIZE[scale]}
    if scale == "full":
        return small
    return dict(sorted(small.items(), key=lambda each: random.Random(each[0]).random())[:BASES])


def mauled(scale: str, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield the mauled files, each with what was done to which base."""
    for name, data in bases(scale).items():
        for done, broken in havoc(data, ROUNDS[scale], f"{seed}/{name}"):
            yield f"{name}: {done}", broken


def leaves(data: bytes) -> Counter[str]:
    """Count the values of a file, without the report's help: own texts, and attributes but the hints to a schema."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False))
    tree, found = root.getroottree(), Counter[str]()
    for element in root.iter(etree.Element):
        path = tree.getpath(element)
        texts = element.xpath("text()")
        assert isinstance(texts, list)
        found[path] += bool("".join(str(text) for text in texts).split())
        for name in element.attrib:
            tag = etree.QName(name)
            if not (tag.namespace or "").endswith("XMLSchema-instance"):
                found[f"{path}/@{tag.localname}"] += 1
    return +found


def accounted(imported: Imported) -> Counter[str]:
    """Count the sources of a report's items; what the file lacked stands at ``/*``."""
    sources = [
        item.source for item in imported.report.items if (item.source, item.kind) != ("/*", "defaulted")
    ]
    return Counter(
        f"{path}/@{name.rpartition(':')[2]}" if name else path
        for path, _, name in (source.partition("/@") for source in sources)
    )


def plainly(document: Document) -> Document:
    """Return a document as its XML says it: without status and origin of its answers."""
    answers = (replace(each, status=AnswerStatus.CONFIRMED, provenance=None) for each in document.answers)
    return replace(document, answers=tuple(answers))


def test_mauled_file_is_read_whole_or_refused_by_name(scale: str, seed: int) -> None:
    read_ones, refused = 0, Counter[str]()
    for done, data in mauled(scale, seed):
        answer = validate(data).as_json("fr")
        assert [found for found in answer["findings"] if not found["message"]] == [], done
        try:
            imported = read(data)
        except ESPDError as error:
            refused[error.code if error.message else done] += 1
            continue
        read_ones += 1
        counted, values = accounted(imported), leaves(data)
        added = set(counted) - set(values)
        assert {path: number for path, number in counted.items() if path not in added} == dict(values), done
        assert {item.kind for item in imported.report.items if item.source in added} <= {"defaulted"}, done
        written = write(imported.document)
        assert plainly(read(written).document) == plainly(imported.document), done
    assert set(refused) <= REFUSALS
    assert read_ones > refused.total() > 0


def test_mauled_file_is_shown_written_in_every_version_and_merged(scale: str, seed: int) -> None:
    chance, last = random.Random(seed), dict.fromkeys(Kind, next(iter(documents().values())))
    last[Kind.RESPONSE] = documents()["response-simplified"]
    for done, data in mauled(scale, seed + 1):
        try:
            document = read(data).document
        except ESPDError:
            continue
        assert len(rows(document, "fr")) == len(rows(document, "en")), done
        assert pages.html(document, "fr").startswith("<!DOCTYPE html>"), done
        assert pages.to_json(document, "en"), done
        version = chance.choice((Version.V4_1_0, Version.V2_1_1, Version.V1_0_2))
        for _, file in export(document, version).files:
            assert read(file).detected.version is version, done
        last[document.kind] = document
        merged = merge(last[Kind.REQUEST], last[Kind.RESPONSE], today=date(2026, 11, 23))
        assert read(write(merged.document)).document.buyer == last[Kind.REQUEST].buyer, done


def judged(verdict: Verdict) -> tuple[str | None, object, bool, Counter[tuple[str, str]]]:
    """Return what must be equal; not what is ours only."""
    findings = (each for each in verdict.findings if not each.rule.startswith("PLI-"))
    return (
        verdict.version,
        verdict.kind,
        verdict.valid,
        Counter((each.rule, str(each.severity)) for each in findings),
    )


@needs_kit
@pytest.mark.parametrize("version", [Version.V1_0_2, Version.V2_1_1, Version.V4_1_0])
def test_mauled_file_is_judged_as_officially(version: Version, scale: str, seed: int) -> None:
    made = documents()["response-simplified"]
    ((_, base),) = export(made, version).files
    count = JUDGED[scale][version]
    for done, data in havoc(base, count, f"{seed}/{version}"):
        assert (done, judged(validate(data))) == (done, judged(kit.validate(data, KIT)))
