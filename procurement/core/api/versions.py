"""Dated versions of the API: a client keeps the one of its first use until it asks for another."""

from datetime import date
from typing import Any

from procurement.core.errors import DomainError
from procurement.core.text import _

HEADER = "Pli-Version"
#: Every version that is answered, oldest first; an answer changes its form only with a new one.
VERSIONS = (date(2026, 11, 23),)


class UnknownVersion(DomainError):
    """The client asks for a version that never was."""

    status = 400


def latest() -> str:
    """Return the newest version."""
    return VERSIONS[-1].isoformat()


def resolve(text: str) -> str:
    """Return the version in force on a date, which need not be one of publication."""
    try:
        asked = date.fromisoformat(text)
    except ValueError:
        raise _unknown(text) from None
    held = [version for version in VERSIONS if version <= asked]
    if not held:
        raise _unknown(text)
    return held[-1].isoformat()


def chosen(request: Any) -> str:
    """Return the version of this request: its header, the client's own, the newest."""
    given = request.headers.get(HEADER)
    if given:
        return resolve(given)
    who = request.identified
    return resolve(who.api_version) if who and who.api_version else latest()


def _unknown(text: str) -> UnknownVersion:
    return UnknownVersion(
        "api.version_unknown",
        _("La version « %(asked)s » de l’API n’existe pas. Donnez une date à partir du %(first)s."),
        asked=text[:20],
        first=VERSIONS[0].isoformat(),
    )
