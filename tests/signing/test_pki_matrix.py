"""Real signatures of every form and level, by good and bad certificates, at good and bad times: the whole way through.

Each row signs with ``signing.produce``, reads and judges with ``signing.api.verify``; nothing is mocked.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from hashlib import sha256

import pytest

from signing import api
from signing.produce.assemble import extend
from signing.produce.params import Level, ProductionPolicy, Profile
from signing.report import Report
from signing.trust.model import TrustSnapshot
from signing.types import Bytes, CheckStatus, Content, Evidence, Indication, Poe, Qualification, SubIndication
from tests.signing import pki, signed

NAMES = {
    Profile.XADES_ENVELOPED: "acte.xml",
    Profile.XADES_DETACHED: "signature.xml",
    Profile.CADES_DETACHED: "acte.p7s",
    Profile.PADES: "acte.pdf",
    Profile.ASIC_E: "acte.asice",
}
FORMS = (Profile.XADES_ENVELOPED, Profile.CADES_DETACHED, Profile.PADES)
#: Production refuses bad certificates and short keys; here they are wanted.
CARELESS = ProductionPolicy(rsa_bits=1024, check_certificate=False)
YEAR = 365 * pki.DAY
PASSED = (Indication.TOTAL_PASSED, None)
UNSURE, FAILED = Indication.INDETERMINATE, Indication.TOTAL_FAILED


def verify(
    file: bytes,
    profile: Profile,
    *,
    at: datetime = pki.NOW,
    trust: TrustSnapshot | None = None,
    evidence: Evidence | None = None,
    poe: tuple[Poe, ...] = (),
    contents: tuple[Content, ...] | None = None,
) -> Report:
    """Return the report on a signed file, its document given when the signature is detached."""
    detached = profile in (Profile.XADES_DETACHED, Profile.CADES_DETACHED)
    document = signed.document(profile)
    if contents is None:
        contents = (document,) if detached and not isinstance(document, list) else ()
    return api.verify(
        file,
        name=NAMES[profile],
        contents=contents,
        trust=trust or pki.trust(),
        evidence=pki.evidence(at) if evidence is None else evidence,
        at=at,
        poe=poe,
    )


def verdicts(report: Report) -> list[tuple[Indication, SubIndication | None]]:
    """Return the verdict on each signature."""
    assert report.error is None
    return [(one.indication, one.subindication) for one in report.signatures]


@cache
def made(profile: Profile, level: Level, name: str, key: str, at: datetime) -> bytes:
    """Return a signature by a signer of the PKI; made once."""
    return signed.sign(
        profile, level, holder=pki.signer(name, key), at=at, policy=CARELESS, evidence=pki.evidence(at)
    )


@pytest.mark.parametrize("key", ["ec", "rsa"])
@pytest.mark.parametrize(("profile", "level"), signed.MADE)
def test_every_level_passes(profile: Profile, level: Level, key: str) -> None:
    report = verify(made(profile, level, "good", key, pki.NOW), profile)
    assert verdicts(report) == [PASSED]
    one = report.signatures[0]
    assert one.level == str(level)
    assert (one.levels.b, one.levels.t, one.levels.lt, one.levels.a) == tuple(
        level.rank >= rank for rank in range(4)
    )
    failed = [name for name, check in one.checks.items() if check.status is CheckStatus.FAILED]
    assert failed == []


#: Certificates that must not pass, and why.
BAD = [
    ("expired", SubIndication.OUT_OF_BOUNDS_NO_POE),
    ("not-yet", SubIndication.OUT_OF_BOUNDS_NO_POE),
    ("revoked", SubIndication.REVOKED_NO_POE),
    ("revoked-ca", SubIndication.REVOKED_CA_NO_POE),
    ("wrong-usage", SubIndication.CHAIN_CONSTRAINTS_FAILURE),
    ("too-long", SubIndication.CHAIN_CONSTRAINTS_FAILURE),
    ("wrong-name", SubIndication.CHAIN_CONSTRAINTS_FAILURE),
    ("foreign", SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
    ("self-signed", SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
    ("rsa-1024", SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE),
    ("sha1", SubIndication.CRYPTO_CONSTRAINTS_FAILURE_NO_POE),
]


@pytest.mark.parametrize("profile", FORMS)
@pytest.mark.parametrize(("name", "subindication"), BAD)
def test_bad_certificate_never_passes(profile: Profile, name: str, subindication: SubIndication) -> None:
    assert verdicts(verify(made(profile, Level.B_B, "good", "ec", pki.NOW), profile)) == [PASSED]
    file = made(profile, Level.B_B, name, "ec", pki.NOW)
    assert verdicts(verify(file, profile)) == [(UNSURE, subindication)]


WORDS = [
    ("qualified", Qualification.QESIG, CheckStatus.PASSED),
    ("qualified-soft", Qualification.ADESIG_QC, CheckStatus.PASSED),
    ("seal", Qualification.QESEAL, CheckStatus.HUMAN),
    ("no-qc", Qualification.ADESIG, CheckStatus.FAILED),
]


@pytest.mark.parametrize("profile", FORMS)
@pytest.mark.parametrize(("name", "word", "category"), WORDS)
def test_qualification_by_the_list(
    profile: Profile, name: str, word: Qualification, category: CheckStatus
) -> None:
    report = verify(
        made(profile, Level.B_B, name, "ec", pki.NOW), profile, trust=pki.trust(services=pki.qualified())
    )
    assert verdicts(report) == [PASSED]
    assert report.signatures[0].qualification is word
    assert report.signatures[0].checks["certificate_category"].status is category


@dataclass(frozen=True)
class Times:
    """A signature made at an instant, with a time-stamp or without, looked at later."""

    signer: str
    signed_at: datetime
    level: Level
    expected: tuple[Indication, SubIndication | None]
    at: datetime = pki.NOW
    #: CRLs of these instants are at hand.
    known: tuple[datetime, ...] = field(default=(pki.NOW,))


BEFORE, AFTER = pki.REVOKED_AT - pki.DAY, pki.REVOKED_AT + pki.DAY
IN_TIME, LATE = pki.EXPIRED_AT - pki.DAY, pki.EXPIRED_AT + pki.DAY
TIMES = {
    "revoked after signing, time-stamped": Times("revoked", BEFORE, Level.B_T, PASSED),
    "revoked after signing, no proof": Times(
        "revoked", BEFORE, Level.B_B, (UNSURE, SubIndication.REVOKED_NO_POE)
    ),
    "revoked before signing, time-stamped": Times(
        "revoked", AFTER, Level.B_T, (UNSURE, SubIndication.REVOKED_NO_POE)
    ),
    "revoked before signing, no proof": Times(
        "revoked", AFTER, Level.B_B, (UNSURE, SubIndication.REVOKED_NO_POE)
    ),
    "before its revocation, seen before": Times("revoked", BEFORE, Level.B_B, PASSED, BEFORE, (BEFORE,)),
    "expired since, time-stamped": Times("expired", IN_TIME, Level.B_T, PASSED, known=(IN_TIME, pki.NOW)),
    "expired since, no proof": Times(
        "expired",
        IN_TIME,
        Level.B_B,
        (UNSURE, SubIndication.OUT_OF_BOUNDS_NOT_REVOKED),
        known=(IN_TIME, pki.NOW),
    ),
    "signed after expiry, time-stamped": Times(
        "expired", LATE, Level.B_T, (UNSURE, SubIndication.OUT_OF_BOUNDS_NO_POE)
    ),
    "not yet valid when time-stamped": Times(
        "not-yet", pki.NOW, Level.B_T, (FAILED, SubIndication.NOT_YET_VALID), pki.STARTS_AT + YEAR
    ),
}


@pytest.mark.parametrize("profile", FORMS)
@pytest.mark.parametrize("case", TIMES)
def test_time_decides(profile: Profile, case: str) -> None:
    times = TIMES[case]
    moments = [*times.known, times.at]
    crls = tuple(crl for moment in dict.fromkeys(moments) for crl in pki.crls(moment))
    known = Evidence(pki.evidence().certificates, crls)
    file = made(profile, times.level, times.signer, "ec", times.signed_at)
    report = verify(file, profile, at=times.at, evidence=known)
    assert verdicts(report) == [times.expected]
    if times.level is Level.B_T and times.expected == PASSED:
        assert report.signatures[0].best_signature_time == times.signed_at


@pytest.mark.parametrize("profile", FORMS)
def test_deposit_log_proves_what_a_time_stamp_would(profile: Profile) -> None:
    file = made(profile, Level.B_B, "revoked", "ec", BEFORE)
    without = verify(file, profile)
    assert verdicts(without) == [(UNSURE, SubIndication.REVOKED_NO_POE)]
    logged = Poe(sha256(without.signatures[0].facts.value).digest(), BEFORE + pki.DAY / 2, "deposit")
    assert verdicts(verify(file, profile, poe=(logged,))) == [PASSED]


@pytest.mark.parametrize("profile", FORMS)
@pytest.mark.parametrize("unit", ["tsa-foreign", "tsa-revoked"])
def test_time_stamp_of_a_bad_authority_proves_nothing(profile: Profile, unit: str) -> None:
    signer = pki.signer("revoked")
    good = signed.sign(profile, Level.B_T, holder=signer, at=BEFORE)
    assert verdicts(verify(good, profile)) == [PASSED]
    bad = signed.sign(profile, Level.B_T, holder=signer, at=BEFORE, timestamper=pki.Tsa(BEFORE, unit))
    assert verdicts(verify(bad, profile)) == [(UNSURE, SubIndication.REVOKED_NO_POE)]


class Relay:
    """A time-stamper whose first token comes from the short-lived unit, and the later ones from the long-lived one."""

    def __init__(self, at: datetime) -> None:
        self.at = at
        self.count = 0

    def stamp(self, digest: bytes, algorithm: str) -> bytes:
        """Return a token."""
        self.count += 1
        return pki.token(digest, self.at, "tsa" if self.count == 1 else "tsa-late", algorithm)


LONG_FORMS = (Profile.XADES_ENVELOPED, Profile.XADES_DETACHED, Profile.PADES, Profile.ASIC_E)


@pytest.mark.parametrize("profile", LONG_FORMS)
@pytest.mark.parametrize(
    ("level", "survives"), [(Level.B_B, False), (Level.B_T, False), (Level.B_LT, False), (Level.B_LTA, True)]
)
def test_only_the_archive_level_survives_expiry(profile: Profile, level: Level, *, survives: bool) -> None:
    """The signer's certificate and the first time-stamp unit's end in 2034; we look in 2040."""
    file = signed.sign(profile, level, timestamper=Relay(pki.NOW))
    assert verdicts(verify(file, profile)) == [PASSED]
    later = pki.DIES + 6 * YEAR
    found = verdicts(verify(file, profile, at=later, evidence=Evidence(crls=pki.crls(later))))
    assert (found == [PASSED]) is survives
    assert found[0][0] is (Indication.TOTAL_PASSED if survives else UNSURE)


@pytest.mark.parametrize("profile", LONG_FORMS)
def test_archive_time_stamps_may_follow_each_other(profile: Profile) -> None:
    """Archived at once, then again in 2033 by another unit: the chain of archives carries the proof."""
    file = signed.sign(profile, Level.B_LTA, timestamper=pki.Tsa())
    renewed_at = pki.DIES - YEAR
    document = signed.document(profile)
    contents = (document,) if profile is Profile.XADES_DETACHED and isinstance(document, Bytes) else ()
    renewed = extend(
        file,
        Level.B_LTA,
        timestamper=pki.Tsa(renewed_at, "tsa-late"),
        evidence=pki.evidence(renewed_at),
        contents=contents,
    )
    later = pki.DIES + 6 * YEAR
    fresh = Evidence(crls=(*pki.crls(renewed_at), *pki.crls(later)))
    assert verdicts(verify(file, profile, at=later, evidence=fresh))[0][0] is UNSURE
    report = verify(renewed, profile, at=later, evidence=fresh)
    assert verdicts(report) == [PASSED]
    assert report.signatures[0].best_signature_time == pki.NOW


@pytest.mark.parametrize("count", [2, 3])
def test_parallel_signatures_stand_each_alone(count: int) -> None:
    """Two or three signers on one XML document and on one PDF: each passes; a broken one harms no other."""
    names = ["good", "qualified", "no-qc"][:count]
    for profile, add in ((Profile.XADES_ENVELOPED, _again_xml), (Profile.PADES, _again_pdf)):
        file = add(None, names[0])
        for name in names[1:]:
            file = add(file, name)
        report = verify(file, profile)
        assert verdicts(report) == [PASSED] * count
        assert [one.signer.common_name for one in report.signatures if one.signer] == [
            pki.SIGNERS[name].common_name for name in names
        ]
    broken = _broken_value(_three_xml(names))
    found = verdicts(verify(broken, Profile.XADES_ENVELOPED))
    assert found == [(FAILED, SubIndication.SIG_CRYPTO_FAILURE)] + [PASSED] * (count - 1)


def _three_xml(names: list[str]) -> bytes:
    file: bytes | None = None
    for name in names:
        file = _again_xml(file, name)
    assert file is not None
    return file


def _again_xml(file: bytes | None, name: str) -> bytes:
    what = Bytes("acte.xml", file if file is not None else signed.XML)
    return signed.sign(Profile.XADES_ENVELOPED, what=what, holder=pki.signer(name))


def _again_pdf(file: bytes | None, name: str) -> bytes:
    what = Bytes("acte.pdf", file if file is not None else signed.pdf())
    return signed.sign(Profile.PADES, what=what, holder=pki.signer(name))


def _broken_value(file: bytes) -> bytes:
    """Change one character inside the first SignatureValue."""
    start = file.index(b">", file.index(b"SignatureValue")) + 10
    changed = b"A" if file[start : start + 1] != b"A" else b"B"
    return file[:start] + changed + file[start + 1 :]


ALTERED: dict[Profile, Callable[[bytes], bytes]] = {
    Profile.XADES_ENVELOPED: lambda file: file.replace(b"Pavage", b"Pavoge"),
    Profile.PADES: lambda file: file.replace(b"/MediaBox", b"/MediaBux", 1),
}


@pytest.mark.parametrize("profile", ALTERED)
@pytest.mark.parametrize("level", list(Level))
def test_altered_document_fails_whatever_the_level(profile: Profile, level: Level) -> None:
    file = made(profile, level, "good", "ec", pki.NOW)
    altered = ALTERED[profile](file)
    assert altered != file
    report = verify(altered, profile)
    found = verdicts(report)
    assert found[0][0] is FAILED
    assert report.signatures[0].checks["integrity"].status is CheckStatus.FAILED
    assert not report.signatures[0].levels.b


def test_altered_detached_document_fails() -> None:
    for profile in (Profile.CADES_DETACHED, Profile.XADES_DETACHED):
        file = made(profile, Level.B_T, "good", "ec", pki.NOW)
        document = signed.document(profile)
        assert isinstance(document, Bytes)
        assert verdicts(verify(file, profile)) == [PASSED]
        other = replace(document, data=document.data + b" ")
        assert verdicts(verify(file, profile, contents=(other,)))[0][0] is not Indication.TOTAL_PASSED
        assert verdicts(verify(file, profile, contents=())) == [(UNSURE, SubIndication.SIGNED_DATA_NOT_FOUND)]


@pytest.mark.parametrize("profile", FORMS)
def test_nothing_passes_without_trust_or_without_revocation_data(profile: Profile) -> None:
    file = made(profile, Level.B_T, "good", "ec", pki.NOW)
    assert verdicts(verify(file, profile)) == [PASSED]
    chains = verdicts(verify(file, profile, trust=pki.nothing()))
    assert chains == [(UNSURE, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)]
    silent = verdicts(verify(file, profile, evidence=Evidence()))
    assert silent == [(UNSURE, SubIndication.TRY_LATER)]
