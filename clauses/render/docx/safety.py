"""Open a DOCX that somebody sends: no macro, nothing outside, no entity, bounded before it is read.

A link that a person clicks is no external relation in this sense: Word makes one of every address that is
typed, nothing is fetched from it, and only its words are read.
"""

import zipfile
from io import BytesIO
from typing import NoReturn

from lxml import etree

from clauses.render.docx.xml import NS
from procurement.core.errors import Invalid
from procurement.core.text import _
from procurement.core.xml import Limits, parse

__all__ = ["MOST_BYTES", "MOST_UNZIPPED", "Parts", "open_docx"]

_MEBIBYTE = 1024 * 1024
MOST_BYTES = 20 * _MEBIBYTE
MOST_UNZIPPED = 200 * _MEBIBYTE
MOST_PARTS = 2_000
_LIMITS = Limits(size=MOST_UNZIPPED, depth=300, elements=3_000_000, markup=8 * _MEBIBYTE)
_MACROS = ("vbaproject", "vbadata", "macroenabled", "activex")
_MAIN = "word/document.xml"
_HYPERLINK = "/hyperlink"
_CHUNK = 64 * 1024
_BROKEN = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError)


class Parts:
    """The XML parts of a harmless DOCX."""

    def __init__(self, parts: dict[str, bytes]) -> None:
        self._parts = parts

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all parts, those that hold no XML included."""
        return tuple(self._parts)

    def xml(self, name: str) -> etree._Element | None:
        """Return the root of a part, nothing when there is none; raise ``clauses.docx_…`` when it is harmful."""
        data = self._parts.get(name)
        return None if data is None else parse(data, prefix="clauses.docx", limits=_LIMITS)

    @property
    def document(self) -> etree._Element:
        """Return the root of the document itself."""
        root = self.xml(_MAIN)
        assert root is not None
        return root


def open_docx(data: bytes) -> Parts:
    """Return the parts, or refuse.

    ``clauses.docx_too_large``, ``clauses.docx_unreadable``, ``clauses.docx_macros``, ``clauses.docx_external``
    and, for each XML part, the codes of `procurement.core.xml` after ``clauses.docx``.
    """
    if len(data) > MOST_BYTES:
        message = _("Ce fichier dépasse 20 Mo : il n’a pas été lu.")
        raise Invalid("clauses.docx_too_large", message)
    parts = Parts(_unzipped(data))
    content_types = parts.xml("[Content_Types].xml")
    main = parts.xml(_MAIN)
    if content_types is None or main is None or main.find("w:body", NS) is None:
        _unreadable()
    _refuse_macros(parts.names, etree.tostring(content_types))
    for name in parts.names:
        if name.endswith(".rels"):
            _refuse_outside(parts.xml(name))
    return parts


def _unzipped(data: bytes) -> dict[str, bytes]:
    """Return the XML parts, counting what really comes out: the sizes a ZIP announces may lie."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_PARTS or sum(one.file_size for one in entries) > MOST_UNZIPPED:
                _too_much()
            return _read(archive, entries)
    except _BROKEN:
        _unreadable()


def _read(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    parts: dict[str, bytes] = {}
    left = MOST_UNZIPPED
    for entry in entries:
        xml = entry.filename.endswith((".xml", ".rels"))
        content = bytearray()
        with archive.open(entry) as stream:
            while xml and (chunk := stream.read(_CHUNK)):
                content += chunk
                left -= len(chunk)
                if left < 0:
                    _too_much()
        if xml and entry.filename in parts:
            _unreadable()
        parts[entry.filename] = bytes(content)
    return parts


def _refuse_macros(names: tuple[str, ...], content_types: bytes) -> None:
    declared = content_types.decode().lower()
    if any(word in name.lower() for name in names for word in _MACROS) or any(
        word in declared for word in _MACROS
    ):
        message = _(
            "Ce fichier contient des macros : enregistrez-le au format .docx, sans macro, et recommencez."
        )
        raise Invalid("clauses.docx_macros", message)


def _refuse_outside(relations: etree._Element | None) -> None:
    for relation in () if relations is None else relations:
        outside = relation.get("TargetMode") == "External"
        if outside and not relation.get("Type", "").endswith(_HYPERLINK):
            message = _(
                "Ce fichier va chercher du contenu ailleurs (%(target)s) : supprimez ce lien et recommencez."
            )
            raise Invalid("clauses.docx_external", message, target=relation.get("Target", "")[:200])


def _too_much() -> NoReturn:
    message = _("Ce fichier dépasse 200 Mo une fois décompressé : il n’a pas été lu.")
    raise Invalid("clauses.docx_too_large", message)


def _unreadable() -> NoReturn:
    message = _("Ce fichier n’est pas un document Word (.docx) lisible. Rien n’a été modifié.")
    raise Invalid("clauses.docx_unreadable", message)
