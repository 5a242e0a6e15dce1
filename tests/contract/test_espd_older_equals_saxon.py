"""Our judgement of 2.1.1 and 1.0.2 documents is the official one: on samples and on documents broken at random."""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from lxml import etree

from dume import kit
from dume.espd.detect import detect
from dume.espd.errors import UnsupportedVersion
from dume.espd.model import Version
from dume.espd.parse import parse
from dume.espd.validate import Verdict, validate_tree
from tools.espd_negatives.build import sound

KIT = os.environ.get("PLI_TEST_ESPD_KIT", "")
pytestmark = pytest.mark.skipif(not KIT, reason="PLI_TEST_ESPD_KIT names no folder of the official kits")
CBC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"
CAC = "{urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2}"
BASES = {
    "2.1.1-request": "2.1.1/samples/BASIC-ESPDRequest-2.1.1.xml",
    "2.1.1-response": "2.1.1/samples/EXTENDED-ESPDResponse-2.1.1.xml",
    "1.0.2-request": "1.0.2/samples/espd-request-2018.03.xml",
    "1.0.2-response": "1.0.2/samples/ESPDResponse_DA_Test-1.0.2-v1.0.xml",
}
# How many broken documents are made of each official sample, and of each small document of ours.
MUTANTS = {"ci": {"2.1.1": 0, "1.0.2": 6, "own": 6}, "full": {"2.1.1": 40, "1.0.2": 40, "own": 60}}
OWN = ("2.1.1-request", "2.1.1-response", "1.0.2-request", "1.0.2-response")
WORDS = (
    "",
    "FR",
    "fr",
    "X",
    "LE",
    "OENRON",
    "WEIGHTED",
    "true",
    "false",
    "maybe",
    "0",
    "CRITERION.SELECTION.ALL",
    "BASIC",
)


def samples() -> list[Path]:
    return sorted(Path(KIT).glob("2.1.1/samples/*.xml")) + sorted(Path(KIT).glob("1.0.2/samples/**/*.xml"))


def rules_of(verdict: Verdict) -> Counter[tuple[str, str]]:
    """Count what was found; ours apart, and the schema as one fact: its messages are not the official ones."""
    found = Counter(
        (finding.rule, finding.severity.value)
        for finding in verdict.findings
        if not finding.rule.startswith("PLI-") and finding.rule != "XSD"
    )
    if any(finding.rule == "XSD" for finding in verdict.findings):
        found["XSD", "fatal"] = 1
    return found


def both(data: bytes) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]], bool, bool]:
    root = parse(data)
    detected = detect(root)
    ours = validate_tree(root, detected.version, detected.kind)
    official = kit.validate(data, KIT)
    return rules_of(ours), rules_of(official), ours.valid, official.valid


@pytest.mark.parametrize("file", samples() if KIT else [], ids=lambda file: file.name)
def test_a_sample_is_judged_as_the_official_rules_judge_it(file, scale):
    if scale == "ci" and file.stat().st_size > 400_000:
        pytest.skip("the two large samples are judged with their mutants")
    ours, official, ours_valid, official_valid = both(file.read_bytes())
    assert ours == official
    assert ours_valid == official_valid


def delete(element: etree._Element, _rng: random.Random) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def duplicate(element: etree._Element, _rng: random.Random) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.insert(parent.index(element), etree.fromstring(etree.tostring(element)))


def reorder(element: etree._Element, rng: random.Random) -> None:
    if len(element) > 1:
        element.append(element[rng.randrange(len(element) - 1)])


def recode(element: etree._Element, rng: random.Random) -> None:
    leaf = rng.choice([found for found in element.iter(etree.Element) if len(found) == 0])
    leaf.text = rng.choice(WORDS)


def change_case(element: etree._Element, rng: random.Random) -> None:
    leaf = rng.choice([found for found in element.iter(etree.Element) if len(found) == 0])
    leaf.text = (leaf.text or "").swapcase()


def lose_attribute(element: etree._Element, rng: random.Random) -> None:
    holders = [found for found in element.iter(etree.Element) if found.attrib]
    if holders:
        holder = rng.choice(holders)
        del holder.attrib[rng.choice(list(holder.attrib))]


def change_attribute(element: etree._Element, rng: random.Random) -> None:
    holders = [found for found in element.iter(etree.Element) if found.attrib]
    if holders:
        holder = rng.choice(holders)
        holder.set(rng.choice([str(name) for name in holder.attrib]), rng.choice(WORDS))


def other_edition(element: etree._Element, rng: random.Random) -> None:
    for found in element.getroottree().iter(f"{CBC}QualificationApplicationTypeCode"):
        found.text = rng.choice(("EXTENDED", "BASIC", "SELFCONTAINED", "REGULATED"))


def other_role(element: etree._Element, rng: random.Random) -> None:
    for found in element.getroottree().iter(f"{CBC}RoleCode"):
        found.text = rng.choice(("LE", "OENRON", "GM", "SCLE"))


def forget_answers(element: etree._Element, rng: random.Random) -> None:
    answers = list(element.getroottree().iter(f"{CAC}TenderingCriterionResponse"))
    for answer in rng.sample(answers, len(answers) // 2):
        delete(answer, rng)


def opposite_answers(element: etree._Element, _rng: random.Random) -> None:
    for found in element.getroottree().iter(f"{CBC}ResponseIndicator"):
        found.text = "false" if found.text == "true" else "true"


OPERATORS: tuple[Callable[[etree._Element, random.Random], None], ...] = (
    delete,
    duplicate,
    reorder,
    recode,
    change_case,
    lose_attribute,
    change_attribute,
    other_edition,
    other_role,
    forget_answers,
    opposite_answers,
)


def mutant(base: bytes, seed: int) -> bytes:
    rng = random.Random(seed)
    root = etree.fromstring(base)
    for _ in range(rng.randint(2, 8)):
        elements = list(root.iter(etree.Element))
        rng.choice(OPERATORS)(rng.choice(elements[1:]), rng)
    return etree.tostring(root)


def broken(original: bytes, version: str, count: int, first: int) -> Iterator[tuple[int, bytes]]:
    """Yield `count` broken documents of a version with their seeds; a change may make one of another version."""
    made, seed = 0, first
    while made < count:
        data = mutant(original, seed)
        try:
            same = detect(parse(data)).version is Version(version)
        except UnsupportedVersion:
            same = False
        if same:
            made += 1
            yield seed, data
        seed += 1


@pytest.mark.parametrize("base", BASES)
def test_a_broken_sample_gets_the_official_findings(base, scale):
    version = base.partition("-")[0]
    original = (Path(KIT) / BASES[base]).read_bytes()
    for seed, data in broken(original, version, MUTANTS[scale][version], 1):
        ours, official, ours_valid, official_valid = both(data)
        assert (ours - official, official - ours) == (Counter(), Counter()), f"mutant {seed} of {base}"
        assert ours_valid == official_valid, f"mutant {seed} of {base}"


@pytest.mark.parametrize("base", OWN)
def test_a_broken_document_of_ours_gets_the_official_findings(base, scale):
    version, _, kind = base.partition("-")
    for seed, data in broken(sound(version, kind), version, MUTANTS[scale]["own"], 1000):
        ours, official, ours_valid, official_valid = both(data)
        assert (ours - official, official - ours) == (Counter(), Counter()), f"mutant {seed} of ours, {base}"
        assert ours_valid == official_valid, f"mutant {seed} of ours, {base}"
