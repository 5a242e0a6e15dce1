"""Give an object of the store as a download, whole or in part (RFC 9110, section 14)."""

import re
from typing import Any
from urllib.parse import quote

from pyramid.response import Response

from procurement.bids.models import BidOpenedFile
from procurement.core.storage import Storage

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_PARTIAL, _OUTSIDE = 206, 416


def _bounds(header: str, size: int) -> tuple[int, int] | None:
    """Return first byte and length of the one range asked for; None for the whole, ``(0, 0)`` for none."""
    found = _RANGE.fullmatch(header.strip())
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        return size - length, length
    start, stop = int(first), min(int(last) + 1 if last else size, size)
    if last and int(last) < int(first):
        return None
    return (start, stop - start) if start < stop else (0, 0)


def file_response(request: Any, storage: Storage, file: BidOpenedFile) -> Response:
    """Return the file, or the part of it that ``Range`` asks for; its digest is the ETag."""
    request.db.close()
    etag = f'"{file.digest}"'
    wanted = request.headers.get("Range", "")
    if request.headers.get("If-Range", etag) != etag:
        wanted = ""
    bounds = _bounds(wanted, file.size)
    response = Response(content_type="application/octet-stream")
    response.charset = None
    response.headers.update(
        {
            "Accept-Ranges": "bytes",
            "Cache-Control": "no-store",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name, safe='')}",
            "ETag": etag,
        }
    )
    if bounds == (0, 0) and file.size:
        response.status_int = _OUTSIDE
        response.headers["Content-Range"] = f"bytes */{file.size}"
        return response
    start, length = bounds or (0, file.size)
    if bounds:
        response.status_int = _PARTIAL
        response.headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{file.size}"
    response.app_iter = storage.open(file.storage_key, start, length)
    response.content_length = length
    return response
