"""A notice on its way in: read from the socket, bounded, never on the side.

The CSRF token is the first field of the form: it is handed to the check as a header, so that the file is read only
once the rights are known.
"""

from collections.abc import Iterator
from typing import Any

from procurement.consultations import multipart
from procurement.core.errors import Invalid
from procurement.core.text import _
from procurement.notices.errors import NoFile
from procurement.notices.reader import MAX_BYTES

#: What the other parts of the form weigh at most.
MARGIN = 64 * 1024


class Upload:
    """The body of the import form, read up to its file."""

    def __init__(self, file: multipart.Part | None) -> None:
        self._file = file

    @classmethod
    def begin(cls, request: Any) -> "Upload":
        """Check the announced length and read the fields before the file; raise ``notice.too_large``."""
        length = request.content_length or 0
        if length > MAX_BYTES + MARGIN:
            message = _("Ce fichier dépasse %(megabytes)s Mo : il n’a pas été lu.")
            raise Invalid("notice.too_large", message, megabytes=MAX_BYTES >> 20)
        if request.content_type != "multipart/form-data":
            return cls(None)
        # Without a token anywhere, the check would look for one in the body, half of which is gone by then.
        request.headers.setdefault("X-CSRF-Token", "absent")
        reader = multipart.Reader(request.body_file_raw, request.headers.get("Content-Type", ""), length)
        for part in reader.parts():
            if part.file_name is not None:
                return cls(part)
            if part.name == "csrf_token":
                request.headers["X-CSRF-Token"] = part.text()
        return cls(None)

    def read(self) -> tuple[str, bytes]:
        """Return the name and the bytes of the file; raise ``notice.no_file``."""
        if self._file is None or not self._file.file_name:
            raise NoFile
        return self._file.file_name.decode("utf-8", "replace"), b"".join(self._pieces(self._file))

    def _pieces(self, file: multipart.Part) -> Iterator[bytes]:
        """Give the bytes, and stop one byte past the limit: the reader then sees that there is too much."""
        left = MAX_BYTES + 1
        for piece in file.chunks():
            yield piece[:left]
            left -= len(piece)
            if left <= 0:
                return
