"""A remote signature service for tests (CSC API v2): a real HTTP server whose keys are in SoftHSM2.

It is strict where a real one is: the activation data is bound to the digests, their number and the credential, is good
once, and comes only against the right PIN.
"""

import base64
import json
import secrets
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from signing.adapters.csc import SIGN_OIDS
from signing.adapters.pkcs11 import Pkcs11Holder, digest_info
from signing.produce.keys import to_der
from signing.produce.params import Encoding, SignatureValue
from signing.produce.refusals import ProductionRefused
from signing.timestamp import DIGEST_OIDS
from tests.signing.token import Token

ACCESS = "access-token-of-the-test"
SIGN_PIN = "2718"
MULTISIGN = 3


class Refusal(Exception):
    """An error of the service: HTTP status and the two fields of its body."""

    def __init__(self, error: str, status: int = 400) -> None:
        super().__init__(error)
        self.status = status


@dataclass
class Service:
    """The state of the service: its keys and the authorisations that are still good."""

    token: Token
    granted: dict[str, tuple[str, tuple[str, ...], str]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    disabled: set[str] = field(default_factory=set)
    #: Where it is served.
    url: str = ""

    def __post_init__(self) -> None:
        self.holders = {
            f"cle-{kind}": Pkcs11Holder(
                self.token.library, self.token.label, lambda: self.token.pin, key_id=identifier
            )
            for kind, identifier in self.token.ids.items()
        }

    def answer(self, path: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one call."""
        self.calls.append(path)
        deeds = {
            "info": self._info,
            "credentials/list": self._list,
            "credentials/info": self._credential,
            "credentials/authorize": self._authorize,
            "signatures/signHash": self._sign,
        }
        if path not in deeds:
            raise Refusal("invalid_request", 404)
        return deeds[path](asked)

    def _info(self, _asked: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "specs": "2.0.0.2", "name": "Service d'essai", "region": "FR", "lang": "fr",
            "authType": ["oauth2client"], "methods": ["credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash"],
        }  # fmt: skip

    def _list(self, _asked: Mapping[str, Any]) -> dict[str, Any]:
        return {"credentialIDs": list(self.holders)}

    def _credential(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        holder = self._holder(asked)
        kind = asked["credentialID"].removeprefix("cle-")
        status = "disabled" if asked["credentialID"] in self.disabled else "enabled"
        chain = [base64.b64encode(one).decode() for one in holder.chain]
        return {
            "key": {"status": status, "algo": [oid for name, oid in SIGN_OIDS.items() if name.startswith(kind)], "len": 2048},
            "cert": {"status": "valid", "certificates": chain},
            "auth": {"mode": "explicit"},
            "SCAL": "2",
            "multisign": MULTISIGN,
        }  # fmt: skip

    def _authorize(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        self._holder(asked)
        hashes = tuple(asked["hashes"])
        if asked["numSignatures"] != len(hashes) or not 1 <= len(hashes) <= MULTISIGN:
            raise Refusal("invalid_request")
        if {one["id"]: one["value"] for one in asked["authData"]}.get("PIN") != SIGN_PIN:
            raise Refusal("invalid_pin")
        activation = secrets.token_urlsafe(24)
        self.granted[activation] = (asked["credentialID"], hashes, asked["hashAlgorithmOID"])
        return {"SAD": activation, "expiresIn": 300}

    def _sign(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        holder = self._holder(asked)
        # Good once, whatever comes of it.
        granted = self.granted.pop(asked["SAD"], None)
        if granted is None or granted[0] != asked["credentialID"]:
            raise Refusal("invalid_request: SAD")
        if not set(asked["hashes"]) <= set(granted[1]) or len(asked["hashes"]) > len(granted[1]):
            raise Refusal("invalid_request: hashes")
        if granted[2] != asked["hashAlgorithmOID"] or asked["signAlgo"] not in SIGN_OIDS.values():
            raise Refusal("invalid_request: signAlgo")
        digest = next(name for name, oid in DIGEST_OIDS.items() if oid == asked["hashAlgorithmOID"])
        values = [_signed(holder, base64.b64decode(one), digest) for one in asked["hashes"]]
        return {"signatures": [base64.b64encode(value).decode() for value in values]}

    def _holder(self, asked: Mapping[str, Any]) -> Pkcs11Holder:
        try:
            return self.holders[asked["credentialID"]]
        except KeyError:
            raise Refusal("invalid_request: credentialID") from None


def _signed(holder: Pkcs11Holder, hashed: bytes, digest: str) -> bytes:
    """Sign a digest with the token's key, with the raw mechanisms, as a service does."""
    from pkcs11 import Attribute, Mechanism, ObjectClass

    wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: holder._id}
    with holder._lock:
        (key,) = holder._session.get_objects(wanted)
        if holder._id != b"\x02":
            return bytes(key.sign(digest_info(hashed, digest), mechanism=Mechanism.RSA_PKCS))
        raw = key.sign(hashed, mechanism=Mechanism.ECDSA)
    return to_der(SignatureValue(raw, Encoding.RAW), 256)


@contextmanager
def serving(service: Service) -> Iterator[str]:
    """Serve on the loopback; gives the address of the API."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = self._answered(body)
            written = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(written)))
            self.end_headers()
            self.wfile.write(written)

        def _answered(self, body: bytes) -> tuple[int, dict[str, Any]]:
            if self.headers["Authorization"] != f"Bearer {ACCESS}":
                return 401, {"error": "invalid_token"}
            try:
                return 200, service.answer(self.path.removeprefix("/csc/v2/"), json.loads(body))
            except Refusal as error:
                return error.status, {"error": str(error)}

        def log_message(self, *_given: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/csc/v2"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def post_to(url: str, access: str = ACCESS):
    """Return the ``Post`` of ``signing.adapters.csc`` over HTTP."""

    def post(path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        request = urllib.request.Request(
            f"{url}/{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {access}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                reason = json.loads(error.read())["error"]
            raise ProductionRefused("produce.csc_refused", f"{error.code} {reason}", reason=reason) from None

    return post
