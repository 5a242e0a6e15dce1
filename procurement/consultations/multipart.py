"""Read a form that carries files as it arrives, without holding a file in memory nor on the side (RFC 7578).

Names of files come out as the bytes that were sent; browsers escape only ``"`` and line ends in them.
"""

import re
from collections.abc import Iterator
from typing import Protocol

from procurement.core.errors import Invalid
from procurement.core.text import _

PIECE = 1 << 18
#: Longest head of a part, in bytes.
HEAD_BYTES = 16_384
#: Longest text field, in bytes.
FIELD_BYTES = 8_192
_NAME = re.compile(rb'[;\s]name="([^"]*)"', re.IGNORECASE)
_FILE_NAME = re.compile(rb'[;\s]filename="([^"]*)"', re.IGNORECASE)
_TYPE = re.compile(
    rb"^content-type:\s*([a-z0-9!#$&^_.+-]{1,100}/[a-z0-9!#$&^_.+-]{1,100})", re.IGNORECASE | re.MULTILINE
)
_BOUNDARY = re.compile(r'boundary="?([^";]{1,200})"?', re.IGNORECASE)


class Stream(Protocol):
    """What the server hands over."""

    def read(self, size: int, /) -> bytes:
        """Return at most ``size`` bytes."""
        ...


class Part:
    """One part: a text field, or a file whose bytes are read once with ``chunks``."""

    def __init__(self, reader: "Reader", head: bytes) -> None:
        self._reader = reader
        self._ended = False
        name = _NAME.search(head)
        file_name = _FILE_NAME.search(head)
        kind = _TYPE.search(head)
        self.name = name[1].decode("utf-8", "replace") if name else ""
        self.file_name = _unescape(file_name[1]) if file_name else None
        self.media_type = kind[1].decode("ascii", "replace").lower() if kind else "application/octet-stream"

    def chunks(self) -> Iterator[bytes]:
        """Give the bytes of the part as they come."""
        while not self._ended:
            piece, self._ended = self._reader.piece()
            if piece:
                yield piece

    def text(self) -> str:
        """Return a text field, refused when longer than it may be."""
        found = b""
        for piece in self.chunks():
            found += piece
            if len(found) > FIELD_BYTES:
                raise _malformed()
        return found.decode("utf-8", "replace")

    def skip(self) -> None:
        """Read past what is left of the part."""
        for _piece in self.chunks():
            pass


class Reader:
    """Cut a multipart body of ``length`` bytes into parts."""

    def __init__(self, stream: Stream, content_type: str, length: int) -> None:
        found = _BOUNDARY.search(content_type)
        if found is None or not content_type.lower().startswith("multipart/form-data"):
            raise _malformed()
        self._stream = stream
        self._left = length
        self._delimiter = b"\r\n--" + found[1].encode("latin-1", "replace")
        # The first delimiter has no line end before it.
        self._buffer = b"\r\n"

    def parts(self) -> Iterator[Part]:
        """Give the parts in their order; each is read past before the next."""
        ended = False
        while not ended:
            _preamble, ended = self.piece()
        while not self._closing():
            part = Part(self, self._head())
            yield part
            part.skip()

    def piece(self) -> tuple[bytes, bool]:
        """Return bytes up to the next delimiter, and whether it was reached."""
        while True:
            place = self._buffer.find(self._delimiter)
            if place >= 0:
                found = self._buffer[:place]
                self._buffer = self._buffer[place + len(self._delimiter) :]
                return found, True
            # The beginning of a delimiter may stand at the end of what has come.
            safe = len(self._buffer) - len(self._delimiter) + 1
            if safe > 0:
                found, self._buffer = self._buffer[:safe], self._buffer[safe:]
                return found, False
            self._fill()

    def _closing(self) -> bool:
        while len(self._buffer) < 2:  # noqa: PLR2004  # two hyphens or a line end
            self._fill()
        return self._buffer.startswith(b"--")

    def _head(self) -> bytes:
        while b"\r\n\r\n" not in self._buffer:
            if len(self._buffer) > HEAD_BYTES:
                raise _malformed()
            self._fill()
        head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
        return head

    def _fill(self) -> None:
        wanted = min(PIECE, self._left)
        fresh = self._stream.read(wanted) if wanted else b""
        if not fresh:
            raise Invalid(
                "document.upload_cut",
                _(
                    "L’envoi s’est interrompu avant la fin. Les fichiers déjà reçus en entier sont gardés ; renvoyez les autres."
                ),
            )
        self._left -= len(fresh)
        self._buffer += fresh


def _unescape(raw: bytes) -> bytes:
    for escaped, plain in ((b"%22", b'"'), (b"%0D", b"\r"), (b"%0A", b"\n")):
        raw = raw.replace(escaped, plain)
    return raw


def _malformed() -> Invalid:
    return Invalid(
        "document.upload_malformed",
        _("Cet envoi n’a pas la forme attendue : rien n’a été enregistré. Rechargez la page et recommencez."),
    )
