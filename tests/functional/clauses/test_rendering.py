"""No page that lays a document out, or works out what it says, holds the one writer of SQLite while it does."""

import importlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from webtest import TestApp

from clauses import service
from clauses.queries import editions
from clauses.service import exporting
from procurement.core import pdf
from procurement.core.db import writing
from procurement.core.runtime import Runtime
from tests.factories import clause_pages
from tests.factories.accounts import Made, sign_in, sign_out
from tests.factories.clause_pages import Scene, answer, begin, draft_of, form_to, form_with
from tests.functional.security.test_body_limits import FORM, send

#: The module, which the function of its name hides.
desk: Any = importlib.import_module("clauses.queries.desk")


class Watch:
    """What was worked out since the last question, and whether a write transaction was held meanwhile."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._seen: list[tuple[str, bool]] = []
        for module, name in ((exporting, "write"), (desk, "build"), (editions, "read_library")):
            monkeypatch.setattr(module, name, self._watched(name, getattr(module, name)))

    def _watched(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **named: Any) -> Any:
            self._seen.append((name, writing.underway()))
            return real(*args, **named)

        return run

    def forget(self) -> None:
        """Begin as a process does that has just started: nothing is in memory."""
        editions._cache.clear()
        desk._recent.clear()
        self._seen.clear()

    def told(self) -> tuple[set[str], set[str]]:
        """Return what was worked out, and what of it while a write was held."""
        return {name for name, _held in self._seen}, {name for name, held in self._seen if held}


def test_pages_work_out_documents_before_they_write(
    app: TestApp, runtime: Runtime, buyer: Made, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = begin(app, scene)
    answer(app, draft, 2, sociale="non")
    watch = Watch(monkeypatch)
    form = form_to(app.get(f"{draft}/controles"), "/transmettre")
    watch.forget()
    form.submit(status=303)
    assert watch.told() == ({"read_library", "build"}, set())
    sign_out(app)
    sign_in(app, buyer.people["publisher"])
    form = form_to(app.get(f"{draft}/controles"), "/valider")
    watch.forget()
    form.submit(status=303)
    assert watch.told() == ({"read_library", "build"}, set())
    sign_out(app)
    sign_in(app, buyer.people["drafter"])
    form = form_to(app.get(draft), "/joindre")
    form["form"] = "html"
    watch.forget()
    form.submit(status=303)
    assert watch.told() == ({"read_library", "build", "write"}, set())
    watch.forget()
    app.get(f"{draft}/document.docx")
    assert watch.told() == ({"read_library", "build", "write"}, set())
    check = app.get(f"/acheteur/consultations/{scene.reference}/verification")
    watch.forget()
    app.post(
        f"/acheteur/consultations/{scene.reference}/publier",
        {"csrf_token": check.html.find("input", {"name": "csrf_token"})["value"]},
        status="*",
    )
    assert (watch.told()[0] >= {"read_library"}, watch.told()[1]) == (True, set())
    assert draft_of(runtime, draft).state == "validated"


def test_pages_that_make_another_document_of_a_draft_work_it_out_before_they_write(
    app: TestApp, runtime: Runtime, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clause that was accepted is accepted no more where another date, or other facts, change its words."""
    draft = begin(app, scene)
    found = draft_of(runtime, draft)
    with runtime.database.write() as session:
        service.acknowledge(session, found.id, "ccap.prix", by=None, now=runtime.clock.now())
    watch = Watch(monkeypatch)
    form = form_to(app.get(f"{draft}/donnees"), "/date")
    form["on"] = (runtime.clock.now() + timedelta(days=2)).date().isoformat()
    watch.forget()
    form.submit(status=303)
    assert watch.told() == ({"read_library", "build"}, set())
    assert draft_of(runtime, draft).clauses["ccap.prix"].acknowledged_at is not None
    form = form_with(app.get(f"/acheteur/consultations/{scene.reference}/identite"), "estimated")
    form["estimated"] = "120 000,00"
    form.submit(status=303)
    form = form_to(app.get(f"{draft}/donnees"), "/donnees")
    watch.forget()
    form.submit(status=303)
    assert watch.told() == ({"read_library", "build"}, set())
    assert draft_of(runtime, draft).clauses["ccap.prix"].acknowledged_at is None
    clause_pages.released(runtime, runtime.clock.now(), "1.1", ccap__prix="Les prix sont révisables.")
    form = form_with(app.get(f"{draft}/mise-a-niveau"), "revision")
    watch.forget()
    form.submit(status=303)
    assert watch.told() == ({"read_library"}, set())
    assert draft_of(runtime, draft).release_version == "1.1"


def test_layout_that_fails_says_what_else_there_is(
    app: TestApp, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_given: Any, **_named: Any) -> bytes:
        raise pdf.PdfError("the typesetter ended without an answer")

    draft = begin(app, scene)
    monkeypatch.setattr(pdf, "available", lambda: True)
    monkeypatch.setattr("clauses.render.pdf.available", lambda: True)
    monkeypatch.setattr(pdf, "render_archival", ended)
    told = app.get(f"{draft}/document.pdf", status=503)
    assert "Formats possibles : docx, odt, html" in told.text
    for form in ("docx", "odt", "html"):
        assert app.get(f"{draft}/document.{form}").body


@pytest.mark.parametrize("sent", [{"CONTENT_LENGTH": str(3 << 30)}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_nothing_is_worked_out_of_a_body_that_is_refused_unread(
    app: TestApp, runtime: Runtime, scene: Scene, sent: dict[str, str]
) -> None:
    """It comes before anybody has asked for a right or a token: what is read then is held in memory whole."""
    draft = begin(app, scene)
    cookies = "; ".join(f"{one.name}={one.value}" for one in app.cookiejar)
    status = send(runtime, f"{draft}/date", FORM, HTTP_COOKIE=cookies, **sent)
    assert status == (413 if "CONTENT_LENGTH" in sent else 411)
