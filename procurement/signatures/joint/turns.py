"""A party's turn, as the helper that holds the key takes it: claim with a code, then prepare."""

import base64
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from procurement.core import journal
from procurement.signatures.errors import (
    CodeExpired,
    CodeUnknown,
    CodeUsed,
    JobDone,
    JobMoved,
    JobTokenRefused,
    NotPrepared,
    NotSignable,
)
from procurement.signatures.joint.codes import TOKEN_LIFE, kept_code, kept_token, new_token, proves
from procurement.signatures.joint.documents import sha256
from procurement.signatures.models import JointSigning, SignatureFile, SignatureJob
from procurement.signatures.rules import IN_TURN
from signing.errors import Unverifiable
from signing.produce.params import Level, Profile, SignParams
from signing.produce.prepare import prepare
from signing.produce.prepared import Prepared
from signing.produce.refusals import ProductionRefused
from signing.types import Bytes


@dataclass(frozen=True)
class Turn:
    """A claimed job with what it signs: the files as they were at the claim."""

    job: SignatureJob
    joint: JointSigning
    files: tuple[SignatureFile, ...]

    @property
    def profile(self) -> Profile:
        """Return the form of the signature."""
        return self.joint.profile

    @property
    def level(self) -> Level:
        """Return its level."""
        return self.joint.level


def claim(session: Session, code: str, *, secret: str, now: datetime) -> tuple[Turn, str]:
    """Take a job by its code, which serves once; return it with a fresh token.

    Raises CodeUnknown, CodeUsed (once the job is done as well), CodeExpired.
    """
    given = kept_code(code, secret)
    query = select(SignatureJob).where(SignatureJob.mark == given.mark).with_for_update()
    job = session.scalars(query).one_or_none()
    # Compared even where nothing was found, so that both answers take the same time.
    known = proves(given, job.code_hash if job is not None else None)
    if job is None or not known:
        raise CodeUnknown
    if job.claimed_at is not None or job.done_at is not None:
        raise CodeUsed
    if job.code_until is None or now >= job.code_until:
        raise CodeExpired
    token = new_token()
    joint = session.get_one(JointSigning, job.joint_id)
    files = current(session, joint)
    job.claimed_at, job.token_until = now, now + TOKEN_LIFE
    job.token_hash, job.base = kept_token(token, secret).mac, [str(file.id) for file in files]
    journal.append(
        session, at=now, actor=None, action="signatures:job:claimed", subject=job.id,
        organisation_id=job.organisation_id, data={"files": [file.sha256 for file in files]},
    )  # fmt: skip
    return Turn(job, joint, files), token


def current(session: Session, joint: JointSigning) -> tuple[SignatureFile, ...]:
    """Return what is to be signed now: the documents as they were given, or as the last party left them."""
    query = select(SignatureFile).where(SignatureFile.joint_id == joint.id)
    rows = list(session.scalars(query.order_by(SignatureFile.round, SignatureFile.n)))
    wanted = max(row.round for row in rows) if joint.profile in IN_TURN else 0
    return tuple(row for row in rows if row.round == wanted)


def turn(session: Session, job_id: uuid.UUID, token: str | None, *, secret: str, now: datetime) -> Turn:
    """Return the claimed job that a token is for. Raises JobTokenRefused, for a job that is not there as well."""
    job = session.get(SignatureJob, job_id)
    known = proves(kept_token(token or "", secret), job.token_hash if job is not None else None)
    if job is None or not known or job.token_until is None or now >= job.token_until:
        raise JobTokenRefused
    base = [uuid.UUID(one) for one in job.base]
    query = select(SignatureFile).where(SignatureFile.id.in_(base)).order_by(SignatureFile.n)
    return Turn(job, session.get_one(JointSigning, job.joint_id), tuple(session.scalars(query)))


def check_open(session: Session, found: Turn) -> None:
    """Refuse to go on with a job that is done (JobDone), or whose file another party signed since (JobMoved)."""
    if found.job.done_at is not None:
        raise JobDone
    if {file.id for file in found.files} != {file.id for file in current(session, found.joint)}:
        raise JobMoved


def make(found: Turn, documents: Sequence[Bytes], chain: Sequence[bytes], now: datetime) -> list[Prepared]:
    """Prepare what the party's certificate is to sign: one thing per document, one for a whole container.

    The same input gives the same bytes, here and at the helper's. Raises NotSignable.
    """
    params = SignParams(found.profile, now, found.level)
    groups = [list(documents)] if found.profile is Profile.ASIC_E else [[one] for one in documents]
    try:
        return [prepare(group, chain, params) for group in groups]
    except ProductionRefused as refusal:
        raise NotSignable(refusal) from refusal
    except Unverifiable as error:
        raise NotSignable(ProductionRefused("produce.documents", str(error))) from error


def note_prepared(
    session: Session, job_id: uuid.UUID, made: Sequence[Prepared], *, token_hash: str | None, now: datetime
) -> None:
    """Keep what is needed to prepare the same again, and proof of what it was; no document is copied.

    Raises JobDone, and JobTokenRefused when a newer code was given meanwhile.
    """
    job = session.get(SignatureJob, job_id, with_for_update=True, populate_existing=True)
    if job is None or job.token_hash != token_hash:
        raise JobTokenRefused
    if job.done_at is not None:
        raise JobDone
    job.prepared = {
        "at": now.isoformat(),
        "chain": [base64.b64encode(one).decode() for one in made[0].chain],
        "to_sign": [sha256(one.to_sign) for one in made],
    }


def again(found: Turn, documents: Sequence[Bytes]) -> list[Prepared]:
    """Prepare once more what was prepared for this job. Raises NotPrepared when it was not, or comes out otherwise."""
    kept: dict[str, Any] | None = found.job.prepared
    if kept is None:
        raise NotPrepared
    chain = [base64.b64decode(one) for one in kept["chain"]]
    made = make(found, documents, chain, datetime.fromisoformat(kept["at"]))
    if [sha256(one.to_sign) for one in made] != kept["to_sign"]:
        raise NotPrepared
    return made
