"""Pack the files of a library into one file, byte for byte the same each time, and unpack what comes from elsewhere.

A ZIP without compression, entries in order of path, one date for all: whoever packs the same files gets the same bytes.
So an archive is accepted only if packing its contents gives it back exactly; one flipped byte, wherever it is, refuses it.
"""

import io
import zipfile
from collections.abc import Mapping

from clauses.errors import archive_refused
from clauses.files.reader import MAX_FILES, MAX_IMAGE
from procurement.core.errors import Invalid
from procurement.core.text import _

MAX_ARCHIVE = 64 * 1024 * 1024
_DATE = (1980, 1, 1, 0, 0, 0)
_MODE = 0o644 << 16


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the archive of some files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _DATE)
            entry.create_system = 3
            entry.external_attr = _MODE
            archive.writestr(entry, files[path])
    return out.getvalue()


def unpack(data: bytes) -> dict[str, bytes]:
    """Return the files of an archive that `pack` made; raise ``clauses.archive_refused`` for anything else."""
    if len(data) > MAX_ARCHIVE:
        raise _refused(_("elle dépasse %(most)s Mio."), most=MAX_ARCHIVE // (1024 * 1024))
    try:
        files = _entries(data)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        ValueError,
        EOFError,
        OSError,
        UnicodeError,
    ) as error:
        raise _refused(_("ce n’est pas une archive de bibliothèque lisible.")) from error
    if pack(files) != data:
        raise _refused(
            _("ses octets ne sont pas ceux de ses fichiers : elle a été modifiée ou faite autrement.")
        )
    return files


def _entries(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        if len(entries) > MAX_FILES or any(entry.file_size > MAX_IMAGE for entry in entries):
            raise ValueError("too many or too large")
        return {entry.filename: archive.read(entry) for entry in entries}


def _refused(detail: str, **params: object) -> Invalid:
    return archive_refused(detail % params if params else detail)
