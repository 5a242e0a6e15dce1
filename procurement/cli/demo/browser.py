"""A browser without pictures: cookies, redirects, forms with their CSRF token, JSON.

The demonstration plays its people through it, over HTTP and over nothing else.
"""

import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from typing import Any

from lxml import html

from procurement.cli.deposit_client import Reply

#: Longest wait for one answer, in seconds.
TIMEOUT = 60
File = tuple[str, bytes, str]


class StepFailed(Exception):
    """An answer was not the one the story needs; the text says which."""


@dataclass(frozen=True)
class Answer:
    """What came back: status, final address, body."""

    status: int
    url: str
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """Return the visible text of a page, in one line."""
        return " ".join(str(self.tree.text_content()).split())

    @property
    def tree(self) -> Any:
        """Return the parsed page."""
        return html.document_fromstring(self.body)

    def links(self, part: str) -> list[str]:
        """Return the addresses on the page that hold ``part``."""
        return [str(link) for link in self.tree.xpath("//a/@href") if part in link]


class Browser:
    """One person at one workstation."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url.rstrip("/")
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._csrf = ""

    def get(self, path: str, *, expect: int = 200, headers: dict[str, str] | None = None) -> Answer:
        """Fetch a page or a file."""
        answer = self._send("GET", path, None, headers or {})
        self._remember_csrf(answer)
        return _expected(answer, expect)

    def post_form(
        self,
        path: str,
        fields: dict[str, Any],
        *,
        files: dict[str, File] | None = None,
        expect: int | None = 200,
        form: str | None = None,
    ) -> Answer:
        """Send a form as its page shows it: the page is fetched first, its values kept, ``fields`` filled in.

        With ``expect=None`` any answer will do: a form may come back with what it lacks.
        """
        page = self.get(form or path)
        values = _form_values(page, path if form is None else urllib.parse.urlsplit(path).path)
        values = [(name, value) for name, value in values if name not in fields]
        for name, value in fields.items():
            values.extend(
                (name, one) for one in (value if isinstance(value, list) else [value]) if one is not None
            )
        body, kind = _encode(values, files or {})
        answer = self._send("POST", path, body, {"Content-Type": kind, "Referer": f"{self.base_url}{path}"})
        self._remember_csrf(answer)
        return _expected(answer, expect)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        expect: int = 200,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Call an endpoint with JSON (or bytes) in the person's own session."""
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        kinds = {} if body is None or isinstance(body, bytes) else {"Content-Type": "application/json"}
        return _expected(
            self._send(method, path, raw, {**kinds, **self.csrf_headers(), **(headers or {})}), expect
        )

    def send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """Send one request of the sealed bids API in this person's session."""
        answer = self._send(method, path, body, {**self.csrf_headers(), **headers})
        return Reply(
            answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.body
        )

    def csrf_headers(self) -> dict[str, str]:
        """Return the header that proves a request comes from our own pages."""
        if not self._csrf:
            self.get("/aide")
        return {"X-CSRF-Token": self._csrf, "Origin": self.base_url, "Referer": f"{self.base_url}/"}

    def _send(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        url = path if path.startswith("http") else f"{self.base_url}{path}"
        request = urllib.request.Request(url, data=body, method=method, headers=headers)  # noqa: S310  # our own server
        try:
            with self._opener.open(request, timeout=TIMEOUT) as response:
                return Answer(response.status, response.url, response.read(), dict(response.headers))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, url, error.read(), dict(error.headers))

    def _remember_csrf(self, answer: Answer) -> None:
        if "text/html" not in answer.headers.get("Content-Type", ""):
            return
        found = answer.tree.xpath("//meta[@name='csrf-token']/@content")
        if found:
            self._csrf = str(found[0])


def _expected(answer: Answer, expect: int | None) -> Answer:
    if expect is None or answer.status == expect:
        return answer
    kind = answer.headers.get("Content-Type", "")
    said = answer.text if "html" in kind else answer.body.decode(errors="replace")
    raise StepFailed(f"{answer.url}: {answer.status} instead of {expect}: {said[:1200]}")


def _form_values(page: Answer, path: str) -> list[tuple[str, str]]:
    """Return what the form of ``path`` on the page holds, as a browser would send it."""
    forms = [form for form in page.tree.forms if form.method.upper() == "POST"]
    target = urllib.parse.urlsplit(path).path
    for form in forms:
        action = urllib.parse.urlsplit(form.action or page.url).path
        if action == target:
            return [(name, value) for name, value in form.form_values() if name]
    raise StepFailed(f"{page.url} holds no form for {target}")


def _encode(values: list[tuple[str, str]], files: dict[str, File]) -> tuple[bytes, str]:
    if not files:
        return urllib.parse.urlencode(values).encode(), "application/x-www-form-urlencoded"
    edge = uuid.uuid4().hex
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in values
        if name not in files
    ]
    for name, (filename, data, kind) in files.items():
        head = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: {kind}\r\n\r\n'
        parts.append(head.encode() + data + b"\r\n")
    return b"".join(parts) + f"--{edge}--\r\n".encode(), f"multipart/form-data; boundary={edge}"
