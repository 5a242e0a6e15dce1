"""Stand in for API Entreprise: same paths, same shapes, companies that do not exist.

It is the default registry, so that an installation without a token shows everything. Magic SIRET numbers (000 range,
never assigned) show what goes wrong; a folder of staging cases can be replayed beside our companies.
"""

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from dume.registry.simulator.companies import Behaviour, Company, companies
from dume.registry.simulator.document import page
from dume.registry.simulator.payloads import ALWAYS, BUILDERS, Asking
from dume.registry.simulator.staging import Replay, load, with_local_documents
from dume.registry.sources import SOURCES

__all__ = ["Reply", "Simulator"]

#: Seconds that the slow company's sources take.
SLOW = 8.0
#: Calls about the flooded company before 429, and the limit announced in the headers.
CALLS = 3
LIMIT = 250
#: Counts that are kept; older ones are of no use.
MOST_COUNTS = 1_000
_DOWN = ("tax_certificate", "social_certificate", "farm_social", "turnover", "tax_returns")
_DOCUMENT = re.compile(r"/documents/([a-z0-9_-]{1,120})\.pdf")
_MANDATORY = ("recipient", "context", "object")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(_PLACEHOLDER.sub(r"(?P<\1>[^/]+)", template))


# Public paths stand before the general ones that would match them too.
_ROUTES = [
    (_pattern(path), item.key)
    for item in sorted(SOURCES.values(), key=lambda item: "{" in item.paths[0].rsplit("/", 1)[1])
    for path in item.paths
]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An HTTP answer; `delay` is how long the source took before it gave it."""

    status: int
    body: bytes
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0


class Simulator:
    """Answer requests. `clock` dates the certificates; `sleep` is how a slow answer is waited for."""

    def __init__(
        self, clock: Callable[[], datetime], sleep: Callable[[float], None], *, staging: Path | None = None
    ) -> None:
        self.sleep = sleep
        self._clock = clock
        self._replay = Replay(load(staging) if staging else ())
        self._calls: dict[str, int] = {}
        self._lock = threading.Lock()

    def answer(self, path: str, query: Mapping[str, str], *, origin: str, token: str) -> Reply:
        """Answer a GET; `origin` is where the simulator stands, for the addresses of documents."""
        document = _DOCUMENT.fullmatch(path)
        if document:
            title = document[1].replace("-", " ").capitalize()
            return Reply(status=200, body=page(title), media_type="application/pdf")
        return self._within_limits(self._answer(path, query, origin, token))

    def _answer(self, path: str, query: Mapping[str, str], origin: str, token: str) -> Reply:
        if not token.startswith("Bearer "):
            return _error(401, "00101", "Jeton absent ou invalide")
        missing = [name for name in _MANDATORY if not query.get(name)]
        if missing:
            return _error(422, "00201", f"Paramètre obligatoire absent : {missing[0]}")
        case = self._replay.find(path, query)
        if case is not None:
            name = case.name.rsplit(".", 1)[0].replace("/", "-")
            return _json(case.status, with_local_documents(case.payload, origin, name))
        for pattern, key in _ROUTES:
            found = pattern.fullmatch(path)
            if found:
                return self._about(key, found.groupdict(), origin)
        return _error(404, "00403", "Aucun point d’accès à cette adresse")

    def _about(self, key: str, named: Mapping[str, str], origin: str) -> Reply:
        identifier = named.get("siren") or named.get("siret") or next(iter(named.values()))
        company = companies().get(identifier[:9])
        if company is None or (len(identifier) > len(company.siren) and identifier != company.siret):
            return _not_found()
        spoilt = self._spoilt(company, key)
        if spoilt is not None:
            return spoilt
        known = key in ALWAYS or key in company.sources or company.behaviour == Behaviour.COMPLETE
        data = BUILDERS[key](self._asking(company, named, origin)) if known else None
        reply = (
            _not_found() if data is None else _json(200, {"data": data, "links": {}, "meta": self._meta()})
        )
        delay = SLOW if company.behaviour == Behaviour.SLOW else 0.0
        return Reply(status=reply.status, body=reply.body, headers=reply.headers, delay=delay)

    def _spoilt(self, company: Company, key: str) -> Reply | None:
        if company.behaviour == Behaviour.DOWN and key in _DOWN:
            return _error(504, "04002", "Intermédiaire hors délai")
        if (
            company.behaviour == Behaviour.FLOODED
            and self._count(f"{company.siret}-{self._minute()}") > CALLS
        ):
            return _error(429, "00429", "Trop de requêtes", {"Retry-After": "60"})
        return None

    def _asking(self, company: Company, named: Mapping[str, str], origin: str) -> Asking:
        today = self._clock().date()
        return Asking(
            company=company,
            today=today,
            year=_whole(named.get("year"), today.year),
            month=_whole(named.get("month"), today.month),
            link=lambda name: f"{origin}/documents/{name}-{company.siren}.pdf",
        )

    def _meta(self) -> dict[str, Any]:
        return {"date_derniere_mise_a_jour": int(self._clock().timestamp())}

    def _minute(self) -> int:
        return int(self._clock().timestamp()) // 60

    def _count(self, what: str) -> int:
        with self._lock:
            if len(self._calls) > MOST_COUNTS:
                self._calls.clear()
            self._calls[what] = self._calls.get(what, 0) + 1
            return self._calls[what]

    def _within_limits(self, reply: Reply) -> Reply:
        minute = self._minute()
        used = self._count(f"minute-{minute}")
        headers = {
            "RateLimit-Limit": str(LIMIT),
            "RateLimit-Remaining": str(max(LIMIT - used, 1)),
            "RateLimit-Reset": str((minute + 1) * 60),
            **reply.headers,
        }
        return Reply(
            status=reply.status,
            body=reply.body,
            media_type=reply.media_type,
            headers=headers,
            delay=reply.delay,
        )


def _whole(text: str | None, default: int) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else default


def _json(status: int, body: Any) -> Reply:
    return Reply(status=status, body=json.dumps(body, ensure_ascii=False).encode())


def _not_found() -> Reply:
    return _error(404, "00003", "Entité non trouvée ou non à jour")


def _error(status: int, code: str, title: str, headers: Mapping[str, str] | None = None) -> Reply:
    body = {"errors": [{"code": code, "title": title, "detail": title, "meta": {"provider": "Simulateur"}}]}
    reply = _json(status, body)
    return Reply(status=status, body=reply.body, headers=headers or {})


assert set(BUILDERS) == set(SOURCES), "every source has its builder"
