import itertools
import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import html5lib
import pytest
from bs4 import BeautifulSoup

from procurement.core.settings import Settings

ROOT = Path(__file__).resolve().parents[3]
LEGAL = sorted(
    path.stem for path in (ROOT / "templates/core/legal").glob("*.html") if path.stem not in {"page", "blank"}
)
STATUSES = sorted(int(path.stem) for path in (ROOT / "templates/errors").glob("[0-9]*.html"))
ERROR = {"code": "bid.too_early", "message": "Il est trop tôt.", "errors": ()}
BUYER = SimpleNamespace(
    organisation_kind="buyer", organisation_name="Ville de Valcombe-sur-Orle", name="Anne Roy"
)
COMPANY = SimpleNamespace(
    organisation_kind="company", organisation_name="Lucarne Bâtiment SAS", name="Paul Lune"
)

PAGES = [
    ("core/home.html", {}),
    ("core/help.html", {}),
    ("core/how_it_works.html", {}),
    ("core/prerequisites.html", {}),
    ("core/styleguide.html", {}),
    ("core/error_help.html", {"code": "bid.too_early", "statuses": (409,), "sentences": ["Trop tôt."]}),
    *[("core/legal/page.html", {"slug": slug, "body": f"core/legal/{slug}.html"}) for slug in LEGAL],
    *[(f"errors/{status}.html", {"status": status, **ERROR}) for status in STATUSES],
    ("errors/problem.html", {"status": 418, **ERROR}),
]


def ids(pages):
    return [str(values.get("slug", template)) for template, values in pages]


@pytest.fixture(params=PAGES, ids=ids(PAGES))
def page(request, render):
    template, values = request.param
    return render(template, **values)


def test_page_is_valid_html(page):
    html5lib.HTMLParser(strict=True).parse(page)


def test_page_has_no_inline_style_script_or_handler(page):
    parsed = BeautifulSoup(page, "html5lib")
    assert parsed.find_all("style") == []
    assert parsed.find_all(style=True) == []
    assert [tag for tag in parsed.find_all("script") if not tag.get("src")] == []
    assert [tag for tag in parsed.find_all(True) if any(name.startswith("on") for name in tag.attrs)] == []


def test_page_asks_nothing_of_another_origin(page):
    parsed = BeautifulSoup(page, "html5lib")
    named = [tag for tag in parsed.find_all(["script", "link", "img", "iframe"]) if not tag.get("hreflang")]
    sources = [tag.get("src") or tag.get("href") for tag in named if tag.get("rel") != ["canonical"]]
    assert [address for address in sources if address.startswith(("http", "//"))] == []


def test_page_has_one_title_one_heading_and_a_main(page):
    parsed = BeautifulSoup(page, "html5lib")
    title, _, name = parsed.title.text.rpartition(" - ")
    assert (bool(title), name) == (True, "Pli")
    assert len(parsed.find_all("h1")) == 1
    assert parsed.find("main")["tabindex"] == "-1"
    assert parsed.find(class_="pl-skip")["href"] == "#contenu"


def test_page_never_skips_a_heading_level(page):
    levels = [
        int(tag.name[1]) for tag in BeautifulSoup(page, "html5lib").main.find_all(re.compile("^h[1-6]$"))
    ]
    assert [(above, below) for above, below in itertools.pairwise(levels) if below > above + 1] == []


def test_page_has_unique_ids(page):
    found = [tag["id"] for tag in BeautifulSoup(page, "html5lib").find_all(id=True)]
    assert sorted(found) == sorted(set(found))


def test_page_references_exist(page):
    parsed = BeautifulSoup(page, "html5lib")
    known = {tag["id"] for tag in parsed.find_all(id=True)}
    for name in ("aria-describedby", "aria-labelledby", "for"):
        named = {part for tag in parsed.find_all(attrs={name: True}) for part in tag[name].split()}
        assert named - known == set()


def test_legal_pages_are_those_of_the_footer(render):
    footer = BeautifulSoup(render("core/help.html"), "html5lib").footer
    linked = {
        link["href"].rsplit("/", 1)[1]
        for link in footer.find_all("a")
        if link["href"].startswith("/core/page/")
    }
    assert linked == set(LEGAL)


def test_legal_page_with_operator_name_fills_the_blank(render):
    values = {"slug": "mentions-legales", "body": "core/legal/mentions-legales.html"}
    filled = render("core/legal/page.html", **values, site=Settings(operator_name="Syndicat mixte de l’Orle"))
    assert "Syndicat mixte de l’Orle" in filled
    assert (
        render("core/legal/page.html", **values).count("à compléter par l’exploitant")
        == filled.count("à compléter par l’exploitant") + 1
    )


def menu(render, **values):
    nav = BeautifulSoup(render("core/help.html", **values), "html5lib").find("nav", class_="pl-only-wide")
    return [link.text for link in nav.find_all("a")]


def test_menu_depends_on_who_is_there(render):
    assert menu(render) == ["Rechercher", "Comment ça marche", "Aide"]
    assert menu(render, identity=COMPANY) == [
        "Tableau de bord",
        "Mes dépôts",
        "Mes DUME",
        "Rechercher",
        "Aide",
    ]
    assert menu(render, identity=BUYER) == [
        "Tableau de bord",
        "Consultations",
        "Rédaction",
        "Clés",
        "Équipe",
        "Rechercher",
        "Aide",
    ]


def test_menu_leaves_out_routes_that_do_not_exist(render):
    assert menu(render, has_route=lambda name: name == "core.help") == ["Aide"]


def test_header_shows_the_acting_organisation_and_a_sign_out_form(render):
    header = BeautifulSoup(render("core/help.html", identity=BUYER), "html5lib").header
    assert (
        header.find(class_="pl-header__org").get_text(" ", strip=True)
        == "Vous agissez pour Ville de Valcombe-sur-Orle"
    )
    form = header.find("form")
    assert (form["method"], form["action"], form.find("input")["name"]) == (
        "post",
        "/accounts/sign_out",
        "csrf_token",
    )


def test_csrf_token_is_given_only_where_something_is_sent(render):
    def token(**values):
        return BeautifulSoup(render("core/help.html", **values), "html5lib").find(
            "meta", attrs={"name": "csrf-token"}
        )

    assert token() is None
    assert token(needs_csrf=True)["content"] == "jeton"
    assert token(identity=COMPANY)["content"] == "jeton"


def test_flash_messages_are_shown_once_with_their_values(render):
    flashes = [{"message": "Lot %(number)s retiré.", "kind": "success", "params": {"number": 2}}]
    main = BeautifulSoup(render("core/help.html", flashes=lambda: flashes), "html5lib").main
    assert main.find(class_="pl-alert--ok").get_text(strip=True) == "Lot 2 retiré."


def test_error_page_says_what_happened_what_is_kept_and_what_to_do(render):
    page = BeautifulSoup(render("errors/409.html", status=409, **ERROR), "html5lib").main
    assert [title.text for title in page.find_all("h2")] == [
        "Ce qui s’est passé",
        "Ce qui est gardé",
        "Ce que vous pouvez faire",
    ]
    assert page.find(class_="pl-lead").text == "Il est trop tôt."
    assert [item.text for item in page.find_all(class_="pl-proof")] == ["bid.too_early", "019c-essai"]


def test_error_page_of_our_fault_asks_nothing_of_the_identity(render):
    class Unreachable:
        def __getattr__(self, name):
            raise AssertionError(name)

    render(
        "errors/500.html",
        status=500,
        identity=Unreachable(),
        request=SimpleNamespace(request_id="r1", matched_route=None),
        **ERROR,
    )


def test_home_lists_the_next_deadlines(render):
    closes_at = datetime(2027, 3, 10, 9, 41, 7, tzinfo=UTC)
    item = SimpleNamespace(
        title="Balayage", url="/c/1", buyer="Ville", reference="VSO-2027-001", closes_at=closes_at
    )
    page = BeautifulSoup(render("core/home.html", deadlines=[item]), "html5lib")
    assert page.find(class_="pl-result").time["datetime"] == "2027-03-10T09:41:07Z"
