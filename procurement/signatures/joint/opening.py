"""Open the jobs of documents that parties sign, give one-time codes, confirm identities: what people decide."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from procurement.core import journal
from procurement.core.ids import uuid7
from procurement.core.security import Identity
from procurement.signatures.errors import JobDone, NoJob, NotSigned
from procurement.signatures.joint.codes import CODE_LIFE, kept_code, new_code
from procurement.signatures.joint.documents import Admitted, StoredFile
from procurement.signatures.models import JointSigning, SignatureFile, SignatureJob


@dataclass(frozen=True, slots=True)
class Party:
    """Who signs: the organisation whose people may ask for a code, and how the party is called on the pages."""

    organisation_id: uuid.UUID
    name: str


@dataclass(frozen=True, slots=True)
class Opened:
    """Documents that wait for their signatures, with the job of each party in the order given."""

    id: uuid.UUID
    jobs: tuple[uuid.UUID, ...]


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """A code for ``pli sign``, shown once: only a keyed digest of it is kept."""

    job: uuid.UUID
    code: str
    expires_at: datetime


def open_signing_jobs(
    session: Session,
    documents: Admitted,
    signers: Sequence[Party],
    *,
    subject: str,
    organisation_id: uuid.UUID,
    by: Identity | None,
    now: datetime,
) -> Opened:
    """Open one job per party on documents that ``admit`` let in; each signature will be valid alone.

    ``subject`` names them in the words of the room that asks (``award:<id>``); ``organisation_id`` is that of the buyer, or of
    whoever else keeps the verdicts. Parties sign in any order.
    """
    joint = JointSigning(
        id=uuid7(), subject=subject, organisation_id=organisation_id, profile=documents.profile,
        level=documents.level, opened_at=now, opened_by=by.person_id if by else None,
    )  # fmt: skip
    session.add(joint)
    session.flush()
    jobs = [_job(joint, place, party) for place, party in enumerate(signers, 1)]
    session.add_all(jobs)
    add_files(session, joint.id, documents.files, number=0, job_id=None)
    told = {
        "of": subject,
        "profile": str(joint.profile),
        "level": str(joint.level),
        "files": [file.sha256 for file in documents.files],
        "jobs": [str(job.id) for job in jobs],
    }
    journal.append(
        session, at=now, actor=by, action="signatures:signing:opened", subject=joint.id, data=told,
        organisation_id=organisation_id,
    )  # fmt: skip
    return Opened(joint.id, tuple(job.id for job in jobs))


def _job(joint: JointSigning, place: int, party: Party) -> SignatureJob:
    return SignatureJob(
        id=uuid7(), joint_id=joint.id, place=place, organisation_id=party.organisation_id, party=party.name
    )


def add_files(
    session: Session,
    joint_id: uuid.UUID,
    files: Sequence[StoredFile],
    *,
    number: int,
    job_id: uuid.UUID | None,
) -> list[SignatureFile]:
    """Add the rows of files that lie in the store already."""
    rows = [
        SignatureFile(
            id=uuid7(), joint_id=joint_id, job_id=job_id, round=number, n=place,
            name=file.name, size=file.size, sha256=file.sha256, storage_key=file.key,
        )
        for place, file in enumerate(files, 1)
    ]  # fmt: skip
    session.add_all(rows)
    session.flush()
    return rows


def give_code(
    session: Session, job_id: uuid.UUID, *, secret: str, by: Identity, now: datetime
) -> OneTimeCode:
    """Give a code for a job of one's own organisation; an older code or token of that job serves no more.

    Raises NoJob for another organisation's job, JobDone once it is signed.
    """
    job = _locked(session, job_id)
    if job is None or job.organisation_id != by.organisation_id:
        raise NoJob
    if job.done_at is not None:
        raise JobDone
    code = new_code()
    kept = kept_code(code, secret)
    job.mark, job.code_hash, job.code_until = kept.mark, kept.mac, now + CODE_LIFE
    job.asked_by = by.person_id
    job.claimed_at = job.token_hash = job.token_until = None
    job.base = job.prepared = None
    journal.append(
        session,
        at=now,
        actor=by,
        action="signatures:job:code_given",
        subject=job.id,
        data={"until": job.code_until.isoformat()},
    )
    return OneTimeCode(job.id, code, job.code_until)


def confirm_identity(session: Session, job_id: uuid.UUID, *, name: str, by: Identity, now: datetime) -> None:
    """Record that an agent of the organisation that keeps the verdicts knows who signed, and may engage his party.

    ``name`` is that of the person as the agent confirms it. The one check of the order of 22 March 2019 (art. 5) that no machine
    makes. Raises NoJob for somebody else's, NotSigned before the signature. Confirming again replaces nothing: the journal holds both.
    """
    job = _locked(session, job_id)
    joint = session.get(JointSigning, job.joint_id) if job is not None else None
    if job is None or joint is None or joint.organisation_id != by.organisation_id:
        raise NoJob
    if job.done_at is None:
        raise NotSigned
    job.confirmed_at, job.confirmed_by, job.confirmed_name = now, by.person_id, name
    journal.append(
        session,
        at=now,
        actor=by,
        action="signatures:identity:confirmed",
        subject=job.id,
        data={"signer": job.signer, "certificate_sha256": job.certificate_sha256, "name": name},
    )


def _locked(session: Session, job_id: uuid.UUID) -> SignatureJob | None:
    return session.get(SignatureJob, job_id, with_for_update=True, populate_existing=True)
