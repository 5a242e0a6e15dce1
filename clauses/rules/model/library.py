"""Put together what one directory holds, and what is found in it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from clauses.rules.model.clauses import Clause
from clauses.rules.model.dictionary import Fact, Parameter
from clauses.rules.model.documents import Canvas, Cover, Walkthrough
from clauses.rules.model.values import Facts, Origin, no_origin


class Layer(StrEnum):
    """Who owns a library or an override, highest first."""

    INTERMINISTERIAL = "interministerielle"
    MINISTRY = "ministere"
    ENTITY = "entite"
    AGENT = "agent"


@dataclass(frozen=True)
class ReleaseFile:
    """One file of a release."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class ReleaseWaiver:
    """A waiver as the manifest shows it."""

    clause: str
    code: str
    reason: str


@dataclass(frozen=True)
class ReleaseInfo:
    """What freezing a library adds to its manifest; the bytes of this manifest are what is signed."""

    version: str
    valid_from: date
    analyser: str
    changelog: tuple[str, ...]
    files: tuple[ReleaseFile, ...]
    waivers: tuple[ReleaseWaiver, ...] = ()
    to_validate: tuple[str, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """What library this is (``manifest.yaml``); ``release`` only in a frozen one."""

    id: str
    title: str
    layer: Layer
    licence: str = ""
    description: str = ""
    release: ReleaseInfo | None = None
    origin: Origin = field(default_factory=no_origin, compare=False, repr=False)


@dataclass(frozen=True)
class Library:
    """Everything read from one directory; mappings are keyed by key or id, in the order of files."""

    manifest: Manifest
    facts: Mapping[str, Fact] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    clauses: Mapping[str, Clause] = field(default_factory=dict)
    canvases: Mapping[str, Canvas] = field(default_factory=dict)
    covers: Mapping[str, Cover] = field(default_factory=dict)
    walkthroughs: Mapping[str, Walkthrough] = field(default_factory=dict)
    synonyms: tuple[tuple[str, ...], ...] = ()
    images: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    def clauses_of(self, canvas: Canvas) -> list[Clause]:
        """Return the clauses that a canvas places, in its order."""
        return [self.clauses[key] for key in canvas.clause_ids]


class Severity(StrEnum):
    """How bad a finding is: an error refuses the release."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing found in a library; ``witness`` is the fact set that shows it.

    ``message`` is a marked French sentence whose ``%(name)s`` places are filled from ``params``. ``on`` is
    the reference date of the witness.
    """

    code: str
    message: str
    severity: Severity = Severity.ERROR
    file: str = ""
    line: int = 0
    column: int = 0
    clause: str = ""
    witness: Facts = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)
    on: date | None = None

    @property
    def text(self) -> str:
        """Return the French sentence, its places filled."""
        return self.message % self.params if self.params else self.message
