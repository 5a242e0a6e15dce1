"""Give the digests of what is signed, wherever it is: inside the CMS, beside it, or known by its digests only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from signing.cades import algorithms
from signing.cades.algorithms import UnknownAlgorithm
from signing.types import Bytes, Content, Scope


@dataclass
class Subject:
    """One document that may be the signed one. ``data`` is None when only digests can be had."""

    name: str
    data: bytes | None = field(default=None, repr=False)
    source: Callable[[str], bytes | None] | None = field(default=None, repr=False)
    embedded: bool = False
    _known: dict[str, bytes | None] = field(default_factory=dict, repr=False)

    def digest(self, algorithm: str) -> bytes | None:
        """Return the digest under a hashlib name, None when it cannot be had."""
        if algorithm not in self._known:
            self._known[algorithm] = self._compute(algorithm)
        return self._known[algorithm]

    @cached_property
    def entries(self) -> tuple[Scope, ...]:
        """Return what an enclosed ZIP holds and its signature does not sign one by one."""
        if self.data is None or not self.embedded:
            return ()
        from signing.containers.tokens import zip_scope

        return zip_scope(Bytes(self.name, self.data))

    def _compute(self, algorithm: str) -> bytes | None:
        try:
            if self.data is not None:
                return algorithms.digest(algorithm, self.data)
            return self.source(algorithm) if self.source else None
        except (UnknownAlgorithm, LookupError, ValueError):
            return None


def subjects(contents: Sequence[Content]) -> tuple[Subject, ...]:
    """Make subjects of the documents given beside a signature."""
    return tuple(_subject(content) for content in contents)


def _subject(content: Content) -> Subject:
    if isinstance(content, Bytes):
        return Subject(content.name, content.data)
    known = {name.lower().replace("-", ""): value for name, value in content.values.items()}
    return Subject(content.name, source=lambda name: bytes.fromhex(known[name]) if name in known else None)
