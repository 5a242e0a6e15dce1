"""Bodies of the bids endpoints, as pydantic reads them."""

import uuid
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Base64Url = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]*$", max_length=64 * 1024)]
KindName = Literal["candidature", "offre", "anonymat"]


class Body(BaseModel):
    """A body without members that nobody asked for."""

    model_config = ConfigDict(extra="forbid")


class Empty(Body):
    """A body that says nothing."""


class CommitBody(Body):
    """The final act."""

    pli_sha256: Sha256
    inventory_sha256: Sha256


class ClientReport(BaseModel):
    """What a bidder's client saw fail; best effort, so unknown members are passed over."""

    code: str = Field(min_length=1, max_length=80)
    at: str | None = Field(default=None, max_length=40)
    bytes: int | None = Field(default=None, ge=0, le=1 << 50)
    detail: str | None = Field(default=None, max_length=2000)


class KeyBody(Body):
    """A key holder to be: an existing certificate, or a public key made in the browser."""

    name: str = Field(min_length=1, max_length=200)
    role: Literal["holder", "recovery"]
    kinds: list[KindName] = Field(min_length=1, max_length=3)
    spki: Base64Url | None = None
    certificate: Base64Url | None = None


class RehearsalBody(Body):
    """What the holder's key gave back."""

    value: Base64Url


class KeySetBody(Body):
    """The holders whose certificates bids are to be sealed to."""

    holders: list[uuid.UUID] = Field(min_length=1, max_length=50)
    policy: dict[str, int] | None = None


class OpeningBody(Body):
    """What is to be opened; no lot means all."""

    kind: KindName
    lots: list[Annotated[int, Field(ge=0, le=99_999)]] = Field(default_factory=list, max_length=1000)
    mode: Literal["server"] = "server"


class SecretItem(Body):
    """One secret drawn from a key packet; never a private key."""

    envelope: uuid.UUID
    x: int = Field(ge=1, le=255)
    value: Base64Url


class SecretsBody(RootModel[list[SecretItem]]):
    """The secrets of an opening."""


class Failure(Body):
    """A packet that the agent's browser could not open."""

    envelope: uuid.UUID
    code: str = Field(min_length=1, max_length=80)
    detail: str = Field(default="", max_length=500)


class FailuresBody(Body):
    """All packets that could not be opened."""

    failures: list[Failure] = Field(min_length=1, max_length=1000)
