"""The same rows as a page of its own (HTML), a PDF with the XML attached, and JSON."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2

from dume.espd.model import Document, Kind
from dume.rendering.rows import Row, Section, sections
from procurement.core import i18n, pdf
from procurement.core.text import _

_TITLES = {Kind.REQUEST: _("DUME de l’acheteur"), Kind.RESPONSE: _("DUME de l’opérateur économique")}


def title(document: Document, lang: str) -> str:
    """Return the name of the document: whose DUME it is."""
    return i18n.translate(_TITLES[document.kind], lang)


def html(document: Document, lang: str) -> str:
    """Return a page that stands alone: no script, nothing fetched, the words of `rows()`."""
    return _environment(lang).get_template("dume/document.html").render(**_context(document, lang))


def to_pdf(document: Document, xml: bytes, lang: str, *, date: datetime) -> bytes:
    """Return the PDF (PDF/A-3a, PDF/UA-1) with the XML attached; raise PdfUnavailable without the extra."""
    data: Mapping[str, Any] = {
        "reference": document.header.folder.value,
        "heads": [i18n.translate(head, lang) for head in (_("Élément"), _("Lots"), _("Valeur"))],
        "sections": [_printed(part) for part in sections(document, lang)],
    }
    return pdf.render(
        "dume",
        data,
        title=title(document, lang),
        language=lang,
        date=date,
        attachments={"dume.xml": xml},
    )


def to_json(document: Document, lang: str) -> str:
    """Return the rows as JSON: kind, path, occurrence, lot, label, value, part by part."""
    parts = [
        {"code": part.code, "title": part.title, "rows": [_row(row) for row in part.rows]}
        for part in sections(document, lang)
    ]
    said = {"kind": document.kind.value, "version": document.version.value, "sections": parts}
    return json.dumps(said, ensure_ascii=False, indent=1)


def _row(row: Row) -> dict[str, Any]:
    return {
        "kind": row.kind,
        "path": row.path,
        "occurrence": list(row.occurrence),
        "lot": row.lot,
        "label": row.label,
        "value": row.value,
    }


def _printed(part: Section) -> dict[str, Any]:
    return {
        "title": part.title,
        "lead": part.lead,
        "rows": [[row.label, row.lot, row.value] for row in part.rows],
    }


def _context(document: Document, lang: str) -> dict[str, Any]:
    return {
        "lang": lang,
        "title": title(document, lang),
        "document": document,
        "sections": sections(document, lang),
    }


@cache
def _environment(lang: str) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(str(files("procurement.templates"))),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_translations(i18n.catalogue(lang), newstyle=True)  # type: ignore[attr-defined]  # i18n extension
    return environment
