"""A signature that waits for its value: what may be written to a database between two requests."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any

from signing.produce.params import Level, Mechanism, Profile
from signing.produce.refusals import ProductionRefused

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Prepared:
    """The bytes to sign and what ``assemble`` needs afterwards; it holds the document, and no secret.

    ``state`` belongs to the profile: byte strings by name.
    """

    profile: Profile
    level: Level
    mechanism: Mechanism
    to_sign: bytes = field(repr=False)
    chain: tuple[bytes, ...] = field(repr=False)
    #: What the value is assembled into.
    state: dict[str, bytes] = field(repr=False)
    #: The SHA-256 of each signed document, for the person who signs.
    documents: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """Write everything as JSON."""
        return json.dumps(
            {
                "version": _VERSION,
                "profile": self.profile,
                "level": self.level,
                "mechanism": self.mechanism.name,
                "to_sign": _text(self.to_sign),
                "chain": [_text(certificate) for certificate in self.chain],
                "state": {name: _text(value) for name, value in self.state.items()},
                "documents": self.documents,
            }
        ).encode()

    @classmethod
    def from_json(cls, data: bytes) -> "Prepared":
        """Read what ``to_json`` wrote; raises ProductionRefused ``produce.prepared_damaged``."""
        try:
            return cls._from(json.loads(data))
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise ProductionRefused("produce.prepared_damaged", str(error)) from error

    @classmethod
    def _from(cls, read: dict[str, Any]) -> "Prepared":
        if read["version"] != _VERSION:
            raise ValueError(f"version {read['version']}")
        return cls(
            profile=Profile(read["profile"]),
            level=Level(read["level"]),
            mechanism=Mechanism.parse(read["mechanism"]),
            to_sign=_bytes(read["to_sign"]),
            chain=tuple(_bytes(certificate) for certificate in read["chain"]),
            state={str(name): _bytes(value) for name, value in read["state"].items()},
            documents={str(name): str(value) for name, value in read["documents"].items()},
        )


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
