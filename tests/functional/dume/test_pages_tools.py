"""The tools without an account, without JavaScript: make, import, answer, check, convert, bring together."""

from collections.abc import Callable

import pytest
from webtest import Form, TestApp, TestResponse, Upload

from dume.espd import importing
from dume.espd import validate as engine
from dume.espd.model import Kind
from procurement.core.runtime import Runtime
from procurement.core.worker import Worker

SIRET = "00000001800010"
REQUEST = {
    "siret": "900 010 002 00011",
    "name": "Ville de Tilleuls",
    "city": "Tilleuls",
    "contact": "Service des marchés",
    "email": "achats@ville.example",
    "telephone": "01 02 03 04 05",
    "website": "https://ville.example/marches",
    "reference": "VT-2027-01",
    "title": "Rénovation du gymnase",
    "description": "Isolation et ventilation.",
    "cpv": "45000000",
}


def sent(page: TestResponse) -> Form:
    """Return the form of a page that posts."""
    return next(form for form in page.forms.values() if form.method.lower() == "post" and "deconnexion" not in form.action)


def fill(form: Form, **values: str) -> Form:
    for name, value in values.items():
        form[name] = value
    return form


def make_request(app: TestApp, **more: str) -> TestResponse:
    """Create a request and return its page."""
    page = app.get("/dume/demande")
    return fill(sent(page), **{**REQUEST, **more}).submit().follow()


def xml_of(app: TestApp, page: TestResponse) -> bytes:
    return bytes(app.get(f"{page.request.path}/copie/xml").body)


def test_simplified_request_in_one_click_is_valid(app: TestApp) -> None:
    page = make_request(app)
    page.mustcontain("26 critères", "Rénovation du gymnase")
    content = xml_of(app, page)
    verdict = engine.validate(content)
    assert (verdict.version, verdict.kind, verdict.valid) == ("4.1.0", Kind.REQUEST, True)
    validated = sent(app.get(f"{page.request.path}/relire")).submit().follow()
    validated.mustcontain("Validée")


def test_refused_request_keeps_what_was_typed(app: TestApp) -> None:
    form = fill(sent(app.get("/dume/demande")), **{**REQUEST, "siret": "12345"})
    page = form.submit(status=422)
    page.mustcontain("Erreur :", "Un SIRET compte 14 chiffres.", "Ville de Tilleuls")
