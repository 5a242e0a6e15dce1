"""A vendor's program that speaks to the clause API, each exchange held against the contract."""

from pathlib import Path
from typing import Any

from webtest import TestApp

from tests.peers.contract import ContractApp

CONTRACT = Path(__file__).parents[2] / "clauses" / "openapi.yaml"
API = "/api/v1"
#: Everything that the CCAP of the small library takes from a consultation.
FACTS = {
    "type_contrat": "T", "nature_achat": "travaux", "categorie_acheteur": "etat", "procedure": "MAPA",
    "objet": "Travaux d’essai", "montant_estime": "100000.00",
}  # fmt: skip


class ClauseApp(ContractApp):
    """A client of the whole application whose exchanges follow the contract of the clause API."""

    held = CONTRACT


class Program:
    """A vendor's program."""

    def __init__(self, app: TestApp, headers: dict[str, str]) -> None:
        self.app, self.headers = app, headers

    def get(self, path: str, *, status: int = 200, accept: str = "application/json", **headers: str) -> Any:
        given = {
            **self.headers,
            "Accept": accept,
            **{name.replace("_", "-"): text for name, text in headers.items()},
        }
        return self.app.get(API + path, headers=given, status=status)

    def post(self, path: str, body: Any, *, status: int = 200, **headers: str) -> Any:
        given = {**self.headers, **{name.replace("_", "-"): text for name, text in headers.items()}}
        return self.app.post_json(API + path, body, headers=given, status=status)

    def send(self, method: str, path: str, body: Any, tag: str, *, status: int = 200) -> Any:
        send = getattr(self.app, f"{method}_json")
        return send(API + path, body, headers={**self.headers, "If-Match": tag}, status=status)

    def begin(self, canvas: str = "ccap", **more: Any) -> Any:
        body = {"canvas": canvas, "facts": FACTS, "on": "2026-09-01", **more}
        return self.post("/drafts", body, status=201)

    def answer(self, draft: str, status: int = 200, **answers: Any) -> Any:
        tag = self.get(f"/drafts/{draft}").headers["ETag"]
        return self.send("patch", f"/drafts/{draft}/answers", {"answers": answers}, tag, status=status)
