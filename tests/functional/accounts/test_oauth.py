"""API clients get tokens and use them: proofs, scopes, expiry, revocation, errors of RFC 6749."""

import base64
import hmac
import json
import time
import uuid
from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from sqlalchemy import select, update
from webtest import TestApp

from procurement.accounts.bearer import REMEMBERED, TokenClients
from procurement.accounts.models.clients import ApiKey, ApiToken
from procurement.accounts.queries import clients as queries
from procurement.accounts.rules.clients import ClientState
from procurement.accounts.service import api_clients, api_keys, api_tokens
from procurement.accounts.service.api_clients import Signed
from procurement.core import journal
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.errors import Conflict, Forbidden, Invalid, NotFound
from procurement.core.permissions import scopes
from procurement.core.runtime import Runtime
from procurement.core.security import BearerSource, Identity
from procurement.core.vault import KeyVault
from tests.factories.accounts import create_organisation_of
from tests.factories.clients import Vendor, bearer, create_vendor, take_token

LOG = "/api/v1/request-log"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.fixture
def vendor(runtime: Runtime) -> Vendor:
    return create_vendor(runtime)


def ask(app: TestApp, vendor: Vendor | None, **form: str):
    app.authorization = vendor.basic if vendor else None
    answer = app.post(
        "/oauth/token", {"grant_type": "client_credentials", **form}, status="*", expect_errors=True
    )
    app.authorization = None
    return answer


def test_a_client_takes_a_token_and_reads_its_log(app: TestApp, vendor: Vendor) -> None:
    answer = ask(app, vendor, scope="log:read")
    assert (
        answer.status_int,
        answer.json["token_type"],
        answer.json["expires_in"],
        answer.json["scope"],
    ) == (
        200,
        "Bearer",
        3600,
        "log:read",
    )
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    read = app.get(LOG, headers={"Authorization": f"Bearer {answer.json['access_token']}"})
    assert [(item["path"], item["status"]) for item in read.json["items"]] == [("/oauth/token", 200)]
    assert "Set-Cookie" not in answer.headers and "Set-Cookie" not in read.headers


def test_without_scope_all_that_the_client_has_is_given(app: TestApp, runtime: Runtime) -> None:
    vendor = create_vendor(runtime, allowed=("oe:read", "log:read"))
    assert ask(app, vendor).json["scope"] == "log:read oe:read"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"scope": "oe:read"}, 400, "invalid_scope"),
        ({"scope": "no:such"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
    ],
)
def test_refusals_follow_rfc_6749(
    app: TestApp, runtime: Runtime, form: dict[str, str], status: int, error: str
) -> None:
    vendor = create_vendor(runtime, allowed=("log:read",))
    answer = ask(app, vendor, **form)
    assert (answer.status_int, answer.content_type, answer.json["error"]) == (
        status,
        "application/json",
        error,
    )
    assert answer.json["error_uri"] == answer.json["type"] == f"http://localhost/aide/erreurs/oauth.{error}"
    assert answer.json["error_description"] and answer.json["request_id"]


def test_a_wrong_secret_and_an_unknown_client_are_told_alike(app: TestApp, vendor: Vendor) -> None:
    wrong = ask(app, Vendor(vendor.id, vendor.public_id, "plis_wrong"))
    unknown = ask(app, Vendor(vendor.id, "pli-nobody", vendor.secret))
    nothing = ask(app, None)
    assert {answer.status_int for answer in (wrong, unknown, nothing)} == {401}
    assert {answer.json["error"] for answer in (wrong, unknown, nothing)} == {"invalid_client"}
    assert wrong.json["detail"] == unknown.json["detail"]
    assert wrong.headers["WWW-Authenticate"] == 'Basic realm="pli", charset="UTF-8"'


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic " + base64.b64encode(b"no colon").decode()])
def test_an_unreadable_proof_is_no_proof(app: TestApp, header: str) -> None:
    answer = app.post(
        "/oauth/token",
        {"grant_type": "client_credentials"},
        headers={"Authorization": header},
        status=401,
    )
    assert answer.json["error"] == "invalid_client"


def test_a_secret_in_the_form_is_not_taken(app: TestApp, vendor: Vendor) -> None:
    form = {"client_id": vendor.public_id, "client_secret": vendor.secret, "grant_type": "client_credentials"}
    assert app.post("/oauth/token", form, status=401).json["error"] == "invalid_client"


def test_a_parameter_given_twice_is_refused(app: TestApp, vendor: Vendor) -> None:
    app.authorization = vendor.basic
    form = [("grant_type", "client_credentials"), ("scope", "log:read"), ("scope", "oe:read")]
    answer = app.post("/oauth/token", form, status=400)
    assert answer.json["error"] == "invalid_request"


def test_the_token_endpoint_takes_a_form_alone(app: TestApp, vendor: Vendor) -> None:
    answer = app.post_json("/oauth/token", {"grant_type": "client_credentials"}, status=415)
    assert answer.json["code"] == "http.unsupported_media_type"


def test_secrets_and_tokens_are_not_in_the_database(app: TestApp, vendor: Vendor, database: Database) -> None:
    token = take_token(app, vendor)
    with database.read() as session:
        key = session.scalars(select(ApiKey)).one()
        row = session.scalars(select(ApiToken)).one()
    assert vendor.secret not in str(vars(key)) and token not in str(vars(row))
    assert key.used_at is not None


@pytest.mark.parametrize("scope", sorted(scopes()))
def test_a_scope_opens_its_own_routes_alone(app: TestApp, vendor: Vendor, scope: str) -> None:
    answer = app.get(LOG, headers=bearer(app, vendor, scope), status="*")
    assert answer.status_int == (200 if scope == "log:read" else 403)
    if scope != "log:read":
        assert (answer.json["code"], answer.json["scope"]) == ("api.scope_missing", "log:read")
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_a_token_lives_for_an_hour(app: TestApp, vendor: Vendor, clock: SandboxClock) -> None:
    headers = bearer(app, vendor)
    clock.advance(seconds=3599)
    app.get(LOG, headers=headers, status=200)
    clock.advance(seconds=1)
    answer = app.get(LOG, headers=headers, status=401)
    assert answer.json["code"] == "api.token_invalid"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="pli", error="invalid_token"'


def test_without_a_token_one_is_asked_for(app: TestApp) -> None:
    answer = app.get(LOG, status=401)
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="pli"'
    assert answer.content_type == "application/problem+json"


def test_a_token_works_on_api_routes_alone(app: TestApp, vendor: Vendor) -> None:
    headers = bearer(app, vendor)
    assert app.get("/api/v1/session", headers=headers, status=401).json["code"] == "http.unauthorized"
    assert app.get("/equipe", headers=headers, status=303).location.startswith("http://localhost/connexion")


def test_revoking_a_key_ends_its_tokens_and_leaves_the_other(
    app: TestApp, vendor: Vendor, runtime: Runtime
) -> None:
    now, vault = runtime.clock.now(), runtime.find(KeyVault)
    with runtime.database.write() as session:
        first = queries.keys_of(session, vendor.id)[0]
        second = api_keys.add_secret(session, vault, vendor.id, label="second", by=None, now=now)
        with pytest.raises(Conflict, match=r"client\.too_many_keys"):
            api_keys.add_secret(session, vault, vendor.id, by=None, now=now)
    old, new = bearer(app, vendor), bearer(app, Vendor(vendor.id, vendor.public_id, second.secret))
    with runtime.database.write() as session:
        api_keys.revoke_key(session, vendor.id, first.id, by=None, now=now)
    app.get(LOG, headers=old, status=401)
    app.get(LOG, headers=new, status=200)
    assert ask(app, vendor).json["error"] == "invalid_client"


def test_a_revocation_elsewhere_is_noticed_within_a_minute(
    app: TestApp, vendor: Vendor, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process (the command line) revokes: this one looks the token up again after half a minute."""
    moment = [1000.0]
    source = TokenClients(monotonic=lambda: moment[0])
    monkeypatch.setitem(runtime.registry["pli.services"], BearerSource, source)
    headers = bearer(app, vendor)
    app.get(LOG, headers=headers, status=200)
    with runtime.database.write() as session:
        session.execute(update(ApiKey).values(revoked_at=runtime.clock.now()))
    moment[0] += REMEMBERED - 1
    app.get(LOG, headers=headers, status=200)
    moment[0] += 1
    app.get(LOG, headers=headers, status=401)
    assert REMEMBERED <= 60


def test_a_revoked_client_is_out_at_once(app: TestApp, vendor: Vendor, runtime: Runtime) -> None:
    headers = bearer(app, vendor)
    with runtime.database.write() as session:
        api_clients.revoke(session, vendor.id, by=None, now=runtime.clock.now())
    app.get(LOG, headers=headers, status=401)
    assert ask(app, vendor).status_int == 401


def test_a_scope_taken_away_is_lost_by_tokens_already_given(
    app: TestApp, vendor: Vendor, runtime: Runtime
) -> None:
    headers = bearer(app, vendor)
    with runtime.database.write() as session:
        api_clients.change_scopes(session, vendor.id, ["oe:read"], by=None, now=runtime.clock.now())
    app.get(LOG, headers=headers, status=403)


def test_states_move_step_by_step_and_leave_their_trace(vendor: Vendor, runtime: Runtime) -> None:
    now = runtime.clock.now()
    with runtime.database.write() as session:
        with pytest.raises(Conflict, match=r"client\.move_refused"):
            api_clients.move(session, vendor.id, ClientState.PRODUCTION, by=None, now=now)
        with pytest.raises(Conflict, match=r"client\.owner_missing"):
            api_clients.move(session, vendor.id, ClientState.QUALIFICATION, by=None, now=now)
        owner = create_organisation_of(session, "company", now)
        api_clients.give_owner(session, vendor.id, owner.id, by=None, now=now)
        for state in (ClientState.QUALIFICATION, ClientState.PRODUCTION):
            assert api_clients.move(session, vendor.id, state, by=None, now=now).state is state
        moves = [
            entry.data
            for entry in journal.history(session, vendor.id)
            if entry.action == "accounts:client:moved"
        ]
    assert moves == [
        {"from": "sandbox", "to": "qualification"},
        {"from": "qualification", "to": "production"},
    ]


def test_only_a_production_client_gets_a_token_in_production(vendor: Vendor, runtime: Runtime) -> None:
    vault, now = runtime.find(KeyVault), runtime.clock.now()
    with runtime.database.write() as session:
        proven = api_tokens.by_secret(session, vault, vendor.public_id, vendor.secret)
        with pytest.raises(api_tokens.TokenRefused, match=r"oauth\.unauthorized_client"):
            api_tokens.issue(session, proven, None, production=True, now=now)


def test_in_production_a_mandate_is_needed(runtime: Runtime) -> None:
    now = runtime.clock.now()
    with runtime.database.write() as session:
        owner, buyer = (create_organisation_of(session, kind, now) for kind in ("company", "buyer"))
    vendor = create_vendor(runtime, organisation_id=owner.id, state=ClientState.PRODUCTION)
    who = Identity(
        person_id=vendor.id, name="", email="", client_id=vendor.id, client_state=ClientState.PRODUCTION
    )
    day, scope = now.date(), "acheteur:write"

    def check(identity: Identity = who, wanted: str = scope) -> None:
        with runtime.database.read() as session:
            api_clients.require_mandate(session, identity, buyer.siret, wanted, now=now)

    def record(signed_on: date, ends_on: date | None) -> None:
        signed = Signed(
            siret=buyer.siret, signatory="Mme Essai", signed_on=signed_on, ends_on=ends_on, scopes=(scope,)
        )
        with runtime.database.write() as session:
            api_clients.record_mandate(session, vendor.id, signed, by=None, now=now)

    with pytest.raises(Forbidden, match=r"client\.mandate_missing"):
        check()
    check(Identity(person_id=vendor.id, name="", email="", client_id=vendor.id, client_state="sandbox"))
    record(day - timedelta(days=9), day - timedelta(days=1))
    record(day + timedelta(days=1), None)
    with pytest.raises(Forbidden):
        check()
    record(day, day)
    check()
    with pytest.raises(Forbidden):
        check(wanted="acheteur:publish")
    with runtime.database.write() as session:
        last = queries.mandates_of(session, vendor.id)[-1]
        api_clients.withdraw_mandate(session, vendor.id, last.id, by=None, now=now)
    with pytest.raises(Forbidden):
        check()


KEYS = {
    "ES256": lambda: ECKey.generate_key("P-256"),
    "ES384": lambda: ECKey.generate_key("P-384"),
    "Ed25519": lambda: OKPKey.generate_key("Ed25519"),
    "PS256": lambda: RSAKey.generate_key(2048),
    "RS256": lambda: RSAKey.generate_key(2048),
}


def claims(vendor: Vendor, **changes: object) -> dict[str, object]:
    now = int(time.time())
    told = {
        "iss": vendor.public_id,
        "sub": vendor.public_id,
        "aud": "http://localhost/oauth/token",
        "exp": now + 120,
        "iat": now,
        "jti": uuid.uuid4().hex,
    } | changes
    return {name: value for name, value in told.items() if value is not None}


def assertion(vendor: Vendor, key, algorithm: str = "ES256", **changes: object) -> dict[str, str]:
    signed = jwt.encode({"alg": algorithm}, claims(vendor, **changes), key, algorithms=[algorithm])
    return {"client_assertion_type": ASSERTION, "client_assertion": signed}


def register(runtime: Runtime, vendor: Vendor, key) -> uuid.UUID:
    with runtime.database.write() as session:
        return api_keys.add_public_key(
            session, vendor.id, key.as_dict(private=False), by=None, now=runtime.clock.now()
        )


@pytest.mark.parametrize("algorithm", sorted(KEYS))
def test_a_signed_assertion_proves_a_client(
    app: TestApp, runtime: Runtime, vendor: Vendor, algorithm: str
) -> None:
    key = KEYS[algorithm]()
    register(runtime, vendor, key)
    answer = ask(app, None, **assertion(vendor, key, algorithm))
    assert answer.status_int == 200, answer.text


def test_an_assertion_is_good_once(app: TestApp, runtime: Runtime, vendor: Vendor) -> None:
    key = ECKey.generate_key("P-256")
    register(runtime, vendor, key)
    form = assertion(vendor, key)
    assert [ask(app, None, **form).status_int for _ in range(2)] == [200, 401]


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://elsewhere.example"},
        {"aud": None},
        {"exp": int(time.time()) - 60},
        {"exp": int(time.time()) + 86_400},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": int(time.time()) + 86_400},
        {"iss": "pli-somebody"},
        {"sub": "pli-somebody"},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 256},
    ],
)
def test_an_assertion_that_says_otherwise_is_refused(
    app: TestApp, runtime: Runtime, vendor: Vendor, changes: dict[str, object]
) -> None:
    key = ECKey.generate_key("P-256")
    register(runtime, vendor, key)
    answer = ask(app, None, **assertion(vendor, key, **changes))
    assert (answer.status_int, answer.json["error"]) == (401, "invalid_client")


def test_an_assertion_by_another_key_is_refused(app: TestApp, runtime: Runtime, vendor: Vendor) -> None:
    register(runtime, vendor, ECKey.generate_key("P-256"))
    assert ask(app, None, **assertion(vendor, ECKey.generate_key("P-256"))).status_int == 401
    unsigned = assertion(vendor, ECKey.generate_key("P-256"))["client_assertion"].rsplit(".", 1)[0] + "."
    for forged in (unsigned, "", "a.b.c", "x" * 9000):
        form = {"client_assertion_type": ASSERTION, "client_assertion": forged}
        assert ask(app, None, **form).status_int == 401


def test_a_secret_used_as_a_key_signs_nothing(app: TestApp, runtime: Runtime, vendor: Vendor) -> None:
    key = ECKey.generate_key("P-256")
    register(runtime, vendor, key)
    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"alg": "HS256", "typ": "JWT"}, claims(vendor))
    )
    mark = hmac.new(key.as_pem(private=False), head + b"." + body, "sha256").digest()
    forged = b".".join((head, body, base64.urlsafe_b64encode(mark).rstrip(b"="))).decode()
    answer = ask(app, None, client_assertion_type=ASSERTION, client_assertion=forged)
    assert answer.status_int == 401


def short_key() -> dict[str, object]:
    modulus = rsa.generate_private_key(65537, 1024).public_key().public_numbers().n
    return {
        "kty": "RSA",
        "e": "AQAB",
        "n": base64.urlsafe_b64encode(modulus.to_bytes(128)).decode().strip("="),
    }


@pytest.mark.parametrize(
    "jwk",
    [
        ECKey.generate_key("P-256").as_dict(private=True),
        short_key(),
        OctKey.generate_key(256).as_dict(private=True),
        {"kty": "EC"},
        {},
    ],
    ids=["private", "short", "symmetric", "incomplete", "empty"],
)
def test_a_key_that_proves_nothing_is_not_registered(
    runtime: Runtime, vendor: Vendor, jwk: dict[str, str]
) -> None:
    with runtime.database.write() as session, pytest.raises(Invalid, match=r"client\.key_refused"):
        api_keys.add_public_key(session, vendor.id, jwk, by=None, now=runtime.clock.now())


def test_the_server_announces_itself(app: TestApp) -> None:
    told = app.get("/.well-known/oauth-authorization-server").json
    assert (told["issuer"], told["token_endpoint"]) == ("http://localhost", "http://localhost/oauth/token")
    assert told["scopes_supported"] == sorted(scopes())
    assert told["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "private_key_jwt"]


def test_a_client_is_described_and_changed(runtime: Runtime, vendor: Vendor) -> None:
    now = runtime.clock.now()
    with runtime.database.write() as session:
        owner = create_organisation_of(session, "company", now)
        api_clients.give_owner(session, vendor.id, owner.id, by=None, now=now)
        with pytest.raises(Conflict, match=r"client\.owned"):
            api_clients.give_owner(session, vendor.id, owner.id, by=None, now=now)
        urls = ["https://vendor.example/back", "https://vendor.example/back"]
        api_clients.change_return_urls(session, vendor.id, urls, by=None, now=now)
        many = [f"https://vendor.example/{number}" for number in range(21)]
        with pytest.raises(Invalid, match=r"client\.return_urls"):
            api_clients.change_return_urls(session, vendor.id, many, by=None, now=now)
        api_clients.name_platform(session, vendor.id, 1, owner.siret, "000001", by=None, now=now)
    with runtime.database.read() as session:
        found = queries.client_by_public_id(session, vendor.public_id)
        assert found is not None and found == queries.client(session, vendor.id)
        assert queries.clients_of(session, owner.id) == [found]
        assert queries.client_by_public_id(session, "pli-nobody") is None
        assert queries.client(session, owner.id) is None
    assert found.platform == {"kind": 1, "id": owner.siret, "technical_id": "000001"}
    assert found.return_urls == ("https://vendor.example/back",)
    assert queries.return_url_registered(found, "https://vendor.example/back?state=1")
    assert not queries.return_url_registered(found, "https://vendor.example/other")


def test_what_is_another_clients_is_not_found(runtime: Runtime, vendor: Vendor) -> None:
    now, other = runtime.clock.now(), create_vendor(runtime)
    signed = Signed(siret="00000001800010", signatory="Mme Essai", signed_on=now.date(), scopes=("oe:read",))
    with runtime.database.write() as session:
        key = queries.keys_of(session, other.id)[0]
        mandate = api_clients.record_mandate(session, other.id, signed, by=None, now=now)
        with pytest.raises(NotFound, match=r"client\.key_not_found"):
            api_keys.revoke_key(session, vendor.id, key.id, by=None, now=now)
        with pytest.raises(NotFound, match=r"client\.mandate_not_found"):
            api_clients.withdraw_mandate(session, vendor.id, mandate, by=None, now=now)
        with pytest.raises(NotFound, match=r"client\.not_found"):
            api_clients.revoke(session, mandate, by=None, now=now)


def test_what_expired_is_swept(app: TestApp, runtime: Runtime, vendor: Vendor) -> None:
    take_token(app, vendor)
    now = runtime.clock.now()
    for later, left in ((timedelta(hours=1), 1), (timedelta(hours=1, seconds=1), 0)):
        with runtime.database.write() as session:
            api_tokens.forget(session, now + later)
            assert session.query(ApiToken).count() == left
