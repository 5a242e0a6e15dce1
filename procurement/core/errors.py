"""What a rule says when it refuses: a stable code, a sentence for people, an HTTP status. Pure."""

import dataclasses
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FieldError:
    """One field that cannot be accepted; ``field`` is its name or its JSON pointer."""

    field: str
    code: str
    message: str
    params: dict[str, Any] = dataclasses.field(default_factory=dict)


class DomainError(Exception):
    """A refusal. ``message`` is a marked French sentence with ``%(name)s`` places for ``params``."""

    status = 409

    def __init__(self, code: str, message: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.params = params

    def __str__(self) -> str:
        """Return the code and the French sentence."""
        return f"{self.code}: {self.message % self.params if self.params else self.message}"


class NotFound(DomainError):
    """There is no such thing, or not for this organisation."""

    status = 404


class Forbidden(DomainError):
    """One may not do this."""

    status = 403


class Conflict(DomainError):
    """The state of things does not allow this move."""

    status = 409


class Gone(DomainError):
    """It was there and is no more."""

    status = 410


class TooLarge(DomainError):
    """More than what is permitted and announced."""

    status = 413


class Unavailable(DomainError):
    """A service we need does not answer; nothing is lost."""

    status = 503
    retry_after = 5


class StorageExhausted(DomainError):
    """The store is full; what was sent is kept."""

    status = 507


class TooMany(DomainError):
    """Too many requests; ``retry_after`` is in seconds."""

    status = 429

    def __init__(self, code: str, message: str, *, retry_after: int, **params: Any) -> None:
        super().__init__(code, message, **params)
        self.retry_after = retry_after


class Invalid(DomainError):
    """What was given cannot be accepted; ``errors`` names each field."""

    status = 422

    def __init__(
        self, code: str, message: str, *, errors: tuple[FieldError, ...] = (), **params: Any
    ) -> None:
        super().__init__(code, message, **params)
        self.errors = errors
