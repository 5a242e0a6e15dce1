"""Extract the French sentences, update the English catalogue, and say what it lacks.

usage: python tools/messages.py [--check]     exit 1 when a sentence has no English or places differ
"""

import io
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
PO = ROOT / "procurement" / "locale" / "en" / "LC_MESSAGES" / "pli.po"
_FOLDERS = ("procurement", "templates", "dume", "clauses", "signing/wording")
_METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.xml", "jinja2")]
# A template that uses ``do`` or a syntax the extractor cannot read must stop it, not lose its sentences silently.
_JINJA = {
    "extensions": "jinja2.ext.do,jinja2.ext.loopcontrols",
    "newstyle_gettext": "true",
    "trimmed": "true",
    "silent": "false",
}
_OPTIONS = {pattern: _JINJA for pattern, method in _METHODS if method == "jinja2"}
# Places of a sentence: ``%(name)s`` on the server, ``{name}`` in the browser, and tags, which must all survive.
_PLACE = re.compile(r"%\(\w+\)[a-z]|\{\w*\}|%%|</?\w+|&#?\w+;")
# Header lines that would differ at every run, and those about people and mailing lists that there are not.
_CHANGING = re.compile(
    r'"(?:POT-Creation-Date|PO-Revision-Date|Generated-By|Report-Msgid|Last-Tr|Language-Team).*\n'
)
_COUNT = "%(num)s"
# French words and signs that no English sentence needs; accents do not tell, names of towns have them.
_FRENCH = re.compile(
    r"\b(?:avec|cette|dans|des|elle|est|il|les|mais|nous|pas|pour|que|sans|ses|sont|sur|une|votre|vos|vous)\b"
    r"|[«»\u202f]| [:;!?](?:\s|$)",
    re.IGNORECASE,
)


def extracted() -> Catalog:
    """Return every sentence marked in code and templates."""
    found = Catalog(project="Pli", charset="utf-8")
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
    for folder in _FOLDERS:
        rows = extract_from_dir(ROOT / folder, _METHODS, _OPTIONS, keywords, strip_comment_tags=True)
        for name, _line, message, comments, _context in rows:
            found.add(message, locations=[(f"{folder}/{name}", 0)], auto_comments=comments)
    return found


def updated() -> Catalog:
    """Return the English catalogue with new sentences added and old ones dropped."""
    catalogue = Catalog(locale="en")
    if PO.exists():
        with PO.open("rb") as source:
            catalogue = read_po(source, locale="en")
    catalogue.update(extracted(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def lacking(catalogue: Catalog) -> list[str]:
    """Return what a reader of English would miss, or find in French."""
    problems = []
    for message in catalogue:
        if not message.id:
            continue
        sources = [message.id] if isinstance(message.id, str) else list(message.id)
        texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
        if len(texts) != len(sources) or not all(texts):
            problems.append(f"no English for: {sources[-1]!r}")
            continue
        problems += [f"{problem}: {sources[-1]!r}" for problem in _differences(sources[-1], texts)]
    return problems


def _differences(source: str, texts: list[str]) -> list[str]:
    """Compare the English of one sentence with its French; a singular may leave the count out."""
    problems = []
    expected = sorted(_PLACE.findall(source))
    for number, text in enumerate(texts):
        wanted = [place for place in expected if place != _COUNT] if number < len(texts) - 1 else expected
        found = sorted(_PLACE.findall(text))
        if found not in (wanted, expected):
            problems.append(f"places {found} instead of {expected} in the English of")
        problems += [f"French {word!r} left in the English of" for word in _FRENCH.findall(text)]
    return problems


def write(catalogue: Catalog) -> None:
    """Write the catalogue, sorted and without the dates that would make every run a change."""
    PO.parent.mkdir(parents=True, exist_ok=True)
    catalogue.project, catalogue.version, catalogue.fuzzy = "Pli", "1", False
    catalogue.header_comment = (
        "# English of Pli. Written by tools/messages.py: give the English of each sentence, no more."
    )
    target = io.BytesIO()
    write_po(target, catalogue, sort_output=True, omit_header=False, include_lineno=False, width=110)
    text = _CHANGING.sub("", target.getvalue().decode())
    PO.write_text(text, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Check or update; return the exit code."""
    catalogue = updated()
    problems = lacking(catalogue)
    if "--check" not in arguments:
        write(catalogue)
    print("\n".join(problems) or f"{len(catalogue)} sentences, all in English")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
