"""The registry client in front of the simulator, on test cases in the format of API Entreprise's staging data.

The cases of ours always run; those of the service run where PLI_TEST_API_ENTREPRISE names their folder.
"""

import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from dume.registry import Options, SourceResult, SourceStatus
from dume.registry.cache import Cache
from dume.registry.client import ApiEntreprise, Asked
from dume.registry.documents import kind
from dume.registry.mapping import proposals
from dume.registry.opening import build
from dume.registry.simulator import Simulator
from dume.registry.simulator.staging import Case, load
from dume.registry.simulator.transport import ORIGIN, SimulatorTransport
from dume.registry.sources import SOURCES
from dume.registry.token import Token
from procurement.core.storage import FileStorage
from tests.factories.registry import BUYER, NOW, SIRET, Time

OURS = Path(__file__).parents[1] / "vectors" / "dume" / "registry"
VARIABLE = "PLI_TEST_API_ENTREPRISE"
STAGING = os.environ.get(VARIABLE)
needs_staging = pytest.mark.skipif(not STAGING, reason=f"{VARIABLE} names no folder of staging cases")

STATUSES = {
    200: SourceStatus.OBTAINED,
    403: SourceStatus.NO_RIGHT,
    404: SourceStatus.NOT_FOUND,
    422: SourceStatus.BAD_PARAMETER,
    451: SourceStatus.LEGAL_BLOCK,
    502: SourceStatus.UNAVAILABLE,
    504: SourceStatus.TIMEOUT,
}
ASKED = Asked(siret=SIRET, recipient=BUYER, context="Marchés publics", object="2027-000001", now=NOW)
SOURCE_OF = {path: source for source in SOURCES.values() for path in source.paths}

#: Deeds of a company, papers of an association (lists of leaders, minutes): no proof of a DUME, so never fetched.
LEFT = {"actes", "documents_rna", "documents_dac"}


def registry(folder: Path) -> ApiEntreprise:
    time = Time()
    http = httpx.Client(transport=SimulatorTransport(Simulator(lambda: NOW, time.sleep, staging=folder)))
    options = Options(ticks=time.ticks, clock=lambda: NOW)
    return build(options, http, ORIGIN, Token(value="staging"), Cache(time.monotonic))


def ask(client: ApiEntreprise, case: Case) -> SourceResult:
    return client.ask(SOURCE_OF[case.template], case.template, case.params, ASKED)


def replayed(folder: Path) -> list[tuple[Case, SourceResult]]:
    client = registry(folder)
    return [(case, ask(client, case)) for case in load(folder)]


def refused(case: Case) -> bool:
    """Whether a 200 refuses: it names no document, or a conformity that does not hold."""
    data = case.payload["data"]
    if not isinstance(data, dict):
        return False
    code = data.get("entity_status", {}).get("code") if isinstance(data.get("entity_status"), dict) else None
    return code == "refus_de_delivrance" or data.get("eligible") is False


def expected(case: Case) -> SourceStatus:
    refusal = case.status == 200 and refused(case)
    return SourceStatus.NOT_FOUND if refusal else STATUSES[case.status]


def check(folder: Path, tmp_path: Path) -> tuple[int, int, int]:
    """Replay a folder and return how many cases were mapped, gave an answer, and had documents stored."""
    found = replayed(folder)
    assert [(case.name, result.status) for case, result in found] == [
        (case.name, expected(case)) for case, _result in found
    ]
    answers = [(case, result) for case, result in found if result.values or result.documents]
    assert [case.name for case, _result in answers if case.status != 200] == []
    silent = [
        case.name for case, result in found if case.status == 200 and not (result.values or result.documents)
    ]
    assert silent == [case.name for case, _result in found if case.status == 200 and refused(case)]
    assert proposals(result for case, result in found if case.status != 200) == ()
    assert {result.notice for case, result in found if case.status == 200 and refused(case)} == {"not_issued"}
    assert [case.name for case, result in found if result.detail.startswith("document_")] == []
    return len(found), len(answers), stored(found, tmp_path)


def addresses(payload: Any, key: str = "") -> int:
    """Count the addresses of documents that a DUME has a use for."""
    if isinstance(payload, dict):
        return sum(addresses(value, name) for name, value in payload.items() if name not in LEFT)
    if isinstance(payload, list):
        return sum(addresses(item, key) for item in payload)
    return key in {"document_url", "url"} and isinstance(payload, str)


def stored(found: list[tuple[Case, SourceResult]], tmp_path: Path) -> int:
    storage = FileStorage(tmp_path)
    for number, (case, result) in enumerate(found):
        proof_only = case.status == 200 and SOURCE_OF[case.template].proof and not refused(case)
        assert bool(result.documents) >= proof_only
        for place, document in enumerate(result.documents):
            key = f"registry/{number}/{place}"
            kept = storage.put(key, [document.content])
            assert kept.sha256 == document.sha256
            assert kind(b"".join(storage.open(key)))[0] == document.media_type == "application/pdf"
    # The address of an OPQIBI certificate is a page to look at.
    pages = [case for case, _result in found if "opqibi" in case.name and case.status == 200]
    kept_now = len(list(storage.keys("registry/")))
    assert kept_now == sum(addresses(case.payload) for case, _result in found) - len(pages)
    return kept_now


def test_our_cases_are_all_mapped(tmp_path: Path) -> None:
    assert check(OURS, tmp_path) == (13, 5, 1)


@needs_staging
def test_staging_cases_are_all_mapped(tmp_path: Path) -> None:
    assert STAGING is not None
    cases, answers, documents = check(Path(STAGING), tmp_path)
    by_status = [case.status for case in load(Path(STAGING))]
    assert (cases, by_status.count(200)) == (177, 128)
    # Two of the 128 refuse: they are answers without anything to say.
    assert answers == 126
    print(f"{cases} cases, {answers} answers, {documents} documents stored")


@needs_staging
def test_every_staging_folder_belongs_to_a_source() -> None:
    assert STAGING is not None
    folders = {folder.name for folder in Path(STAGING).iterdir() if folder.is_dir()}
    assert {case.name.split("/")[0] for case in load(Path(STAGING))} == folders
    assert {case.template for case in load(Path(STAGING))} <= set(SOURCE_OF)


@needs_staging
def test_protected_person_stays_unknown_at_the_public_level() -> None:
    assert STAGING is not None
    cases = [case for case in load(Path(STAGING)) if "non-diffusible" in case.name and case.status == 200]
    assert cases
    client = registry(Path(STAGING))
    for case in cases:
        result = ask(client, case)
        assert result.values["disseminated"] is False


def test_case_is_found_by_path_and_parameters() -> None:
    client = registry(OURS)
    turnover = SOURCES["turnover"]
    (path,) = turnover.paths
    for year, amount in (("2025", "123456"), ("2024", "98765.43")):
        result = client.ask(turnover, path, {"siret": SIRET, "year": year}, ASKED)
        assert result.values["turnover"][0]["amount"] == amount
    # Without the year, some case of the company answers; another company is unknown to the cases and asked elsewhere.
    assert client.ask(turnover, path, {"siret": SIRET}, ASKED).status == SourceStatus.OBTAINED
    assert (
        client.ask(turnover, path, {"siret": "90000763400018"}, ASKED).values["turnover"][0]["amount"]
        == "128000000"
    )


def test_unknown_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "api_entreprise_v9_astrology").mkdir()
    (tmp_path / "api_entreprise_v9_astrology" / "200.yaml").write_text(
        "params: {}\nstatus: 200\npayload: '{}'\n"
    )
    with pytest.raises(ValueError, match="api_entreprise_v9_astrology"):
        load(tmp_path)
