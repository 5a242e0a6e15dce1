"""What the layers below the interministerial one say of its clauses, and where the layer above has moved since.

An adaptation stays active when its base changes: the drift is reported with both texts until somebody acknowledges it.
"""

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from clauses.files.printer import sha256
from clauses.models import Override, ReleaseItem
from clauses.rules.model import Canvas, Clause, Layer, Library, Lock

#: Where a release of a lower layer keeps its adaptations.
FOLDER = "adaptations"
REPLACE, APPEND, HIDE, DEFAULT_VALUE = "replace", "append", "hide", "default_value"
MODES = (REPLACE, APPEND, HIDE, DEFAULT_VALUE)
#: What an acknowledgement keeps instead of a hash when the layer above has withdrawn the clause.
WITHDRAWN = "withdrawn"
#: Words in the place of others come before what is added to them.
_ORDER = {mode: place for place, mode in enumerate(MODES)}
#: What each lock of a clause leaves to the layers below.
ALLOWED: Mapping[Lock, frozenset[str]] = {
    Lock.TEXT: frozenset({APPEND, DEFAULT_VALUE}),
    Lock.PRESENCE: frozenset({REPLACE, APPEND, DEFAULT_VALUE}),
    Lock.NONE: frozenset(MODES),
}


@dataclass(frozen=True, kw_only=True)
class Adaptation:
    """One override: of a clause in one of four modes, written for the version of hash ``base_hash``."""

    clause: str
    mode: str
    base_hash: str
    body: str = ""
    fact: str = ""
    id: uuid.UUID | None = field(default=None, compare=False)
    acknowledged_hash: str = field(default="", compare=False)

    def to_bytes(self) -> bytes:
        """Return the canonical bytes that a release freezes."""
        kept = {
            "clause": self.clause,
            "mode": self.mode,
            "base_hash": self.base_hash,
            "corps": self.body,
            "fait": self.fact,
        }
        text = json.dumps(kept, ensure_ascii=False, sort_keys=True, indent=1)
        return (text + "\n").encode()

    @property
    def path(self) -> str:
        """Return the path of its file in a release."""
        return f"{FOLDER}/{self.clause}.{self.mode}{f'.{self.fact}' if self.fact else ''}.json"


@dataclass(frozen=True)
class Source:
    """A layer that adapts clauses, as it is named where its words stand; ``version`` is empty before its release.

    A person's layer has no release; ``person`` is who.
    """

    layer: Layer
    title: str
    version: str = ""
    person: uuid.UUID | None = None

    def as_json(self) -> dict[str, str]:
        """Return how evidence names it."""
        found = {"layer": self.layer.value, "title": self.title}
        more = {"version": self.version, "person": str(self.person or "")}
        return found | {name: text for name, text in more.items() if text}


@dataclass(frozen=True)
class Said:
    """What one layer makes of a clause, or of the usual answer to a question."""

    source: Source
    mode: str


@dataclass(frozen=True)
class Hidden:
    """A clause that a layer leaves out of every document; ``chapters`` is where it stood, by canvas, from 1."""

    clause: Clause
    said: Said
    chapters: Mapping[str, int]


@dataclass(frozen=True)
class Drift:
    """A clause that its layer above changed after it was adapted here; ``current_hash`` is empty once it is withdrawn."""

    adaptation: Adaptation
    current_hash: str
    current: str
    acknowledged: bool

    @property
    def withdrawn(self) -> bool:
        """Tell whether the layer above has the clause no more."""
        return not self.current_hash


def adaptations(session: Session, library_id: uuid.UUID) -> list[Adaptation]:
    """Return the adaptations of a layer that are in use, by clause and in the order they apply."""
    query = select(Override).where(Override.library_id == library_id, Override.removed_at.is_(None))
    found = [
        Adaptation(
            clause=row.clause_key, mode=row.mode, base_hash=row.base_hash, body=row.body, fact=row.fact, id=row.id,
            acknowledged_hash=row.acknowledged_hash,
        )
        for row in session.scalars(query)
    ]  # fmt: skip
    return sorted(found, key=_place)


def has_override(session: Session, library_id: uuid.UUID, override_id: uuid.UUID) -> bool:
    """Tell whether an adaptation is one of a layer, in use or taken back."""
    row = session.get(Override, override_id)
    return row is not None and row.library_id == library_id


def frozen(session: Session, release_id: uuid.UUID) -> list[Adaptation]:
    """Return the adaptations that a release holds, in the order they apply."""
    query = select(ReleaseItem).where(ReleaseItem.release_id == release_id, ReleaseItem.kind == "override")
    rows = session.scalars(query.options(undefer(ReleaseItem.content)))
    return sorted((_read(row.content or b"{}") for row in rows), key=_place)


def drift(found: Iterable[Adaptation], library: Library, hashes: Mapping[str, str]) -> list[Drift]:
    """Return the adaptations whose clause is not what they were written for, those of withdrawn clauses included."""
    drifted = []
    for one in found:
        current = hashes.get(one.clause, "")
        if one.mode == DEFAULT_VALUE or current == one.base_hash:
            continue
        clause = library.clauses.get(one.clause)
        acknowledged = (current or WITHDRAWN) == one.acknowledged_hash
        drifted.append(Drift(one, current, clause.body if clause else "", acknowledged))
    return drifted


def apply(
    library: Library, hashes: Mapping[str, str], found: Sequence[Adaptation]
) -> tuple[Library, dict[str, str], dict[str, str]]:
    """Return the library as adapted, the hashes of its clauses as they stand, and the usual answers by fact."""
    clauses = dict(library.clauses)
    hidden: set[str] = set()
    defaults: dict[str, str] = {}
    changed: set[str] = set()
    for one in found:
        if one.mode == DEFAULT_VALUE:
            defaults[one.fact] = one.body
        elif one.mode == HIDE:
            hidden.add(one.clause)
        elif one.clause in clauses:
            clauses[one.clause] = _adapted(clauses[one.clause], one)
            changed.add(one.clause)
    for key in hidden:
        clauses.pop(key, None)
    canvases = {key: _without(canvas, hidden) for key, canvas in library.canvases.items()}
    addressed = {**hashes, **{key: sha256(clauses[key]) for key in sorted(changed - hidden)}}
    return replace(library, clauses=clauses, canvases=canvases), addressed, defaults


def sources(
    stack: Sequence[tuple[Source, Sequence[Adaptation]]],
) -> tuple[dict[str, tuple[Said, ...]], dict[str, Said]]:
    """Return which layers speak of each clause, the highest first, and which one gives each usual answer."""
    clauses: dict[str, tuple[Said, ...]] = {}
    usual: dict[str, Said] = {}
    for source, found in stack:
        for one in found:
            said = Said(source, one.mode)
            if one.mode == DEFAULT_VALUE:
                usual[one.fact] = said
            else:
                clauses[one.clause] = (*clauses.get(one.clause, ()), said)
    return clauses, usual


def hidden(library: Library, stack: Sequence[tuple[Source, Sequence[Adaptation]]]) -> tuple[Hidden, ...]:
    """Return the clauses of the library that a layer hides, with the layer that does."""
    return tuple(
        Hidden(library.clauses[one.clause], Said(source, HIDE), _chapters(library, one.clause))
        for source, found in stack
        for one in found
        if one.mode == HIDE and one.clause in library.clauses
    )


def _chapters(library: Library, key: str) -> dict[str, int]:
    return {
        canvas.id: number
        for canvas in library.canvases.values()
        for number, chapter in enumerate(canvas.chapters, start=1)
        if key in chapter.clauses
    }


def _place(one: Adaptation) -> tuple[str, int, str]:
    return one.clause, _ORDER[one.mode], one.fact


def _adapted(clause: Clause, one: Adaptation) -> Clause:
    body = one.body if one.mode == REPLACE else f"{clause.body.rstrip()}\n\n{one.body}"
    return replace(clause, body=body)


def _without(canvas: Canvas, hidden: set[str]) -> Canvas:
    chapters = tuple(
        replace(chapter, clauses=tuple(key for key in chapter.clauses if key not in hidden))
        for chapter in canvas.chapters
    )
    return replace(canvas, chapters=chapters)


def _read(content: bytes) -> Adaptation:
    kept = json.loads(content)
    return Adaptation(
        clause=kept["clause"],
        mode=kept["mode"],
        base_hash=kept["base_hash"],
        body=kept["corps"],
        fact=kept["fait"],
    )
