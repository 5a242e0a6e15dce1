"""A request and an older response, whatever their versions, make a response that the official kit accepts.

Our own documents always run. ``PLI_TEST_ESPD_KIT`` names the folder of the official kits, for their samples and rules.
"""

import os
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path

import pytest

from dume import kit
from dume.espd.export import export
from dume.espd.importing import read
from dume.espd.merge import Merged, merge
from dume.espd.model import Document, Version
from dume.espd.validate import validate
from tests.vectors.dume.documents import documents

KIT = os.environ.get("PLI_TEST_ESPD_KIT", "")
FULL = os.environ.get("PLI_TEST_SCALE", "ci") == "full"
OWN = documents()
REQUESTS = (
    "4.1.0/samples/ESPD-Request-4.1.0.xml",
    "2.1.1/samples/BASIC-ESPDRequest-2.1.1.xml",
    "1.0.2/samples/Request-ESPD1-0-2-TenderNed-002.xml",
)
RESPONSES = (
    "4.0.0/samples/ESPD-Response-4.0.0.xml",
    "2.1.1/samples/EXTENDED-ESPDResponse-2.1.1.xml",
    "1.0.2/samples/ESPDResponse_DA_Test-1.0.2-v1.0.xml",
)
PAIRS = [(request, old) for request in REQUESTS for old in RESPONSES]
JUDGED = PAIRS if FULL else PAIRS[:1]
needs_kit = pytest.mark.skipif(not KIT, reason="PLI_TEST_ESPD_KIT names no folder of the official kits")


@cache
def document(path: str) -> Document:
    """Read a sample of the kit."""
    return read((Path(KIT) / path).read_bytes()).document


def checked(request: Document, old: Document) -> Merged:
    """Merge; the buyer's part is the request's, and each old answer is carried, to review or listed."""
    done = merge(request, old, today=date(2026, 11, 23))
    new = done.document
    assert (new.buyer, new.procedure, new.lots) == (request.buyer, request.procedure, request.lots)
    assert new.criteria == request.criteria
    told = Counter((*done.carried, *done.to_review, *done.unmatched))
    assert told == Counter(each.property for each in old.answers)
    assert len(new.answers) == len(done.carried) + len(done.to_review)
    return done


def blocking(data: bytes) -> list[str]:
    """List the native findings that make a document invalid."""
    return [each.rule for each in validate(data).findings if each.severity in ("fatal", "error")]


@needs_kit
@pytest.mark.parametrize(("request_path", "old_path"), PAIRS)
def test_samples_merge_whatever_their_versions(request_path: str, old_path: str) -> None:
    done = checked(document(request_path), document(old_path))
    assert done.carried
    for _, data in export(done.document, Version.V4_1_0).files:
        assert blocking(data) == []


@needs_kit
@pytest.mark.parametrize(("request_path", "old_path"), JUDGED)
def test_kit_accepts_a_merged_response(request_path: str, old_path: str) -> None:
    done = checked(document(request_path), document(old_path))
    for _, data in export(done.document, Version.V4_1_0).files:
        assert kit.validate(data, KIT).valid


@pytest.mark.parametrize("request_name", ["request-everything", "request-two-lots"])
@pytest.mark.parametrize("old_name", ["response-full", "response-convicted"])
def test_our_documents_merge_into_valid_responses(request_name: str, old_name: str) -> None:
    done = checked(OWN[request_name], OWN[old_name])
    for _, data in export(done.document, Version.V4_1_0).files:
        assert blocking(data) == []


def test_old_file_of_1_0_2_answers_a_new_request() -> None:
    old = read(export(OWN["response-convicted"], Version.V1_0_2).files[0][1]).document
    done = checked(OWN["request-simplified"], old)
    assert "C1_EG_crime-org/QG1/Q1" in done.carried
