"""Every French sentence has its English: none missing, the same places in both, no French left behind."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import jinja2
import pytest
from babel.messages.catalog import Catalog
from bs4 import BeautifulSoup
from pyramid.interfaces import IRoutesMapper
from webtest import TestResponse

from procurement.core import i18n
from procurement.core.db import schema
from procurement.core.runtime import start
from tests.conftest import START, settings_for
from tests.factories.matrix import World, build, cases

ROOT = Path(__file__).resolve().parents[2]
#: A sentence marked where it stands: ``_("...")``, on one line, without an escaped quote.
MARKED = re.compile(r"""\b_\(\s*"([^"\\\n]+)"\s*[,)]""")
#: Folders of what exists in French only: texts of the operator, the style guide of developers, contract documents.
FRENCH_ONLY = {"legal", "render", "styleguide"}
SPOKEN = re.compile(r'\b(?:alt|aria-label|placeholder|title)="([^"{]+)"')
FRENCH = re.compile(r"[àâçèéêîôùœ’«»]|\b(?:de|du|est|et|la|le|les|pas|une|votre|vous)\b", re.IGNORECASE)
#: A language is named in itself.
ITSELF = "Français"
#: The name of the service under test, which is also the French for a bid.
SITE = "Pli"
SEE_OTHER = 303
TEMPLATES = sorted(
    path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt", ".xml", ".typ"}
)


@pytest.fixture(scope="module")
def messages() -> ModuleType:
    """Return ``tools/messages.py``, which is a script and not a package."""
    spec = importlib.util.spec_from_file_location("messages", ROOT / "tools" / "messages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Return the people and objects of the access matrices, in an application of its own."""
    folder = tmp_path_factory.mktemp("catalogue")
    runtime = start(settings_for(f"sqlite:///{folder}/pli.sqlite", folder))
    schema.upgrade(runtime.database)
    runtime.clock.move_to(START, frozen=True)  # type: ignore[attr-defined]  # the sandbox's clock
    yield build(runtime)
    runtime.database.dispose()


@pytest.fixture(scope="module")
def addresses(world: World) -> list[str]:
    """Return every address without a placeholder, and those of the objects that the rooms make for tests."""
    known = cases(world)
    paths = []
    for route in world.runtime.registry.getUtility(IRoutesMapper).get_routes():
        path = "/" + route.pattern.lstrip("/")
        for name, value in known[route.name].ids.items() if route.name in known else ():
            path = re.sub(rf"\{{{name}(:[^}}]*)?\}}", value, path)
        paths += [path] if "{" not in path and "*" not in path else []
    return paths


@pytest.fixture(scope="module")
def found(messages: ModuleType) -> Catalog:
    extracted = messages.extracted()
    assert isinstance(extracted, Catalog)
    return extracted


def test_every_sentence_has_its_english(messages: ModuleType) -> None:
    assert messages.lacking(messages.updated()) == []


def test_extraction_sees_every_sentence_of_the_templates(found: Catalog) -> None:
    known = {source for message in found for source in _sources(message.id)}
    unseen = [
        (str(path.relative_to(ROOT)), sentence)
        for path in TEMPLATES
        for sentence in MARKED.findall(path.read_text(encoding="utf-8"))
        if sentence not in known
    ]
    assert unseen == []


def test_templates_leave_no_sentence_unmarked() -> None:
    bare = [
        (str(path.relative_to(ROOT)), text)
        for path in TEMPLATES
        if path.suffix != ".typ" and not FRENCH_ONLY & set(path.parts) and path.stem != "styleguide"
        for text in _texts(path.read_text(encoding="utf-8"))
        if FRENCH.search(text) and text != ITSELF
    ]
    assert bare == []


def test_the_running_application_reads_the_whole_catalogue(messages: ModuleType) -> None:
    english = i18n.catalogue("en")
    unread = [
        message.id
        for message in messages.updated()
        if isinstance(message.id, str)
        and message.id
        and english.gettext(message.id) != (message.string or message.id)
    ]
    assert unread == []


@pytest.mark.parametrize("who", ["anonymous", "buyer", "company"])
def test_english_pages_hold_no_french_sentence(
    found: Catalog, world: World, addresses: list[str], who: str
) -> None:
    english = i18n.catalogue("en")
    sources = {source for message in found for source in _sources(message.id)}
    french = {source for source in sources if source and english.gettext(source) != source}
    client = world.client(None if who == "anonymous" else world.side(who).people["all"])
    answers = [client.get(path, params={"lang": "en"}, status="*") for path in addresses]
    pages = [(answer.request.path, answer.html) for answer in answers if _is_page(answer)]
    assert {str(tag["lang"]) for _path, page in pages for tag in page.select("html")} == {"en"}
    assert [(path, text) for path, page in pages for text in _read(page) if text in french] == []


def test_english_speaks_of_none_in_the_plural() -> None:
    singular, plural = "%(num)s lot", "%(num)s lots"
    assert [i18n.catalogue("en").ngettext(singular, plural, count) for count in (0, 1, 2)] == [
        plural,
        singular,
        plural,
    ]


@pytest.mark.parametrize(
    ("french", "english", "problems"),
    [
        ("Il reste %(days)s jours.", "%(days)s days left.", []),
        ("Il reste %(days)s jours.", "", ["no English for: 'Il reste %(days)s jours.'"]),
        (
            "Il reste %(days)s jours.",
            "%(day)s days left.",
            ["places ['%(day)s'] instead of ['%(days)s'] in the English of: 'Il reste %(days)s jours.'"],
        ),
        ("{percent} %%", "{percent}%", ["places ['{percent}'] instead of ['%%', '{percent}'] in the English of: '{percent} %%'"]),
        ("Lire <b>tout</b>", "Read <b>all</b>", []),
        ("Lire <b>tout</b>", "Read all", ["places [] instead of ['</b', '<b'] in the English of: 'Lire <b>tout</b>'"]),
        ("Une clé manque.", "A key est missing.", ["French 'est' left in the English of: 'Une clé manque.'"]),
        ("Erreur :", "Error :", ["French ' :' left in the English of: 'Erreur :'"]),
    ],
)  # fmt: skip
def test_what_the_check_finds(messages: ModuleType, french: str, english: str, problems: list[str]) -> None:
    catalogue = Catalog(locale="en")
    catalogue.add(french, english)
    assert messages.lacking(catalogue) == problems


@pytest.mark.parametrize(
    ("english", "problems"),
    [
        (("One lot", "%(num)s lots"), []),
        (("%(num)s lot", "%(num)s lots"), []),
        (("%(num)s lot", ""), ["no English for: '%(num)s lots'"]),
        (("One lot", "Lots"), ["places [] instead of ['%(num)s'] in the English of: '%(num)s lots'"]),
    ],
)
def test_what_the_check_finds_in_plurals(
    messages: ModuleType, english: tuple[str, str], problems: list[str]
) -> None:
    catalogue = Catalog(locale="en")
    catalogue.add(("%(num)s lot", "%(num)s lots"), english)
    assert messages.lacking(catalogue) == problems


def _sources(source: object) -> tuple[str, ...]:
    return tuple(source) if isinstance(source, list | tuple) else (str(source),)


def _is_page(answer: TestResponse) -> bool:
    redirected = answer.status_int == SEE_OTHER
    return (
        answer.content_type == "text/html"
        and not redirected
        and not FRENCH_ONLY & set(answer.request.path.split("/"))
    )


def _read(page: BeautifulSoup) -> list[str]:
    """Return the texts of a page but those marked as French."""
    for marked in page.select('head, script, style, [lang="fr"]'):
        marked.decompose()
    return [text.replace("\N{NO-BREAK SPACE}", " ") for text in page.stripped_strings if text != SITE]


def _texts(template: str) -> list[str]:
    """Return what a person reads or hears as it stands: texts and spoken attributes, without the expressions."""
    tokens = jinja2.Environment(autoescape=True).lex(template)
    page = "\n".join(value for _line, kind, value in tokens if kind == "data")
    texts = re.sub(r"<[^>]*>", "\n", page).splitlines() + SPOKEN.findall(page)
    return [text.strip() for text in texts if text.strip()]
