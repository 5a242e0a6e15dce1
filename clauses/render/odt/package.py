"""Pack content into an ODT file: odfdo makes the package and its metadata, content and styles are ours."""

import zipfile
from collections.abc import Iterable
from datetime import datetime
from importlib.resources import files
from io import BytesIO

import odfdo
from lxml import etree

from clauses.render import archive, layout
from clauses.render.odt.xml import NS, append, e
from clauses.render.tree import Document

_GENERATOR = "Pli"
#: That of the package odfdo makes: parts of another version make it unreadable.
_VERSION = "1.4"
#: What the template of the library holds beside the document itself.
_FOREIGN = ("Thumbnails/", "Configurations2/")


class Package:
    """An ODT file in the making."""

    def __init__(self, document: Document, date: datetime) -> None:
        self._odt = odfdo.Document.new("text")
        self._document = document
        for name in [part for part in self._odt.parts if part.startswith(_FOREIGN)]:
            self._odt.del_part(name)
        for path in [path for path in self._odt.manifest.get_paths() if str(path).startswith(_FOREIGN)]:
            self._odt.manifest.del_full_path(str(path))
        meta = self._odt.meta
        meta.title, meta.subject, meta.language = document.full_title, document.subject, document.language
        meta.description = document.notice
        meta.creation_date = date
        meta.initial_creator = document.author or _GENERATOR

    def picture(self, data: bytes) -> str:
        """Add a picture and return its place in the package."""
        path = f"Pictures/{layout.logo_name(data)}"
        self._odt.set_part(path, data)
        self._odt.manifest.add_full_path(path, layout.logo_type(data))
        return path

    def pack(self, elements: Iterable[etree._Element], styles: Iterable[etree._Element]) -> bytes:
        """Return the file, the same bytes for the same document."""
        text = e("office:text", *elements)
        content = e(
            "office:document-content",
            e("office:automatic-styles", *styles),
            e("office:body", text),
            version=_VERSION,
        )
        out = BytesIO()
        self._odt.save(out)
        with zipfile.ZipFile(out) as made:
            parts = {name: made.read(name) for name in sorted(made.namelist(), key=_mimetype_first)}
        parts["content.xml"] = _bytes(content)
        parts["styles.xml"] = _styles(self._document)
        return archive.packed(parts.items(), stored=frozenset({"mimetype"}))


def _mimetype_first(name: str) -> tuple[bool, str]:
    return name != "mimetype", name


def _styles(document: Document) -> bytes:
    """Return the styles with the running header and « Page 3 sur 42 »."""
    root = etree.fromstring(
        files("procurement.templates").joinpath("clauses", "odt", "styles.xml").read_bytes()
    )
    (header,) = root.iterfind(".//style:header/text:p", NS)
    (footer,) = root.iterfind(".//style:footer/text:p", NS)
    append(header, layout.running_header(document))
    words = (
        "Projet" if document.notice else "",
        e("text:tab"),
        "Page ",
        e("text:page-number", "2", select_page="current"),
    )
    for one in (*words, e("text:span", " sur "), e("text:page-count", "2")):
        append(footer, one)
    return _bytes(root)


def _bytes(root: etree._Element) -> bytes:
    data: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return data
