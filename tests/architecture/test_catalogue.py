"""Every French sentence has its English: none missing, the same places in both, no French left behind."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog

from procurement.core import i18n

ROOT = Path(__file__).resolve().parents[2]
#: A sentence marked where it stands: ``_("...")``, on one line, without an escaped quote.
MARKED = re.compile(r"""\b_\(\s*"([^"\\\n]+)"\s*[,)]""")
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


def test_the_running_application_reads_the_whole_catalogue(messages: ModuleType) -> None:
    english = i18n.catalogue("en")
    unread = [
        message.id
        for message in messages.updated()
        if isinstance(message.id, str) and message.id and english.gettext(message.id) != message.string
    ]
    assert unread == []


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
