"""Reports of verifications made by hand, for what is shown of them; and signed files made by real signers."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from procurement.core.runtime import Runtime
from procurement.core.storage import Storage
from procurement.signatures import joint
from procurement.signatures.joint.documents import store
from procurement.signatures.joint.opening import add_files
from procurement.signatures.trusted import Basis
from procurement.signatures.verdicts import Member, Verified, keep
from signing.facts import SignatureFacts, SignerStatus
from signing.produce.params import Level, Profile
from signing.report import Levels, Report, SignatureReport
from signing.sealed.inventory import SignatureStatus
from signing.trust import TrustSnapshot
from signing.types import (
    CHECKS,
    Bytes,
    Check,
    CheckStatus,
    Container,
    Coverage,
    Finding,
    Format,
    Indication,
    Scope,
    ScopeKind,
    Signer,
)

NOON = datetime(2027, 1, 11, 11, 0, tzinfo=UTC)
#: A sentence that every report may carry: what it says does not matter here.
SAID = Finding("verdict.identity.human")

SIGNER = Signer(
    common_name="Élodie Martin",
    organization="Menuiserie Martin",
    organization_id="NTRFR-123456782",
    subject="CN=Élodie Martin,O=Menuiserie Martin",
    issuer="CN=Autorité d’essai",
    serial="0x1f",
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    not_after=datetime(2029, 1, 1, tzinfo=UTC),
    sha256="ab" * 32,
)


def facts(**changes: Any) -> SignatureFacts:
    """Return the facts of a sound signature."""
    made = SignatureFacts(
        id="sig-1",
        format=Format.CADES,
        level="B-B",
        structure_errors=(),
        signer_status=SignerStatus.IDENTIFIED,
        certificate=b"certificate",
        signing_certificate_reference_present=True,
        signing_certificate_digest_match=True,
        references=(),
        value_intact=True,
        value=b"value",
    )
    return replace(made, **changes)


def scope(name: str = "acte.txt", coverage: Coverage = Coverage.FULL) -> Scope:
    """Return one thing that is signed, or not."""
    return Scope(name, ScopeKind.DOCUMENT, coverage, ("sha256", "cd" * 32))


def checks(said: Finding, **statuses: CheckStatus) -> dict[str, Check]:
    """Return the five checks, passed unless told otherwise; that of the identity is a person's."""
    usual = dict.fromkeys(CHECKS, CheckStatus.PASSED) | {"identity": CheckStatus.HUMAN} | statuses
    return {name: Check(status, said) for name, status in usual.items()}


def verdict(said: Finding = SAID, **changes: Any) -> SignatureReport:
    """Return a verdict that is good in all points."""
    made = SignatureReport(
        id="sig-1",
        format=Format.CADES,
        level="B-B",
        indication=Indication.TOTAL_PASSED,
        subindication=None,
        signer=SIGNER,
        signing_time=NOON,
        best_signature_time=NOON,
        scope=(scope(),),
        checks=checks(said),
        qualification=None,
        errors=(),
        warnings=(),
        facts=facts(),
        levels=Levels(b=True, t=False, lt=False, a=False),
    )
    return replace(made, **changes)


def report(*signatures: SignatureReport, **changes: Any) -> Report:
    """Return the report of a file with these signatures."""
    return replace(Report("acte.p7s", Container.CMS, signatures), **changes)


def keep_verdict(runtime: Runtime, subject: str, organisation_id: uuid.UUID) -> str:
    """Keep a good verdict with an evidence on a subject; return its number."""
    member = Member(subject, "acte.txt", 3, {"sha256": "ab" * 32}, b"", bytes)
    found = Verified(member, SignatureStatus.SIGNED_VALID, (report(verdict()),), b"evidence")
    with runtime.database.write() as session:
        rows = keep(
            session, [found], by=None, now=runtime.clock.now(), basis=Basis(TrustSnapshot()), organisation_id=organisation_id
        )  # fmt: skip
        return str(rows[0].id)


def signing_job(runtime: Runtime, buyer: uuid.UUID, company: uuid.UUID) -> str:
    """Open a signing of two parties on a text; return the number of the first one's job, which waits beside a file."""
    now = runtime.clock.now()
    admitted = joint.admit(
        runtime.find(Storage), [Bytes("acte.txt", b"acte")], profile=Profile.CADES_DETACHED, level=Level.B_B, now=now
    )  # fmt: skip
    parties = [joint.Party(buyer, "Ville de Brumeval"), joint.Party(company, "Lucarne SARL")]
    with runtime.database.write() as session:
        opened = joint.open_signing_jobs(
            session, admitted, parties, subject="award:essai", organisation_id=buyer, by=None, now=now
        )
        made = store(runtime.find(Storage), [Bytes("acte.txt.signature1.p7s", b"made")])
        add_files(session, opened.id, made, number=1, job_id=opened.jobs[0])
    return str(opened.jobs[0])


def matrix_cases(world: Any) -> dict[str, Any]:
    """Give the access matrices a job of the buyer's; its token, not a session, opens what is below it."""
    from tests.factories.matrix import Case

    ids = {"job": signing_job(world.runtime, world.buyer.id, world.company.id), "n": "1"}
    by_token = Case(ids, "buyer", public=True)
    names = ("document", "signed", "prepare", "values")
    pages = ("job", "job_identity", "job_document", "job_file")
    return {f"signatures.api.signing_{name}": by_token for name in names} | {
        f"signatures.{name}": Case(ids, "buyer") for name in pages
    }
