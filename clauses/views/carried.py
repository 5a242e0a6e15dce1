"""Carry what was read out of a file from the page that shows it to the one that takes it over, signed: nothing is stored."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import asdict, replace
from typing import Any

from clauses.queries import DraftView
from clauses.render.readback import ClauseBack, Comment, Outcome, Outside, Provenance, ReadBack
from procurement.core.errors import DomainError
from procurement.core.text import _


class Expired(DomainError):
    """The draft is no longer what the file was compared with: nothing is taken over."""

    status = 412

    def __init__(self) -> None:
        message = _(
            "Le document a changé depuis la lecture du fichier, ou la page est trop ancienne. Rien n’a été repris : "
            "envoyez le fichier de nouveau."
        )
        super().__init__("clauses.readback_expired", message)


def seal(found: ReadBack, draft: DraftView, secret: str) -> str:
    """Return what was read, bound to the draft and its revision."""
    kept = asdict(replace(found, clauses=found.changed))
    body = json.dumps(kept, ensure_ascii=False).encode()
    return f"{_tag(body, draft, secret)}.{base64.b64encode(body).decode()}"


def unseal(text: str, draft: DraftView, secret: str) -> ReadBack:
    """Return what was read; raise ``clauses.readback_expired`` for what was not, or when the draft has moved on."""
    tag, _dot, encoded = text.partition(".")
    try:
        body = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        body = b""
    if not body or not hmac.compare_digest(tag.encode(), _tag(body, draft, secret).encode()):
        raise Expired
    return _read(json.loads(body))


def _tag(body: bytes, draft: DraftView, secret: str) -> str:
    message = f"clauses readback {draft.id} {draft.revision} ".encode() + body
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def _read(kept: dict[str, Any]) -> ReadBack:
    return ReadBack(
        clauses=tuple(
            ClauseBack(
                **{
                    **one,
                    "outcome": Outcome(one["outcome"]),
                    "diff": _parts(one["diff"]),
                    "since": _parts(one["since"]),
                }
            )
            for one in kept["clauses"]
        ),
        outside=tuple(Outside(**one) for one in kept["outside"]),
        comments=tuple(Comment(**one) for one in kept["comments"]),
        revision_authors=tuple(kept["revision_authors"]),
        provenance=Provenance(kept["provenance"]),
        revision=kept["revision"],
    )


def _parts(kept: list[list[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((change, text) for change, text in kept)
