"""Which keys a store accepts: the same rule for files and S3, so that a store can be moved to the other."""

import re

from procurement.core.storage.api import BadKey

#: S3 allows 1,024 bytes; a file system 255 for each part.
_LONGEST = 512
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}\Z")


def check_key(key: str) -> str:
    """Return ``key`` or raise BadKey; parts of ``A-Z a-z 0-9 . _ -`` joined by ``/``, none hidden."""
    if len(key) > _LONGEST or not all(_PART.match(part) for part in key.split("/")):
        raise BadKey(f"{key[:80]!r} is not a storage key")
    return key
