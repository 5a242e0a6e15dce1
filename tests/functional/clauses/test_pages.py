"""The drafting pages without JavaScript: every page opens, answers are saved by a button, reasons are given."""

import pytest
from webtest import TestApp

from tests.factories.clause_pages import Scene, begin

PAGES = (
    "", "/chapitres/1", "/chapitres/2", "/chapitres/3", "/controles", "/donnees", "/conflits", "/dupliquer", "/comparer",
    "/mise-a-niveau", "/relecture", "/historique", "/apercu", "/clauses/ccap.sociale", "/clauses/ccap.prix",
)  # fmt: skip


@pytest.fixture
def draft(app: TestApp, scene: Scene) -> str:
    return begin(app, scene)


def test_every_page_of_a_draft_opens(app: TestApp, draft: str) -> None:
    for tail in PAGES:
        for lang in ("fr", "en"):
            page = app.get(f"{draft}{tail}", params={"lang": lang})
            assert page.html.select_one("h1"), tail
            ids = [tag["id"] for tag in page.html.select("[id]")]
            assert sorted(set(ids)) == sorted(ids), tail
            anchors = [a["href"][1:] for a in page.html.select('a[href^="#"]')]
            assert [one for one in anchors if one not in ids] == [], tail
