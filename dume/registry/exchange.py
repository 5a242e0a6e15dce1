"""Carry out one call: limits, breaker, deadline, one retry, and the status that each answer means."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from dume.registry.breaker import Breakers
from dume.registry.limits import Limits, Ticks
from dume.registry.sources import Source
from dume.registry.token import Token
from procurement.accounts.registry import SourceStatus

#: Seconds for one source, and bytes of its answer.
PER_SOURCE = 10.0
LARGEST_BODY = 4 << 20
#: The pause after a 429 that does not say how long.
PAUSE = 60.0
_RETRIED = {502, 504}
_STATUS = {
    200: SourceStatus.OBTAINED,
    400: SourceStatus.BAD_PARAMETER,
    401: SourceStatus.NO_RIGHT,
    403: SourceStatus.NO_RIGHT,
    404: SourceStatus.NOT_FOUND,
    422: SourceStatus.BAD_PARAMETER,
    451: SourceStatus.LEGAL_BLOCK,
    504: SourceStatus.TIMEOUT,
}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a call gave: a body only when the status is `obtained`."""

    status: SourceStatus
    detail: str = ""
    body: Any = None
    code: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)


class _TooLate(Exception):
    pass


class _Unreadable(Exception):
    pass


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """Call API Entreprise, and nothing else: the token goes nowhere but to `origin`."""

    http: httpx.Client
    origin: str
    token: Token
    limits: Limits
    breakers: Breakers
    ticks: Ticks
    clock: Callable[[], datetime]

    def get(self, source: Source, path: str, params: Mapping[str, str], deadline: float) -> Answer:
        """Call a path once, or twice when the provider fails in passing; never raises for what the service does."""
        deadline = min(deadline, self.ticks.monotonic() + PER_SOURCE)
        answer = self._once(source, path, params, deadline)
        if answer.code in _RETRIED and self.ticks.monotonic() < deadline:
            answer = self._once(source, path, params, deadline)
        return answer

    def _once(self, source: Source, path: str, params: Mapping[str, str], deadline: float) -> Answer:
        if self.token.expired(self.clock()):
            return Answer(status=SourceStatus.NO_RIGHT, detail="token_expired")
        if not self.breakers.allows(source.provider):
            return Answer(status=SourceStatus.UNAVAILABLE, detail="provider_resting")
        if not self.limits.take(documents=source.documents, deadline=deadline):
            self.breakers.release(source.provider)
            return Answer(status=SourceStatus.UNAVAILABLE, detail="rate_limited")
        answer = self._send(path, params, deadline)
        down = (
            answer.status in {SourceStatus.TIMEOUT, SourceStatus.UNAVAILABLE}
            and answer.code != httpx.codes.TOO_MANY_REQUESTS
        )
        self.breakers.record(source.provider, answered=not down)
        self._obey(source, answer)
        return answer

    def _send(self, path: str, params: Mapping[str, str], deadline: float) -> Answer:
        headers = {"Authorization": f"Bearer {self.token.value}", "Accept": "application/json"}
        left = deadline - self.ticks.monotonic()
        if left <= 0:
            return Answer(status=SourceStatus.TIMEOUT, detail="too_late")
        try:
            with self.http.stream(
                "GET",
                self.origin + path,
                params=dict(params),
                headers=headers,
                timeout=left,
                follow_redirects=False,
            ) as response:
                return _answer(response, self._body(response, deadline))
        except (_TooLate, httpx.TimeoutException):
            return Answer(status=SourceStatus.TIMEOUT, detail="no_answer_in_time")
        except _Unreadable:
            return Answer(status=SourceStatus.UNAVAILABLE, detail="unexpected_answer")
        except httpx.HTTPError:
            return Answer(status=SourceStatus.UNAVAILABLE, detail="no_connection")

    def _body(self, response: httpx.Response, deadline: float) -> bytes:
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if self.ticks.monotonic() > deadline:
                raise _TooLate
            if len(content) > LARGEST_BODY:
                raise _Unreadable
        if self.ticks.monotonic() > deadline:
            raise _TooLate
        return bytes(content)

    def _obey(self, source: Source, answer: Answer) -> None:
        spent = answer.headers.get("ratelimit-remaining", "") == "0"
        if answer.code == httpx.codes.TOO_MANY_REQUESTS or spent:
            self.limits.close(self._pause(answer.headers), documents=source.documents)

    def _pause(self, headers: Mapping[str, str]) -> float:
        after = _number(headers.get("retry-after", ""))
        if after is not None:
            return max(after, 0.0)
        reset = _number(headers.get("ratelimit-reset", ""))
        if reset is not None:
            return min(max(reset - self.clock().timestamp(), 0.0), PAUSE)
        return PAUSE


def _answer(response: httpx.Response, content: bytes) -> Answer:
    code = response.status_code
    headers = {name.lower(): value for name, value in response.headers.items()}
    if code != httpx.codes.OK:
        status = _STATUS.get(code, SourceStatus.UNAVAILABLE)
        detail = "rate_limited" if code == httpx.codes.TOO_MANY_REQUESTS else f"http_{code}"
        return Answer(status=status, detail=detail, code=code, headers=headers)
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise _Unreadable from None
    if not isinstance(body, dict) or not isinstance(body.get("data"), dict | list):
        raise _Unreadable
    return Answer(status=SourceStatus.OBTAINED, body=body, code=code, headers=headers)


def _number(value: str) -> float | None:
    try:
        found = float(value)
    except ValueError:
        return None
    return found if 0 <= found < float("inf") else None
