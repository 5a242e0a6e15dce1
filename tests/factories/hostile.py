"""Texts that try to be more than text, and readers of the four formats that tell what stands in a document."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

from docx import Document
from lxml import etree, html
from pypdf import PdfReader

from clauses import service
from clauses.rules.states import ArtefactFormat

LITERAL = {
    "typst": '#read("/etc/passwd") #panic() $x$ @ref',
    "template": "{{7*7}} {% raw %} ${x} %(x)s %s {0}",
    "markup": "<script>alert(1)</script> ]]> <!-- & &amp; \" '",
    "word": "\\input{x} | a | **b** _c_ `d` <w:t>",
}
REFUSED = {
    "control": "avant\x00\x0b\x1baprès",
    "rtl": "avant\u202eaprès",
    "surrogate": "avant\ud800après",
    "noncharacter": "avant\uffffaprès",
    "long": "x" * 100_000,
}
#: What else somebody may try where a text is short: each of the pages that take one is tested with these as well.
MORE = {
    "entity": "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]> &y; &#0; %y;",
    "formula": "=cmd|'/C calc'!A0 @SUM(1+1)",
    "import": '#import "@preview/x:1.0.0" #sys.inputs #sys.version',
}


def kept(page: Any, names: list[str], typed: str) -> list[str]:
    """Return the fields of a refused form that no longer hold what was typed, as far as a page can show it."""
    shown = {
        name: one.value
        for form in page.forms.values()
        for name, one in form.fields.items()
        for one in one[:1]
    }
    return [name for name in names if visible(shown.get(name) or "") != visible(typed)]


def visible(text: str) -> str:
    """Return the text without what no page shows, and without the difference of line ends."""
    return "".join(char for char in text if char.isprintable() and char != "\ufffd").strip()


def squeezed(text: str) -> str:
    """Return the text without spaces: each format breaks its lines its own way."""
    return "".join(text.split())


def docx_text(content: bytes) -> str:
    return "".join(Document(io.BytesIO(content)).element.body.itertext())


def odt_text(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return "".join(etree.fromstring(archive.read("content.xml")).itertext())


def html_text(content: bytes) -> str:
    tree = html.fromstring(content)
    assert tree.xpath("//script") == []
    return str(tree.text_content())


def pdf_text(content: bytes) -> str:
    return "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


READERS: dict[str, Callable[[bytes], str]] = {
    "docx": docx_text,
    "odt": odt_text,
    "html": html_text,
    **({"pdf": pdf_text} if ArtefactFormat.PDF in service.available() else {}),
}
