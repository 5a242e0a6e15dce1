"""Tender documents on their way in: from the socket to the store, hashed as they pass, never whole in memory."""

import zlib
from collections.abc import Iterator
from itertools import chain
from typing import Any

from procurement.consultations import multipart, rules
from procurement.consultations.service.documents import Received
from procurement.core import services
from procurement.core.errors import Invalid, TooLarge
from procurement.core.settings import Settings
from procurement.core.storage import Storage
from procurement.core.text import _, display_name

#: What a form adds around its files, in bytes, at most.
MARGIN = 1 << 20


class Upload:
    """The body of an upload form, read as it comes: text fields first, then one file after the other."""

    def __init__(self, parts: Iterator[multipart.Part], fields: dict[str, str], most: int) -> None:
        self._parts = parts
        self.fields = fields
        self.most = most

    @classmethod
    def begin(cls, request: Any) -> "Upload":
        """Check the announced length, and read the fields that stand before the first file."""
        most = services.get(request, Settings).document_bytes
        length = request.content_length
        if length is None:
            message = _("Cet envoi n’annonce pas sa taille : rien n’a été reçu. Envoyez-le depuis la page.")
            raise Invalid("document.length_required", message)
        if length > most + MARGIN:
            raise _too_large(length, most)
        reader = multipart.Reader(request.body_file_raw, request.headers.get("Content-Type", ""), length)
        parts = reader.parts()
        fields: dict[str, str] = {}
        first: list[multipart.Part] = []
        for part in parts:
            if part.file_name is not None:
                first.append(part)
                break
            fields[part.name] = part.text()
        # Without any token the check would read the body itself, which is on its way to the store.
        sent = request.headers.get("X-CSRF-Token") or "absent"
        request.headers["X-CSRF-Token"] = fields.get("csrf_token") or sent
        return cls(chain(first, parts), fields, most)

    def files(self) -> Iterator[multipart.Part]:
        """Give the files of the form; a field left empty is none."""
        return (part for part in self._parts if part.file_name)

    def path_of(self, part: multipart.Part) -> str:
        """Return the name under which a file is kept: as sent, inside the folder that the form names."""
        folder = self.fields.get("folder", "").strip().strip("/")
        prefix = f"{folder}/".encode() if folder else b""
        return rules.check_path(prefix + (part.file_name or b""))

    def store(self, storage: Storage, key: str, part: multipart.Part, path: str) -> Received:
        """Write one file into the store; raise ``document.empty`` or ``document.too_large`` and keep nothing."""
        pieces = part.chunks()
        first = next(pieces, b"")
        if not first:
            message = _("Le fichier « %(name)s » est vide : il n’est pas ajouté.")
            raise Invalid("document.empty", message, name=display_name(path))
        counted = _Counted(chain((first,), pieces), self.most)
        stored = storage.put(key, counted)
        return Received(
            path=path,
            media_type=part.media_type,
            size=stored.size,
            sha256=stored.sha256,
            crc32=counted.crc32,
            storage_key=key,
        )


class _Counted:
    """Pass bytes on, keep their CRC-32, and stop at the limit."""

    def __init__(self, pieces: Iterator[bytes], most: int) -> None:
        self._pieces = pieces
        self._most = most
        self.size = 0
        self.crc32 = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self.size += len(piece)
            if self.size > self._most:
                raise _too_large(self.size, self._most)
            self.crc32 = zlib.crc32(piece, self.crc32)
            yield piece


def _too_large(size: int, most: int) -> TooLarge:
    message = _(
        "Cet envoi de %(size)s Mo dépasse la limite de %(most)s Mo. Rien n’a été reçu ; les documents déjà "
        "présents sont gardés. Envoyez les fichiers en plusieurs fois, ou allégez-les."
    )
    return TooLarge("document.too_large", message, size=-(-size // MARGIN), most=most // MARGIN)
