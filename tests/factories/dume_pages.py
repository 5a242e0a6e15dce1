"""Answer a DUME by its pages, as a person would who fills in each part and confirms what was proposed."""

import re
from typing import Any

from webtest import Form, TestApp, TestResponse

COMPANY = {
    "name": "Lucarne Bâtiment",
    "city": "Grenoble",
    "contact": "Ada Lucarne",
    "email": "ada@lucarne.example",
    "telephone": "04 76 00 00 00",
    "website": "https://lucarne.example",
    "size": "small",
}


def sent(page: TestResponse) -> Form:
    """Return the form of a page that posts, not the one that signs out."""
    return next(
        form
        for form in page.forms.values()
        if form.method.lower() == "post" and "deconnexion" not in form.action
    )


def posting(page: TestResponse, field: str) -> Form:
    """Return the form of a page that has a field."""
    return next(form for form in page.forms.values() if field in form.fields)


def fill(form: Form, **values: str) -> Form:
    """Fill fields of a form in and return it."""
    for name, value in values.items():
        form[name] = value
    return form


def answer_all(app: TestApp, page: TestResponse) -> TestResponse:
    """Answer, confirm and validate the DUME that a page belongs to; return the page after that."""
    base = re.match(r"(/(?:dume/brouillon|dume/mes-dume|parcours)/[^/]+)", page.request.path)
    assert base is not None
    form = fill(posting(app.get(f"{base[1]}/entreprise"), "telephone"), **COMPANY)
    for name in [name for name in form.fields if name and name.startswith("people-")]:
        if name.endswith("-family_name") and form[name].value:
            form[name.replace("family_name", "country")] = "FRA"
    home = form.submit().follow()
    parts = [link["href"] for link in home.html.select(".pl-tasks a") if "/partie/" in link["href"]]
    assert parts
    for address in parts:
        answer_part(app, f"{address}?controle=1")
    review = app.get(f"{base[1]}/relire")
    return posting_to(review, "/relire").submit(status=303).follow()


def posting_to(page: TestResponse, end: str) -> Form:
    """Return the form of a page that posts to an address."""
    return next(form for form in page.forms.values() if form.action.endswith(end))


def answer_part(app: TestApp, address: str) -> TestResponse:
    """Answer every question that waits on the page of a part, then those which that brings up."""
    for _round in range(6):
        page = app.get(address)
        form = posting(page, "edition")
        for item in page.html.select(".pl-field--error"):
            _answer(form, item)
        page = (
            form.submit("puis", value="confirmer")
            if "Cette valeur est juste" in page
            else form.submit("puis", value="liste")
        )
        page = page.follow()
        if "appellent d’autres questions" not in page.text:
            break
    return page


def _answer(form: Form, item: Any) -> None:
    for control in item.select("input, select, textarea"):
        name, kind = control.get("name"), control.get("type", control.name)
        if not name or name == "confirme" or name.endswith("|currency"):
            continue
        if kind == "radio":
            form[name] = "no"
        elif kind == "date":
            form[name] = "2025-12-31" if name.endswith("end") else "2025-01-01"
        elif kind == "select":
            form[name] = control.select("option")[-1]["value"]
        else:
            form[name] = "2025" if control.get("inputmode") else "Sans objet"
