"""Read the numbered headings and references of each format independently of the writers: the oracles of numbering."""

import re
import zipfile
from io import BytesIO
from typing import Any

from bs4 import BeautifulSoup
from lxml import etree
from pypdf import PdfReader

from clauses.render import layout, tree
from clauses.render.tree import Document

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
ODF = {
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
}
T = f"{{{ODF['text']}}}"
S = f"{{{ODF['style']}}}"
REFERENCE = re.compile(r"article\s(\d+(?:\.\d+)*)")


def headings_of_tree(document: Document) -> list[str]:
    return [title.heading for title in tree.titles(document)]


def references_of_tree(document: Document) -> list[str]:
    spans = [
        span
        for clause in document.clauses
        for block in clause.blocks
        for run in tree.runs(block)
        for span in run
        if span.target
    ]
    return [REFERENCE.fullmatch(span.text)[1] for span in spans]  # type: ignore[index]


def part(data: bytes, name: str) -> Any:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return etree.fromstring(archive.read(name))


# --- DOCX: numbers resolved from the styles and numbering.xml, as Word does ---------------------------------------


def _levels(data: bytes) -> dict[str, tuple[int, str]]:
    """Return, by style, its level and the text of that level."""
    styles, numbering = part(data, "word/styles.xml"), part(data, "word/numbering.xml")
    abstracts = {one.get(f"{W}abstractNumId"): one for one in numbering.iter(f"{W}abstractNum")}
    numbers = {
        one.get(f"{W}numId"): abstracts[one.find(f"{W}abstractNumId").get(f"{W}val")]
        for one in numbering.iter(f"{W}num")
    }
    found = {}
    for style in styles.iter(f"{W}style"):
        properties = style.find(f"{W}pPr/{W}numPr")
        if properties is None or not style.find(f"{W}name").get(f"{W}val").startswith("heading"):
            continue
        level = properties.find(f"{W}ilvl").get(f"{W}val")
        abstract = numbers[properties.find(f"{W}numId").get(f"{W}val")]
        (definition,) = [one for one in abstract.iter(f"{W}lvl") if one.get(f"{W}ilvl") == level]
        assert definition.find(f"{W}pStyle").get(f"{W}val") == style.get(f"{W}styleId")
        found[style.get(f"{W}styleId")] = (int(level), definition.find(f"{W}lvlText").get(f"{W}val"))
    return found


def docx_numbered(data: bytes) -> list[tuple[str, str, list[str]]]:
    """Return number, title and bookmarks of each numbered heading."""
    levels, counters, found = _levels(data), [0, 0, 0], []
    for paragraph in part(data, "word/document.xml").iter(f"{W}p"):
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        if style is None or style.get(f"{W}val") not in levels:
            continue
        level, pattern = levels[style.get(f"{W}val")]
        counters = [*counters[:level], counters[level] + 1, *([0] * (2 - level))]
        number = re.sub(r"%(\d)", lambda place: str(counters[int(place[1]) - 1]), pattern)  # noqa: B023 - used at once
        title = "".join(one.text or "" for one in paragraph.iter(f"{W}t"))
        found.append((number, title, [one.get(f"{W}name") for one in paragraph.iter(f"{W}bookmarkStart")]))
    return found


def headings_of_docx(data: bytes) -> list[str]:
    return [f"{number} {title}" for number, title, _names in docx_numbered(data)]


def references_of_docx(data: bytes) -> list[str]:
    """Return the number that each REF field resolves to, by the bookmark it names."""
    by_name = {name: number for number, _title, names in docx_numbered(data) for name in names}
    codes = [one.text for one in part(data, "word/document.xml").iter(f"{W}instrText")]
    return [by_name[code.split()[1]] for code in codes if code.split()[0] == "REF"]


# --- ODT: numbers resolved from text:outline-style ----------------------------------------------------------------


def _odt_numbered(data: bytes) -> list[tuple[str, str, str]]:
    outline = part(data, "styles.xml").find(f".//{T}outline-style")
    levels = {int(one.get(f"{T}level")): one for one in outline}
    counters, found = [0] * 10, []
    for heading in part(data, "content.xml").iter(f"{T}h"):
        level = int(heading.get(f"{T}outline-level"))
        counters[level - 1] += 1
        counters[level:] = [0] * (10 - level)
        style = levels[level]
        shown = int(style.get(f"{T}display-levels", "1"))
        figures = ".".join(map(str, counters[level - shown : level]))
        number = f"{style.get(f'{S}num-prefix', '')}{figures}{style.get(f'{S}num-suffix', '')}"
        mark = heading.find(f"{T}bookmark-start")
        found.append((number, "".join(heading.itertext()), mark.get(f"{T}name")))
    return found


def headings_of_odt(data: bytes) -> list[str]:
    return [f"{number} {title}" for number, title, _name in _odt_numbered(data)]


def references_of_odt(data: bytes) -> list[str]:
    by_name = {name: number for number, _title, name in _odt_numbered(data)}
    references = part(data, "content.xml").iter(f"{T}bookmark-ref")
    return [
        by_name[one.get(f"{T}ref-name")] for one in references if one.get(f"{T}reference-format") != "page"
    ]


# --- HTML and PDF: numbers are in the text ------------------------------------------------------------------------


def headings_of_html(data: bytes) -> list[str]:
    main = BeautifulSoup(data, "html.parser").main
    assert main is not None
    return [" ".join(one.get_text().split()) for one in main.find_all(["h2", "h3", "h4"])]


def references_of_html(data: bytes) -> list[str]:
    main = BeautifulSoup(data, "html.parser").main
    assert main is not None
    by_id = {one["id"]: one.get_text().split()[0] for one in main.find_all(["h2", "h3", "h4"])}
    links = [(one["href"], REFERENCE.fullmatch(one.get_text())) for one in main.find_all("a")]
    assert [found[1] for _href, found in links if found] == [by_id[href[1:]] for href, _found in links]
    return [by_id[href[1:]] for href, _found in links]


def text_of_pdf(data: bytes, *, from_page: int = 0) -> str:
    pages = PdfReader(BytesIO(data)).pages[from_page:]
    return _plain(" ".join(page.extract_text() for page in pages))


def contents_of_pdf(data: bytes, document: Document) -> list[tuple[str, int | None, int | None]]:
    """Return each heading of the contents, the page that they say and the page that it stands on."""
    pages = [_plain(page.extract_text()) for page in PdfReader(BytesIO(data)).pages]
    headings = [_plain(title.heading) for title in layout.contents(document)]
    # The last page that shows the first heading is the one that it stands on: the contents come before.
    start = max(number for number, page in enumerate(pages) if headings[0] in page)
    contents = " ".join(pages[1:start])
    return [(one, _said(contents, one), _page(pages, one, start)) for one in headings]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("\u200b", ""))


def _said(contents: str, heading: str) -> int | None:
    found = re.search(rf"{re.escape(heading)}[ .]*(\d+)\b", contents)
    return int(found[1]) if found else None


def _page(pages: list[str], heading: str, start: int) -> int | None:
    return next((number for number, page in enumerate(pages, 1) if number > start and heading in page), None)


def headings_of_text(text: str, expected: list[str]) -> list[str]:
    """Return the expected headings that follow each other in a text, in the order found."""
    found, at = [], 0
    for heading in expected:
        place = text.find(re.sub(r"\s+", " ", heading), at)
        if place >= 0:
            found.append(heading)
            at = place + 1
    return found


def references_of_text(text: str, allowed: list[str]) -> list[str]:
    """Return the numbers that references of a text give; those of other documents are left out."""
    return [
        number for number in re.findall(r"l’article (\d+\.\d+)", text, re.IGNORECASE) if number in allowed
    ]


# --- Pictures: the text that stands for each, as a screen reader finds it ------------------------------------------


def alternatives(form: str, content: bytes) -> list[str]:
    """Return the alternative texts of the pictures of a document."""
    if form == "html":
        return [str(one["alt"]) for one in BeautifulSoup(content, "html.parser").find_all("img")]
    if form == "docx":
        return [str(one.get("descr")) for one in part(content, "word/document.xml").iter("{*}docPr")]
    if form == "odt":
        return [str(one.findtext("{*}desc")) for one in part(content, "content.xml").iter("{*}frame")]
    reader = PdfReader(BytesIO(content))
    count = len(reader.xref[0]) + len(reader.xref_objStm)
    held = (reader.get_object(number) for number in range(1, count + 1))
    return [str(one["/Alt"]) for one in held if isinstance(one, dict) and "/Alt" in one]
