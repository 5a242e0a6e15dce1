"""Hostile text in every field of every form that the drafting pages show: shown as it was typed, or refused and kept; never a fault."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urljoin

import pytest
from pyramid.interfaces import IRoutesMapper
from webtest import TestApp
from webtest.forms import Form, Hidden, Text, Textarea

from clauses import service
from clauses.files.reader import read_library
from clauses.rules.model import TYPE_NAMES, FactType, Library
from procurement.core.runtime import Runtime
from tests.factories import clause_pages, clauses
from tests.factories.accounts import Made
from tests.factories.clause_pages import ROOT, begin, draft_of
from tests.factories.hostile import LITERAL, READERS, REFUSED, kept, squeezed

#: How many forms the pages show at least, and how many of them one writes in.
MOST_FORMS, WRITTEN_FORMS = 12, 6
PLACEHOLDER = re.compile(r"{([a-z]+)")

EVERY = LITERAL | REFUSED
#: Each text on one engine, and on the other what a column of text could refuse: pages and refusals know no engine.
CASES = [
    *(("sqlite", name) for name in EVERY),
    *(("postgresql", name) for name in ("control", "surrogate", "noncharacter")),
]
#: Types of answers, each with a domain where it needs one.
DOMAINS = {
    FactType.ENUM: "{valeurs: [{valeur: un, libelle: {fr: Un}}, {valeur: deux, libelle: {fr: Deux}}]}",
    FactType.SET: "{valeurs: [{valeur: un, libelle: {fr: Un}}, {valeur: deux, libelle: {fr: Deux}}]}",
    FactType.RECORDS: "{champs: [{cle: nom, type: texte, libelle: {fr: Nom}}, {cle: part, type: taux, libelle: {fr: Part}}]}",
}
ALONE = {FactType.RICH, FactType.TEXTS, FactType.RECORDS}


def typed_library(prices: str = "Les prix sont fermes.") -> Library:
    """Return the small library with one question of each type, all asked in the first chapter of the CCAP."""
    files = clauses.files(ccap__prix=prices)
    facts, places = files["faits.yaml"], []
    for kind in FactType:
        key = f"t_{kind.name.lower()}"
        domain = f"\n    domaine: {DOMAINS[kind]}" if kind in DOMAINS else ""
        domain += "\n    unite: HT" if kind is FactType.AMOUNT else ""
        facts += (
            f'  - cle: {key}\n    type: {TYPE_NAMES[kind]}\n    libelle: {{fr: "Essai {key}"}}\n    portee: document\n'
            f"    source: reponse{domain}\n"
        )
        places.append(f"{{{{{key}}}}}" if kind in ALONE else f"{key} : {{{{{key}}}}}.")
    keys = ", ".join(f"t_{kind.name.lower()}" for kind in FactType)
    body = "\n\n".join(places)
    made = clauses.clause("ccap.types", "Types", body, variables=f"[{keys}]", bases="[CCP:L2112-2]")
    canvas = files["canevas/ccap.yaml"].replace("ccap.prix]", "ccap.prix, ccap.types]")
    more = {"faits.yaml": facts, "clauses/ccap.types.yaml": made, "canevas/ccap.yaml": canvas}
    return read_library({**files, **more})


@dataclass
class Desk:
    """A draft with an open conflict, words of its own, and a newer release that changed the same words."""

    app: TestApp
    runtime: Runtime
    address: str
    ids: dict[str, str]

    def pages(self) -> Iterator[str]:
        """Give the pages of the room that a buyer opens for the draft, from the table of routes itself."""
        mapper = self.runtime.registry.getUtility(IRoutesMapper)
        for view in self.runtime.registry["pli.views"]:
            if view.kind != "page" or "GET" not in view.methods or not view.route.startswith("clauses."):
                continue
            route = mapper.get_route(view.route)
            if set(PLACEHOLDER.findall(route.pattern)) <= set(self.ids):
                yield route.generate(self.ids)

    def forms(self) -> Iterator[tuple[str, Form]]:
        """Give every form of those pages with the address that it is sent to."""
        for address in self.pages():
            page = self.app.get(address, status="*")
            if page.status_int != 200 or "html" not in page.content_type:
                continue
            for place, form in page.forms.items():
                target = urljoin(address, form.action or address).removeprefix("http://localhost")
                if isinstance(place, int) and form.method.upper() == "POST" and target.startswith(ROOT):
                    yield target, form

    def send(self, address: str, pairs: list[tuple[str, str]]) -> Any:
        """Send a form as bytes: a lone surrogate has no other way."""
        body = urlencode(pairs, errors="surrogatepass").encode()
        return self.app.post(address, body, content_type="application/x-www-form-urlencoded", status="*")


@pytest.fixture
def desk(app: TestApp, runtime: Runtime, buyer: Made, now: datetime) -> Desk:
    with runtime.database.write() as session:
        clauses.publish(session, runtime, now, "1.0", typed_library())
    scene = clause_pages.scene(app, runtime, buyer)
    address = begin(app, scene)
    by, draft = buyer.identity("drafter"), draft_of(runtime, address)
    given: dict[str, Any] = {"revision": 0, "by": by, "now": now}
    with runtime.database.write() as session:
        service.save_text(session, draft.id, "ccap.prix", "Les prix sont révisables.", **given)
        late = service.save_text(session, draft.id, "ccap.prix", "Les prix sont actualisables.", **given)
        clauses.publish(session, runtime, now, "1.1", typed_library("Les prix sont définitifs."))
    ids = {"draft": str(draft.id), "chapter": "1", "clause": "ccap.prix", "conflict": str(late.conflict.id)}
    return Desk(app, runtime, address, {**ids, "consultation": str(scene.consultation_id)})


def written(form: Form, text: str) -> list[str]:
    """Write a text in every field that takes one; return their names."""
    names = [
        name
        for name, fields in form.fields.items()
        if name and any(isinstance(one, Text | Textarea) and not isinstance(one, Hidden) for one in fields)
    ]
    for name in names:
        form.fields[name][0].value__set(text)
    return names


@pytest.mark.parametrize(("engine", "name"), CASES, indirect=["engine"])
def test_hostile_text_in_every_form_is_taken_or_refused_with_what_was_typed(
    desk: Desk, buyer: Made, name: str
) -> None:
    text, sent = EVERY[name], 0
    for address, form in desk.forms():
        names = written(form, text)
        if not names:
            continue
        sent += 1
        answer = desk.send(address, form.submit_fields())
        assert answer.status_int < 500, (address, names)
        if answer.status_int >= 400 and name != "surrogate":
            assert kept(answer, names, text) == [], (address, answer.status_int)
    assert sent >= WRITTEN_FORMS
    for address in desk.pages():
        page = desk.app.get(address, status="*")
        assert page.status_int < 500, address
        if page.status_int == 200 and "html" in page.content_type:
            assert page.html.select("script:not([src])") == [], address
            assert "49" not in page.html.select_one("h1").text, address


@pytest.mark.parametrize(
    ("engine", "name"),
    [case for case in CASES if case[1] in {"markup", "control", "surrogate", "long"}],
    indirect=["engine"],
)
def test_what_no_page_offers_to_write_is_refused_without_a_fault(desk: Desk, name: str) -> None:
    sent = 0
    for address, form in desk.forms():
        token, sent = form["csrf_token"].value, sent + 1
        for field in filter(None, form.fields):
            pairs = [("csrf_token", token), (field, EVERY[name])]
            assert field == "csrf_token" or desk.send(address, pairs).status_int < 500, (address, field)
    assert sent >= MOST_FORMS


def answered(desk: Desk, text: str) -> None:
    """Give a text as the answer of every type that takes any."""
    page = desk.app.get(f"{desk.address}/chapitres/1")
    form = clause_pages.form_with(page, "f:t_text")
    free = (
        "f:t_text",
        "f:t_rich",
        "f:t_texts",
        "f:t_records:0:nom",
        "f:t_organisation:nom",
        "f:t_address:voie",
    )
    for name in free:
        form[name] = text
    form["f:t_records:0:part"], form["f:t_address:commune"], form["f:t_address:code_postal"] = (
        "5",
        "Lyon",
        "69001",
    )
    form.submit(status=303)


@pytest.mark.parametrize(("engine", "name"), [("sqlite", name) for name in LITERAL], indirect=["engine"])
def test_hostile_answers_stand_literally_in_the_four_formats(desk: Desk, name: str) -> None:
    text = LITERAL[name]
    answered(desk, text)
    preview = desk.app.get(f"{desk.address}/apercu").html.select_one(".cl-paper").text
    assert preview.count(text) >= 4
    for form, read in READERS.items():
        # One PDF is enough: it is the slowest, and its own language is the first of the texts.
        if form == "pdf" and name != "typst":
            continue
        content = desk.app.get(f"{desk.address}/document.{form}").body
        assert squeezed(read(content)).count(squeezed(text)) >= 4, form
