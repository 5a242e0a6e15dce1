"""NUL, which PostgreSQL refuses in a text, is the sender's fault and never a failure of ours; nor does it reach the log."""

import json
import uuid

import pytest
from webtest import TestApp

from tests.factories.bids import World


@pytest.mark.parametrize(
    "path",
    ["/consultations/%00/depot", "/recherche?q=a%00b", "/recherche?acheteur=%00", "/connexion?retour=%00"],
)
def test_address_with_nul_is_refused(app: TestApp, path: str) -> None:
    assert app.get(path, status=400).content_type == "text/plain"


def test_report_with_nul_is_no_failure_and_stays_out_of_the_log(
    world: World, engine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bidder = world.company()
    deposit = bidder.sealing.start(world.consultation.id)
    bidder.sealing.create_upload(deposit, uuid.uuid4(), 1, 57)
    body = json.dumps({"code": "canary\0code"}).encode()
    reply = bidder.send(
        "POST", f"/api/v1/plis/{deposit}/rapports", body, {"Content-Type": "application/json"}
    )
    assert reply.status == {"sqlite": 202, "postgresql": 400}[engine]
    assert "canary" not in capsys.readouterr().out
