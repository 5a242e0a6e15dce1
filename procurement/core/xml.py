"""Read XML that strangers send: no DOCTYPE, no entity, nothing fetched, bounded size, depth and number of elements.

A first pass with Expat looks before anything is built: it stops at the first forbidden thing, so that a
refused file costs neither memory nor time. Only what passed is given to lxml.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NoReturn
from xml.parsers import expat

from lxml import etree

from procurement.core.errors import Invalid
from procurement.core.text import _

__all__ = ["Limits", "RootCheck", "parse"]

MEBIBYTE = 1024 * 1024
CHUNK = 64 * 1024
XINCLUDE = "http://www.w3.org/2001/XInclude"

# Called with the namespace and the name of the root as soon as it is read; refuses by raising.
RootCheck = Callable[[str, str], None]


@dataclass(frozen=True)
class Limits:
    """What a file may weigh; the real notices, invoices and ESPD seen stay far below."""

    size: int = 20 * MEBIBYTE
    depth: int = 100
    elements: int = 200_000
    markup: int = MEBIBYTE


DEFAULT_LIMITS = Limits()


def parse(
    source: bytes | Path | BinaryIO,
    *,
    prefix: str = "xml",
    limits: Limits = DEFAULT_LIMITS,
    check_root: RootCheck | None = None,
) -> etree._Element:
    """Return the root of a harmless document; raise ``Invalid`` with one of the codes below after ``prefix``.

    ``too_large``, ``empty``, ``not_xml`` (with line and column), ``doctype``, ``xinclude``, ``too_deep``,
    ``too_many_elements``, ``too_long``.
    """
    gate = _Gate(prefix, limits, check_root)
    data = b"".join(gate.pass_on(_chunks(source)))
    # The text of a harmless document holds no entity but the five of the language, so none is ever resolved.
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        line, column = error.position
        _not_xml(prefix, line or 1, column or 1)


class _Gate:
    """Let the chunks of a document through while Expat reads along, or refuse."""

    def __init__(self, prefix: str, limits: Limits, check_root: RootCheck | None) -> None:
        self.prefix = prefix
        self.limits = limits
        self.check_root = check_root
        self.size = self.depth = self.elements = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def pass_on(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield each chunk once it is known to be harmless."""
        for chunk in chunks:
            self.size += len(chunk)
            if self.size > self.limits.size:
                message = _("Ce fichier dépasse %(megabytes)s Mo : il n’a pas été lu.")
                raise Invalid(f"{self.prefix}.too_large", message, megabytes=self.limits.size // MEBIBYTE)
            self._feed(chunk, final=False)
            self._refuse_endless_markup()
            yield chunk
        if not self.size:
            raise Invalid(f"{self.prefix}.empty", _("Ce fichier est vide."))
        self._feed(b"", final=True)

    def _feed(self, chunk: bytes, *, final: bool) -> None:
        try:
            self.parser.Parse(chunk, final)
        except expat.ExpatError as error:
            _not_xml(self.prefix, error.lineno, error.offset + 1)

    def _refuse_endless_markup(self) -> None:
        """Refuse a tag, or a run of text, that holds back more than is sensible: it would be held in memory whole."""
        if self.size - self.parser.CurrentByteIndex > self.limits.markup:
            message = _("Ce fichier contient une balise ou un texte démesuré : il n’a pas été lu.")
            raise Invalid(f"{self.prefix}.too_long", message)

    def _doctype(self, *_declaration: object) -> None:
        message = _(
            "Ce fichier contient une déclaration DOCTYPE, refusée par sécurité : retirez-la et recommencez."
        )
        raise Invalid(f"{self.prefix}.doctype", message)

    def _start(self, name: str, _attributes: object) -> None:
        namespace, _space, local = name.rpartition(" ")
        if self.elements == 0 and self.check_root is not None:
            self.check_root(namespace, local)
        self.elements += 1
        self.depth += 1
        if namespace == XINCLUDE:
            message = _("Ce fichier demande l’inclusion d’un autre fichier (XInclude), refusée par sécurité.")
            raise Invalid(f"{self.prefix}.xinclude", message)
        if self.depth > self.limits.depth:
            message = _("Ce fichier emboîte plus de %(depth)s éléments : il n’a pas été lu.")
            raise Invalid(f"{self.prefix}.too_deep", message, depth=self.limits.depth)
        if self.elements > self.limits.elements:
            message = _("Ce fichier contient plus de %(elements)s éléments : il n’a pas été lu.")
            raise Invalid(f"{self.prefix}.too_many_elements", message, elements=self.limits.elements)

    def _end(self, _name: str) -> None:
        self.depth -= 1


def _chunks(source: bytes | Path | BinaryIO) -> Iterator[bytes]:
    if isinstance(source, Path):
        with source.open("rb") as stream:
            yield from _pieces(stream)
    else:
        yield from _pieces(BytesIO(source) if isinstance(source, bytes) else source)


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK):
        yield chunk


def _not_xml(prefix: str, line: int, column: int) -> NoReturn:
    message = _("Ce fichier n’est pas du XML bien formé : erreur à la ligne %(line)s, colonne %(column)s.")
    raise Invalid(f"{prefix}.not_xml", message, line=line, column=column)
