"""Know every code a refusal may carry: what it says, and with which HTTP status.

``data/errors.json`` is read out of the source by ``tools/reference.py``; a test proves it fresh and complete.
"""

import json
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib import resources
from typing import get_args

from pydantic_core.core_schema import ErrorType

from procurement.core.text import _

_FIELD = _("Une valeur du corps de la requête ne suit pas le contrat de l’API.")
_OTHER_HTTP = _("La demande n’a pas pu être servie. Rien n’a été enregistré.")


@dataclass(frozen=True)
class Explained:
    """A code with the sentences (French, marked) it comes with; without status it is said by a tool or in a report."""

    code: str
    statuses: tuple[int, ...]
    sentences: tuple[str, ...]


@cache
def catalogue() -> dict[str, Explained]:
    """Return every code of the source."""
    text = resources.files("procurement.core").joinpath("data/errors.json").read_text(encoding="utf-8")
    return {
        code: Explained(code, tuple(entry["statuses"]), tuple(entry["sentences"]))
        for code, entry in json.loads(text).items()
    }


def explain(code: str) -> Explained | None:
    """Return what a code means, or None for what is no code of this service."""
    known = catalogue().get(code)
    if known is not None:
        return known
    family, _dot, name = code.partition(".")
    if family == "api" and name in _field_codes():
        return Explained(code, (422,), (_FIELD,))
    if family == "http" and name in _http_codes():
        return Explained(code, (_http_codes()[name],), (_OTHER_HTTP,))
    return None


@cache
def _field_codes() -> frozenset[str]:
    """Return the kinds of fault that pydantic finds in a body."""
    return frozenset(get_args(ErrorType))


@cache
def _http_codes() -> dict[str, int]:
    return {status.name.lower(): status.value for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST}
