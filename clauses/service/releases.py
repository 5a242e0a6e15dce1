"""Release a library, load one from elsewhere, withdraw one.

Signing may ask a token and a time-stamp authority, so that it is done before the transaction: ``sign`` freezes, checks
and signs; ``publish`` stores what was signed.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clauses import errors
from clauses.files.reader import MANIFEST, read_library
from clauses.models import Library, Release
from clauses.queries.releases import ReleaseView, by_version, to_release
from clauses.rules import model
from clauses.rules.model import Finding, Layer, Severity
from clauses.service import freezing, storing
from clauses.service.checking import findings
from clauses.service.freezing import Announcement, Checked, Frozen, Signed
from procurement.core import journal
from procurement.core.seal import Sealer
from procurement.core.security import Identity
from signing.certificates import load_certificate, subject_name


def sign(library: model.Library, said: Announcement, *, sealer: Sealer) -> Signed:
    """Freeze, check and sign a library; raise ReleaseRefused with every finding, or SealUnavailable."""
    frozen, warnings = checked(library, said)
    signature = sealer.seal_xades(frozen.manifest, MANIFEST)
    return Signed(frozen, signature, subject_name(load_certificate(sealer.chain()[0])), warnings)


def checked(library: model.Library, said: Announcement) -> tuple[Frozen, tuple[Finding, ...]]:
    """Return the frozen release of a clean library and its warnings; raise ReleaseRefused."""
    frozen = freezing.freeze(library, said)
    # What is checked is what is frozen: read back from its own bytes.
    found = findings(read_library(frozen.files))
    wrong = [one for one in found if one.severity is Severity.ERROR]
    if wrong:
        raise errors.ReleaseRefused(wrong)
    return frozen, tuple(found)


def publish(session: Session, signed: Signed, *, by: Identity | None, now: datetime) -> ReleaseView:
    """Store a signed release; the same one again changes nothing, another under its version is refused."""
    return _store(session, signed, "released", by=by, now=now)


def import_release(
    session: Session, release: Checked, *, by: Identity | None, now: datetime
) -> tuple[ReleaseView, bool]:
    """Store a release that came from elsewhere and was checked; tell whether it is new here."""
    known = _known(session, release.frozen)
    if known is not None:
        return known, False
    signed = Signed(release.frozen, release.signature, release.signer)
    return _store(session, signed, "imported", by=by, now=now), True


def withdraw(
    session: Session, release_id: uuid.UUID, reason: str, *, by: Identity | None, now: datetime
) -> ReleaseView:
    """Take a release out of use for new drafts; those that stand on it keep it. A second time changes nothing."""
    row = session.get(Release, release_id, with_for_update=True)
    if row is None:
        raise errors.release_not_found()
    if not reason.strip():
        raise errors.reason_missing()
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_by = now, by.person_id if by else None
        row.withdrawn_reason = reason.strip()
        session.flush()
        _note(session, row, "withdrawn", by=by, now=now, data={"reason": row.withdrawn_reason})
    return to_release(row)


def _store(session: Session, signed: Signed, verb: str, *, by: Identity | None, now: datetime) -> ReleaseView:
    known = _known(session, signed.frozen)
    if known is not None:
        return known
    manifest = signed.frozen.library.manifest
    library = _library(session, manifest, now)
    found = storing.store(session, library, signed, by=by, now=now)
    row = session.get(Release, found.id)
    assert row is not None
    _note(session, row, verb, by=by, now=now, data={"library": library.slug, "signer": signed.signer})
    return found


def _known(session: Session, frozen: Frozen) -> ReleaseView | None:
    """Return the same release when it is here already; raise ``clauses.version_taken`` for another of that version."""
    manifest = frozen.library.manifest
    assert manifest.release is not None
    library_id = session.scalar(select(Library.id).where(Library.slug == manifest.id))
    found = by_version(session, library_id, manifest.release.version) if library_id else None
    if found is not None and found.manifest_sha256 != freezing.digest(frozen.manifest):
        raise errors.version_taken(manifest.release.version)
    return found


def _library(session: Session, manifest: model.Manifest, now: datetime) -> Library:
    """Return the interministerial layer of a manifest, made at its first release."""
    row = session.scalars(select(Library).where(Library.slug == manifest.id)).one_or_none()
    if row is None:
        if manifest.layer is not Layer.INTERMINISTERIAL:
            raise errors.archive_refused("seule la couche interministérielle se charge depuis une archive.")
        row = Library(slug=manifest.id, title=manifest.title, layer=manifest.layer, created_at=now)
        session.add(row)
        session.flush()
    return row


def _note(
    session: Session, row: Release, verb: str, *, by: Identity | None, now: datetime, data: Mapping[str, str]
) -> None:
    journal.append(
        session,
        at=now,
        actor=by,
        action=f"clauses:release:{verb}",
        subject=row.id,
        data={"version": row.version, "manifest": row.manifest_sha256, **data},
    )
