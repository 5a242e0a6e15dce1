"""The end of a turn: values are assembled, what comes of it is verified, stored, and kept with its verdicts."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from cryptography import x509
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from procurement.core import journal
from procurement.core.db import Database
from procurement.core.seal import Stamps
from procurement.core.storage import Storage
from procurement.core.timestamp import Timestamper, TimestampUnavailable
from procurement.signatures import verdicts
from procurement.signatures.errors import (
    JobTokenRefused,
    NotSignable,
    SignedBroken,
    StampMissing,
    ValueMismatch,
    ValuesMissing,
)
from procurement.signatures.joint import turns
from procurement.signatures.joint.documents import StoredFile, load, sha256, store, unless_named
from procurement.signatures.joint.opening import add_files
from procurement.signatures.joint.turns import Turn
from procurement.signatures.models import JointSigning, SignatureFile, SignatureJob
from procurement.signatures.trusted import Basis
from procurement.signatures.verdicts import Member, Verified
from signing.certificates import subject_name
from signing.produce.assemble import assemble
from signing.produce.params import Profile, SignatureValue
from signing.produce.prepared import Prepared
from signing.produce.refusals import ProductionRefused, SignatureValueMismatch
from signing.report import Report
from signing.types import Bytes, CheckStatus

_DETACHED = {Profile.CADES_DETACHED: "p7s", Profile.XADES_DETACHED: "xml"}
_CONTAINER = "asice"
_DIGESTS = ("sha256", "sha384", "sha512")


@dataclass(frozen=True, slots=True)
class Signed:
    """One file that a turn made, with the report on it."""

    n: int
    name: str
    size: int
    sha256: str
    report: Report = field(repr=False)


@dataclass(frozen=True)
class Bench:
    """What finishing a turn needs: where rows and files lie, who stamps, what is trusted."""

    database: Database
    storage: Storage
    timestamper: Timestamper
    basis: Basis


def finish(bench: Bench, found: Turn, values: Mapping[int, SignatureValue], *, now: datetime) -> list[Signed]:
    """Assemble, verify and keep a party's signatures; no transaction is open while the time-stamp is asked for.

    Raises ValuesMissing, ValueMismatch, NotPrepared, NotSignable, StampMissing, SignedBroken; JobDone and JobMoved when another
    turn was faster. In each case the documents are as they were, byte for byte.
    """
    documents = load(bench.storage, found.files)
    prepared = turns.again(found, documents)
    if set(values) != set(range(1, len(prepared) + 1)):
        raise ValuesMissing
    made = [
        Bytes(_name(found, documents, place), _assembled(one, values[place], bench))
        for place, one in enumerate(prepared, 1)
    ]
    verified = [_verified(found, one, documents[place], bench.basis, now) for place, one in enumerate(made)]
    stored = store(bench.storage, made)
    with unless_named(bench.storage, bench.database, stored), bench.database.write() as session:
        _keep(session, found, stored, verified, prepared[0].chain[0], bench.basis, now)
    return [
        Signed(place, file.name, file.size, file.sha256, one.reports[0])
        for place, (file, one) in enumerate(zip(stored, verified, strict=True), 1)
    ]


def _assembled(prepared: Prepared, value: SignatureValue, bench: Bench) -> bytes:
    try:
        return assemble(prepared, value, timestamper=Stamps(bench.timestamper))
    except SignatureValueMismatch as error:
        raise ValueMismatch from error
    except TimestampUnavailable as error:
        raise StampMissing from error
    except ProductionRefused as refusal:
        raise NotSignable(refusal) from refusal


def _name(found: Turn, documents: Sequence[Bytes], place: int) -> str:
    """Return how a result is called: as its document, or beside it with the party's number."""
    extension = _DETACHED.get(found.profile)
    if extension is not None:
        return f"{documents[place - 1].name}.signature{found.job.place}.{extension}"
    if found.profile is not Profile.ASIC_E:
        return documents[place - 1].name
    name = documents[0].name if len(documents) == 1 else "documents"
    return name if name.endswith(f".{_CONTAINER}") else f"{name}.{_CONTAINER}"


def _verified(found: Turn, made: Bytes, document: Bytes, basis: Basis, now: datetime) -> Verified:
    """Verify a result by itself, a detached signature with its document alone; refuse what is not whole."""
    members = [_member(made)]
    if found.profile in _DETACHED:
        members.append(_member(document))
    one = verdicts.verify_together(members, basis=basis, now=now)[0]
    signatures = one.reports[0].signatures if one.reports else ()
    whole = (signature.checks["integrity"].status is CheckStatus.PASSED for signature in signatures)
    if not signatures or not all(whole):
        raise SignedBroken
    return one


def _member(file: Bytes) -> Member:
    digests = {name: hashlib.new(name, file.data).hexdigest() for name in _DIGESTS}
    return Member("", file.name, len(file.data), digests, file.data[: verdicts.HEAD_BYTES], lambda: file.data)


def _keep(
    session: Session,
    found: Turn,
    stored: Sequence[StoredFile],
    verified: Sequence[Verified],
    certificate: bytes,
    basis: Basis,
    now: datetime,
) -> None:
    """Write files, verdicts, the end of the job and its line in the journal, all or nothing."""
    # The whole first: two parties that finish at once wait for each other here.
    joint = session.get_one(JointSigning, found.joint.id, with_for_update=True, populate_existing=True)
    job = session.get_one(SignatureJob, found.job.id, with_for_update=True, populate_existing=True)
    if job.token_hash != found.job.token_hash:
        raise JobTokenRefused
    turns.check_open(session, Turn(job, joint, found.files))
    last = session.scalar(select(func.max(SignatureFile.round)).where(SignatureFile.joint_id == joint.id))
    rows = add_files(session, joint.id, stored, number=(last or 0) + 1, job_id=job.id)
    named = [_named(one, row.id) for one, row in zip(verified, rows, strict=True)]
    verdicts.keep(session, named, by=None, now=now, basis=basis, organisation_id=joint.organisation_id)
    job.done_at, job.certificate_sha256 = now, sha256(certificate)
    job.signer = subject_name(x509.load_der_x509_certificate(certificate))
    journal.append(
        session, at=now, actor=None, action="signatures:job:signed", subject=job.id, organisation_id=joint.organisation_id,
        data={
            "signing": str(joint.id),
            "asked_by": str(job.asked_by) if job.asked_by else None,
            "certificate_sha256": job.certificate_sha256,
            "base": [file.sha256 for file in found.files],
            "signed": [file.sha256 for file in stored],
        },
    )  # fmt: skip


def subject_of(file_id: uuid.UUID) -> str:
    """Return how kept verdicts name a signed file."""
    return f"signature-file:{file_id}"


def _named(one: Verified, file_id: uuid.UUID) -> Verified:
    return replace(one, member=replace(one.member, subject=subject_of(file_id)))
