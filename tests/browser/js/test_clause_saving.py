"""Saving while one types, in the drafting pages: one save after the other, nothing typed is called saved that is not."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

pytestmark = pytest.mark.browser

PAGE = b"""<!doctype html><html lang="fr"><meta charset="utf-8"><meta name="csrf-token" content="jeton"><title>Clause</title>
<form method="post" action="/bouton" data-words="/saisie" data-saving="Enregistrement" data-saved-text="Enregistr\xc3\xa9 \xc3\xa0 {time}."
 data-unsaved="Pas encore enregistr\xc3\xa9." data-conflict="Quelqu\xe2\x80\x99un a \xc3\xa9crit." data-compare="Comparer">
<input type="hidden" name="r:rc.objet" value="0"><textarea name="body" aria-label="Texte"></textarea>
<p data-saved></p><button name="puis" value="suivant">Enregistrer</button></form>
<script type="module" src="/static/js/clauses/words.js"></script></html>"""
AGAIN_MS, PAUSE_MS = 8000, 1500
Answering = Callable[[Route], None]


@dataclass
class Clerk:
    """The server of a clause: it hears every save and answers the next way it was told, else « saved »."""

    heard: list[tuple[str, str]] = field(default_factory=list)
    next: list[Answering] = field(default_factory=list)
    held: list[Route] = field(default_factory=list)

    def hear(self, route: Route) -> None:
        """Keep revision and words of a save, answer it."""
        sent = route.request.post_data or ""
        self.heard.append((part(sent, "r:rc.objet"), part(sent, "body")))
        (self.next.pop(0) if self.next else self.saved)(route)

    def saved(self, route: Route) -> None:
        """Store what was sent."""
        told = {"revision": len(self.heard), "saved_at": "2027-01-11T09:00:00Z"}
        route.fulfill(status=200, json=told)

    def hold(self, route: Route) -> None:
        """Let an answer wait."""
        self.held.append(route)


def part(sent: str, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}"\r\n\r\n(.*?)\r\n--', sent, re.DOTALL)
    return found[1] if found else ""


def answers(status: int, **body: Any) -> Answering:
    return lambda route: route.fulfill(
        status=status, body=json.dumps(body), content_type="application/problem+json"
    )


@pytest.fixture
def clerk(page: Page, platform: Any, origin: str) -> Iterator[Clerk]:
    """Open a page whose form saves itself; its clock stands until a test lets it run."""
    found = Clerk()
    platform.page = PAGE
    page.route("**/saisie", found.hear)
    page.clock.install()
    page.goto(f"{origin}/page")
    expect(page.locator("form")).to_have_attribute("data-ready", "true")
    page.clock.pause_at(page.evaluate("Date.now()") + 1000)
    yield found
    page.unroute_all(behavior="ignoreErrors")


def type_words(page: Page, words: str, *, wait: int = PAUSE_MS) -> None:
    page.get_by_label("Texte").fill(words)
    page.clock.run_for(wait)


def line(page: Page) -> Any:
    return page.locator("[data-saved]")


def leaving_is_asked_about(page: Page) -> bool:
    return bool(
        page.evaluate(
            "() => { const it = new Event('beforeunload', { cancelable: true }); dispatchEvent(it); return it.defaultPrevented; }"
        )
    )


def test_words_are_saved_after_a_pause_and_the_line_says_when(page: Page, clerk: Clerk) -> None:
    type_words(page, "Un.", wait=PAUSE_MS - 100)
    assert (clerk.heard, leaving_is_asked_about(page)) == ([], True)
    page.clock.run_for(100)
    expect(line(page)).to_contain_text("Enregistré à")
    assert (clerk.heard, leaving_is_asked_about(page)) == ([("0", "Un.")], False)


def test_words_typed_while_a_save_travels_follow_it_with_its_revision(page: Page, clerk: Clerk) -> None:
    clerk.next.append(clerk.hold)
    type_words(page, "Un.")
    expect(line(page)).to_have_text("Enregistrement")
    type_words(page, "Un. Deux.", wait=3 * PAUSE_MS)
    assert clerk.heard == [("0", "Un.")]
    clerk.saved(clerk.held[0])
    expect(line(page)).to_contain_text("Enregistré à")
    page.clock.run_for(1)
    expect(page.locator("[name='r:rc.objet']")).to_have_value("2")
    assert clerk.heard == [("0", "Un."), ("1", "Un. Deux.")]


@pytest.mark.parametrize("broken", ["cut", "server", "signed-out"])
def test_save_that_failed_is_tried_again_and_never_called_saved(
    page: Page, clerk: Clerk, broken: str
) -> None:
    ways: dict[str, Answering] = {
        "cut": lambda route: route.abort("connectionreset"),
        "server": answers(503, detail="Maintenance."),
        "signed-out": lambda route: route.fulfill(
            status=200, content_type="text/html", body="<h1>Connexion</h1>"
        ),
    }
    clerk.next.append(ways[broken])
    type_words(page, "Un.")
    expect(line(page)).to_have_text("Pas encore enregistré.")
    assert leaving_is_asked_about(page)
    page.clock.run_for(AGAIN_MS)
    expect(line(page)).to_contain_text("Enregistré à")
    assert (clerk.heard, leaving_is_asked_about(page)) == ([("0", "Un."), ("0", "Un.")], False)


def test_connection_that_comes_back_saves_at_once(page: Page, clerk: Clerk) -> None:
    clerk.next.append(lambda route: route.abort("internetdisconnected"))
    type_words(page, "Un.")
    expect(line(page)).to_have_text("Pas encore enregistré.")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(line(page)).to_contain_text("Enregistré à")


def test_refused_words_say_why_stay_and_are_not_sent_again_unchanged(page: Page, clerk: Clerk) -> None:
    clerk.next.append(answers(422, detail="Le texte n’est pas lisible."))
    type_words(page, "Un {{")
    expect(line(page)).to_have_text("Le texte n’est pas lisible.")
    page.clock.run_for(2 * AGAIN_MS)
    assert (len(clerk.heard), leaving_is_asked_about(page)) == (1, True)
    type_words(page, "Un.")
    expect(line(page)).to_contain_text("Enregistré à")


def test_conflict_leads_to_both_texts_and_nothing_more_is_saved(page: Page, clerk: Clerk) -> None:
    clerk.next.append(answers(412, conflict="/conflits/1"))
    type_words(page, "Un.")
    expect(line(page).get_by_role("link", name="Comparer")).to_have_attribute("href", "/conflits/1")
    assert not leaving_is_asked_about(page)
    type_words(page, "Un. Deux.", wait=2 * AGAIN_MS)
    assert (len(clerk.heard), leaving_is_asked_about(page)) == (1, True)


def test_button_waits_for_the_save_under_way_and_sends_its_revision(page: Page, clerk: Clerk) -> None:
    posted: list[str] = []
    page.route("**/bouton", lambda route: (posted.append(route.request.post_data or ""), route.fulfill())[1])
    clerk.next.append(clerk.hold)
    type_words(page, "Un.")
    expect(line(page)).to_have_text("Enregistrement")
    page.get_by_label("Texte").fill("Un. Deux.")
    page.get_by_role("button", name="Enregistrer").click(no_wait_after=True)
    page.clock.run_for(PAUSE_MS)
    assert posted == []
    with page.expect_navigation(url="**/bouton"):
        clerk.saved(clerk.held[0])
        expect(line(page)).to_contain_text("Enregistré à")
        page.clock.run_for(1)
    assert posted == ["r%3Arc.objet=1&body=Un.+Deux.&puis=suivant"]
    assert clerk.heard == [("0", "Un.")]


def test_button_alone_sends_what_no_save_has_taken(page: Page, clerk: Clerk) -> None:
    posted: list[str] = []
    page.route("**/bouton", lambda route: (posted.append(route.request.post_data or ""), route.fulfill())[1])
    page.get_by_label("Texte").fill("Un.")
    with page.expect_navigation(url="**/bouton"):
        page.get_by_role("button", name="Enregistrer").click(no_wait_after=True)
    assert (posted, clerk.heard) == (["r%3Arc.objet=0&body=Un.&puis=suivant"], [])


def test_page_that_goes_out_of_sight_saves_without_waiting(page: Page, clerk: Clerk) -> None:
    page.get_by_label("Texte").fill("Un.")
    page.evaluate(
        "() => { Object.defineProperty(document, 'visibilityState', { value: 'hidden' });"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )
    expect(line(page)).to_contain_text("Enregistré à")
    assert clerk.heard == [("0", "Un.")]
