"""A small platform for the sealing modules: static files under the real security headers, and a tus server.

It answers as docs say the application does, keeps every request it saw, and can be told to misbehave.
"""

import base64
import json
import re
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from procurement.core.web.headers import HEADERS
from signing import merkle
from signing.sealed.keyset import KeySet
from signing.strict import b64encode, instant_text

STATIC = Path(__file__).resolve().parents[3] / "procurement" / "static"
TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html", ".svg": "image/svg+xml"}
SEGMENT = 1 << 20
KEY = "44444444-4444-4444-8444-444444444444"
BLANK = b"<!doctype html><html lang=fr><meta charset=utf-8><title>Essai</title><main id=contenu></main>"


@dataclass
class Upload:
    """One upload and what arrived of it, PATCH by PATCH."""

    deposit: str
    envelope: str
    n: int
    length: int
    data: bytearray = field(default_factory=bytearray)
    patches: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class Answer:
    """One HTTP answer."""

    status: int
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)


def problem(status: int, code: str, **params: object) -> Answer:
    """Return a problem document."""
    return Answer(
        status, {"code": code, "status": status, "title": code, "detail": f"Phrase {code}.", **params}
    )


@dataclass
class Platform:
    """The state of the platform. ``faults`` are called before each PATCH and may answer in its place."""

    key_set: KeySet
    page: bytes = BLANK
    uploads: dict[str, Upload] = field(default_factory=dict)
    objects: dict[str, bytes] = field(default_factory=dict)
    deposits: dict[str, str] = field(default_factory=dict)
    seen: list[tuple[str, str, int]] = field(default_factory=list)
    faults: list[Callable[[Upload, int, bytes], Answer | str | None]] = field(default_factory=list)
    commit_faults: list[Answer] = field(default_factory=list)
    head_faults: list[Answer] = field(default_factory=list)
    limits: dict[str, object] = field(default_factory=dict)
    keys: list[dict[str, object]] = field(default_factory=list)
    answers: list[object] = field(default_factory=list)
    reports: list[dict[str, str]] = field(default_factory=list)
    sealed: list[dict[str, object]] = field(default_factory=list)
    rehearsal: bytes = b""
    progress: Callable[["Platform"], object] = lambda _platform: {}
    lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Answer | str:
        """Route one API request."""
        self.seen.append((method, path, len(body)))
        with self.lock:
            for pattern, verb, act in ROUTES:
                found = re.fullmatch(pattern, path)
                if found and verb == method:
                    return act(self, headers, body, *found.groups())
        return problem(404, "http.not_found")

    def terms(self, _headers: dict[str, str], _body: bytes, _consultation: str) -> Answer:
        now = datetime.now(UTC)
        limits = {"file_bytes": 2 << 30, "files": 500, "total_bytes": 10 << 30, "types": [], **self.limits}
        return Answer(
            200,
            {
                "consultation": str(self.key_set.consultation),
                "deadline": instant_text(now + timedelta(hours=1)),
                "deadline_statement": None,
                "server_time": instant_text(now),
                "key_set": self.key_set.to_json(),
                "policy": self.key_set.policy_json(),
                "custodian": None,
                "limits": limits,
                "relations": ["premier", "remplace"],
                "pieces": [],
                "log": None,
            },
        )

    def begin(self, _headers: dict[str, str], _body: bytes, _consultation: str) -> Answer:
        deposit = str(uuid.uuid4())
        self.deposits[deposit] = "draft"
        return Answer(201, {"deposit": deposit, "expires_at": instant_text(datetime.now(UTC))})

    def state(self, _headers: dict[str, str], _body: bytes, deposit: str) -> Answer:
        uploads = [
            {"id": key, "url": f"/api/v1/televersements/{key}", "envelope": up.envelope, "n": up.n, "length": up.length,
             "offset": len(up.data)}
            for key, up in self.uploads.items()
            if up.deposit == deposit
        ]  # fmt: skip
        return Answer(
            200, {"deposit": deposit, "state": self.deposits[deposit], "uploads": uploads, "objects": []}
        )

    def put_object(self, headers: dict[str, str], body: bytes, _deposit: str, name: str) -> Answer:
        expected = f"sha-256=:{base64.b64encode(sha256(body).digest()).decode()}:"
        if headers.get("content-digest") != expected:
            return problem(400, "bid.digest_mismatch")
        self.objects[name] = body
        return Answer(201, {})

    def create(self, headers: dict[str, str], _body: bytes) -> Answer:
        pairs = (item.split(" ") for item in headers["upload-metadata"].split(","))
        values = {name: base64.b64decode(value).decode() for name, value in pairs}
        length = int(headers["upload-length"])
        for key, known in self.uploads.items():
            if (known.envelope, str(known.n)) == (values["envelope"], values["n"]):
                if known.length != length:
                    return problem(409, "bid.upload_exists")
                return Answer(201, None, {"Location": f"/api/v1/televersements/{key}"})
        key = uuid.uuid4().hex
        self.uploads[key] = Upload(values["deposit"], values["envelope"], int(values["n"]), length)
        return Answer(201, None, {"Location": f"/api/v1/televersements/{key}"})

    def head(self, _headers: dict[str, str], _body: bytes, key: str) -> Answer:
        if self.head_faults:
            return self.head_faults.pop(0)
        if key not in self.uploads:
            return problem(404, "http.not_found")
        upload = self.uploads[key]
        headers = {"Upload-Offset": str(len(upload.data)), "Upload-Length": str(upload.length)}
        return Answer(200, None, headers)

    def patch(self, headers: dict[str, str], body: bytes, key: str) -> Answer | str:
        if key not in self.uploads:
            return problem(410, "bid.upload_expired")
        upload = self.uploads[key]
        offset = int(headers["upload-offset"])
        if self.faults and (fault := self.faults.pop(0)(upload, offset, body)) is not None:
            return fault
        if offset != len(upload.data):
            return problem(409, "bid.offset_mismatch")
        leaves = [sha256(body[at : at + SEGMENT]).digest() for at in range(0, len(body), SEGMENT)]
        checksum = f"pli-tree {base64.b64encode(merkle.root(leaves)).decode()}"
        if headers["upload-checksum"] != checksum:
            return problem(460, "bid.checksum_mismatch")
        upload.data += body
        upload.patches.append((offset, len(body)))
        return Answer(204, None, {"Upload-Offset": str(len(upload.data))})

    def delete(self, _headers: dict[str, str], _body: bytes, key: str) -> Answer:
        return Answer(204) if self.uploads.pop(key, None) else problem(404, "http.not_found")

    def commit(self, _headers: dict[str, str], body: bytes, deposit: str) -> Answer:
        if self.commit_faults:
            return self.commit_faults.pop(0)
        digest = json.loads(body)["pli_sha256"]
        if sha256(self.objects["pli.json"]).hexdigest() != digest:
            return problem(409, "bid.incomplete")
        self.deposits[deposit] = "committed"
        return Answer(
            201,
            {
                "deposit": deposit,
                "received_at": "2027-01-11T09:00:00.123Z",
                "late": False,
                "receipt_url": "/",
            },
        )

    def add_key(self, _headers: dict[str, str], body: bytes, _organisation: str) -> Answer:
        self.keys.append(json.loads(body))
        return Answer(201, {"id": KEY, "certificate_url": "/certificat.crt", "state": "proposed"})

    def challenge(self, _headers: dict[str, str], _body: bytes, _key: str) -> Answer:
        return Answer(201, {"rehearsal": KEY, "packet": b64encode(self.rehearsal), "certificate": ""})

    def answer_challenge(self, _headers: dict[str, str], body: bytes, _key: str, _rehearsal: str) -> Answer:
        self.answers.append(json.loads(body)["value"])
        return Answer(200, {"ok": True, "state": "eligible"})

    def packets(self, _headers: dict[str, str], _body: bytes, _opening: str) -> Answer:
        return Answer(200, {"envelopes": self.sealed})

    def secrets(self, _headers: dict[str, str], body: bytes, _opening: str) -> Answer:
        self.answers.extend(json.loads(body))
        return Answer(202, {"accepted": len(self.answers), "refused": []})

    def failures(self, _headers: dict[str, str], body: bytes, _opening: str) -> Answer:
        self.reports.extend(json.loads(body)["failures"])
        return Answer(202, {})

    def opening(self, _headers: dict[str, str], _body: bytes, _opening: str) -> Answer:
        return Answer(200, self.progress(self))

    def time(self, _headers: dict[str, str], _body: bytes) -> Answer:
        return Answer(200, {"server_time": instant_text(datetime.now(UTC))})

    def swallow(self, _headers: dict[str, str], body: bytes) -> Answer:
        return Answer(200, {"bytes": len(body)})

    def session(self, _headers: dict[str, str], _body: bytes) -> Answer:
        return Answer(200, {"csrf_token": "frais", "person": "Essai"})


_D = r"/api/v1/plis/([0-9a-f-]{36})"
_U = r"/api/v1/televersements/([0-9a-f]{32})"
_K = r"/api/v1/cles/([0-9a-f-]{36})"
_O = r"/api/v1/ouvertures/([0-9a-f-]{36})"
_C = r"/api/v1/consultations/([0-9a-f-]{36})"
ROUTES: list[tuple[str, str, Callable[..., Answer | str]]] = [
    (rf"{_C}/scellement", "GET", Platform.terms),
    (rf"{_C}/plis", "POST", Platform.begin),
    (_D, "GET", Platform.state),
    (rf"{_D}/objets/([\w.-]+)", "PUT", Platform.put_object),
    (rf"{_D}/depot", "POST", Platform.commit),
    (r"/api/v1/televersements", "POST", Platform.create),
    (_U, "HEAD", Platform.head),
    (_U, "PATCH", Platform.patch),
    (_U, "DELETE", Platform.delete),
    (r"/api/v1/session", "GET", Platform.session),
    (r"/api/v1/organisations/([0-9a-f-]{36})/cles", "POST", Platform.add_key),
    (rf"{_K}/epreuves", "POST", Platform.challenge),
    (rf"{_K}/epreuves/([0-9a-f-]{{36}})", "PUT", Platform.answer_challenge),
    (rf"{_O}/paquets", "GET", Platform.packets),
    (rf"{_O}/secrets", "POST", Platform.secrets),
    (rf"{_O}/rapports", "POST", Platform.failures),
    (_O, "GET", Platform.opening),
    (r"/api/v1/poste/heure", "GET", Platform.time),
    (r"/api/v1/poste/envoi", "POST", Platform.swallow),
]


class Handler(BaseHTTPRequestHandler):
    """Serve static files and the platform's API."""

    protocol_version = "HTTP/1.1"
    platform: Platform

    def log_message(self, *_arguments: object) -> None:
        """Stay silent: failures show in the assertions."""

    def handle_any(self) -> None:
        """Answer any method."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/api/"):
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = self.platform.answer(self.command, self.path, headers, body)
            if isinstance(answer, str):
                # "cut": the connection dies in the middle of an answer. One that dies before it is tried again by
                # Chromium itself, unseen by the page.
                self.wfile.write(bytes(8))
                self.close_connection = True
                return
            self.write(answer)
        else:
            self.write_static()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any  # noqa: N815 - the names http.server calls

    def write(self, answer: Answer) -> None:
        body = b"" if answer.body is None else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers, **HEADERS}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def write_static(self) -> None:
        path = STATIC / self.path.removeprefix("/static/").split("?")[0]
        found = self.path.startswith("/static/") and path.is_file()
        body = path.read_bytes() if found else (self.platform.page if self.path == "/page" else BLANK)
        self.send_response(200)
        for name, value in HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", TYPES[path.suffix] if found else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(platform: Platform) -> ThreadingHTTPServer:
    """Start serving on a free port, in a thread."""
    handler = type("BoundHandler", (Handler,), {"platform": platform})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server
