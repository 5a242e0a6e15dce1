"""Ask the application itself, built on a throw-away folder, for its views, jobs and metrics."""

import ast
import logging
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from error_codes import modules, nodes
from pyramid.interfaces import IRoutesMapper

from procurement.core.jobs import Pauses, handlers
from procurement.core.runtime import start
from procurement.core.seal import create_seal
from procurement.core.timestamp import Timestamper

_DEVELOPMENT = {
    "pli.environment": "development",
    "pli.mail": "outbox",
    "pli.timestamp": "development",
    "pli.clock": "sandbox",
}
_PRODUCTION = {
    "pli.environment": "production",
    "pli.base_url": "https://marches.example.org",
    "pli.metrics_port": "9464",
    "pli.timestamp_url": "https://tsa.example.org/",
}
#: What a place of an address may hold is of no interest to a reader.
_PATTERN = re.compile(r"\{(\w+):(?:[^{}]|\{[^{}]*\})*\}")
_KINDS = {"Histogram": "histogram", "Counter": "counter", "GaugeMetricFamily": "gauge"}


@dataclass(frozen=True)
class View:
    """One row of the table of routes."""

    address: str
    methods: str
    permission: str
    csrf: bool
    route: str
    name: str
    purpose: str


@contextmanager
def application(*, production: bool = False) -> Iterator[Any]:
    """Give the registry of an application in a folder that vanishes."""
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="pli-reference-") as folder:
        own = {
            "pli.data_directory": folder,
            "sqlalchemy.url": f"sqlite:///{folder}/pli.sqlite",
            "pli.secret_key": "reference-" * 4,
        }
        runtime = start({**_DEVELOPMENT, **own})
        if production:  # It makes no key by itself: it takes over those of the development's.
            authority = Path(folder) / "authority.pem"
            authority.write_bytes(_pem(runtime.find(Timestamper).certificates()))
            runtime.database.dispose()
            seal = Path(folder) / "seal.p12"
            create_seal(seal, "Pli, cachet de référence")
            files = {"pli.timestamp_ca_file": str(authority), "pli.seal_file": str(seal)}
            runtime = start({**_PRODUCTION, **own, **files})
        yield runtime.registry
        runtime.database.dispose()
    logging.disable(logging.NOTSET)


def _pem(certificates: list[bytes]) -> bytes:
    loaded = (x509.load_der_x509_certificate(der) for der in certificates)
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in loaded)


def views(registry: Any) -> list[View]:
    """Return every view, by address."""
    patterns = {route.name: route.pattern for route in registry.getUtility(IRoutesMapper).get_routes()}
    rows = [
        View(
            _PATTERN.sub(r"{\1}", patterns[view.route]),
            ", ".join(view.methods),
            str(view.permission),
            view.csrf,
            view.route,
            view.name,
            _purpose(view.name),
        )
        for view in registry["pli.views"]
    ]
    return sorted(rows, key=lambda row: (row.address, row.methods))


def _purpose(name: str) -> str:
    module, _dot, function = name.rpartition(".")
    return _first_line(getattr(import_module(module), function).__doc__)


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n", maxsplit=1)[0]


def jobs(registry: Any) -> list[tuple[str, str]]:
    """Return every kind of job and the first line of its handler's documentation."""
    return sorted((kind, _first_line(handler.__doc__)) for kind, handler in handlers(registry).items())


def waits(pauses: Pauses) -> str:
    """Return waiting times in words: « 30 seconds, 1 minute, 2 hours »."""
    return ", ".join(map(_wait, pauses))


def _wait(pause: timedelta) -> str:
    seconds = int(pause.total_seconds())
    number, unit = next((seconds // size, unit) for size, unit in _UNITS if seconds >= size)
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


_UNITS = ((3600, "hour"), (60, "minute"), (1, "second"))


def metrics() -> list[tuple[str, str, list[str], str]]:
    """Return name, kind, labels and meaning of every metric that the source declares."""
    rows = []
    for node in nodes(modules()[str(Path("procurement/core/metrics.py"))]):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _KINDS:
            name, meaning = (ast.literal_eval(argument) for argument in node.args[:2])
            given = [*node.args[2:], *(item.value for item in node.keywords if item.arg == "labels")]
            labels = [label for item in given for label in ast.literal_eval(item)]
            rows.append((name, _KINDS[node.func.id], labels, meaning))
    return sorted(rows)
