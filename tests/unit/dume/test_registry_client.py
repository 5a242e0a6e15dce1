import hashlib
from datetime import timedelta

import httpx
import pytest

from dume.registry import SourceStatus
from dume.registry.errors import LookupIncomplete, UnknownSource
from dume.registry.token import Token, parse
from procurement.core.errors import Invalid
from tests.factories.registry import (
    BUYER,
    NOW,
    ORIGIN,
    OTHER_BUYER,
    PDF,
    SIRET,
    Script,
    Time,
    answer,
    ask,
    client,
    error,
)

VAT = {"tva_number": "FR82900001017"}
#: A protected source of one path: the public gate has no say.
ONE = "insee_successions"
LINKS = {"predecesseurs": [{"siret": "90000101700004", "date_succession": "2020-01-01"}], "successeurs": []}


def public(request: httpx.Request) -> httpx.Response:
    unit = {"siren": "900001017", "status_diffusion": "diffusible", "etat_administratif": "A"}
    return answer(unit if "diffusibles" in request.url.path else VAT)


# ---- What a question must carry ----
@pytest.mark.parametrize("missing", ["recipient", "context", "object"])
def test_lookup_without_a_mandatory_fact_asks_nobody(missing: str) -> None:
    script = Script(lambda _request: answer(VAT))
    facts = {"recipient": BUYER, "context": "Marchés publics", "object": "2027-000001", missing: " "}
    with pytest.raises(LookupIncomplete) as refused:
        client(script).lookup(SIRET, ["vat"], now=NOW, **facts)
    assert (refused.value.code, refused.value.params) == ("dume.lookup_incomplete", {"missing": missing})
    assert script.requests == []


@pytest.mark.parametrize(("siret", "recipient"), [("90000101700013", BUYER), (SIRET, "1234")])
def test_lookup_with_a_wrong_number_asks_nobody(siret: str, recipient: str) -> None:
    script = Script(lambda _request: answer(VAT))
    with pytest.raises(Invalid):
        ask(client(script), "vat", siret=siret, recipient=recipient)
    assert script.requests == []


def test_lookup_of_an_unknown_source_is_refused() -> None:
    with pytest.raises(UnknownSource) as refused:
        ask(client(Script(public)), "horoscope")
    assert refused.value.code == "dume.unknown_source"


def test_call_carries_token_and_facts() -> None:
    script = Script(lambda _request: answer(LINKS))
    ask(client(script), ONE)
    (request,) = script.requests
    assert request.headers["authorization"] == "Bearer secret-token"
    assert dict(request.url.params) == {
        "recipient": BUYER,
        "context": "Marchés publics",
        "object": "2027-000001",
    }
    assert str(request.url.copy_with(query=None)) == (
        f"{ORIGIN}/v3/insee/sirene/etablissements/{SIRET}/successions"
    )


# ---- What an answer means ----
@pytest.mark.parametrize(
    ("code", "status"),
    [
        (301, SourceStatus.UNAVAILABLE),
        (400, SourceStatus.BAD_PARAMETER),
        (401, SourceStatus.NO_RIGHT),
        (403, SourceStatus.NO_RIGHT),
        (404, SourceStatus.NOT_FOUND),
        (422, SourceStatus.BAD_PARAMETER),
        (451, SourceStatus.LEGAL_BLOCK),
        (500, SourceStatus.UNAVAILABLE),
        (502, SourceStatus.UNAVAILABLE),
        (504, SourceStatus.TIMEOUT),
    ],
)
def test_only_200_gives_values(code: int, status: SourceStatus) -> None:
    result = ask(client(Script(lambda _request: error(code))), ONE)[ONE]
    assert (result.status, dict(result.values), result.documents) == (status, {}, ())
    assert result.detail == f"http_{code}"


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", b"{}", b'{"data": null}', b'{"data": "x"}', b"\xff", b'{"data":' + b"[" * 99_999],
)
def test_unexpected_body_is_no_answer(body: bytes) -> None:
    result = ask(client(Script(lambda _request: httpx.Response(200, content=body))), ONE)[ONE]
    assert (result.status, result.detail) == (SourceStatus.UNAVAILABLE, "unexpected_answer")


def test_endless_body_is_no_answer() -> None:
    script = Script(lambda _request: httpx.Response(200, content=b" " * ((4 << 20) + 1)))
    assert ask(client(script), ONE)[ONE].detail == "unexpected_answer"


@pytest.mark.parametrize(
    ("failure", "status", "detail"),
    [
        (httpx.ConnectError("refused"), SourceStatus.UNAVAILABLE, "no_connection"),
        (httpx.ReadTimeout("slow"), SourceStatus.TIMEOUT, "no_answer_in_time"),
    ],
)
def test_network_failures_have_their_status(
    failure: httpx.HTTPError, status: SourceStatus, detail: str
) -> None:
    def fail(_request: httpx.Request) -> httpx.Response:
        raise failure

    result = ask(client(Script(fail)), ONE)[ONE]
    assert (result.status, result.detail) == (status, detail)


@pytest.mark.parametrize(("code", "calls"), [(502, 2), (504, 2), (404, 1), (500, 1)])
def test_failing_provider_is_tried_once_more(code: int, calls: int) -> None:
    script = Script(lambda _request: error(code))
    ask(client(script), ONE)
    assert len(script.requests) == calls


def test_second_try_may_answer() -> None:
    answers = iter([error(502), answer(LINKS)])
    result = ask(client(Script(lambda _request: next(answers))), ONE)[ONE]
    assert (result.status, result.values["predecessors"][0]["on"]) == (SourceStatus.OBTAINED, "2020-01-01")


def test_newest_path_first_and_the_older_one_without_a_right() -> None:
    def by_version(request: httpx.Request) -> httpx.Response:
        return error(403) if request.url.path.startswith("/v4/") else answer({"siren": "900001017"})

    script = Script(by_version)
    assert ask(client(script), "insee_unit")["insee_unit"].values["siren"] == "900001017"
    assert script.paths == [
        "/v4/insee/sirene/unites_legales/900001017",
        "/v3/insee/sirene/unites_legales/900001017",
    ]


def test_not_found_on_the_newest_path_is_the_answer() -> None:
    script = Script(lambda _request: error(404))
    ask(client(script), "insee_unit")
    assert script.paths == ["/v4/insee/sirene/unites_legales/900001017"]


def test_three_closed_years_are_joined() -> None:
    def by_year(request: httpx.Request) -> httpx.Response:
        year = request.url.path.rsplit("/", 1)[1]
        if year == "2025":
            return error(404)
        row = {
            "regime": "r",
            "nature": "effectif_moyen_annuel",
            "value": 3.5,
            "date_derniere_mise_a_jour": f"{year}-02-01",
        }
        return answer({"annee": year, "effectifs_annuel": [row]})

    result = ask(client(Script(by_year)), "headcount_yearly")["headcount_yearly"]
    assert result.values == {"headcount": [{"year": "2026", "mean": "3.5"}, {"year": "2024", "mean": "3.5"}]}
    assert str(result.as_of) == "2026-02-01"


# ---- The public level ----
def test_public_sources_answer_for_a_disseminated_company() -> None:
    assert ask(client(Script(public)), "vat")["vat"].values == {"vat": "FR82900001017"}


@pytest.mark.parametrize(
    ("gate", "detail"),
    [
        (answer({"siren": "900001017", "status_diffusion": "partiellement_diffusible"}), "not_disseminated"),
        (error(404), "not_disseminated"),
        (error(451), "not_disseminated"),
        (error(500), "dissemination_unknown"),
    ],
)
def test_public_sources_keep_silent_unless_insee_disseminates(gate: httpx.Response, detail: str) -> None:
    script = Script(lambda request: gate if "diffusibles" in request.url.path else answer(VAT))
    result = ask(client(script), "vat")["vat"]
    assert (result.status, result.detail, dict(result.values)) == (SourceStatus.SKIPPED, detail, {})
    assert [path for path in script.paths if "numero_tva" in path] == []


# ---- Memory ----
def test_answers_are_remembered_for_one_recipient_only() -> None:
    script = Script(lambda _request: answer(LINKS))
    registry = client(script)
    ask(registry, ONE)
    ask(registry, ONE)
    assert len(script.requests) == 1
    ask(registry, ONE, recipient=OTHER_BUYER)
    assert [request.url.params["recipient"] for request in script.requests] == [BUYER, OTHER_BUYER]


@pytest.mark.parametrize(
    ("response", "seconds"), [(answer(LINKS), 3_600), (error(404), 900), (error(403), 900)]
)
def test_memory_ends(response: httpx.Response, seconds: float) -> None:
    script, time = Script(lambda _request: response), Time()
    registry = client(script, time)
    ask(registry, ONE)
    time.sleep(seconds - 1)
    ask(registry, ONE)
    assert len(script.requests) == 1
    time.sleep(1)
    ask(registry, ONE)
    assert len(script.requests) == 2


def test_failure_is_not_remembered() -> None:
    answers = iter([error(500), answer(LINKS)])
    registry = client(Script(lambda _request: next(answers)))
    assert [ask(registry, ONE)[ONE].status for _turn in range(2)] == [
        SourceStatus.UNAVAILABLE,
        SourceStatus.OBTAINED,
    ]


# ---- Limits ----
def test_429_stops_every_call_for_as_long_as_it_says() -> None:
    script, time = Script(lambda _request: error(429, **{"Retry-After": "40"})), Time()
    registry = client(script, time)
    assert ask(registry, ONE)[ONE].detail == "rate_limited"
    result = ask(registry, "insee_address")["insee_address"]
    assert (result.status, result.detail, len(script.requests)) == (
        SourceStatus.UNAVAILABLE,
        "rate_limited",
        1,
    )
    script.handler = lambda _request: answer(LINKS)
    time.sleep(40)
    assert ask(registry, ONE)[ONE].status == SourceStatus.OBTAINED


def test_spent_allowance_is_waited_for() -> None:
    reset = str(int((NOW + timedelta(seconds=5)).timestamp()))
    headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": reset}
    time = Time()
    registry = client(Script(lambda _request: answer(LINKS, **headers)), time)
    ask(registry, ONE, "insee_address")
    assert time.slept == [5.0]


def test_a_minute_holds_250_calls_and_then_they_are_spread() -> None:
    script, time = Script(lambda _request: error(404)), Time()
    registry = client(script, time)
    for _turn in range(251):
        ask(registry, ONE)
        registry._cache._held.clear()
    assert len(script.requests) == 251
    assert [round(pause, 2) for pause in time.slept] == [round(60 / 250, 2)]


def test_documents_have_a_smaller_allowance() -> None:
    script, time = Script(lambda _request: error(404)), Time()
    registry = client(script, time)
    for _turn in range(51):
        ask(registry, "fntp")
        registry._cache._held.clear()
    assert [round(pause, 1) for pause in time.slept] == [1.2]


# ---- A provider that is down ----
def test_provider_down_is_left_alone_then_tried_once() -> None:
    script, time = Script(lambda _request: error(500)), Time()
    registry = client(script, time)
    for _turn in range(5):
        ask(registry, ONE)
    assert ask(registry, ONE)[ONE].detail == "provider_resting"
    assert len(script.requests) == 5
    script.handler = lambda _request: answer(VAT)
    assert ask(registry, "association")["association"].detail != "provider_resting"
    time.sleep(60)
    script.handler = lambda _request: answer(LINKS)
    assert ask(registry, ONE)[ONE].status == SourceStatus.OBTAINED


def test_refusals_do_not_open_the_breaker() -> None:
    script = Script(lambda _request: error(404))
    registry = client(script)
    for _turn in range(7):
        ask(registry, ONE)
        registry._cache._held.clear()
    assert len(script.requests) == 7


# ---- Time ----
def test_source_that_takes_too_long_is_a_timeout() -> None:
    time = Time()

    def drip(_request: httpx.Request) -> httpx.Response:
        time.sleep(11)
        return answer(LINKS)

    result = ask(client(Script(drip), time), ONE)[ONE]
    assert (result.status, result.detail) == (SourceStatus.TIMEOUT, "no_answer_in_time")


def test_thirty_seconds_for_everything() -> None:
    time = Time()

    def slow(_request: httpx.Request) -> httpx.Response:
        time.sleep(9)
        return error(404)

    script = Script(slow)
    asked = (
        "insee_address",
        "insee_successions",
        "turnover",
        "farm_social",
        "building_pension",
        "qualifelec",
    )
    results = ask(client(script, time), *asked)
    assert [results[key].status for key in asked] == [SourceStatus.NOT_FOUND] * 3 + [SourceStatus.TIMEOUT] * 3
    assert len(script.requests) == 4


# ---- Documents ----
def certificate(url: str) -> dict[str, object]:
    return {"document_url": url, "document_url_expires_in": 600, "date_delivrance_attestation": "2027-01-02"}


def with_document(url: str, document: httpx.Response) -> Script:
    path = httpx.URL(url).path
    return Script(lambda request: document if request.url.path == path else answer(certificate(url)))


def test_document_is_fetched_at_once_without_the_token() -> None:
    url = "https://storage.entreprise.api.gouv.fr/siade/attestation.pdf?expires=600"
    script = with_document(url, httpx.Response(200, content=PDF))
    result = ask(client(script), "tax_certificate")["tax_certificate"]
    assert result.document is not None
    assert (result.document.content, result.document.media_type, result.document.name) == (
        PDF,
        "application/pdf",
        "attestation-fiscale.pdf",
    )
    assert result.document.sha256 == hashlib.sha256(PDF).hexdigest()
    assert "authorization" not in script.requests[1].headers
    assert str(script.requests[1].url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://raw.githubusercontent.com/a.pdf",
        "http://storage.entreprise.api.gouv.fr/a.pdf",
        "https://storage.entreprise.api.gouv.fr:8443/a.pdf",
        "https://user@storage.entreprise.api.gouv.fr/a.pdf",
        "https://entreprise.api.gouv.fr.example.org/a.pdf",
        "https://evilentreprise.api.gouv.fr/a.pdf",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a.pdf",
        "https://[oops/a.pdf",
        "file:///etc/passwd",
        "a.pdf",
    ],
)
def test_document_elsewhere_is_not_fetched(url: str) -> None:
    script = Script(lambda _request: answer(certificate(url)))
    result = ask(client(script), "tax_certificate")["tax_certificate"]
    assert (result.status, result.detail, dict(result.values)) == (
        SourceStatus.UNAVAILABLE,
        "document_host",
        {},
    )
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    ("document", "detail"),
    [
        (httpx.Response(200, content=b"<html>please sign in</html>"), "document_kind"),
        (httpx.Response(200, content=b""), "document_kind"),
        (httpx.Response(200, content=PDF + b"0" * (10 << 20)), "document_too_large"),
        (httpx.Response(404, content=PDF), "document_unavailable"),
        (httpx.Response(302, headers={"Location": "http://127.0.0.1/"}, content=PDF), "document_unavailable"),
    ],
)
def test_document_that_is_not_one_is_refused(document: httpx.Response, detail: str) -> None:
    url = "https://storage.entreprise.api.gouv.fr/siade/a.pdf"
    script = with_document(url, document)
    result = ask(client(script), "tax_certificate")["tax_certificate"]
    assert (result.status, result.detail, result.documents) == (SourceStatus.UNAVAILABLE, detail, ())
    assert len(script.requests) == 2


def test_values_stay_when_a_document_beside_them_cannot_be_had() -> None:
    data = {
        "document_url": "https://elsewhere.example/a.pdf",
        "identite_entreprise": {"siren": "900001017", "denomination": "Charpentes"},
    }
    result = ask(client(Script(lambda _request: answer(data))), "rne_extract")["rne_extract"]
    assert (result.status, result.detail, result.values["name"]) == (
        SourceStatus.OBTAINED,
        "document_host",
        "Charpentes",
    )


# ---- The token ----
#: Header and claims of our own, signed with a key that nobody keeps: exp 2028-07-01, scopes attestations_fiscales.
JWT = (
    "eyJhbGciOiJIUzI1NiJ9."
    "eyJleHAiOiAxODQ2MDIyNDAwLCAic2NvcGVzIjogWyJhdHRlc3RhdGlvbnNfZmlzY2FsZXMiXX0."
    "c2lnbmF0dXJl"
)


def test_token_tells_its_end_and_its_rights() -> None:
    token = parse(f"{JWT}\n")
    assert (token.value, token.scopes) == (JWT, ("attestations_fiscales",))
    assert token.expires_at is not None
    end = token.expires_at
    assert end.isoformat() == "2028-07-01T00:00:00+00:00"
    assert [token.expires_soon(end - timedelta(days=days)) for days in (91, 90)] == [False, True]
    assert [token.expired(end - timedelta(seconds=1)), token.expired(end)] == [False, True]
    assert JWT not in repr(token)


@pytest.mark.parametrize("value", ["", "opaque", "a.b.c", "a.W10.c", "é.é.é"])
def test_token_that_cannot_be_read_never_ends(value: str) -> None:
    token = parse(value)
    assert (token.value, token.expires_at, token.scopes, token.expired(NOW)) == (value, None, (), False)


def test_expired_token_is_not_sent() -> None:
    script = Script(lambda _request: answer(LINKS))
    registry = client(script, token=Token(value="old", expires_at=NOW))
    result = ask(registry, ONE)[ONE]
    assert (result.status, result.detail, script.requests) == (SourceStatus.NO_RIGHT, "token_expired", [])
