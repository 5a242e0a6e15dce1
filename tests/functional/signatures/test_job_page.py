"""The page of a signing job: a code that one answer shows, how far the parties are, reports, the agent's confirmation."""

import hashlib
import re
from collections.abc import Callable
from typing import Any

import pytest
from webtest import TestApp, TestResponse

from procurement.core.runtime import Runtime
from procurement.signatures import joint
from signing.produce.params import Profile
from signing.types import Bytes
from tests.factories.accounts import Account, create_buyer, create_company, sign_in
from tests.functional.signatures.conftest import text_of
from tests.functional.signatures.test_jobs import Helper, Sides
from tests.signing import pki, signed

CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
PDF = Bytes("acte.pdf", signed.pdf())


@pytest.fixture
def sides(runtime: Runtime) -> Sides:
    with runtime.database.write() as session:
        now = runtime.clock.now()
        return Sides(runtime, create_buyer(session, now), create_company(session, now))


@pytest.fixture
def opened(sides: Sides) -> joint.Opened:
    return sides.open(Profile.PADES, PDF)


def client(runtime: Runtime, who: Account) -> TestApp:
    app = TestApp(runtime.app, extra_environ={"HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1"})
    sign_in(app, who)
    return app


def address(opened: joint.Opened, place: int, more: str = "") -> str:
    return f"/signatures/demandes/{opened.jobs[place]}{more}"


def asked(page: TestResponse) -> TestResponse:
    return page.forms[form_with(page, address_of="demandes")].submit()


def form_with(page: TestResponse, *, address_of: str) -> int:
    return next(
        index for index, form in page.forms.items() if isinstance(index, int) and address_of in form.action
    )


def test_code_is_shown_once_and_signs(
    app: TestApp, sides: Sides, opened: joint.Opened, trusted: Callable[..., None]
) -> None:
    trusted()
    buyer = client(sides.runtime, sides.buyer.people["publisher"])
    page = buyer.get(address(opened, 0))
    assert CODE.search(text_of(page)) is None
    assert hashlib.sha256(PDF.data).hexdigest() in text_of(page)
    answer = asked(page)
    assert answer.headers["Cache-Control"] == "no-store"
    (code,) = set(CODE.findall(text_of(answer)))
    assert f"pli sign --server http://localhost --code {code}" in text_of(answer)
    assert CODE.search(text_of(buyer.get(address(opened, 0)))) is None
    made = Helper(app).run(code)["signed"][0]
    page = buyer.get(address(opened, 0))
    assert "Signé par Jeanne Martin" in text_of(page)
    assert "Les cinq vérifications" in text_of(page)
    assert "Demander un code" not in text_of(page)
    sent = buyer.get(address(opened, 0, "/fichiers/1"))
    assert hashlib.sha256(sent.body).hexdigest() == made["sha256"]
    assert sent.headers["Content-Disposition"] == "attachment; filename*=UTF-8''acte.pdf"
    buyer.get(address(opened, 0, "/fichiers/2"), status=404)
    assert buyer.get(address(opened, 0, "/documents/1")).body == PDF.data


def test_form_left_open_after_the_signature_says_so(app: TestApp, sides: Sides, opened: joint.Opened) -> None:
    buyer = client(sides.runtime, sides.buyer.people["publisher"])
    page = buyer.get(address(opened, 0))
    Helper(app).run(sides.code(opened, 0))
    answer = page.forms[form_with(page, address_of="demandes")].submit(status=409)
    assert "Cette signature est déjà faite" in text_of(answer)


def test_agent_confirms_the_identity(app: TestApp, sides: Sides, opened: joint.Opened) -> None:
    Helper(app).run(sides.code(opened, 0))
    buyer = client(sides.runtime, sides.buyer.people["publisher"])
    page = buyer.get(address(opened, 0))
    form = page.forms[form_with(page, address_of="identite")]
    form["name"] = "  "
    refused = form.submit(status=422)
    assert "Écrivez le nom de la personne" in text_of(refused)
    form["name"] = "Jeanne Martin"
    done = form.submit(status=303).follow()
    assert "Identité confirmée : Jeanne Martin" in text_of(done)


def test_other_party_sees_how_far_it_is_and_confirms_nothing(
    app: TestApp, sides: Sides, opened: joint.Opened
) -> None:
    Helper(app, pki.signer("qualified")).run(sides.code(opened, 0))
    company = client(sides.runtime, sides.company.people["depositor"])
    page = company.get(address(opened, 1))
    assert "Signé par Quentin Qualifié" in text_of(page)
    assert "Demander un code" in text_of(page)
    other = company.get(address(opened, 0))
    for missing in ("Demander un code", "Confirmer l’identité"):
        assert missing not in text_of(other)
    token = page.html.select_one("[name=csrf_token]")["value"]
    for more in ("", "/identite"):
        answer = company.post(address(opened, 0, more), {"csrf_token": token, "name": "x"}, status="*")
        assert answer.status_int == 404


def test_stranger_and_visitor_see_nothing(
    app: TestApp, sides: Sides, opened: joint.Opened, runtime: Runtime
) -> None:
    with runtime.database.write() as session:
        stranger = create_company(session, runtime.clock.now())
    other = client(runtime, stranger.people["depositor"])
    for path in (address(opened, 0), "/signatures/demandes/x", f"/signatures/demandes/{opened.id}"):
        other.get(path, status=404)
    found: Any = app.get(address(opened, 0), status=303)
    assert "/connexion?retour=" in found.location
