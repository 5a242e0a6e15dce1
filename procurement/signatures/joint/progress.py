"""How far the parties are: frozen values out, never rows."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from procurement.signatures import rules
from procurement.signatures.errors import NoJob
from procurement.signatures.joint.turns import current
from procurement.signatures.joint.values import subject_of
from procurement.signatures.models import JointSigning, SignatureFile, SignatureJob, SignatureVerdict
from procurement.signatures.rules import JobState
from signing.produce.params import Level, Profile


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A document, or what a party made of it; ``verdict`` is the kept verdict on the latter."""

    id: uuid.UUID
    n: int
    name: str
    size: int
    sha256: str
    storage_key: str
    verdict: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class JobSeen:
    """A party: how far it is, who signed, who confirmed that and when, and the files that it made."""

    id: uuid.UUID
    place: int
    party: str
    organisation_id: uuid.UUID
    state: JobState
    code_until: datetime | None
    claimed_at: datetime | None
    done_at: datetime | None
    signer: str | None
    certificate_sha256: str | None
    confirmed_at: datetime | None
    confirmed_name: str | None
    files: tuple[FileSeen, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """The whole: ``settled`` says that every signature stands alone without a failed check and every identity is confirmed."""

    id: uuid.UUID
    subject: str
    organisation_id: uuid.UUID
    profile: Profile
    level: Level
    documents: tuple[FileSeen, ...]
    jobs: tuple[JobSeen, ...]
    settled: bool


def of_subject(session: Session, subject: str) -> list[uuid.UUID]:
    """Return the joint signings of a subject, oldest first."""
    query = select(JointSigning.id).where(JointSigning.subject == subject).order_by(JointSigning.id)
    return list(session.scalars(query))


def progress(session: Session, joint_id: uuid.UUID) -> Progress:
    """Return how far a joint signing is. Raises NoJob."""
    joint = session.get(JointSigning, joint_id)
    if joint is None:
        raise NoJob
    rows = list(
        session.scalars(
            select(SignatureFile)
            .where(SignatureFile.joint_id == joint_id)
            .order_by(SignatureFile.round, SignatureFile.n)
        )
    )
    found = _verdicts(session, rows)
    query = select(SignatureJob).where(SignatureJob.joint_id == joint_id).order_by(SignatureJob.place)
    jobs = tuple(_job(job, rows, found) for job in session.scalars(query))
    return Progress(
        id=joint.id,
        subject=joint.subject,
        organisation_id=joint.organisation_id,
        profile=joint.profile,
        level=joint.level,
        documents=tuple(_file(row, found) for row in rows if row.job_id is None),
        jobs=jobs,
        settled=rules.settled([job.state for job in jobs], _checks(session, joint, rows, found)),
    )


def of_job(session: Session, job_id: uuid.UUID) -> Progress:
    """Return how far the joint signing of a job is. Raises NoJob."""
    job = session.get(SignatureJob, job_id)
    if job is None:
        raise NoJob
    return progress(session, job.joint_id)


def file_of(session: Session, job_id: uuid.UUID, n: int) -> FileSeen:
    """Return a file that a job made. Raises NoJob."""
    query = select(SignatureFile).where(SignatureFile.job_id == job_id, SignatureFile.n == n)
    row = session.scalars(query).one_or_none()
    if row is None:
        raise NoJob
    return _file(row, {})


def _verdicts(session: Session, rows: list[SignatureFile]) -> Mapping[uuid.UUID, SignatureVerdict]:
    subjects = {subject_of(row.id): row.id for row in rows if row.job_id is not None}
    query = select(SignatureVerdict).where(SignatureVerdict.subject.in_(subjects))
    kept = session.scalars(query.order_by(SignatureVerdict.id).options(undefer(SignatureVerdict.reports)))
    return {subjects[row.subject]: row for row in kept}


def _checks(
    session: Session,
    joint: JointSigning,
    rows: list[SignatureFile],
    found: Mapping[uuid.UUID, SignatureVerdict],
) -> list[dict[str, str]]:
    """Return the statuses of the checks of each signature on what is there now: in turn, the last file holds them all."""
    in_turn = joint.profile in rules.IN_TURN
    last = current(session, joint) if in_turn else tuple(row for row in rows if row.job_id is not None)
    return [
        {name: check["status"] for name, check in signature["checks"].items()}
        for row in last
        if row.id in found
        for signature in found[row.id].reports[0]["signatures"]
    ]


def _job(
    job: SignatureJob, rows: list[SignatureFile], found: Mapping[uuid.UUID, SignatureVerdict]
) -> JobSeen:
    return JobSeen(
        id=job.id,
        place=job.place,
        party=job.party,
        organisation_id=job.organisation_id,
        state=rules.job_state(claimed_at=job.claimed_at, done_at=job.done_at, confirmed_at=job.confirmed_at),
        code_until=job.code_until,
        claimed_at=job.claimed_at,
        done_at=job.done_at,
        signer=job.signer,
        certificate_sha256=job.certificate_sha256,
        confirmed_at=job.confirmed_at,
        confirmed_name=job.confirmed_name,
        files=tuple(_file(row, found) for row in rows if row.job_id == job.id),
    )


def _file(row: SignatureFile, found: Mapping[uuid.UUID, SignatureVerdict]) -> FileSeen:
    verdict = found.get(row.id)
    return FileSeen(
        row.id, row.n, row.name, row.size, row.sha256, row.storage_key, verdict.id if verdict else None
    )
