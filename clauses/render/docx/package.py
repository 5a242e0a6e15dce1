"""Pack a body into a DOCX file: python-docx makes the package, its styles, numbering and settings are ours."""

import zipfile
from collections.abc import Iterable
from datetime import datetime
from importlib.resources import files
from io import BytesIO

import docx
from docx.document import Document as DocxDocument
from docx.section import _Footer, _Header
from docx.shared import Mm
from lxml import etree

from clauses.render import archive, layout
from clauses.render.docx import origin as origins
from clauses.render.docx.blocks import field
from clauses.render.docx.origin import Origin
from clauses.render.docx.xml import q, t, w
from clauses.render.tree import CoverLine, Document

#: What the template of the library holds beside the document itself: a thumbnail, other styles, an empty data store.
_FOREIGN = ("thumbnail", "stylesWithEffects", "customXml")
_MARGIN = Mm(22)
#: The most characters that Word takes for a property of a file.
_MOST_PROPERTY = 255


class Package:
    """A DOCX file in the making."""

    def __init__(self, document: Document, date: datetime) -> None:
        self._docx: DocxDocument = docx.Document()
        self._document = document
        self._leave_out()
        self._properties(date)
        self._page()

    def body(self, elements: Iterable[etree._Element]) -> None:
        """Put elements at the end of the body, before the properties of its section."""
        section = self._docx.element.body.sectPr
        for element in elements:
            section.addprevious(element)

    def picture(self, line: CoverLine) -> etree._Element:
        """Return the paragraph of a logo, its alternative text with it."""
        inline = self._docx.part.new_pic_inline(BytesIO(line.data), None, Mm(layout.LOGO_HEIGHT))
        inline.docPr.set("descr", "".join(span.text for span in line.spans))
        inline.docPr.set("name", "Logo")
        return w("p", w("pPr", w("pStyle", val="CoverLogo")), w("r", w("drawing", inline)))

    def made_of(self, origin: Origin | None) -> None:
        """Say which draft the file is made of; call it once the body is written."""
        if origin is not None:
            origins.write(self._docx.part.package, self._docx.element.body, origin)

    def pack(self) -> bytes:
        """Return the file, the same bytes for the same document; Word asks its reader whether to count the pages."""
        out = BytesIO()
        self._docx.save(out)
        with zipfile.ZipFile(out) as made:
            parts = {name: made.read(name) for name in made.namelist()}
        for name in ("styles", "numbering", "settings"):
            parts[f"word/{name}.xml"] = _template(name)
        return archive.packed(parts.items())

    def _leave_out(self) -> None:
        for relations in (self._docx.part.rels, self._docx.part.package.rels):
            foreign = [key for key, one in relations.items() if any(word in one.reltype for word in _FOREIGN)]
            for key in foreign:
                del relations[key]

    def _properties(self, date: datetime) -> None:
        properties = self._docx.core_properties
        properties.title = _property(self._document.full_title)
        properties.subject = _property(self._document.subject)
        properties.author = _property(self._document.author or "Pli")
        properties.last_modified_by = properties.author
        properties.language = self._document.language
        properties.comments = _property(self._document.notice)
        properties.keywords = _property(self._document.kind)
        properties.created = properties.modified = date.replace(tzinfo=None)

    def _page(self) -> None:
        """Set A4, a running header, « Page 3 sur 42 », and neither on the cover."""
        section = self._docx.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.left_margin = section.right_margin = _MARGIN
        section.top_margin, section.bottom_margin = Mm(26), Mm(24)
        section.different_first_page_header_footer = True
        header = w("p", w("pPr", w("pStyle", val="Header")), w("r", t(layout.running_header(self._document))))
        _replace(section.header, header)
        _replace(section.footer, _footer("Projet" if self._document.notice else ""))


def _property(text: str) -> str:
    """Return a text as long as a property of a file may be; what the document says itself stays whole."""
    return text if len(text) <= _MOST_PROPERTY else f"{text[: _MOST_PROPERTY - 1]}…"


def _footer(left: str) -> etree._Element:
    page = field("PAGE", w("r", t("2")))
    total = field("NUMPAGES", w("r", t("2")))
    words = (w("r", t(left)), w("r", w("tab")), w("r", t("Page ")), *page, w("r", t(" sur ")), *total)
    return w("p", w("pPr", w("pStyle", val="Footer")), *words)


def _replace(part: _Header | _Footer, paragraph: etree._Element) -> None:
    """Make a paragraph the only content of a header or footer."""
    element: etree._Element = part.part.element
    for old in element.findall(q("p")):
        element.remove(old)
    element.append(paragraph)


def _template(name: str) -> bytes:
    return files("procurement.templates").joinpath("clauses", "docx", f"{name}.xml").read_bytes()
