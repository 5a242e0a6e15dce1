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
_FOLDERS = ("procurement", "templates", "dume", "clauses")
_METHODS = [("**.py", "python"), ("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.xml", "jinja2")]
_OPTIONS = {pattern: {"newstyle_gettext": "true", "trimmed": "true"} for pattern in ("**.html", "**.txt", "**.xml")}
_PLACE = re.compile(r"%\((\w+)\)")


def extracted() -> Catalog:
    """Return every sentence marked in code and templates."""
    found = Catalog(project="Pli", charset="utf-8")
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
    for folder in _FOLDERS:
        rows = extract_from_dir(ROOT / folder, _METHODS, _OPTIONS, keywords, strip_comment_tags=True)
        for name, _line, message, comments, _context in rows:
            found.add(message, locations=[(f"{folder}/{name}", None)], auto_comments=comments)
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
    """Return what a reader of English would miss."""
    problems = []
    for message in catalogue:
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[1]
        strings = [message.string] if isinstance(message.string, str) else list(message.string)
        if not all(strings):
            problems.append(f"no English for: {source!r}")
        elif any(set(_PLACE.findall(text)) != set(_PLACE.findall(source)) for text in strings[-1:]):
            problems.append(f"other places in the English of: {source!r}")
    return problems


def main(arguments: list[str]) -> int:
    """Check or update; return the exit code."""
    catalogue = updated()
    problems = lacking(catalogue)
    if "--check" not in arguments:
        PO.parent.mkdir(parents=True, exist_ok=True)
        target = io.BytesIO()
        write_po(target, catalogue, sort_output=True, omit_header=False, include_lineno=False, width=110)
        text = re.sub(r'"(POT-Creation|PO-Revision)-Date:.*\n', "", target.getvalue().decode())
        PO.write_text(text, encoding="utf-8")
    print("\n".join(problems) or f"{len(catalogue)} sentences, all in English")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
