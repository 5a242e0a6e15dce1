"""A client of the sealed bids API: hold keys, seal and deposit, open. Used by the demonstration and by tests.

It speaks through a function that sends one request, so that the caller chooses how sessions and CSRF tokens travel.
"""

import base64
import json
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signing.certificates import PrivateKey, read_recipient
from signing.errors import SealedError
from signing.merkle import root
from signing.sealed import packets, rehearsal
from signing.sealed.descriptor import Candidate
from signing.sealed.keys import share_commitment
from signing.sealed.keyset import SealingTerms, parse_terms
from signing.sealed.sealing import Client, EnvelopePlan, SealedDeposit, Sealing
from signing.sealed.sending import SealingStream
from signing.strict import b64encode

API = "/api/v1"
#: Segments in one PATCH: 8 MiB, as the browser sends.
SEGMENTS = 8
_TIMEOUT = 120


@dataclass(frozen=True)
class Reply:
    """What came back; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class Send(Protocol):
    """Send one request in somebody's session and return the answer, whatever its status."""

    def __call__(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """Send and wait."""
        ...


class RefusedByServer(Exception):  # the name says what happened
    """An answer other than those expected; ``code`` and ``detail`` are the problem's."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        problem = _problem(reply)
        self.code = str(problem.get("code", ""))
        self.detail = str(problem.get("detail", ""))
        super().__init__(f"{reply.status} {self.code}: {self.detail}")


def _problem(reply: Reply) -> dict[str, Any]:
    try:
        found = reply.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


class HttpSend:
    """Send over HTTP with an opener that keeps cookies; ``extra`` gives headers such as the CSRF token."""

    def __init__(
        self, base_url: str, opener: urllib.request.OpenerDirector, extra: Callable[[], Mapping[str, str]]
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._opener = opener
        self._extra = extra

    def __call__(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """Send and wait."""
        request = urllib.request.Request(  # noqa: S310  # the address was given by the operator
            self._base_url + path, data=body, method=method, headers={**self._extra(), **headers}
        )
        try:
            with self._opener.open(request, timeout=_TIMEOUT) as answer:
                return Reply(answer.status, _lower(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, _lower(error.headers), error.read())


def _lower(headers: Any) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


class Caller:
    """Call endpoints and refuse answers that are not expected."""

    def __init__(self, send: Send) -> None:
        self._send = send

    def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        expect: Sequence[int] = (200,),
        **headers: str,
    ) -> Reply:
        """Send bytes; names of headers are written with underscores."""
        reply = self._send(
            method, path, body, {name.replace("_", "-"): value for name, value in headers.items()}
        )
        if reply.status not in expect:
            raise RefusedByServer(reply)
        return reply

    def json(
        self, method: str, path: str, body: Any = None, *, expect: Sequence[int] = (200,), **headers: str
    ) -> Any:
        """Send and read JSON."""
        raw = b"{}" if body is None else json.dumps(body).encode()
        return self.call(method, path, raw, expect=expect, Content_Type="application/json", **headers).json()


@dataclass(frozen=True)
class HeldKey:
    """A key pair and its certificate as the platform knows it."""

    id: str
    private_key: PrivateKey = field(repr=False)
    certificate: bytes = field(repr=False)


class KeyClient(Caller):
    """Act for a buyer: make keys, rehearse them, choose those of a consultation."""

    def create(self, organisation: uuid.UUID | str, name: str, role: str, kinds: Sequence[str]) -> HeldKey:
        """Make a P-384 key here and have its public half certified."""
        private_key = generate_private_key(SECP384R1())
        spki = private_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        body = {"name": name, "role": role, "kinds": list(kinds), "spki": b64encode(spki)}
        made = self.json("POST", f"{API}/organisations/{organisation}/cles", body, expect=(201,))
        return HeldKey(made["id"], private_key, _decode(made["certificate"]))

    def rehearse(self, key: HeldKey) -> str:
        """Prove possession of a key; return its new state."""
        challenge = self.json("POST", f"{API}/cles/{key.id}/epreuves", expect=(201,))
        nonce = rehearsal.answer(
            _decode(challenge["packet"]), key.private_key, read_recipient(key.certificate)
        )
        path = f"{API}/cles/{key.id}/epreuves/{challenge['rehearsal']}"
        return str(self.json("PUT", path, {"value": b64encode(nonce)})["state"])

    def choose(self, consultation: uuid.UUID | str, keys: Sequence[HeldKey]) -> Any:
        """Make these the keys of a consultation."""
        body = {"holders": [key.id for key in keys], "policy": {"m": 1}}
        return self.json("PUT", f"{API}/consultations/{consultation}/cles", body)


@dataclass(frozen=True)
class Prepared:
    """A deposit all of whose streams are sent: only its small objects and the final act are missing."""

    deposit: str
    sealed: SealedDeposit = field(repr=False)
    sealing: Sealing = field(repr=False)

    @property
    def final_act(self) -> dict[str, str]:
        """Return the body of the final act."""
        return {
            "pli_sha256": sha256(self.sealed.pli).hexdigest(),
            "inventory_sha256": sha256(self.sealed.inventory).hexdigest(),
        }

    def objects(self) -> dict[str, bytes]:
        """Return the small objects by name."""
        packets_by_name = {
            f"{envelope}-{x}.cms": packet for (envelope, x), packet in self.sealed.packets.items()
        }
        return {"pli.json": self.sealed.pli, "inventory.json": self.sealed.inventory, **packets_by_name}


class SealingClient(Caller):
    """Act for a company: seal files here and deposit them."""

    def terms(self, consultation: uuid.UUID | str) -> SealingTerms:
        """Return what there is to know before sealing."""
        return parse_terms(self.call("GET", f"{API}/consultations/{consultation}/scellement").body)

    def start(self, consultation: uuid.UUID | str) -> str:
        """Begin a deposit and return its number."""
        path = f"{API}/consultations/{consultation}/plis"
        made = self.json("POST", path, {}, expect=(201,), Idempotency_Key=str(uuid.uuid4()))
        return str(made["deposit"])

    def prepare(
        self,
        consultation: uuid.UUID | str,
        candidate: Candidate,
        plans: Sequence[EnvelopePlan],
        *,
        at: datetime,
    ) -> Prepared:
        """Seal and send every stream and object; the final act remains."""
        terms = self.terms(consultation)
        deposit = self.start(consultation)
        sealing = Sealing(
            terms.key_set, candidate, Client("pli-client", "1"), plans, at=at, deposit=uuid.UUID(deposit)
        )
        for stream in sealing.streams():
            self.send_stream(deposit, stream)
        prepared = Prepared(deposit, sealing.finish(), sealing)
        for name, content in prepared.objects().items():
            self.put(deposit, name, content)
        return prepared

    def commit(self, prepared: Prepared) -> Any:
        """Do the final act; return the answer."""
        path = f"{API}/plis/{prepared.deposit}/depot"
        return self.json("POST", path, prepared.final_act, expect=(200, 201))

    def deposit(
        self,
        consultation: uuid.UUID | str,
        candidate: Candidate,
        plans: Sequence[EnvelopePlan],
        *,
        at: datetime,
    ) -> tuple[Prepared, Any]:
        """Seal, send and deposit."""
        prepared = self.prepare(consultation, candidate, plans, at=at)
        return prepared, self.commit(prepared)

    def put(self, deposit: str, name: str, content: bytes) -> Reply:
        """Store one small object."""
        digest = base64.b64encode(sha256(content).digest()).decode()
        return self.call(
            "PUT", f"{API}/plis/{deposit}/objets/{name}", content, expect=(200, 201),
            Content_Type="application/octet-stream", Content_Digest=f"sha-256=:{digest}:",
        )  # fmt: skip

    def create_upload(self, deposit: str, envelope: uuid.UUID, n: int, length: int) -> str:
        """Open an upload and return its address."""
        parts = {"deposit": deposit, "envelope": str(envelope), "n": str(n)}
        metadata = ",".join(
            f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in parts.items()
        )
        reply = self.call(
            "POST", f"{API}/televersements", b"", expect=(201,),
            Tus_Resumable="1.0.0", Upload_Length=str(length), Upload_Metadata=metadata,
        )  # fmt: skip
        return reply.headers["location"]

    def send_stream(self, deposit: str, stream: SealingStream) -> str:
        """Send one stream in parts of 8 segments; return the address of the upload."""
        address = self.create_upload(deposit, stream.envelope, stream.n, stream.ct_size)
        offset, held = 0, list[bytes]()
        for segment in stream.segments():
            held.append(segment)
            if len(held) == SEGMENTS:
                offset = self.patch(address, offset, held)
                held = []
        if held:
            self.patch(address, offset, held)
        return address

    def patch(self, address: str, offset: int, segments: Sequence[bytes]) -> int:
        """Send one part with its tree checksum; return the new offset."""
        checksum = base64.b64encode(root(sha256(segment).digest() for segment in segments)).decode()
        reply = self.call(
            "PATCH", address, b"".join(segments), expect=(204,), Tus_Resumable="1.0.0", Upload_Offset=str(offset),
            Upload_Checksum=f"pli-tree {checksum}", Content_Type="application/offset+octet-stream",
        )  # fmt: skip
        return int(reply.headers["upload-offset"])

    def receipt(self, deposit: str, wanted: str = "zip") -> bytes:
        """Return the receipt as json, pdf, tsr or zip."""
        return self.call("GET", f"{API}/plis/{deposit}/recu?format={wanted}").body


class OpeningClient(Caller):
    """Act for an opener: unwrap packets with his key here, post the secrets."""

    def start(self, consultation: uuid.UUID | str, kind: str, lots: Sequence[int] = ()) -> str:
        """Begin an opening and return its number."""
        body = {"kind": kind, "lots": list(lots), "mode": "server"}
        return str(
            self.json("POST", f"{API}/consultations/{consultation}/ouvertures", body, expect=(201,))[
                "opening"
            ]
        )

    def unwrap(self, opening: str, key: HeldKey) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
        """Return the secrets that a key draws from the packets, and the packets that it cannot open."""
        waiting = self.call("GET", f"{API}/ouvertures/{opening}/paquets").json()["envelopes"]
        secrets: list[dict[str, Any]] = []
        failures: list[dict[str, str]] = []
        for envelope in waiting:
            try:
                secrets.append(_secret(envelope, key))
            except SealedError as error:
                failures.append(
                    {"envelope": envelope["envelope"], "code": error.code, "detail": error.detail[:500]}
                )
        return secrets, failures

    def open(self, opening: str, key: HeldKey) -> Any:
        """Unwrap and post everything; return the server's answer to the secrets."""
        secrets, failures = self.unwrap(opening, key)
        if failures:
            self.json("POST", f"{API}/ouvertures/{opening}/rapports", {"failures": failures}, expect=(202,))
        if not secrets:
            return {"accepted": 0, "refused": []}
        return self.json("POST", f"{API}/ouvertures/{opening}/secrets", secrets, expect=(202,))

    def progress(self, opening: str) -> Any:
        """Return how far an opening is."""
        return self.call("GET", f"{API}/ouvertures/{opening}").json()


def _secret(envelope: dict[str, Any], key: HeldKey) -> dict[str, Any]:
    identifier = uuid.UUID(envelope["envelope"])
    packet = envelope["packets"][0]
    content = packets.unseal(_decode(packet["der"]), key.private_key, read_recipient(key.certificate))
    committed = share_commitment(identifier, content.value).hex()
    if content.envelope != identifier or not compare_digest(committed, envelope["share_commitments"][0]):
        raise SealedError("bid.packet_mismatch", "the packet was made for another envelope")
    return {"envelope": str(identifier), "x": packet["x"], "value": b64encode(content.value)}


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
