"""Verify files that came together and keep what is found: the report, the evidence, a line of the journal."""

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy.orm import Session

from procurement.core import i18n, journal
from procurement.core.security import Identity
from procurement.signatures import stamps
from procurement.signatures.models import SignatureVerdict
from procurement.signatures.pairing import Gathered, covers, gather
from procurement.signatures.service import About, judged
from procurement.signatures.shown import Reader, present
from procurement.signatures.trusted import Basis
from signing.report import Report, SignatureReport, as_json
from signing.sealed.inventory import SignatureStatus
from signing.types import Digests, Finding

__all__ = ["Member", "Stated", "Verified", "keep", "verify_together"]

#: First bytes of what may hold a signature: PDF is looked for further on.
_HEADS = (b"<", b"PK", b"\x30", b"-----BEGIN", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
HEAD_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Stated:
    """What a receipt says of a file that the service had looked at, and whether the ticket is for this very file."""

    status: SignatureStatus
    same_file: bool


@dataclass(frozen=True, slots=True)
class Member:
    """One file of those that came together: digests by algorithm, first bytes, and how to get it whole."""

    subject: str
    name: str
    size: int
    digests: Mapping[str, str]
    head: bytes = field(repr=False)
    load: Callable[[], bytes]
    stated: Stated | None = None
    #: What it came in, for a person, where several of these are verified together; a pairing across them is said.
    envelope: str = ""

    @property
    def candidate(self) -> bool:
        """Tell whether the file may hold a signature at all."""
        head = self.head.lstrip()
        return head.startswith(_HEADS) or b"%PDF-" in self.head

    @property
    def about(self) -> About:
        """Return what a report says of the file beside its signatures."""
        return About(self.name, self.size, self.digests["sha256"])


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of one file: the reports on it and on the signatures beside it, and the evidence of its own."""

    member: Member
    status: SignatureStatus
    reports: tuple[Report, ...]
    evidence: bytes | None = field(repr=False)
    #: Paired with a file of another envelope.
    crossed: bool = False

    @property
    def signers(self) -> tuple[str, ...]:
        """Return the names of those who signed the file, each once."""
        known = (one.signer for report in self.reports for one in report.signatures if one.signer)
        return tuple(dict.fromkeys(signer.common_name or signer.subject for signer in known))

    @property
    def mismatch(self) -> bool:
        """Tell whether the receipt says something else than what is found now."""
        said = self.member.stated
        if said is None:
            return False
        return not said.same_file or said.status is not self.status


def verify_together(members: Sequence[Member], *, basis: Basis, now: datetime) -> list[Verified]:
    """Verify every file, each signature against all the files, of whatever envelope; one file is in memory at a time."""
    states = [Gathered() for _member in members]
    known = [Digests(member.name, member.digests) for member in members]
    frozen: dict[int, bytes] = {}
    crossed: set[int] = set()
    for place, member in enumerate(members):
        if not member.candidate:
            continue
        data = member.load()
        others = [one for number, one in enumerate(known) if number != place]
        report = judged(data, name=member.name, contents=others, basis=basis, now=now)
        if report.signatures:
            report = replace(
                report, signatures=tuple(_across(one, place, members, crossed) for one in report.signatures)
            )
            gather(place, report, known, states)
            frozen[place] = _freeze(data, report, others, basis=basis, now=now)
    return [
        Verified(member, state.status, tuple(state.reports), frozen.get(place), place in crossed)
        for place, (member, state) in enumerate(zip(members, states, strict=True))
    ]


def _across(
    one: SignatureReport, place: int, members: Sequence[Member], crossed: set[int]
) -> SignatureReport:
    """Say in the verdict that a document which is signed came in another envelope than its signature."""
    here = members[place].envelope
    there = [
        number
        for number, member in enumerate(members)
        if member.envelope != here and covers(one, member.digests)
    ]
    if not there or any(
        member.envelope == here and number != place and covers(one, member.digests)
        for number, member in enumerate(members)
    ):
        return one
    crossed.update((place, *there))
    said = [
        Finding(
            "containers.two_envelopes",
            {"name": members[n].name, "signature": here, "document": members[n].envelope},
        )
        for n in there
    ]
    return replace(one, warnings=(*one.warnings, *said))


def _freeze(data: bytes, report: Report, others: Sequence[Digests], *, basis: Basis, now: datetime) -> bytes:
    from signing.evidence import Inputs, freeze

    return freeze(data, report, Inputs(trust=basis.snapshot, policy=basis.policy, at=now, contents=others))


def keep(
    session: Session,
    found: Sequence[Verified],
    *,
    by: Identity | None,
    now: datetime,
    basis: Basis,
    organisation_id: uuid.UUID,
) -> list[SignatureVerdict]:
    """Keep the verdicts for the organisation that reads them, each with its line in the journal, its time-stamp asked for."""
    rows = [_row(one, by=by, now=now, basis=basis, organisation_id=organisation_id) for one in found]
    session.add_all(rows)
    session.flush()
    for row in rows:
        reports = json.dumps(row.reports, sort_keys=True, ensure_ascii=False)
        journal.append(
            session,
            at=now,
            actor=by,
            action="signatures:verdict:kept",
            subject=row.subject,
            data={
                "verdict": str(row.id),
                "status": row.status.value,
                "stated": row.stated.value if row.stated else None,
                "mismatch": row.mismatch,
                "file_sha256": row.file_sha256,
                "reports_sha256": hashlib.sha256(reports.encode()).hexdigest(),
                "evidence_sha256": row.evidence_sha256,
            },
            organisation_id=organisation_id,
        )
        if row.evidence_sha256 is not None:
            stamps.ask(session, row.id, now=now)
    return rows


def _row(
    one: Verified, *, by: Identity | None, now: datetime, basis: Basis, organisation_id: uuid.UUID
) -> SignatureVerdict:
    member = one.member
    return SignatureVerdict(
        subject=member.subject,
        organisation_id=organisation_id,
        at=now,
        by=by.person_id if by else None,
        file_name=member.name,
        file_sha256=member.digests["sha256"],
        status=one.status,
        stated=member.stated.status if member.stated else None,
        mismatch=one.mismatch,
        signers=list(one.signers),
        reports=[as_json(report) for report in one.reports],
        shown={language: _shown(one, language, basis, now) for language in i18n.LANGUAGES},
        snapshot=basis.snapshot.id,
        policy=basis.policy.id,
        evidence=one.evidence,
        evidence_sha256=hashlib.sha256(one.evidence).hexdigest() if one.evidence is not None else None,
    )


def _shown(one: Verified, language: str, basis: Basis, now: datetime) -> list[dict[str, object]]:
    def said(message: str, **params: object) -> str:
        return i18n.translate(message, language, **params)

    reader = Reader(language, said, now)
    about = one.member.about
    return [
        present(report, about if report.file == about.name else About(report.file, 0, ""), basis, reader)
        for report in one.reports
    ]
