"""The verdict on any bytes: readable or not, valid or not, and the JSON it becomes."""

import re
from functools import cache

import pytest

from dume import wording
from dume.espd.findings import Finding, Severity
from dume.espd.model import Kind
from dume.espd.validate import Verdict, validate
from dume.espd.write_v41 import write
from tests.vectors.dume.documents import requests


@cache
def document() -> bytes:
    return write(requests()["request-simplified"])


def official(verdict: Verdict) -> list[str]:
    return [found.rule for found in verdict.findings if not found.rule.startswith("PLI-")]


def test_valid_request_gives_its_version_and_kind():
    verdict = validate(document())
    assert (verdict.version, verdict.kind, verdict.valid, official(verdict)) == (
        "4.1.0",
        Kind.REQUEST,
        True,
        [],
    )


def test_json_has_exactly_the_published_members():
    data = document().replace(b">2.3</", b">2.1</")
    answer = validate(data).as_json("fr")
    answer["findings"] = [found for found in answer["findings"] if not found["rule"].startswith("PLI-")]
    assert answer == {
        "version": "4.1.0",
        "kind": "request",
        "valid": False,
        "findings": [
            {
                "rule": "BR-OTH-05-01",
                "severity": "fatal",
                "message": "La version d’UBL vaut « 2.1 ». Écrivez 2.3.",
                "path": "/espd-req:QualificationApplicationRequest/cbc:UBLVersionID",
            }
        ],
    }


def test_json_speaks_english_when_asked():
    data = document().replace(b">2.3</", b">2.1</")
    messages = [found["message"] for found in validate(data).as_json("en")["findings"]]
    assert "The version of UBL says “2.1”. Write 2.3." in messages


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<a>",
        b"hello",
        b"<!DOCTYPE a><a/>",
        b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>',
    ],
)
def test_bytes_that_are_no_espd_have_neither_version_nor_kind(data):
    answer = validate(data).as_json("fr")
    assert (answer["version"], answer["kind"], answer["valid"]) == (None, None, False)
    assert [(found["rule"], found["severity"]) for found in answer["findings"]] == [("PLI-XML", "fatal")]
    assert answer["findings"][0]["message"].startswith("Ce fichier ")


def test_other_version_is_refused_by_name():
    answer = validate(document().replace(b"ESPD-EDMv4.1.0", b"ESPD-EDMv3.0.1")).as_json("fr")
    assert (answer["version"], answer["kind"], answer["valid"]) == ("3.0.1", "request", False)
    assert [found["rule"] for found in answer["findings"]] == ["PLI-VERSION-UNSUPPORTED"]


def test_two_versions_in_one_document_are_told_and_change_no_verdict():
    data = re.sub(rb"(<cbc:VersionID[^>]*>)4\.1\.0", rb"\g<1>4.0.0", document())
    verdict = validate(data)
    assert verdict.valid
    assert "PLI-VERSION-DISAGREES" in [found.rule for found in verdict.findings]


@pytest.mark.parametrize(
    ("inside", "rules"),
    [
        (b">2.3</", []),
        (b"><!-- a -->2.3</", []),
        (b">2.3<?a b?></", []),
        (b">2.<!-- a -->3</", ["BR-OTH-05-01"]),
        (b">2<?a b?>.3</", ["BR-OTH-05-01"]),
    ],
)
def test_comment_that_cuts_a_text_counts_as_it_does_officially(inside, rules):
    """The official rule looks at each piece of the text, so that a comment in its middle breaks it."""
    assert official(validate(document().replace(b">2.3</", inside))) == rules


def test_comments_between_elements_change_nothing():
    data = document().replace(
        b"<cac:TenderingCriterion>", b"<!-- <cbc:ID> --><?a <?b ?><cac:TenderingCriterion>"
    )
    assert official(validate(data)) == []


@pytest.mark.parametrize("severity", list(Severity))
def test_only_fatal_and_error_make_a_document_invalid(severity):
    verdict = Verdict("4.1.0", Kind.REQUEST, (Finding("X", severity),))
    assert verdict.valid is (severity in {Severity.WARNING, Severity.INFO})


def test_finding_without_a_sentence_shows_its_technical_detail():
    verdict = Verdict("4.1.0", Kind.REQUEST, (Finding("X-NONE", Severity.INFO, "/", {"detail": "as it is"}),))
    assert verdict.as_json("fr")["findings"][0]["message"] == "as it is"


def test_each_sentence_of_ours_exists_in_both_languages():
    sentences = wording._file("findings.toml")  # The file itself is tested.
    assert [
        rule for rule, texts in sentences.items() if set(texts) != {"fr", "en"} or not all(texts.values())
    ] == []
