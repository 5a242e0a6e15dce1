import base64
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import httpx
import pytest
from pypdf import PdfReader

from dume.registry import Options, SourceStatus, for_level, open_registry, options, source
from dume.registry.cache import Cache
from dume.registry.client import ApiEntreprise
from dume.registry.command import prefill, prefill_from, sentences
from dume.registry.errors import LookupIncomplete
from dume.registry.mapping import notices, proposals
from dume.registry.opening import build
from dume.registry.simulator import Simulator
from dume.registry.simulator.companies import Behaviour, companies
from dume.registry.simulator.transport import ORIGIN, SimulatorTransport, application
from dume.registry.token import Token
from procurement.accounts.registry.embedded import DIRECTORY, EmbeddedRegistry
from procurement.core import ids
from procurement.core.errors import Invalid
from procurement.core.settings import SettingsError, load
from tests.factories.registry import BUYER, NOW, SIRET, Time, ask, simulator

COMPLETE, UNKNOWN, DOWN, SLOW = "00000001800010", "00000002600013", "00000003400017", "00000004200010"
STRUCK_OFF, REFUSED, HIDDEN = "00000005900014", "00000006700017", "00000007500010"
FLOODED, EXPIRING = "00000008300014", "00000009100017"
TAX_AND_SOCIAL = {"tax_certificate", "social_certificate", "farm_social", "turnover", "tax_returns"}


def statuses(siret: str, level: int) -> Counter[SourceStatus]:
    return Counter(result.status for result in ask(simulator(), *for_level(level), siret=siret).values())


# ---- The companies ----
def test_thirty_companies_with_valid_numbers() -> None:
    numbers = [company.siret for company in companies().values()]
    assert len(numbers) == 30
    assert [ids.siret(number) for number in numbers] == numbers


def test_directory_and_simulator_know_the_same_companies() -> None:
    directory = {entity.siret: entity for entity in EmbeddedRegistry().entities if entity.kind == "company"}
    shared = {company.siret: company for company in companies().values()}
    assert set(directory) == set(shared) - {HIDDEN}
    for siret, entity in directory.items():
        assert (shared[siret].behaviour == Behaviour.STRUCK_OFF) == entity.closed
        assert (shared[siret].name, shared[siret].city) == (entity.legal_name, entity.city)


def test_directory_hides_who_is_unknown_or_not_disseminated() -> None:
    directory = EmbeddedRegistry()
    assert [directory.find(siret) for siret in (UNKNOWN, HIDDEN)] == [None, None]
    struck_off = directory.find(STRUCK_OFF)
    assert struck_off is not None
    assert struck_off.closed


def test_directory_answers_for_itself_only() -> None:
    results = ask(EmbeddedRegistry(), DIRECTORY, "vat")  # type: ignore[arg-type]  # a lookup, no token
    assert (results["vat"].status, results["vat"].detail) == (SourceStatus.SKIPPED, "not_in_directory")
    assert results[DIRECTORY].values["name"] == "Charpentes Morvan et fils"
    unknown = ask(EmbeddedRegistry(), DIRECTORY, siret=UNKNOWN)  # type: ignore[arg-type]
    assert unknown[DIRECTORY].status == SourceStatus.NOT_FOUND


# ---- The magic numbers ----
@pytest.mark.parametrize("level", [1, 2])
def test_complete_company_gives_everything(level: int) -> None:
    assert statuses(COMPLETE, level) == {SourceStatus.OBTAINED: len(for_level(level))}


def test_unknown_company_gives_nothing() -> None:
    assert statuses(UNKNOWN, 2) == {SourceStatus.NOT_FOUND: 33}
    assert statuses(UNKNOWN, 1) == {SourceStatus.NOT_FOUND: 1, SourceStatus.SKIPPED: 11}
    assert proposals(ask(simulator(), *for_level(2), siret=UNKNOWN).values()) == ()


def test_sources_down_leave_their_questions_open() -> None:
    results = ask(simulator(workers=1), *for_level(2), siret=DOWN)
    assert {
        key for key, result in results.items() if result.status in {"timeout", "unavailable"}
    } == TAX_AND_SOCIAL
    proposed = {proposal.criterion() for proposal in proposals(results.values())}
    assert not proposed & {"tax-pay", "socsec-pay", "gen-year-to", "aver-year-to"}
    assert "year-manpower" in proposed


def test_slow_sources_answer_until_the_half_minute() -> None:
    time = Time()
    results = ask(simulator(time, workers=1), *for_level(2), siret=SLOW)
    assert Counter(result.status for result in results.values()) == {
        SourceStatus.OBTAINED: 3,
        SourceStatus.TIMEOUT: 30,
    }
    # The fourth source was waited for until the end of the half minute, not to its own end.
    assert time.slept == [8.0, 8.0, 8.0, 6.0]


def test_struck_off_company_proposes_no_registration() -> None:
    results = ask(simulator(), *for_level(2), siret=STRUCK_OFF)
    assert "struck_off_on" in results["rcs_extract"].values
    assert results["insee_unit"].values["active"] is False
    found = {proposal.path for proposal in proposals(results.values())}
    assert not [path for path in found if "C26_SC_trade-regist/RG1/RSG1/QSG2" in path]


def test_refusal_is_a_private_notice_and_no_answer() -> None:
    results = ask(simulator(), *for_level(2), siret=REFUSED)
    told = {notice.source for notice in notices(results.values())}
    assert told == {"social_certificate", "building_pension", "farm_social"}
    for key in told:
        assert (results[key].status, dict(results[key].values)) == (SourceStatus.NOT_FOUND, {})
    found = {proposal.criterion() for proposal in proposals(results.values())}
    assert not found & {"tax-pay", "socsec-pay", "nati-ground"}


def test_company_that_is_not_disseminated_is_asked() -> None:
    assert statuses(HIDDEN, 1) == {SourceStatus.NOT_FOUND: 1, SourceStatus.SKIPPED: 11}
    results = ask(simulator(), *for_level(1), siret=HIDDEN)
    assert {result.detail for result in results.values()} == {"http_404", "not_disseminated"}
    assert proposals(results.values()) == ()
    assert "Discret" not in repr(results)


def test_fourth_call_is_one_too_many() -> None:
    results = ask(simulator(workers=1), *for_level(2), siret=FLOODED)
    assert [result.detail for result in results.values()].count("rate_limited") == 30


def test_flooding_one_company_leaves_the_others_alone() -> None:
    registry = simulator()
    ask(registry, *for_level(2), siret=FLOODED)
    ask(registry, *for_level(2), siret=DOWN)
    assert ask(registry, "tax_certificate")["tax_certificate"].status == SourceStatus.OBTAINED


def test_certificates_expire_in_two_simulated_days() -> None:
    now = [NOW]
    registry = simulator(clock=lambda: now[0])
    first = ask(registry, "social_certificate", siret=EXPIRING)["social_certificate"]
    assert first.valid_until == (NOW + timedelta(days=2)).date()
    ordinary = ask(registry, "social_certificate", siret=COMPLETE)["social_certificate"]
    assert ordinary.valid_until == (NOW + timedelta(days=120)).date()
    now[0] += timedelta(days=1)
    again = ask(registry, "social_certificate", siret=EXPIRING, now=now[0])["social_certificate"]
    assert (again.valid_until, again.obtained_at) == ((NOW + timedelta(days=3)).date(), now[0])


def test_every_behaviour_has_its_company() -> None:
    assert {company.behaviour for company in companies().values()} == set(Behaviour)


# ---- The service it stands for ----
def get(path: str, **headers: str) -> httpx.Response:
    time = Time()
    transport = SimulatorTransport(Simulator(lambda: NOW, time.sleep))
    with httpx.Client(transport=transport, base_url=ORIGIN) as http:
        return http.get(path, headers=headers)


FACTS = f"recipient={BUYER}&context=x&object=y"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (f"/v3/european_commission/unites_legales/900001017/numero_tva?{FACTS}", {}, 401),
        ("/v3/european_commission/unites_legales/900001017/numero_tva?recipient=1", {"Authorization": "Bearer x"}, 422),
        (f"/v3/european_commission/unites_legales/123456789/numero_tva?{FACTS}", {"Authorization": "Bearer x"}, 404),
        (f"/v3/nowhere?{FACTS}", {"Authorization": "Bearer x"}, 404),
        (f"/v3/european_commission/unites_legales/900001017/numero_tva?{FACTS}", {"Authorization": "Bearer x"}, 200),
    ],
)  # fmt: skip
def test_simulator_refuses_like_the_service(path: str, headers: dict[str, str], status: int) -> None:
    response = get(path, **headers)
    assert response.status_code == status
    assert response.headers["RateLimit-Limit"] == "250"
    assert response.headers["RateLimit-Remaining"] == "249"
    assert int(response.headers["RateLimit-Reset"]) == int(NOW.timestamp()) // 60 * 60 + 60


def test_document_is_a_readable_page() -> None:
    content = get("/documents/attestation-fiscale-900001017.pdf").content
    (page,) = PdfReader(BytesIO(content)).pages
    assert "Attestation fiscale 900001017" in page.extract_text()
    assert "sans aucune valeur" in page.extract_text()


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    app = application(Simulator(lambda: NOW, Time().sleep))
    server: WSGIServer = make_server("127.0.0.1", 0, app, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_real_client_over_real_http(address: str, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("a-token\n")
    chosen = options(
        settings(**{"pli.dume_registry": "api_entreprise", "pli.dume_token_file": str(file)}), lambda: NOW
    )
    with httpx.Client(trust_env=False) as http:
        registry: ApiEntreprise = build(
            chosen, http, address, Token(value="a-token"), Cache(Time().monotonic)
        )
        over_http = ask(registry, *for_level(2), siret=COMPLETE)
    in_process = ask(simulator(), *for_level(2), siret=COMPLETE)
    assert {key: (result.status, result.values) for key, result in over_http.items()} == {
        key: (result.status, result.values) for key, result in in_process.items()
    }
    assert [len(result.documents) for result in over_http.values() if source(result.source).proof] == [1] * 8


# ---- Settings and the command ----
def settings(**changes: str):
    return load({"pli.environment": "test", "pli.secret_key": "k" * 32, **changes}, {})


def test_simulator_is_the_default() -> None:
    registry = open_registry(options(settings(), lambda: NOW))
    assert ask(registry, "vat")["vat"].status == SourceStatus.OBTAINED
    assert (registry.token.expires_at, registry.token.scopes) == (None, ())


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"pli.dume_registry": "carrier_pigeon"}, "takes simulator or api_entreprise"),
        ({"pli.dume_registry": "api_entreprise"}, "dume_token_file is missing"),
        ({"pli.dume_api_entreprise_url": "https://x/"}, "without a final slash"),
        ({"pli.dume_api_entreprise_url": "x"}, "without a final slash"),
        ({"pli.dume_registri": "simulator"}, r"Did you mean pli\.dume_registry"),
    ],
)
def test_settings_say_what_is_wrong(changes: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        settings(**changes)


def test_production_sends_its_token_encrypted_only() -> None:
    changes = {
        "pli.environment": "production",
        "pli.timestamp_url": "https://tsa.example",
        "pli.dume_registry": "api_entreprise",
        "pli.dume_token_file": "/nowhere",
        "pli.dume_api_entreprise_url": "http://entreprise.api.gouv.fr",
    }
    with pytest.raises(SettingsError, match="takes https:// in production"):
        settings(**changes)


@pytest.mark.parametrize(
    ("content", "sentence"), [(None, "cannot be read"), ("\n", "names no file that holds")]
)
def test_token_file_must_hold_a_token(tmp_path: Path, content: str | None, sentence: str) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SettingsError, match=sentence):
        open_registry(Options(registry="api_entreprise", token_file=file))


def test_prefill_prints_statuses_and_proposals() -> None:
    found = prefill(REFUSED, 2, BUYER, "2027-000001", simulator(), NOW)
    assert [row["source"] for row in found["sources"]] == list(for_level(2))
    assert found["token"] == {"expires_at": None, "expires_soon": False, "scopes": []}
    by_source = {row["source"]: row for row in found["sources"]}
    assert (by_source["social_certificate"]["status"], by_source["social_certificate"]["notice"]) == (
        "not_found",
        "not_issued",
    )
    assert [notice["params"]["source"] for notice in found["notices"]] == [
        "Urssaf, attestation de vigilance",
        "MSA, conformité des cotisations",
        "PRO BTP, conformité des cotisations retraite",
    ]
    names = [row["value"] for row in found["proposals"] if row["property"] == "EO/name"]
    assert names == ["Plâtrerie Sursis (essai : attestation non délivrée)"]
    assert len(found["reached_criteria"]) == 14


@pytest.mark.parametrize("siret", ["", "123", "90000101700013", "ABCDEFGHIJKLMN"])
def test_prefill_refuses_a_bad_number(siret: str) -> None:
    with pytest.raises(Invalid):
        prefill(siret, 1, BUYER, "2027-000001", simulator(), NOW)


def test_prefill_of_an_ordinary_company_at_the_public_level() -> None:
    found = prefill(SIRET, 1, BUYER, "2027-000001", simulator(), NOW)
    assert {row["criterion"] for row in found["proposals"]} == {
        None, "sme", "trade-regist", "prof-regist", "finan-rat", "envir-certif-indep",
    }  # fmt: skip


INI = """[app:main]
pli.environment = test
pli.secret_key = kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk
pli.dume_recipient = 21990410900010
pli.dume_object = 2027-000001
"""


def test_prefill_takes_buyer_and_procedure_from_the_settings(tmp_path: Path) -> None:
    ini = tmp_path / "essay.ini"
    ini.write_text(INI)
    found = prefill_from(ini, COMPLETE, level=2, recipient=None, reference=None)
    assert (found["recipient"], found["object"]) == (BUYER, "2027-000001")
    assert {row["status"] for row in found["sources"]} == {"obtained"}
    other = prefill_from(ini, COMPLETE, level=1, recipient="26990822400018", reference="A-1")
    assert (other["recipient"], other["object"], len(other["sources"])) == ("26990822400018", "A-1", 12)


def test_prefill_without_a_buyer_says_so(tmp_path: Path) -> None:
    ini = tmp_path / "essay.ini"
    ini.write_text(INI.replace("pli.dume_recipient = 21990410900010\n", ""))
    with pytest.raises(LookupIncomplete) as refused:
        prefill_from(ini, COMPLETE, level=2, recipient=None, reference=None)
    assert refused.value.params == {"missing": "recipient"}


def test_sentences_say_each_source_and_each_value() -> None:
    found = prefill(UNKNOWN, 1, BUYER, "2027-000001", simulator(), NOW)
    assert sentences(found).splitlines()[:2] == [
        "INSEE, unité légale : introuvable ou pas à jour",
        "INSEE, siège social : source non interrogée",
    ]
    assert sentences(found).endswith("Aucune valeur proposée : c’est à l’entreprise de répondre.")
    told = sentences(prefill(REFUSED, 2, BUYER, "2027-000001", simulator(), NOW))
    assert '  EO/identifier [1] = {"value": "00000006700017", "scheme": "NATIONAL"}' in told.splitlines()
    assert "Urssaf, attestation de vigilance n’a pas transmis d’attestation." in told
    found["token"] = {"expires_at": "2027-03-01T00:00:00+00:00", "expires_soon": True, "scopes": []}
    assert sentences(found).splitlines()[0].startswith("Le jeton d’accès se termine le 2027-03-01")


@pytest.mark.parametrize(
    ("claims", "warnings"), [('{"exp": 1807000000}', 1), ('{"exp": 1900000000}', 0), ("{}", 0)]
)
def test_token_that_ends_soon_is_announced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, claims: str, warnings: int
) -> None:
    file = tmp_path / "token"
    file.write_text(f"e30.{base64.urlsafe_b64encode(claims.encode()).decode()}.c2ln")
    registry = open_registry(Options(registry="api_entreprise", token_file=file, clock=lambda: NOW))
    assert [record.getMessage() for record in caplog.records] == [
        f"The API Entreprise token ends on {registry.token.expires_at}: ask for another."
    ] * warnings


def test_staging_folder_stands_beside_the_companies() -> None:
    ours = Path(__file__).parents[2] / "vectors" / "dume" / "registry"
    registry = open_registry(options(settings(**{"pli.dume_staging_directory": str(ours)}), lambda: NOW))
    results = ask(registry, "vat", "insee_unit_public")
    assert results["vat"].values == {"vat": "FR00900001017"}
    assert results["insee_unit_public"].values["name"] == "Charpentes Morvan et fils"


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        (None, "names no folder"),
        ("status: 200", "cannot be read"),
        ("params: {siren: '1'}\nstatus: 200\npayload: '{'", "cannot be read"),
    ],
)
def test_staging_folder_that_is_none_stops_the_start(tmp_path: Path, case: str | None, sentence: str) -> None:
    folder = tmp_path / "cases"
    if case is not None:
        (folder / "api_entreprise_v3_european_commission_vies").mkdir(parents=True)
        (folder / "api_entreprise_v3_european_commission_vies" / "200.yaml").write_text(case)
    with pytest.raises(SettingsError, match=sentence):
        open_registry(Options(staging=folder))
