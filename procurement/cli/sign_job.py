"""``pli sign --server``: fetch a signing job by its one-time code, check it, sign it, send the values.

The helper never signs what it cannot account for: it compares each document with its announced digest, prepares the signature again
from the document, and signs only where the server asks for exactly those bytes.
"""

import base64
import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import click
import httpx

from procurement.cli import sign_http, sign_keys
from procurement.cli.sign_inputs import Declined
from procurement.core.text import _, display_name
from signing.adapters.holder import KeyHolder
from signing.limits import FILE_BYTES
from signing.produce.params import Level, Profile, SignParams
from signing.produce.prepare import check_asked
from signing.produce.prepared import Prepared
from signing.produce.refusals import ProductionRefused
from signing.types import Bytes

_API = "/api/v1/signing-jobs"
#: Bytes of an answer that is no document; reports come in it.
_ANSWER_BYTES = 16 << 20
#: Between the server's clock and ours: the signature states the server's time.
_CLOCKS = timedelta(hours=1)
#: What an answer of another form provokes: nested without end, or with an infinite number, included.
_MISSHAPEN = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job as the server handed it over, its documents fetched and compared with their digests."""

    id: str
    token: str = field(repr=False)
    profile: Profile
    level: Level
    documents: tuple[Bytes, ...]


class Server:
    """The server's side of the job API, read with suspicion."""

    def __init__(self, url: str, http: httpx.Client) -> None:
        self._url, self._http = url, http

    def claim(self, code: str) -> Claimed:
        """Take the job and fetch what it signs. Raises Declined."""
        with _understood():
            told = self._post("/claim", {"code": code}, None)
            job, token = str(uuid.UUID(told["job"])), str(told["token"])
            profile, level = Profile(told["format"]), Level(told["level"])
            documents = tuple(self._document(one, token) for one in told["documents"])
            if not documents:
                raise ValueError("no document")
        return Claimed(job, token, profile, level, documents)

    def prepare(self, job: Claimed, chain: Sequence[bytes]) -> list[dict[str, Any]]:
        """Return what the server asks to have signed, in the order of the documents."""
        body = {"chain": [_text(one) for one in chain]}
        with _understood():
            asked = self._post(f"/{job.id}/prepare", body, job.token)["to_sign"]
            found = sorted(asked, key=lambda one: int(one["n"]))
            if [one["n"] for one in found] != list(range(1, len(found) + 1)):
                raise ValueError("numbers")
        return list(found)

    def finish(self, job: Claimed, values: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send the values; return what the server made of them, with its reports."""
        with _understood():
            told = self._post(f"/{job.id}/values", {"values": values}, job.token)["signed"]
            return [{name: one[name] for name in _KEPT} for one in told]

    def _document(self, told: dict[str, Any], token: str) -> Bytes:
        """Fetch a document from this server alone; it must be the one that was announced."""
        name, href = display_name(str(told["name"])), str(told["href"])
        if not href.startswith(f"{_API}/"):
            raise ValueError("href")
        data = self._bytes("GET", href, FILE_BYTES, token=token)
        if len(data) != told["size"] or sha256(data).hexdigest() != told["sha256"]:
            message = _("Le document « %(name)s » reçu n’est pas celui qui est annoncé : rien n’a été signé.")
            raise Declined("DOCUMENT_CHANGED", message % {"name": name})
        return Bytes(str(told["name"]), data)

    def _post(self, path: str, body: dict[str, Any], token: str | None) -> dict[str, Any]:
        read = json.loads(self._bytes("POST", _API + path, _ANSWER_BYTES, token=token, body=body))
        if not isinstance(read, dict):
            raise TypeError(path)
        return read

    def _bytes(
        self, method: str, path: str, most: int, *, token: str | None, body: dict[str, Any] | None = None
    ) -> bytes:
        headers = (
            {"Accept": "*/*"} if token is None else {"Accept": "*/*", "Authorization": f"Bearer {token}"}
        )
        try:
            with self._http.stream(method, self._url + path, headers=headers, json=body) as answer:
                data = _bounded(answer, most)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            message = _("Le serveur ne répond pas (%(reason)s) : rien n’a été signé.")
            raise Declined("SERVER_AWAY", message % {"reason": type(error).__name__}) from None
        if not answer.is_success:
            raise _refused(answer.status_code, data)
        return data


_KEPT = ("n", "name", "size", "sha256", "href", "report")


def run(url: str, code: str, key: sign_keys.Key) -> tuple[dict[str, Any], str]:
    """Do the whole job; return what the command prints, as JSON and as text."""
    server_url = sign_http.checked(url)
    key.check()
    with sign_http.client() as http:
        server = Server(server_url, http)
        job = server.claim(code)
        _show(job, server_url)
        holder = sign_keys.reach(key)
        asked = server.prepare(job, holder.chain)
        own = _committed(job, asked, holder.chain)
        values = sign_keys.sign_all(holder, [one.to_sign for one in own], own[0].mechanism)
        sent = [
            {"n": place, "value": _text(one.value), "encoding": str(one.encoding)}
            for place, one in enumerate(values, 1)
        ]
        signed = server.finish(job, sent)
    return _told(job, holder, signed, server_url)


def _show(job: Claimed, server: str) -> None:
    """Show what is signed, before the key is asked for."""
    heading = _("Demande de signature %(format)s %(level)s de %(server)s")
    click.echo(heading % {"format": job.profile, "level": job.level, "server": server}, err=True)
    for document in job.documents:
        text = _("À signer : %(name)s, SHA-256 %(digest)s")
        digest = sha256(document.data).hexdigest()
        click.echo(text % {"name": display_name(document.name), "digest": digest}, err=True)


def _committed(job: Claimed, asked: list[dict[str, Any]], chain: Sequence[bytes]) -> list[Prepared]:
    """Prepare again from the documents, and refuse bytes that come out otherwise: no bare digest is ever signed."""
    whole = job.profile is Profile.ASIC_E
    groups = [list(job.documents)] if whole else [[one] for one in job.documents]
    if len(asked) != len(groups):
        raise ProductionRefused("produce.other_bytes", f"{len(asked)} things to sign")
    with _understood():
        read = [
            (base64.b64decode(one["dtbs"], validate=True), datetime.fromisoformat(one["signing_time"]))
            for one in asked
        ]
        mechanisms = [str(one["mechanism"]) for one in asked]
        if any(at.tzinfo is None for _dtbs, at in read):
            raise ValueError("signing_time")
    if any(abs(at - datetime.now(UTC)) > _CLOCKS for _dtbs, at in read):
        message = _(
            "Le serveur date la signature à plus d’une heure de l’horloge de ce poste : rien n’a été signé."
        )
        raise Declined("CLOCKS", message)
    own = [
        check_asked(dtbs, group, chain, SignParams(job.profile, at, job.level))
        for (dtbs, at), group in zip(read, groups, strict=True)
    ]
    if mechanisms != [one.mechanism.name for one in own]:
        raise ProductionRefused("produce.other_bytes", f"mechanisms {mechanisms}")
    return own


def _told(
    job: Claimed, holder: KeyHolder, signed: list[dict[str, Any]], server: str
) -> tuple[dict[str, Any], str]:
    from cryptography import x509

    leaf = x509.load_der_x509_certificate(holder.chain[0])
    result = {
        "job": job.id,
        "server": server,
        "profile": str(job.profile),
        "level": str(job.level),
        "documents": [{"name": one.name, "sha256": sha256(one.data).hexdigest()} for one in job.documents],
        "signer": leaf.subject.rfc4514_string(),
        "certificate_sha256": sha256(holder.chain[0]).hexdigest(),
        "signed": signed,
    }
    text = _("Signature %(profile)s %(level)s remise au serveur : %(names)s.")
    names = ", ".join(display_name(str(one["name"])) for one in signed)
    return result, text % {"profile": job.profile, "level": job.level, "names": names}


def _bounded(answer: httpx.Response, most: int) -> bytes:
    data = bytearray()
    for chunk in answer.iter_bytes():
        data += chunk
        if len(data) > most:
            raise _unreadable()
    return bytes(data)


def _refused(status: int, body: bytes) -> Declined:
    """Return the server's own sentence and code, or its status."""
    try:
        told = json.loads(body)
        code, detail = str(told["code"]), display_name(str(told["detail"]))
    except _MISSHAPEN:
        message = _("Le serveur a répondu %(status)s : rien n’a été signé.")
        return Declined("SERVER_REFUSED", message % {"status": status})
    return Declined(code, detail)


def _unreadable() -> Declined:
    return Declined(
        "SERVER_UNREADABLE", _("La réponse du serveur n’a pas la forme attendue : rien n’a été signé.")
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


@contextmanager
def _understood() -> Iterator[None]:
    """Turn an answer of another form into a refusal."""
    try:
        yield
    except _MISSHAPEN as error:
        raise _unreadable() from error
