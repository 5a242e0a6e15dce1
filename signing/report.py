"""The report of a verification, and its one JSON form (``pli signature verify --json``, the API, the stored verdict)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from signing.facts import SignatureFacts, SignerStatus, StampFacts, StampKind
from signing.levels import Levels
from signing.summary_fr import sentence
from signing.types import (
    Check,
    CheckStatus,
    Container,
    Coverage,
    Evidence,
    Finding,
    Format,
    Indication,
    Problem,
    Qualification,
    Scope,
    Signer,
    SubIndication,
)

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class StampReport:
    """One time-stamp and what it is worth: ``trusted`` says that its authority's chain holds."""

    facts: StampFacts
    trusted: bool
    subindication: SubIndication | None
    authority: str | None


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """The verdict on one signature."""

    id: str
    format: Format
    level: str
    indication: Indication
    subindication: SubIndication | None
    signer: Signer | None
    signing_time: datetime | None
    best_signature_time: datetime
    scope: tuple[Scope, ...]
    checks: Mapping[str, Check]
    qualification: Qualification | None
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    facts: SignatureFacts
    levels: Levels
    stamps: tuple[StampReport, ...] = ()

    @property
    def passed(self) -> bool:
        """Tell whether the indication is TOTAL-PASSED."""
        return self.indication is Indication.TOTAL_PASSED

    @property
    def failed_checks(self) -> tuple[str, ...]:
        """Return the legal checks that failed: a TOTAL-PASSED signature may be of no use for a contract."""
        return tuple(name for name, check in self.checks.items() if check.status is CheckStatus.FAILED)


@dataclass(frozen=True, slots=True)
class Report:
    """What is to be said of one file: its signatures, its own time-stamps, or why it could not be read."""

    file: str
    container: Container | None
    signatures: tuple[SignatureReport, ...] = ()
    timestamps: tuple[StampReport, ...] = ()
    error: Problem | None = None
    findings: tuple[Finding, ...] = field(default=())
    #: Everything that was at hand or was fetched, to be kept with the verdict.
    material: Evidence = field(default=Evidence(), repr=False)

    @property
    def passed(self) -> bool:
        """Tell whether there is a signature and all of them are TOTAL-PASSED."""
        return bool(self.signatures) and all(signature.passed for signature in self.signatures)


def exit_code(report: Report) -> int:
    """Return 0 when every signature passed, 2 when the file could not be read, else 1."""
    if report.error is not None:
        return 2
    return 0 if report.passed else 1


def as_json(report: Report, *, detail: bool = False) -> dict[str, object]:
    """Return the JSON object of design; ``detail`` adds ``facts`` to each signature, and ``timestamps``."""
    error = report.error
    answer: dict[str, object] = {
        "file": report.file,
        "container": str(report.container) if report.container else None,
        "signatures": [_signature(one, report.findings, detail=detail) for one in report.signatures],
        "error": None
        if error is None
        else {"code": error.code, "message": sentence(error.finding), "offset": error.offset},
    }
    if detail:
        inside = [stamp for signature in report.signatures for stamp in signature.stamps]
        answer["timestamps"] = [_stamp(stamp) for stamp in (*inside, *report.timestamps)]
    return answer


def _signature(one: SignatureReport, of_file: tuple[Finding, ...], *, detail: bool) -> dict[str, object]:
    answer: dict[str, object] = {
        "id": one.id,
        "format": str(one.format),
        "level": one.level,
        "indication": str(one.indication),
        "subindication": str(one.subindication) if one.subindication else None,
        "signer": _signer(one.signer) if one.signer else None,
        "signing_time": _instant(one.signing_time),
        "best_signature_time": _instant(one.best_signature_time),
        "scope": [_scope(entry) for entry in one.scope],
        "checks": {name: _check(check) for name, check in one.checks.items()},
        "qualification": str(one.qualification) if one.qualification else None,
        "errors": [_finding(finding) for finding in one.errors],
        "warnings": [_finding(finding) for finding in (*one.warnings, *of_file)],
    }
    if detail:
        answer["facts"] = facts_json(one)
    return answer


def _signer(signer: Signer) -> dict[str, object]:
    return {
        "common_name": signer.common_name,
        "organization": signer.organization,
        "organization_id": signer.organization_id,
        "subject": signer.subject,
        "issuer": signer.issuer,
        "serial": signer.serial,
        "not_before": _instant(signer.not_before),
        "not_after": _instant(signer.not_after),
        "sha256": signer.sha256,
    }


def _scope(entry: Scope) -> dict[str, object]:
    digest = None if entry.digest is None else {"alg": entry.digest[0], "value": entry.digest[1]}
    return {
        "name": entry.name,
        "kind": str(entry.kind),
        "coverage": str(entry.coverage),
        "digest": digest,
        "note": sentence(entry.note) if entry.note else None,
    }


def _check(check: Check) -> dict[str, object]:
    return {"status": str(check.status), **_finding(check.finding)}


def _finding(finding: Finding) -> dict[str, object]:
    return {"code": finding.code, "message": sentence(finding)}


def _stamp(stamp: StampReport) -> dict[str, object]:
    facts = stamp.facts
    return {
        "id": facts.id,
        "kind": str(facts.kind),
        "time": _instant(facts.gen_time),
        "authority": stamp.authority,
        "signature_intact": facts.signature_intact,
        "data_found": facts.data_found,
        "imprint_intact": facts.imprint_intact,
        "imprint_algorithm": facts.imprint_algorithm,
        "policy": facts.policy,
        "serial": None if facts.serial is None else hex(facts.serial),
        "trusted": stamp.trusted,
        "subindication": str(stamp.subindication) if stamp.subindication else None,
        "messages": [_finding(finding) for finding in facts.findings],
    }


def facts_json(one: SignatureReport) -> dict[str, object]:
    """Return the facts by the names that ``cases.json`` of the verification kit gives them."""
    facts = one.facts
    inner = [stamp for stamp in facts.stamps if stamp.kind is not StampKind.STANDALONE]
    return {
        "structure_valid": not facts.structure_errors,
        "signature_intact": facts.intact,
        "data_found": facts.data_found,
        "digest_intact": facts.digests_intact,
        "signing_certificate_identified": facts.signer_status is SignerStatus.IDENTIFIED,
        "signing_certificate_reference_present": facts.signing_certificate_reference_present,
        "signing_certificate_digest_match": facts.signing_certificate_digest_match,
        "b_level_valid": one.levels.b,
        "t_level_valid": one.levels.t,
        "a_level_valid": one.levels.a,
        "timestamps": len(inner),
        "timestamps_imprint_intact": sum(stamp.data_found and stamp.imprint_intact for stamp in inner),
        "timestamp_imprint_data_found": all(stamp.data_found for stamp in inner),
        "archive_timestamps": sum(stamp.kind is StampKind.ARCHIVE for stamp in inner),
        "counter_signatures": facts.counter_signatures,
        "crl": len(facts.crls),
        "ocsp": len(facts.ocsps),
        "scope": str(_overall(one.scope)),
        "original_documents": sum(entry.coverage is not Coverage.NONE for entry in one.scope),
        "broken_manifest_entries": 0,
        "byte_range_valid": None,
        "changed_pages": [],
        "annotation_changes": False,
        "undefined_changes": 0,
        "change": None,
        **facts.extra,
    }


def _overall(scope: tuple[Scope, ...]) -> Coverage:
    kinds = {entry.coverage for entry in scope}
    if kinds == {Coverage.FULL}:
        return Coverage.FULL
    return Coverage.NONE if kinds <= {Coverage.NONE} else Coverage.PARTIAL


def _instant(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
