"""P1, P1b, P2, P3 and the list of 20: the DUME API against bare views and bare statements on the same data.

The floors run in the same process, on a bare Pyramid application over the same database; subjects go through the whole
application: token, scope, rate, version, log. The client is one of the sandbox, with every scope.
"""

import contextlib
import copy
import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, TextIO

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lxml import etree
from pyramid.config import Configurator
from pyramid.response import Response
from sqlalchemy import select, text
from webob import Request
from webtest import TestApp

from benchmarks.harness import Measure, Timed
from benchmarks.scene import start_application
from dume import queries
from dume.api.shown import shown
from dume.espd.taxonomy import taxonomy
from dume.models import Dume
from dume.queries import Filter, Slot
from dume.rules import Kind
from procurement.core.runtime import Runtime
from procurement.core.vault import KeyVault
from tests.factories.clients import bearer, create_vendor
from tests.factories.dume_api import API, BUYER, COMPANY, Client, begun, published

#: Lines of the list.
LISTED = 20
_NAME = "{urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2}"


class Desk:
    """The application with a client of its API, a request of every criterion, and as many responses as a list shows."""

    def __init__(self, folder: Path, *, quick: bool) -> None:
        self.folder = folder
        self.log: TextIO = (folder / "server.log").open("w", encoding="utf-8")
        self.count = 20 if quick else 60
        with contextlib.redirect_stdout(self.log):
            # A client may ask 600 times a minute; this one asks more.
            self.runtime: Runtime = start_application(folder, {"pli.rate_limits": "false"})
            self._furnish()

    def _furnish(self) -> None:
        app = TestApp(self.runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
        self.vendor = create_vendor(self.runtime)
        self.client = Client(app, bearer(app, self.vendor))
        self.everything = [{"code": one.code} for one in taxonomy().criteria]
        self.request_id = published(self.client, self.runtime.clock)  # type: ignore[arg-type]  # the sandbox's clock
        self.response_ids = [begun(self.client, self.request_id) for _ in range(LISTED)]

    @cached_property
    def bare(self) -> Any:
        """A Pyramid application with nothing in it but the floors."""
        with Configurator() as config:
            for name in ("light", "status", "stored", "sealed", "listed"):
                config.add_route(name, f"/{name}")
                config.add_view(getattr(self, f"_{name}"), route_name=name, renderer="json")
        return config.make_wsgi_app()

    def _light(self, request: Any) -> Any:
        del request
        return {"name": "boolean-gui-control-type", "values": [{"code": "CHECK_BOX_TRUE", "label": "Oui"}]}

    def _status(self, request: Any) -> Any:
        del request
        with self.runtime.database.read() as session:
            row = session.scalars(select(Dume).where(Dume.id_dume == self.request_id)).one()
            return {"id_dume": row.id_dume, "siret": row.siret, "edition": row.edition, "lots": row.lots}

    def _listed(self, request: Any) -> Any:
        del request
        whose, wanted = Slot(client_id=self.vendor.id), Filter(kind=Kind.RESPONSE)
        with self.runtime.database.read() as session:
            rows = queries.search(session, whose, wanted, limit=LISTED)
            return {"items": [shown(row) for row in rows]}

    def _stored(self, request: Any) -> Response:
        del request
        return Response(body=self._select(self.request_id), content_type="application/xml")

    def _sealed(self, request: Any) -> Response:
        del request
        sealed = self._select(self.response_ids[0])
        assert len(sealed) >= len(self.ciphertext)
        plain = AESGCM(self.key).decrypt(bytes(12), self.ciphertext, None)
        return Response(body=plain, content_type="application/xml")

    def _select(self, id_dume: str) -> bytes:
        statement = "SELECT r.xml FROM dume_revision r JOIN dume d ON d.id = r.dume_id WHERE d.id_dume = :id"
        with self.runtime.database.read_engine.connect() as connection:
            found: bytes = connection.execute(text(statement), {"id": id_dume}).scalar_one()
        return found

    @cached_property
    def key(self) -> bytes:
        """A key of the floor's own: what counts is the work of opening as many bytes."""
        return AESGCM.generate_key(256)

    @cached_property
    def ciphertext(self) -> bytes:
        """As many bytes as the response has, sealed with the floor's key."""
        with self.runtime.database.read() as session:
            row = queries.by_id_dume(session, self.response_ids[0])
            content, _digest = queries.xml(session, self.runtime.find(KeyVault), row)
        return AESGCM(self.key).encrypt(bytes(12), content, None)

    def ask(self, app: Any, path: str, headers: dict[str, str]) -> Timed:
        """Return a measure, by the processor's clock, of asking a path many times."""

        def run() -> float:
            with contextlib.redirect_stdout(self.log):
                began = time.process_time()
                for _ in range(self.count):
                    answer = Request.blank(path, headers=headers, base_url="http://localhost").get_response(
                        app
                    )
                    assert answer.status_int == 200, answer.body  # HTTP's own number
                return time.process_time() - began

        return run

    def ours(self, path: str, accept: str = "application/json") -> Timed:
        """Return the measure of the API."""
        return self.ask(self.runtime.app, f"{API}{path}", {**self.client.headers, "Accept": accept})

    def floor(self, path: str) -> Timed:
        """Return the measure of a bare view."""
        return self.ask(self.bare, path, {})


class Making:
    """P2: begin a request, or a response, of every criterion."""

    def __init__(self, desk: Desk, kind: str, body: dict[str, Any]) -> None:
        self.desk, self.path, self.body = desk, f"{API}/{kind}", json.dumps(body).encode()
        with contextlib.redirect_stdout(desk.log):
            made = self._post().json["id_dume"]
            got = desk.client.get(f"/{kind}/{made}/document", accept="application/xml")
        self.skeleton = etree.fromstring(got.body)
        self.seals = kind == "dume-oe"
        self.connection = sqlite3.connect(desk.folder / f"{kind}.sqlite", isolation_level=None)
        self.connection.execute("PRAGMA journal_mode=WAL")
        self.connection.execute("PRAGMA synchronous=FULL")
        self.connection.execute("CREATE TABLE made (id CHAR(32) PRIMARY KEY, xml BLOB NOT NULL)")

    def floor(self) -> float:
        """Copy a skeleton, fill it, write it, seal it where ours does, and insert it durably."""
        return self._wall(self._bare)

    def _bare(self) -> None:
        tree, number = copy.deepcopy(self.skeleton), uuid.uuid4().hex
        for name, value in (("ID", number), ("UUID", number), ("IssueDate", "2027-01-11")):
            for found in tree.iterchildren(f"{_NAME}{name}"):
                found.text = value
        content = etree.tostring(tree, xml_declaration=True, encoding="UTF-8")
        if self.seals:
            content = AESGCM(self.desk.key).encrypt(bytes(12), content, None)
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute("INSERT INTO made VALUES (?, ?)", (number, content))
        self.connection.execute("COMMIT")

    def subject(self) -> float:
        """Ask the API for one."""
        return self._wall(self._post)

    def _post(self) -> Any:
        headers = {**self.desk.client.headers, "Content-Type": "application/json"}
        request = Request.blank(
            self.path, method="POST", body=self.body, headers=headers, base_url="http://localhost"
        )
        answer = request.get_response(self.desk.runtime.app)
        assert answer.status_int == 201, answer.body
        return answer

    def _wall(self, work: Callable[[], object]) -> float:
        with contextlib.redirect_stdout(self.desk.log):
            began = time.perf_counter()
            for _ in range(5):
                work()
            return time.perf_counter() - began


def measures(folder: Path, *, quick: bool) -> Iterator[Measure]:
    """Give the ratios."""
    desk = Desk(folder, quick=quick)
    request, response = desk.request_id, desk.response_ids[0]
    xml = "application/xml"
    reads = (
        (
            "P1",
            "light JSON to a client, no table read",
            "/light",
            "/code-lists/boolean-gui-control-type",
            "application/json",
            0.3,
        ),
        ("P1b", "status of a DUME", "/status", f"/dume-acheteur/{request}", "application/json", 0.7),
        ("P3", "stored XML of a request", "/stored", f"/dume-acheteur/{request}/document", xml, 0.7),
        ("P3", "stored XML of a response", "/sealed", f"/dume-oe/{response}/document", xml, 0.7),
        ("P1b", f"list of {LISTED}", "/listed", f"/dume-oe?limit={LISTED}", "application/json", 0.5),
    )
    for sheet, what, bare, path, accept, demand in reads:
        yield Measure(
            id=sheet, what=what, clock="cpu", floor=desk.floor(bare), subject=desk.ours(path, accept), demand=demand
        )  # fmt: skip
    asked = {"siret": BUYER, "procedure": {"code": "open", "title": "Gymnase", "description": "Isolation"}}
    makings = {
        "dume-acheteur": {**asked, "criteria": desk.everything},
        "dume-oe": {"id_dume_acheteur": request, "siret": COMPANY},
    }
    for kind, body in makings.items():
        made = Making(desk, kind, body)
        size = len(etree.tostring(made.skeleton)) >> 10
        yield Measure(
            id="P2", what=f"begin a {kind} of {size} KiB", clock="wall", floor=made.floor, subject=made.subject, demand=0.6
        )  # fmt: skip
