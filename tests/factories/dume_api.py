"""A vendor's program for tests: it speaks to the API alone, as any marketplace would."""

from datetime import timedelta
from typing import Any

from webtest import TestApp

from dume.espd import codec
from procurement.core.clock import SandboxClock
from tests.factories.clients import bearer
from tests.factories.dume import answers_for
from tests.factories.matrix import Case, World

BUYER, COMPANY = "21990410900010", "00000001800010"
API = "/api/v1"
GROUNDS = (
    "crime-org", "corruption", "fraud", "terr-offence", "finan-laund", "human-traffic", "tax-pay", "socsec-pay",
)  # fmt: skip
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


class Client:
    """A vendor's program."""

    def __init__(self, app: TestApp, headers: dict[str, str]) -> None:
        self.app, self.headers = app, headers

    def get(self, path: str, *, status: int = 200, accept: str = "application/json") -> Any:
        return self.app.get(API + path, headers={**self.headers, "Accept": accept}, status=status)

    def post(self, path: str, body: Any, *, status: int = 200) -> Any:
        return self.app.post_json(API + path, body, headers=self.headers, status=status)

    def send(self, method: str, path: str, body: Any, tag: str, *, status: int = 200) -> Any:
        send = getattr(self.app, f"{method}_json")
        return send(API + path, body, headers={**self.headers, "If-Match": tag}, status=status)


def request_body(clock: SandboxClock, **more: Any) -> dict[str, Any]:
    closes = (clock.now() + timedelta(days=10)).isoformat()
    return {
        "siret": BUYER,
        "name": "Ville d’essai",
        "procedure": {"code": "open", "title": "Gymnase", "description": "Isolation du gymnase"},
        "criteria": [{"code": code} for code in (*GROUNDS, "gen-year-to")],
        "consultation": {"ref": "2027-000042", "closes_at": closes},
        **more,
    }


def published(client: Client, clock: SandboxClock, **more: Any) -> str:
    id_dume: str = client.post("/dume-acheteur", request_body(clock, **more), status=201).json["id_dume"]
    assert client.post(f"/dume-acheteur/{id_dume}/validate", {}).json["valid"] is True
    client.post(f"/dume-acheteur/{id_dume}/publish", {})
    return id_dume


def answered(client: Client, id_dume: str) -> None:
    """Confirm what is proposed, answer the rest, and complete what no question asks."""
    for _round in range(8):
        shown = client.get(f"/dume-oe/{id_dume}/changes").json
        places = [
            {name: item[name] for name in ("property", "occurrence", "lots")}
            for item in shown["items"]
            if item["why"] != "unanswered"
        ]
        if places:
            client.post(f"/dume-oe/{id_dume}/confirmations", {"paths": places, "edition": shown["edition"]})
        got = client.get(f"/dume-oe/{id_dume}/document")
        given = [
            {"property": one.place.property, "occurrence": list(one.place.occurrence), "value": one.value}
            for one in answers_for(codec.load(got.json))
        ]
        if not given:
            complete_operator(client, id_dume, got.json["economic_operator"])
            return
        tag = client.get(f"/dume-oe/{id_dume}").headers["ETag"]
        client.send("patch", f"/dume-oe/{id_dume}/answers", {"answers": given}, tag)
    raise AssertionError("questions never end")


def complete_operator(client: Client, id_dume: str, known: dict[str, Any]) -> None:
    """Say what the registers leave out: the size, the country of residence of each representative."""
    party = known.get("party", {})
    people = [
        {**one, "address": {"country": "FRA", **one.get("address", {})}}
        for one in known.get("representatives", [])
    ]
    patch = {
        "size": "small",
        "party": {"name": party.get("name") or "Entreprise d’essai", "address": {"country": "FRA"}},
        "representatives": people,
    }
    tag = client.get(f"/dume-oe/{id_dume}").headers["ETag"]
    client.send("patch", f"/dume-oe/{id_dume}", {"operator": patch}, tag)


def begun(client: Client, asked: str, **more: Any) -> str:
    """Begin a response to a published request; return its identifier."""
    body = {"id_dume_acheteur": asked, "siret": COMPANY, **more}
    id_dume: str = client.post("/dume-oe", body, status=201).json["id_dume"]
    return id_dume


def finished(client: Client, asked: str, **more: Any) -> str:
    """Answer a request, validate and publish the response; return its identifier."""
    id_dume = begun(client, asked, **more)
    answered(client, id_dume)
    client.post(f"/dume-oe/{id_dume}/validate", {})
    client.post(f"/dume-oe/{id_dume}/publish", {})
    return id_dume


def attach(client: Client, id_dume: str) -> str:
    """Attach a proof; return its id."""
    sent = client.app.post(
        f"{API}/dume-oe/{id_dume}/evidences",
        upload_files=[("file", "preuve.png", PNG)],
        headers=client.headers,
    )
    number: str = sent.json["id"]
    return number


def matrix_cases(world: World) -> dict[str, Case]:
    """Give the access matrices the objects behind the addresses of the API."""
    app = TestApp(world.runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    client = Client(app, bearer(app, world.vendor))
    asked = published(client, world.clock)
    lead = begun(client, asked, role="group-lead", prefill=1)
    prefill = client.post(f"/dume-oe/{lead}/prefills", {"level": 1}, status=202).json["id"]
    group = client.post("/consortia", {"id_dume": lead, "name": "Groupement"}, status=201).json["id"]
    guest = {"role": "group-mem", "email": "membre@exemple.test"}
    member = client.post(f"/consortia/{group}/members", guest, status=201).json["id"]
    request, response = Case({"id_dume": asked}, "client"), Case({"id_dume": lead}, "client")
    requests = ("request", "request_criteria", "request_validate", "request_publish", "request_opening")
    responses = (
        "response", "response_answers", "response_confirmations", "response_changes", "response_validate",
        "response_publish", "response_prefills", "response_freshness", "response_evidences", "response_document",
    )  # fmt: skip
    return {
        **{f"dume.api.{name}": request for name in (*requests, "request_document")},
        **{f"dume.api.{name}": response for name in responses},
        "dume.api.response_prefill": Case({"id_dume": lead, "prefill": prefill}, "client"),
        "dume.api.response_evidence": Case({"id_dume": lead, "evidence": attach(client, lead)}, "client"),
        "dume.api.consortium": Case({"consortium": group}, "client"),
        "dume.api.consortium_members": Case({"consortium": group}, "client"),
        "dume.api.consortium_member": Case({"consortium": group, "member": member}, "client"),
    }
