"""The public search: the same hits on both engines, in four shapes, at an address that stays."""

from datetime import datetime, timedelta

import pytest
from lxml import etree
from sqlalchemy import event
from webtest import TestApp

from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.storage import Storage
from tests.factories.accounts import Made
from tests.factories.consultations import create_published

SCHOOLS = "Rénovation énergétique des écoles"
PENALTY = "Prestations de ménage, pénalités comprises"


@pytest.fixture
def three(database: Database, storage: Storage, buyer: Made, other_buyer: Made, now: datetime) -> list[str]:
    made = [
        create_published(database, storage, buyer, now, title=SCHOOLS),
        create_published(
            database,
            storage,
            other_buyer,
            now,
            title=PENALTY,
            cpv="90919200",
            nuts=("FRE11",),
            description="Bureaux.",
            closes_at=now + timedelta(days=60),
        ),
        create_published(
            database,
            storage,
            buyer,
            now,
            title="Sel de déneigement",
            cpv="34927100",
            description="Sel.",
            closes_at=now + timedelta(days=10),
            lots=0,
        ),
    ]
    return [item.reference for item in made]


def found(app: TestApp, query: str) -> list[str]:
    return [row["title"] for row in app.get(f"/recherche.json?{query}").json["results"]]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["Sel de déneigement", SCHOOLS, PENALTY]),
        ("q=renovations+energetiques+ecole", [SCHOOLS]),
        ("q=penalite", [PENALTY]),
        ("q=menuiseries", [SCHOOLS]),
        ("q=2027-000001", [SCHOOLS]),
        ("q=Valcombe", [SCHOOLS, "Sel de déneigement"]),
        ("q=%22+*+NEAR+(a+OR+b)", []),
        ("q=de+la+les", []),
        ("cpv=45", [SCHOOLS]),
        ("cpv=90900000", [PENALTY]),
        ("cpv=45421000-4", [SCHOOLS]),
        ("lieu=FR1", ["Sel de déneigement", SCHOOLS]),
        ("lieu=nord", [PENALTY]),
        ("nature=works", ["Sel de déneigement", SCHOOLS, PENALTY]),
        ("nature=supplies", []),
        ("procedure=mapa&nature=works&nature=services&cpv=34", ["Sel de déneigement"]),
        ("etat=closes", []),
        ("au=2027-01-31", ["Sel de déneigement"]),
        ("du=2027-03-01", [PENALTY]),
        ("tri=echeance-loin", [PENALTY, SCHOOLS, "Sel de déneigement"]),
        ("acheteur=00000000000000", []),
    ],
)
def test_search_finds(app: TestApp, three: list[str], query: str, titles: list[str]) -> None:
    assert sorted(found(app, query)) == sorted(titles)
    if not query.startswith("q="):
        assert found(app, query) == titles


def test_deadline_passed_moves_from_open_to_closed(
    app: TestApp, three: list[str], clock: SandboxClock
) -> None:
    clock.advance(days=10)
    assert "Sel de déneigement" in found(app, "")
    clock.advance(milliseconds=1)
    assert "Sel de déneigement" not in found(app, "")
    assert found(app, "etat=closes") == ["Sel de déneigement"]
    assert len(found(app, "etat=toutes")) == 3


def test_page_keeps_filters_and_offers_twins(app: TestApp, three: list[str]) -> None:
    page = app.get("/recherche?cpv=45&lieu=FR101&q=ecoles")
    assert "1 consultation" in page.text
    assert "/recherche.atom?q=ecoles&amp;cpv=45&amp;lieu=FR101" in page.text
    chips = [link["href"] for link in page.html.select("a.pl-chip")]
    assert chips == ["/recherche?q=ecoles&lieu=FR101", "/recherche?q=ecoles&cpv=45"]
    assert "Aucune consultation ne répond" in app.get("/recherche?q=introuvable").text


def test_address_of_a_search_is_always_the_same(app: TestApp, three: list[str]) -> None:
    asked = "/recherche?q=ecoles&lieu=&cpv=45&tri=pertinence&etat=ouvertes&du="
    assert app.get(asked, status=303).location == "http://localhost/recherche?q=ecoles&cpv=45"


def test_filter_not_understood_is_said_and_left_out(app: TestApp, three: list[str]) -> None:
    page = app.get("/recherche?cpv=99999999&lieu=Atlantide&du=hier&page=-3&etat=x&tri=y&nature=z")
    assert page.text.count("n’existe pas. ") >= 1
    assert "Aucun lieu ne répond" in page.text
    assert "3 consultations" in page.text
    for form in ("json", "csv", "atom"):
        app.get(f"/recherche.{form}?cpv=99999999", status=422)


def test_atom_is_well_formed_and_escaped(
    app: TestApp, database: Database, storage: Storage, buyer: Made, now: datetime
) -> None:
    made = create_published(database, storage, buyer, now, title="Ponts & <chaussées>")
    feed = etree.fromstring(app.get("/recherche.atom").body)
    space = {"a": "http://www.w3.org/2005/Atom"}
    assert feed.findtext("a:entry/a:title", namespaces=space) == "Ponts & <chaussées>"
    assert feed.findtext("a:entry/a:id", namespaces=space) == f"urn:uuid:{made.id}"
    assert feed.find("a:link[@rel='self']", space).get("href") == "http://localhost/recherche.atom"


def test_csv_for_a_spreadsheet(
    app: TestApp, database: Database, storage: Storage, buyer: Made, now: datetime
) -> None:
    create_published(database, storage, buyer, now, title="=1+1")
    rows = app.get("/recherche.csv").body.decode("utf-8-sig").split("\r\n")
    assert rows[0].startswith("reference;title;buyer;")
    assert rows[1].startswith("2027-000001;'=1+1;")


def count_queries(database: Database, app: TestApp, path: str) -> int:
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    event.listen(database.read_engine, "before_cursor_execute", note)
    app.get(path)
    event.remove(database.read_engine, "before_cursor_execute", note)
    return len(seen)


@pytest.mark.parametrize("path", ["/recherche", "/", "/recherche.atom", "/recherche.json"])
def test_query_count_does_not_grow_with_rows(
    app: TestApp, database: Database, storage: Storage, buyer: Made, now: datetime, path: str
) -> None:
    create_published(database, storage, buyer, now)
    one = count_queries(database, app, path)
    for title in ("Deux", "Trois"):
        create_published(database, storage, buyer, now, title=title)
    assert count_queries(database, app, path) == one
