"""What a release says, ready for use: its library with the adaptations of the layers below, compiled.

A release never changes, so that what was read of one is kept in memory for the whole life of the process.
"""

import threading
import uuid
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy.orm import Session

from clauses.files.printer import sha256
from clauses.files.reader import read_library
from clauses.queries import layers
from clauses.queries.covers import frozen_covers
from clauses.queries.layers import Adaptation, Hidden, Said, Source
from clauses.queries.releases import ReleaseView, chain, clause_hashes, files, library
from clauses.rules.covers import covered
from clauses.rules.evaluate import Compiled, compile_library
from clauses.rules.facts import parse_value
from clauses.rules.model import Facts, Library, Value
from procurement.core.errors import Invalid

#: Releases kept in memory: a library of 122 clauses takes a second or two to read.
_MOST = 12
_NIL = uuid.UUID(int=0)
_cache: "OrderedDict[uuid.UUID, Edition]" = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Edition:
    """A release as drafts use it; ``hashes`` address the words of each clause as they stand here.

    ``layered`` says which lower layers speak of a clause (hidden ones too), ``usual`` which one gives a usual answer,
    ``hidden`` what stands in no document because a layer says so.
    """

    release: ReleaseView
    library: Library
    compiled: Compiled
    hashes: Mapping[str, str]
    defaults: Mapping[str, str]
    layered: Mapping[str, tuple[Said, ...]] = field(default_factory=dict)
    usual: Mapping[str, Said] = field(default_factory=dict)
    hidden: tuple[Hidden, ...] = ()

    def typed(self, raw: Mapping[str, Any]) -> dict[str, Value]:
        """Return the values of what is kept as text; what this release does not know, or types otherwise, is left out."""
        found: dict[str, Value] = {}
        for key, given in raw.items():
            fact = self.library.facts.get(key)
            if fact is None or given is None:
                continue
            try:
                found[key] = parse_value(fact, given)
            except Invalid:
                continue
        return found

    def values(self, facts: Mapping[str, Any], answers: Mapping[str, Any]) -> Facts:
        """Return the typed facts of a draft: the usual answers of the layers, then its answers, then its consultation.

        Where somebody has taken an answer back, nothing is known: a layer does not answer in his place.
        """
        usual = {key: value for key, value in self.defaults.items() if key not in answers}
        return self.typed({**usual, **given(answers), **facts})

    def computed(self, on: date, facts: Mapping[str, Any], answers: Mapping[str, Any]) -> frozenset[str]:
        """Return the facts that a computation settles now."""
        keys = self.compiled.resolver.computed
        known = {key: value for key, value in self.values(facts, answers).items() if key not in keys}
        settled = self.compiled.settle(known, on)
        return frozenset(key for key in keys if key in settled.values)


def given(answers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of answers as a row or a view keeps them."""
    pairs = ((key, kept["value"] if isinstance(kept, dict) else kept.value) for key, kept in answers.items())
    return {key: value for key, value in pairs if value is not None}


def edition(session: Session, release_id: uuid.UUID) -> Edition:
    """Return a release ready for use; raise ``clauses.release_not_found``."""
    with _lock:
        if release_id in _cache:
            _cache.move_to_end(release_id)
            return _cache[release_id]
    made = _read(session, chain(session, release_id))
    with _lock:
        _cache[release_id] = made
        while len(_cache) > _MOST:
            _cache.popitem(last=False)
    return made


def _read(session: Session, releases: list[ReleaseView]) -> Edition:
    top, *below = releases
    stack = [(_source(session, one), layers.frozen(session, one.id)) for one in below]
    found = read_library(files(session, top.id))
    for one in below:
        found = covered(found, frozen_covers(session, one.id))
    return with_layers(found, releases[-1], clause_hashes(session, top.id), stack)


def _source(session: Session, one: ReleaseView) -> Source:
    mine = library(session, one.library_id)
    return Source(mine.layer, mine.title, one.version)


def free_edition(found: Library) -> Edition:
    """Return a library that no release holds, ready for use: a directory, an archive, facts that are not kept."""
    info = found.manifest.release
    nobody = ReleaseView(
        id=_NIL, library_id=_NIL, parent_id=None, version=info.version if info else "",
        valid_from=info.valid_from if info else date.min, manifest_sha256="", signer="", changelog="", warnings=(),
        released_at=datetime.min.replace(tzinfo=UTC), withdrawn_at=None, withdrawn_reason="",
    )  # fmt: skip
    hashes = {key: sha256(clause) for key, clause in found.clauses.items()}
    return with_layers(found, nobody, hashes, [])


def with_layers(
    found: Library,
    release: ReleaseView,
    hashes: Mapping[str, str],
    stack: Sequence[tuple[Source, Sequence[Adaptation]]],
) -> Edition:
    """Return a library with what its lower layers make of it, the highest layer first."""
    every = [one for _layer, adapted in stack for one in adapted]
    adapted, addressed, defaults = layers.apply(found, hashes, every)
    layered, usual = layers.sources(stack)
    compiled, left_out = compile_library(adapted), layers.hidden(found, stack)
    return Edition(release, adapted, compiled, addressed, defaults, layered, usual, left_out)
