"""Ask the API what its contract allows, and much that it does not: never a 5xx, never an answer that the contract lacks.

A client of the sandbox with every scope asks, about objects of its own that are made anew for each operation. ``ci`` gives
each operation at most ``EXAMPLES["ci"]`` requests within ``SECONDS["ci"]``; ``full`` gives a thousand.
"""

import base64
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks
from webtest import TestApp

from dume.espd.write_v41 import write
from procurement.core.clock import SandboxClock
from procurement.core.db import schema as database_schema
from procurement.core.runtime import Runtime, start
from tests.conftest import START, settings_for
from tests.factories.clients import bearer, create_vendor
from tests.factories.dume_api import Client, attach, begun, published, request_body
from tests.vectors.dume.documents import documents

#: Requests of an operation that keep to the contract; half as many break it.
EXAMPLES = {"ci": 20, "full": 1000}
#: How long an operation may take, before the rest of its requests is left out.
SECONDS = {"ci": 0.15, "full": 600.0}
#: How many are asked whatever the time.
LEAST = 5
#: The clock is not moved here: the tokens would end.
APART = {("POST", "/api/v1/sandbox/clock")}
RETURN = "https://places.example.org/retour"


@dataclass
class World:
    """The application, and a client of its API."""

    runtime: Runtime
    client: Client
    schema: Any
    files: list[str]
    shared: dict[str, list[str]] = field(default_factory=dict)

    @property
    def clock(self) -> SandboxClock:
        found = self.runtime.clock
        assert isinstance(found, SandboxClock)
        return found

    def objects_for(self, operation: Any) -> dict[str, list[str]]:
        """Return objects to ask about: made anew for what changes them, shared by what reads or makes others."""
        path = operation.path
        changes = operation.method.upper() in {"PATCH", "PUT", "DELETE"} or path.endswith(
            ("validate", "publish")
        )
        if changes or not self.shared:
            self.shared = self.objects()
        return self.shared

    def objects(self) -> dict[str, list[str]]:
        """Make objects, and return their ids by the name of the placeholder."""
        client = self.client
        asked = published(client, self.clock)
        draft = client.post("/dume-acheteur", request_body(self.clock), status=201).json["id_dume"]
        lead = begun(client, asked, role="group-lead")
        prefill = client.post(f"/dume-oe/{lead}/prefills", {"level": 1}, status=202).json["id"]
        group = client.post("/consortia", {"id_dume": lead, "name": "Groupement"}, status=201).json["id"]
        guest = {"role": "group-mem", "email": "membre@exemple.test"}
        member = client.post(f"/consortia/{group}/members", guest, status=201).json["id"]
        hook = self._hook()
        delivery = client.post(f"/webhooks/{hook}/test", {}, status=202).json["id"]
        return {
            "acheteur": [draft, asked], "oe": [lead, begun(client, asked)], "prefill": [prefill],
            "evidence": [attach(client, lead)], "consortium": [group], "member": [member], "webhook": [hook],
            "delivery": [delivery], "siret": ["00000001800010"], "list": ["country"],
        }  # fmt: skip

    def _hook(self) -> str:
        """Subscribe anew: a client has twenty webhooks at most."""
        client = self.client
        for one in client.get("/webhooks?limit=200").json["items"]:
            client.send("delete", f"/webhooks/{one['id']}", {}, "*", status=204)
        made = client.post("/webhooks", {"url": "https://hooks.example.org/x"}, status=201)
        return str(made.json["id"])


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("schemathesis")
    runtime = start(settings_for(f"sqlite:///{folder}/pli.sqlite", folder))
    database_schema.upgrade(runtime.database)
    runtime.clock.move_to(START, frozen=True)  # type: ignore[attr-defined]  # the sandbox's clock
    app = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    client = Client(app, bearer(app, create_vendor(runtime, return_urls=(RETURN,))))
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", runtime.app)
    made = documents()
    files = [base64.b64encode(write(made[name])).decode() for name in ("request-everything", "response-full")]
    yield World(runtime, client, schema, files)
    runtime.database.dispose()


def operations(world: World) -> list[Any]:
    found = [result.ok() for result in world.schema.get_all_operations()]
    return [one for one in found if (one.method.upper(), one.path) not in APART]


def aim(case: Any, draw: Callable[[Any], Any], objects: dict[str, list[str]], files: list[str]) -> None:
    """Turn a request at real objects and files most of the time: at random ones it would meet nothing but 404."""
    if draw(st.integers(0, 9)) == 0:
        return
    kind = "acheteur" if "/dume-acheteur/" in case.path else "oe"
    for name in case.path_parameters or {}:
        case.path_parameters[name] = draw(st.sampled_from(objects[kind if name == "id_dume" else name]))
    if "If-Match" in (case.headers or {}) and draw(st.booleans()):
        case.headers["If-Match"] = "*"
    if isinstance(case.body, dict):
        for name in {"xml", "request_xml", "response_xml"} & set(case.body):
            case.body[name] = draw(st.sampled_from(files))
        for name, pool in (("id_dume_acheteur", "acheteur"), ("id_dume", "oe"), ("id_dume_oe", "oe")):
            if name in case.body:
                case.body[name] = draw(st.sampled_from(objects[pool]))
        if "return_url" in case.body:
            case.body["return_url"] = RETURN


def attack(
    world: World,
    operation: Any,
    objects: dict[str, list[str]],
    mode: GenerationMode,
    count: int,
    seconds: float,
) -> int:
    """Ask an operation ``count`` times, in rounds until the time is over; return how many requests were made."""
    end, asked = time.monotonic() + seconds, 0

    @hypothesis.settings(
        max_examples=LEAST, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate],
    )  # fmt: skip
    @hypothesis.given(data=st.data())
    def ask(data: st.DataObject) -> None:
        nonlocal asked
        case = data.draw(operation.as_strategy(mode))
        aim(case, data.draw, objects, world.files)
        asked += 1
        answer = case.call(headers=None if operation.path == "/oauth/token" else world.client.headers)
        case.validate_response(answer, checks=CHECKS)

    for number in range(-(-count // LEAST)):
        hypothesis.seed(number)(ask)()
        if time.monotonic() > end:
            break
    return asked


checks.load_all_checks()
CHECKS = checks.CHECKS.get_by_names(
    [
        "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
        "response_schema_conformance",
    ]
)  # fmt: skip


def test_every_operation_obeys_the_contract(world: World, scale: str) -> None:
    wrong: list[str] = []
    asked: dict[str, int] = {}
    for operation in operations(world):
        objects = world.objects_for(operation)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Those of the tool, about its own dependencies.
            for mode, count in (
                (GenerationMode.POSITIVE, EXAMPLES[scale]),
                (GenerationMode.NEGATIVE, EXAMPLES[scale] // 2),
            ):
                try:
                    made = attack(world, operation, objects, mode, count, SECONDS[scale])
                except hypothesis.errors.Unsatisfiable:
                    continue  # Nothing of this operation can break the contract.
                except BaseExceptionGroup as group:
                    wrong.append(f"{operation.label}: {'; '.join(str(one) for one in group.exceptions)}")
                    continue
                except Exception as error:  # noqa: BLE001  # Every operation is to be told, not the first alone.
                    wrong.append(f"{operation.label} ({mode}): {error}")
                    continue
                asked[operation.label] = asked.get(operation.label, 0) + made
    assert wrong == [], "\n\n".join(wrong)
    assert len(asked) == len(operations(world))
    assert min(asked.values()) >= LEAST
