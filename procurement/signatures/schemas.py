"""Bodies of the signature API."""

import base64
import binascii
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from procurement.core.errors import FieldError, Invalid
from procurement.core.text import _
from procurement.signatures.preflight import MOST_FILES, TOKEN_BYTES, Inside, Looked

_STRICT = ConfigDict(extra="forbid")
#: What base64 makes of the largest signature.
_TOKEN_TEXT = -(-TOKEN_BYTES // 3) * 4
Token = Annotated[str, StringConstraints(max_length=_TOKEN_TEXT)]


class DigestsBody(BaseModel):
    """Digests of one document, in lower-case hex."""

    model_config = _STRICT
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    sha384: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{96}$")] | None = None
    sha512: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{128}$")] | None = None

    def values(self) -> dict[str, str]:
        """Return the digests that were given, by algorithm."""
        return self.model_dump(exclude_none=True)


class InsideBody(BaseModel):
    """The CMS of a signed PDF, and the digests of the bytes that its ByteRange covers."""

    model_config = _STRICT
    cms: Token
    digests: DigestsBody
    whole: bool


class LookedBody(BaseModel):
    """One file of the bid."""

    model_config = _STRICT
    name: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    digests: DigestsBody
    token: Token | None = None
    pdf: Annotated[list[InsideBody], Field(max_length=50)] = []
    present: bool = False


class PreflightBody(BaseModel):
    """The files of a bid."""

    model_config = _STRICT
    files: Annotated[list[LookedBody], Field(min_length=1, max_length=MOST_FILES)]

    def looked(self) -> tuple[Looked, ...]:
        """Return the files as the verification takes them; raise Invalid for what is no base64."""
        return tuple(_looked(number, file) for number, file in enumerate(self.files))


def _looked(number: int, file: LookedBody) -> Looked:
    pointer = f"/files/{number}"
    return Looked(
        name=file.name,
        digests=file.digests.values(),
        token=None if file.token is None else _bytes(file.token, f"{pointer}/token"),
        inside=tuple(
            Inside(_bytes(one.cms, f"{pointer}/pdf/{place}/cms"), one.digests.values(), one.whole)
            for place, one in enumerate(file.pdf)
        ),
        present=file.present,
    )


def _bytes(text: str, pointer: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        message = _("Cette valeur n’est pas du base64.")
        error = FieldError(pointer, "signature.not_base64", message)
        raise Invalid("signature.not_base64", message, errors=(error,)) from None
