"""The facts of the official PDF signatures, as ``cases.json`` states them."""

import json
import os
from functools import cache
from pathlib import Path

import pytest

from signing import pades
from signing.errors import Unverifiable
from signing.facts import SignatureFacts, SignerStatus
from signing.types import Format

_VARIABLE = "PLI_TEST_SIGNATURES"
FOLDER = Path(os.environ.get(_VARIABLE) or "/nowhere")
pytestmark = pytest.mark.skipif(_VARIABLE not in os.environ, reason=f"{_VARIABLE} is not set")


@cache
def cases() -> dict[str, dict]:
    every = json.loads((FOLDER / "cases.json").read_text())["cases"]
    return {case["id"]: case for case in every if case["id"].startswith("pades-")}


def read(case: str) -> list[SignatureFacts]:
    file = FOLDER / cases()[case]["file"]
    return pades.read(file.read_bytes(), name=file.name)


@pytest.mark.parametrize("number", range(1, 10))
def test_official_file_holds_its_number_of_signatures(number):
    case = f"pades-{number:02}"
    assert len(read(case)) == cases()[case]["signatures"]


@pytest.mark.parametrize("number", range(1, 10))
def test_official_file_has_the_stated_facts(number):
    case = f"pades-{number:02}"
    (facts, *_) = read(case)
    known = {
        "signature_intact": facts.intact and facts.digests_intact,
        "timestamps": len(facts.stamps),
        "signing_certificate_identified": facts.certificate is not None,
        **facts.extra,
    }
    stated = cases()[case].get("facts", {})
    assert {key: known[key] for key in stated} == stated


@pytest.mark.parametrize(
    ("case", "level"),
    [("pades-01", "B-B"), ("pades-04", "BES"), ("pades-07", "B-T"), ("pades-08", "BES"), ("pades-09", "B-B")],
)
def test_official_file_claims_its_level(case, level):
    (facts,) = read(case)
    assert (facts.level, facts.format) == (level, Format.PADES)


def test_file_with_bytes_taken_out_is_said_altered_and_names_its_signer():
    (facts,) = read("pades-02")
    assert [error.code for error in facts.structure_errors] == [
        "pdf.document_unreadable",
        "pdf.byte_range_past_end",
    ]
    assert facts.digests_intact is False
    assert facts.signer_status is SignerStatus.IDENTIFIED


def test_overlapping_byte_range_harms_its_own_signature_only():
    first, second = read("pades-03")
    assert (first.id, first.structure_errors, first.constraint_errors) == ("Signature1", (), ())
    assert (second.id, [error.code for error in second.structure_errors]) == (
        "Signature2",
        ["pdf.byte_range_gap"],
    )


def test_added_page_is_a_structure_error_and_nothing_else():
    (facts,) = read("pades-05")
    assert [(error.code, error.params) for error in facts.structure_errors] == [
        ("pdf.pages_changed", {"pages": "2"})
    ]
    assert facts.constraint_errors == ()


def test_replaced_reason_is_a_constraint_error_and_nothing_else():
    (facts,) = read("pades-06")
    assert facts.structure_errors == ()
    assert [error.code for error in facts.constraint_errors] == ["pdf.undefined_changes"]


def test_added_annotations_are_a_warning_and_nothing_else():
    (facts,) = read("pades-09")
    assert (facts.structure_errors, facts.constraint_errors) == ((), ())
    assert [warning.code for warning in facts.warnings] == ["pdf.annotations_changed"]


def test_file_without_pdf_header_is_refused():
    with pytest.raises(Unverifiable, match=r"pdf\.unreadable"):
        read("pades-10")
