"""Adapt the library to a ministry or an entity: write, acknowledge, take back, release."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clauses import errors
from clauses.files.printer import print_file
from clauses.files.reader import MANIFEST, read_covers
from clauses.models import Library, Override, Release, ReleaseItem
from clauses.queries import layers as reading
from clauses.queries.adapted import above as above_of
from clauses.queries.adapted import allows
from clauses.queries.covers import cover_files, cover_pages
from clauses.queries.editions import Edition, with_layers
from clauses.queries.layers import (
    DEFAULT_VALUE,
    HIDE,
    REPLACE,
    WITHDRAWN,
    Adaptation,
    Drift,
    Source,
)
from clauses.queries.releases import LibraryView, ReleaseView, by_version, to_library, to_release
from clauses.queries.usual import form_of
from clauses.rules.covers import covered
from clauses.rules.model import Layer, Manifest, ReleaseFile, ReleaseInfo, Severity
from clauses.service.checking import ANALYSER, findings
from clauses.service.freezing import digest
from clauses.service.storing import store_covers
from clauses.service.wordings import Wording, checked_wording
from procurement.core import journal
from procurement.core.seal import Sealer
from procurement.core.security import Identity
from signing.certificates import load_certificate, subject_name

#: What each layer may stand on.
_CARRIED = {
    Layer.MINISTRY: frozenset({Layer.INTERMINISTERIAL}),
    Layer.ENTITY: frozenset({Layer.INTERMINISTERIAL, Layer.MINISTRY}),
    Layer.AGENT: frozenset({Layer.INTERMINISTERIAL, Layer.MINISTRY, Layer.ENTITY}),
}


@dataclass(frozen=True)
class LayerRelease:
    """A release of a lower layer, checked and signed, not yet stored."""

    library_id: uuid.UUID
    parent_id: uuid.UUID
    info: ReleaseInfo
    manifest: bytes
    signature: bytes
    signer: str
    adaptations: tuple[Adaptation, ...]
    warnings: tuple[dict[str, str], ...]
    covers: Mapping[str, bytes]


def ensure_layer(
    session: Session, layer: Layer, *, parent_id: uuid.UUID, title: str, by: Identity, now: datetime
) -> LibraryView:
    """Return the organisation's own layer (the person's, for an agent), made at its first use."""
    person = by.person_id if layer is Layer.AGENT else None
    mine = (
        Library.organisation_id == by.organisation_id,
        Library.layer == layer,
        Library.person_id == person,
    )
    row = session.scalars(select(Library).where(*mine)).one_or_none()
    if row is None:
        assert by.organisation_id is not None
        _placed(session, layer, parent_id, by.organisation_id)
        # A person has one in each organisation that he acts for.
        slug = "-".join(str(one) for one in (layer, person, by.organisation_id) if one is not None)
        row = Library(
            slug=slug, title=title, layer=layer, parent_id=parent_id, organisation_id=by.organisation_id,
            person_id=person, created_at=now,
        )  # fmt: skip
        session.add(row)
        session.flush()
    return to_library(row)


def stand_on(
    session: Session, library_id: uuid.UUID, parent_id: uuid.UUID, *, by: Identity, now: datetime
) -> LibraryView:
    """Put a layer under another one: what it adapts is kept, and drifts where the new one says otherwise."""
    row = layer_row(session, library_id)
    assert row.organisation_id is not None
    above = _placed(session, row.layer, parent_id, row.organisation_id)
    if row.parent_id != above.id:
        row.parent_id = above.id
        session.flush()
        noted(session, row, "moved", by=by, now=now, above=above.slug)
    return to_library(row)


def adapt(
    session: Session,
    library_id: uuid.UUID,
    wording: Wording,
    *,
    on: date,
    by: Identity,
    now: datetime,
) -> Adaptation:
    """Say what this layer makes of a clause; the newest word of a mode counts. Raise ``clauses.locked``.

    A layer has one usual answer to a question, whichever clause it was given at.
    """
    library = layer_row(session, library_id)
    above = _above(session, library, on)
    clause, mode, fact = wording.clause, wording.mode, wording.fact
    known = above.library.clauses.get(clause)
    if known is None:
        raise errors.clause_not_found(clause)
    if not allows(known, mode, layer=library.layer):
        raise errors.locked(clause)
    text = checked_wording(above, wording, library.layer)
    _supersede(session, library_id, wording, by=by, now=now)
    # A person's usual answer was given to a question of one form, whatever becomes of the words around it.
    own = library.layer is Layer.AGENT
    base = form_of(above.library.facts[fact]) if own else above.hashes[clause]
    row = Override(
        library_id=library_id, clause_key=clause, mode=mode, base_hash=base, body=text, fact=fact, created_at=now,
        created_by=by.person_id, acknowledged_hash="",
    )  # fmt: skip
    session.add(row)
    session.flush()
    noted(session, library, "adapted", by=by, now=now, clause=clause, mode=mode)
    return Adaptation(clause=clause, mode=mode, base_hash=row.base_hash, body=text, fact=fact, id=row.id)


def take_back(
    session: Session, library_id: uuid.UUID, override_id: uuid.UUID, *, by: Identity, now: datetime
) -> None:
    """Withdraw an adaptation: the clause is again what the layer above says."""
    row = _override(session, library_id, override_id)
    row.removed_at, row.removed_by = now, by.person_id
    library = layer_row(session, library_id)
    noted(session, library, "adaptation_removed", by=by, now=now, clause=row.clause_key, mode=row.mode)


def drifts(session: Session, library_id: uuid.UUID, *, on: date) -> list[Drift]:
    """Return what the layer above has changed under the adaptations of a layer."""
    above = _above(session, layer_row(session, library_id), on)
    return reading.drift(reading.adaptations(session, library_id), above.library, above.hashes)


def acknowledge_drift(
    session: Session, library_id: uuid.UUID, override_id: uuid.UUID, *, on: date, by: Identity, now: datetime
) -> None:
    """Say that one has seen what changed above, and keeps the adaptation as it is."""
    row = _override(session, library_id, override_id)
    above = _above(session, layer_row(session, library_id), on)
    current = above.hashes.get(row.clause_key, WITHDRAWN)
    if row.base_hash == current:
        raise errors.no_drift()
    row.acknowledged_hash, row.acknowledged_at, row.acknowledged_by = current, now, by.person_id
    library = layer_row(session, library_id)
    noted(session, library, "drift_acknowledged", by=by, now=now, clause=row.clause_key, mode=row.mode)


def sign_layer(
    session: Session, library_id: uuid.UUID, version: str, valid_from: date, *, sealer: Sealer
) -> LayerRelease:
    """Freeze, check and sign what a layer says; unacknowledged drift warns, an error of the analysis refuses."""
    library = layer_row(session, library_id)
    above = _above(session, library, valid_from)
    found = reading.adaptations(session, library_id)
    for one in found:
        known = above.library.clauses.get(one.clause)
        if known is not None and not allows(known, one.mode, layer=library.layer):
            raise errors.locked(one.clause)
    stack = [(Source(library.layer, library.title, version), found)]
    covers = cover_files(cover_pages(session, to_library(library), logos=True))
    base = covered(above.library, read_covers(covers))
    adapted = with_layers(base, above.release, above.hashes, stack)
    wrong = [one for one in findings(adapted.library) if one.severity is Severity.ERROR]
    if wrong:
        raise errors.ReleaseRefused(wrong)
    info = ReleaseInfo(
        version=version, valid_from=valid_from, analyser=ANALYSER, changelog=(),
        files=tuple(
            ReleaseFile(path, digest(content), len(content))
            for path, content in [*((one.path, one.to_bytes()) for one in found), *covers.items()]
        ),
    )  # fmt: skip
    manifest = print_file(Manifest(library.slug, library.title, library.layer, release=info)).encode()
    return LayerRelease(
        library_id, above.release.id, info, manifest, sealer.seal_xades(manifest, MANIFEST),
        subject_name(load_certificate(sealer.chain()[0])), tuple(found),
        tuple(_warnings(reading.drift(found, above.library, above.hashes))), covers,
    )  # fmt: skip


def publish_layer(session: Session, made: LayerRelease, *, by: Identity, now: datetime) -> ReleaseView:
    """Store a signed release of a layer; another one under its version is refused."""
    known = by_version(session, made.library_id, made.info.version)
    if known is not None:
        if known.manifest_sha256 != digest(made.manifest):
            raise errors.version_taken(made.info.version)
        return known
    row = Release(
        library_id=made.library_id, parent_id=made.parent_id, version=made.info.version,
        valid_from=made.info.valid_from, manifest=made.manifest, manifest_sha256=digest(made.manifest),
        signature=made.signature, signer=made.signer, changelog="", warnings=list(made.warnings), released_at=now,
        released_by=by.person_id, withdrawn_reason="",
    )  # fmt: skip
    session.add(row)
    session.flush()
    for one in made.adaptations:
        content = one.to_bytes()
        session.add(
            ReleaseItem(
                release_id=row.id, path=one.path, kind="override", sha256=digest(content), content=content
            )
        )
    library = layer_row(session, made.library_id)
    store_covers(session, library, row, made.covers, now=now)
    session.flush()
    noted(session, library, "released", by=by, now=now, version=row.version, manifest=row.manifest_sha256)
    return to_release(row)


def _supersede(
    session: Session, library_id: uuid.UUID, wording: Wording, *, by: Identity, now: datetime
) -> None:
    """Take back what a new adaptation stands in the place of."""
    clause, mode, fact = wording.clause, wording.mode, wording.fact
    same = Override.fact == fact if mode == DEFAULT_VALUE else Override.clause_key == clause
    earlier = select(Override).where(Override.library_id == library_id, same, Override.removed_at.is_(None))
    for row in session.scalars(earlier):
        if row.mode == mode or {row.mode, mode} <= {REPLACE, HIDE}:
            row.removed_at, row.removed_by = now, by.person_id


def _above(session: Session, library: Library, on: date) -> Edition:
    return above_of(session, to_library(library), on)


def layer_row(session: Session, library_id: uuid.UUID, *, held: bool = False) -> Library:
    """Return the row of a layer, held against others until the transaction ends when asked to."""
    row = session.get(Library, library_id, with_for_update=held)
    if row is None or row.parent_id is None:
        raise errors.layer_not_found()
    return row


def _placed(session: Session, layer: Layer, parent_id: uuid.UUID, organisation_id: uuid.UUID) -> Library:
    """Return the layer above once it may carry this one; raise ``clauses.layer_place``."""
    row = session.get(Library, parent_id)
    if row is None:
        raise errors.layer_not_found()
    fits = row.layer in _CARRIED[layer] and (layer is Layer.AGENT or row.organisation_id != organisation_id)
    if not fits:
        raise errors.layer_place(row.title)
    return row


def _override(session: Session, library_id: uuid.UUID, override_id: uuid.UUID) -> Override:
    row = session.get(Override, override_id, with_for_update=True)
    if row is None or row.library_id != library_id or row.removed_at is not None:
        raise errors.override_not_found()
    return row


def _warnings(found: list[Drift]) -> list[dict[str, str]]:
    message = "La clause a changé au-dessus depuis qu’elle a été adaptée ici ; l’adaptation reste active."
    return [
        {"code": "layer.drift", "clause": one.adaptation.clause, "message": message}
        for one in found
        if not one.acknowledged
    ]


def noted(session: Session, library: Library, verb: str, *, by: Identity, now: datetime, **data: str) -> None:
    """Add a line to the journal about a layer."""
    journal.append(
        session, at=now, actor=by, action=f"clauses:library:{verb}", subject=library.id, data=data,
        organisation_id=library.organisation_id,
    )  # fmt: skip
