"""Whatever is sent to the endpoints of the kernel, the answer is one of theirs: never a 5xx, never without a problem."""

import base64
import itertools
import json

import pytest
from webtest import TestApp

from procurement.core.runtime import Runtime
from tests.factories.clients import bearer, create_vendor

VALUES = [
    "",
    "\0",
    "\ud800",
    "\u202e",
    "x" * 5000,
    "é",
    0,
    -1,
    1e308,
    2**70,
    True,
    None,
    [],
    {},
    [[]],
    {"a": 1},
]
BODIES = [b"", b"null", b"[]", b'""', b"{", b"\xff", b"\xef\xbb\xbf{}", b"[" * 5000, b'{"url":' * 900, b"NaN"]
TEXTS = ["", "\0", "\xff", "x" * 5000, "*", '"', ",", "a b", "%00", "\t", "W/", "0", "-1", ";q=2"]
HEADERS = [
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Accept",
    "Accept-Language",
    "Pli-Version",
    "Content-Type",
]


@pytest.fixture
def headers(app: TestApp, runtime: Runtime) -> dict[str, str]:
    return bearer(app, create_vendor(runtime))


@pytest.fixture
def addresses(app: TestApp, headers: dict[str, str]) -> list[tuple[str, str]]:
    made = app.post_json("/api/v1/webhooks", {"url": "https://hooks.example.org/"}, headers=headers).json
    one = f"/api/v1/webhooks/{made['id']}"
    return [
        ("POST", "/api/v1/webhooks"),
        ("PATCH", one),
        ("POST", f"{one}/rotate"),
        ("POST", f"{one}/deliveries/{made['id']}/resend"),
        ("POST", "/api/v1/sandbox/clients"),
        ("POST", "/oauth/token"),
        ("GET", "/api/v1/request-log"),
        ("GET", f"{one}/deliveries"),
    ]


def send(app: TestApp, method: str, path: str, body: bytes, headers: dict[str, str]) -> None:
    answer = app.request(path, method=method, body=body, headers=headers, status="*", expect_errors=True)
    told = (method, path, body[:80], headers, answer.status_int)
    assert answer.status_int < 500, told
    if answer.status_int >= 400:
        assert answer.content_type in {"application/problem+json", "application/json"}, told
        assert {"type", "title", "status", "detail", "request_id"} <= set(answer.json), told


def test_bodies(app: TestApp, headers: dict[str, str], addresses: list[tuple[str, str]]) -> None:
    bodies = [
        *BODIES,
        *(json.dumps({name: value}).encode() for name in ("url", "events", "description", "email", "enabled") for value in VALUES),
        *(json.dumps({"url": "https://hooks.example.org/", "description": value}).encode() for value in VALUES),
        *(json.dumps({"email": "a@b.example", "return_urls": [value]}).encode() for value in VALUES),
    ]  # fmt: skip
    both = headers | {"If-Match": "*", "Content-Type": "application/json"}
    for (method, path), body in itertools.product(addresses[:5], bodies):
        send(app, method, path, body, both)


def test_headers(app: TestApp, headers: dict[str, str], addresses: list[tuple[str, str]]) -> None:
    for (method, path), name, text in itertools.product(addresses, HEADERS, TEXTS):
        if "\0" not in text and not (name == "Content-Type" and text == "\t"):
            send(app, method, path, b"{}" if method != "GET" else b"", headers | {name: text})


def test_queries(app: TestApp, headers: dict[str, str], addresses: list[tuple[str, str]]) -> None:
    texts = [
        "",
        "%00",
        "%FF",
        "x" * 3000,
        "-1",
        "9" * 40,
        "1e9",
        "2027-01-11T09:00:00%2B99:99",
        "%D9%A1",
        "0001-01-01T00:00:00%2B14:00",
    ]
    names = ["limit", "cursor", "status", "since", "until", "path", "state", "lang"]
    for (_method, path), name, text in itertools.product(addresses[6:], names, texts):
        send(app, "GET", f"{path}?{name}={text}", b"", headers)


def test_proofs(app: TestApp) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for raw in (b":", b"\0:\0", b"a:" + b"x" * 500, b"\xff:\xff", b"%00:%00", b"a", b""):
        proof = {"Authorization": "Basic " + base64.b64encode(raw).decode()}
        send(app, "POST", "/oauth/token", b"grant_type=client_credentials", form | proof)
    kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    for claims in (
        b"null",
        b"[]",
        b'{"sub":"\\u0000"}',
        b'{"sub":[1]}',
        b"\xff",
        b'{"sub":"pli-x","aud":7,"exp":"x"}',
        b"[" * 5000,
    ):
        parts = (b'{"alg":"ES256"}', claims, b"x")
        token = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts).decode()
        body = f"grant_type=client_credentials&client_assertion_type={kind}&client_assertion={token}"
        send(app, "POST", "/oauth/token", body.encode(), form)
    for text in ("", " ", "plit_", "x" * 5000, "\xff", "a b", "Bearer"):
        send(app, "GET", "/api/v1/request-log", b"", {"Authorization": f"Bearer {text}"})
