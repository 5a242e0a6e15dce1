"""Bodies of the signature API."""

import base64
import binascii
import uuid
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from procurement.core.errors import FieldError, Invalid
from procurement.core.text import _
from procurement.signatures.errors import ValuesMissing
from procurement.signatures.preflight import MOST_FILES, MOST_SIGNATURES, TOKEN_BYTES, Inside, Looked
from signing.produce.params import Encoding, Level, Profile, SignatureValue
from signing.types import Bytes

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

    @model_validator(mode="after")
    def _not_too_many(self) -> "PreflightBody":
        if sum((one.token is not None) + len(one.pdf) for one in self.files) > MOST_SIGNATURES:
            raise ValueError(f"give {MOST_SIGNATURES} signatures at most")
        return self

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


#: A certificate, a signature value: far above what the largest keys need.
Short = Annotated[str, StringConstraints(max_length=32_768)]
#: Documents that come in the request itself, as base64.
_DOCUMENT_TEXT = 22 << 20


class GivenBody(BaseModel):
    """One document to sign."""

    model_config = _STRICT
    name: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^/\\\x00-\x1f]+$")]
    content: Annotated[str, StringConstraints(max_length=_DOCUMENT_TEXT)]


class SigningJobBody(BaseModel):
    """A code for a job that waits, or documents of one's own to sign."""

    model_config = _STRICT
    job: uuid.UUID | None = None
    format: Profile | None = None
    level: Level = Level.B_B
    documents: Annotated[list[GivenBody], Field(max_length=50)] = []

    @model_validator(mode="after")
    def _one_of_two(self) -> "SigningJobBody":
        if (self.job is None) == (self.format is None) or (self.job is None) != bool(self.documents):
            raise ValueError("give either job, or format and documents")
        return self

    def given(self) -> list[Bytes]:
        """Return the documents; raise Invalid for what is no base64."""
        return [
            Bytes(one.name, _bytes(one.content, f"/documents/{place}/content"))
            for place, one in enumerate(self.documents)
        ]


class ClaimBody(BaseModel):
    """A one-time code."""

    model_config = _STRICT
    code: Annotated[str, StringConstraints(min_length=1, max_length=100)]


class PrepareBody(BaseModel):
    """The signer's certificate, then those above it (DER in base64)."""

    model_config = _STRICT
    chain: Annotated[list[Short], Field(min_length=1, max_length=10)]

    def certificates(self) -> list[bytes]:
        """Return the chain; raise Invalid for what is no base64."""
        return [_bytes(one, f"/chain/{place}") for place, one in enumerate(self.chain)]


class ValueBody(BaseModel):
    """What the key answered for one thing to sign."""

    model_config = _STRICT
    n: Annotated[int, Field(ge=1, le=50)]
    value: Short
    encoding: Encoding = Encoding.RAW


class ValuesBody(BaseModel):
    """One value for each thing to sign."""

    model_config = _STRICT
    values: Annotated[list[ValueBody], Field(min_length=1, max_length=50)]

    def by_number(self) -> dict[int, SignatureValue]:
        """Return the values by number; raise Invalid for what is no base64, ValuesMissing for two of one number."""
        found = {
            one.n: SignatureValue(_bytes(one.value, f"/values/{place}/value"), one.encoding)
            for place, one in enumerate(self.values)
        }
        if len(found) != len(self.values):
            raise ValuesMissing
        return found
