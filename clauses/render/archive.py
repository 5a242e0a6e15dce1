"""Write a ZIP package whose bytes depend on its parts only: the same document is the same file."""

import zipfile
from collections.abc import Iterable
from io import BytesIO

#: The earliest date a ZIP can hold; the true dates of a document stand in its properties.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def packed(parts: Iterable[tuple[str, bytes]], *, stored: frozenset[str] = frozenset()) -> bytes:
    """Return the archive of the parts in their order; those named in ``stored`` are not compressed."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return out.getvalue()
