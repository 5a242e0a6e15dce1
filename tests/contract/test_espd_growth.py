"""A file twice as long takes no more than about twice the time, whatever it is made of."""

import gc
import os
import time
from collections.abc import Callable

import pytest

from dume.espd.importing import read
from dume.espd.validate import validate

MOST = 3
LOOKS = 5
#: Every night the older versions too.
VERSIONS = ["4.1.0", "4.0.0", "2.1.1"] if os.environ.get("PLI_TEST_SCALE") == "full" else ["4.1.0"]
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
NAME = "QualificationApplicationResponse"
HEAD = (
    f'<r:{NAME} xmlns:r="{UBL}{NAME}-2" xmlns:a="{UBL}CommonAggregateComponents-2" xmlns:b="{UBL}CommonBasicComponents-2">'
    "<b:UBLVersionID>2.3</b:UBLVersionID><b:ProfileExecutionID>ESPD-EDMv{version}</b:ProfileExecutionID>"
    "<b:QualificationApplicationTypeCode>EXTENDED</b:QualificationApplicationTypeCode>"
)
ANSWER = (
    "<a:TenderingCriterionResponse><b:ID>r{0}</b:ID><b:ValidatedCriterionPropertyID>q{0}</b:ValidatedCriterionPropertyID>"
    "<a:ResponseValue><b:ResponseIndicator>true</b:ResponseIndicator></a:ResponseValue></a:TenderingCriterionResponse>"
)
PROPERTY = (
    "<a:TenderingCriterionProperty><b:ID>q{0}</b:ID><b:TypeCode>QUESTION</b:TypeCode>"
    "<b:ValueDataTypeCode>INDICATOR</b:ValueDataTypeCode></a:TenderingCriterionProperty>"
)
GROUP = "a:TenderingCriterionPropertyGroup"
SHAPES: dict[str, Callable[[int], str]] = {
    "notes": lambda size: "<b:Note>x</b:Note>" * size,
    "lots": lambda size: "".join(f"<a:ProcurementProjectLot><b:ID>L{n}</b:ID></a:ProcurementProjectLot>" for n in range(size)),
    "same lots": lambda size: "<a:ProcurementProjectLot><b:ID>L</b:ID></a:ProcurementProjectLot>" * size,
    "criteria": lambda size: "".join(f"<a:TenderingCriterion><b:ID>c{n}</b:ID></a:TenderingCriterion>" for n in range(size)),
    "same criteria": lambda size: "<a:TenderingCriterion><b:CriterionTypeCode>crime-org</b:CriterionTypeCode></a:TenderingCriterion>" * size,
    "answers": lambda size: "".join(ANSWER.format(n) for n in range(size)),
    "answers to one question": lambda size: f"<a:TenderingCriterion><{GROUP}>{PROPERTY.format(1)}</{GROUP}></a:TenderingCriterion>" + ANSWER.format(1) * size,
    "questions": lambda size: f"<a:TenderingCriterion><{GROUP}>" + "".join(PROPERTY.format(n) for n in range(size)) + f"</{GROUP}></a:TenderingCriterion>",
    "same question": lambda size: f"<a:TenderingCriterion><{GROUP}>" + PROPERTY.format(1) * size + f"</{GROUP}></a:TenderingCriterion>" + ANSWER.format(1) * 50,
    "deep": lambda size: ("<a:TenderingCriterion>" + f"<{GROUP}>" * 80 + PROPERTY.format(1) + f"</{GROUP}>" * 80 + "</a:TenderingCriterion>") * (size // 60),
    "identifiers": lambda size: "<a:TenderingCriterion>" + "<b:ID>1</b:ID>" * size + "</a:TenderingCriterion>",
    "proofs": lambda size: "".join(f"<a:Evidence><b:ID>e{n}</b:ID></a:Evidence>" for n in range(size)),
    "one long text": lambda size: f"<b:Note>{'é ' * size * 200}</b:Note>",
    "comments": lambda size: "<b:Note>" + "x<!-- y -->" * size + "</b:Note>",
}  # fmt: skip


def taken(data: bytes) -> float:
    """Return the least process time of three turns at judging and reading, the collector's own turns left aside."""
    found = []
    gc.collect()
    gc.disable()
    for _ in range(3):
        began = time.process_time()
        validate(data).as_json("fr")
        read(data).report.as_json()
        found.append(time.process_time() - began)
    gc.enable()
    return min(found)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", SHAPES)
def test_twice_the_file_takes_twice_the_time(name: str, version: str, scale: str) -> None:
    size = 1_200 if scale == "full" else 400
    small, large = (
        (HEAD.replace("{version}", version) + SHAPES[name](each) + f"</r:{NAME}>").encode()
        for each in (size, size * 2)
    )
    # Twice, and room for a busy machine, which may need a second look; a square would be four times, however often.
    for _ in range(LOOKS):
        # What takes no time at all is told by no clock.
        grown = taken(large) / max(taken(small), 0.02)
        if grown < MOST:
            return
    assert grown < MOST
