"""CRLs that are no answer alone: deltas over a complete list, and lists signed by another authority than the issuer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from signing.path.answer import Answer, Standing
from signing.path.cache import Cert, certificate
from signing.path.revocation import answers
from signing.path.walk import revocation_of
from tests.signing import pki

HOUR = timedelta(hours=1)
GOOD = certificate(pki.holder("good").der)
CA = certificate(pki.holder("ca").der)
assert GOOD is not None and CA is not None
REASON = x509.CRLReason


def entry(serial: int, *extensions: x509.ExtensionType, at: Any = pki.NOW) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.CertificateIssuer))
    return builder.build()


def crl(
    number: int,
    *entries: x509.RevokedCertificate,
    base: int | None = None,
    maker: tuple[x509.Name, Any] | None = None,
    place: x509.IssuingDistributionPoint | None = None,
) -> bytes:
    """Return a CRL of the authority, or of another maker, published an hour later for each number."""
    name, key = maker or (pki.holder("ca").certificate.subject, pki.holder("ca").key)
    at = pki.NOW + number * HOUR
    builder = (
        x509.CertificateRevocationListBuilder().issuer_name(name).last_update(at).next_update(at + pki.DAY)
    )
    builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
    if place is not None:
        builder = builder.add_extension(place, critical=True)
    for one in entries:
        builder = builder.add_revoked_certificate(one)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def said(*crls: bytes, subject: Cert = GOOD, others: tuple[bytes, ...] = ()) -> list[Answer]:
    return answers(subject, CA, crls, (), others)


def test_delta_renews_what_its_complete_list_said() -> None:
    complete, delta = crl(1), crl(3, base=1)
    base, newer = said(complete, delta)
    assert (base.source, newer.source, newer.beside) == (complete, delta, (complete,))
    assert newer.standing is Standing.GOOD
    assert newer.this_update == pki.NOW + 3 * HOUR
    assert newer.sources == (delta, complete)


def test_newest_fitting_list_is_taken_under_a_delta() -> None:
    second = crl(2)
    assert said(crl(1), second, crl(3, base=1))[-1].beside == (second,)


@pytest.mark.parametrize(
    "complete",
    [
        (),
        (crl(1),),
        (crl(5),),
        (crl(2, place=x509.IssuingDistributionPoint(None, None, True, False, None, False, False)),),
    ],
    ids=["none", "older than its start", "newer than itself", "of another scope"],
)
def test_delta_without_its_list_says_nothing_good(complete: tuple[bytes, ...]) -> None:
    assert len(said(*complete, crl(4, base=2))) == len(complete)


def test_delta_alone_revokes() -> None:
    (found,) = said(crl(3, entry(GOOD.serial), base=1))
    assert (found.standing, found.revoked_at) == (Standing.REVOKED, pki.NOW)
    assert revocation_of(said(crl(1), crl(3, entry(GOOD.serial), base=1))) == pki.NOW


def test_delta_lifts_a_hold_and_nothing_else_does() -> None:
    held = crl(1, entry(GOOD.serial, REASON(x509.ReasonFlags.certificate_hold)))
    lifted = crl(3, entry(GOOD.serial, REASON(x509.ReasonFlags.remove_from_crl)), base=1)
    assert revocation_of(said(held)) == pki.NOW
    assert revocation_of(said(held, lifted)) is None
    assert revocation_of(said(held, crl(3, base=1))) == pki.NOW


def delegate(*, usage: bool = True, issuer: str = "ca") -> tuple[bytes, tuple[x509.Name, Any]]:
    """Return a certificate to sign lists with, and who makes them."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "Listes")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(pki.holder(issuer).certificate.subject)
        .public_key(key.public_key())
        .serial_number(77)
        .not_valid_before(pki.NOW - pki.DAY)
        .not_valid_after(pki.NOW + 30 * pki.DAY)
    )
    if usage:
        flags = dict.fromkeys(
            [
                "digital_signature",
                "content_commitment",
                "key_encipherment",
                "data_encipherment",
                "key_agreement",
                "key_cert_sign",
                "encipher_only",
                "decipher_only",
            ],
            False,
        )
        builder = builder.add_extension(x509.KeyUsage(crl_sign=True, **flags), critical=True)
    made = builder.sign(pki.holder(issuer).key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.DER), (name, key)


def pointing(*names: x509.Name) -> Cert:
    """Return a certificate that names who signs the lists about it."""
    points = [x509.DistributionPoint(None, None, None, [x509.DirectoryName(name)]) for name in names]
    key = ec.generate_private_key(ec.SECP256R1())
    maker = pki.holder("ca")
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "Signataire")]))
        .issuer_name(maker.certificate.subject)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(pki.NOW - pki.DAY)
        .not_valid_after(pki.NOW + 30 * pki.DAY)
    )
    if points:
        builder = builder.add_extension(x509.CRLDistributionPoints(points), critical=False)
    made = builder.sign(maker.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    found = certificate(made)
    assert found is not None
    return found


INDIRECT = x509.IssuingDistributionPoint(None, None, False, False, None, True, False)
CA_NAME = x509.CertificateIssuer([x509.DirectoryName(pki.holder("ca").certificate.subject)])
OTHER_NAME = x509.CertificateIssuer([x509.DirectoryName(pki.holder("root").certificate.subject)])


def test_indirect_list_of_the_issuer_itself_answers() -> None:
    (found,) = said(crl(1, entry(GOOD.serial), place=INDIRECT))
    assert found.standing is Standing.REVOKED
    (found,) = said(crl(1, entry(GOOD.serial, OTHER_NAME), place=INDIRECT))
    assert found.standing is Standing.GOOD


def test_list_of_a_delegate_answers_for_the_issuer_that_its_entry_names() -> None:
    der, maker = delegate()
    subject = pointing(maker[0])
    own = crl(1)
    revoked = crl(2, entry(4711, CA_NAME), maker=maker, place=INDIRECT)
    (found,) = said(own, revoked, subject=subject, others=(der,))[1:]
    assert (found.standing, found.beside) == (Standing.REVOKED, (der, own))
    following = crl(2, entry(5, CA_NAME), entry(4711), maker=maker, place=INDIRECT)
    assert said(own, following, subject=subject, others=(der,))[1].standing is Standing.REVOKED
    elsewhere = crl(2, entry(5, CA_NAME), entry(4711, OTHER_NAME), maker=maker, place=INDIRECT)
    assert said(own, elsewhere, subject=subject, others=(der,))[1].standing is Standing.GOOD


def test_list_of_a_stranger_is_no_answer() -> None:
    der, maker = delegate()
    good = crl(2, maker=maker, place=INDIRECT)
    assert len(said(crl(1), good, subject=pointing(maker[0]), others=(der,))) == 2
    assert len(said(crl(1), good, subject=pointing(), others=(der,))) == 1
    assert len(said(crl(1), good, subject=pointing(maker[0]))) == 1
    # A delegate whose own certificate nothing speaks of, or that is revoked, is not believed.
    assert said(good, subject=pointing(maker[0]), others=(der,)) == []
    assert len(said(crl(1, entry(77)), good, subject=pointing(maker[0]), others=(der,))) == 1


def test_delegate_is_believed_while_a_current_list_says_it_was_good() -> None:
    der, maker = delegate()
    subject, own = pointing(maker[0]), crl(1)
    # The issuer's list is over after 25 hours: nobody knows whether the delegate was revoked since.
    assert len(said(own, crl(25, maker=maker, place=INDIRECT), subject=subject, others=(der,))) == 2
    assert len(said(own, crl(26, maker=maker, place=INDIRECT), subject=subject, others=(der,))) == 1
    newer = crl(20)
    found = said(own, newer, crl(26, maker=maker, place=INDIRECT), subject=subject, others=(der,))[-1]
    assert found.beside == (der, newer)


def test_delegate_signs_nothing_after_its_end() -> None:
    der, maker = delegate()
    own, subject = crl(30 * 24), pointing(maker[0])
    last, late = (crl(hour, maker=maker, place=INDIRECT) for hour in (30 * 24, 30 * 24 + 1))
    assert len(said(own, last, subject=subject, others=(der,))) == 2
    assert len(said(own, late, subject=subject, others=(der,))) == 1


@pytest.mark.parametrize("fault", [{"usage": False}, {"issuer": "root"}])
def test_delegate_without_the_right_or_of_another_authority_is_not_believed(fault: dict[str, Any]) -> None:
    der, maker = delegate(**fault)
    good = crl(2, maker=maker, place=INDIRECT)
    assert len(said(crl(1), good, subject=pointing(maker[0]), others=(der,))) == 1


def test_list_signed_with_another_key_than_the_delegates_is_no_answer() -> None:
    der, (name, _key) = delegate()
    forged = crl(2, maker=(name, pki.holder("root").key), place=INDIRECT)
    assert len(said(crl(1), forged, subject=pointing(name), others=(der,))) == 1


def test_indirect_list_that_only_bears_the_issuers_name_is_no_answer() -> None:
    forged = crl(2, maker=(pki.holder("ca").certificate.subject, pki.holder("root").key), place=INDIRECT)
    assert said(forged) == []


def test_certificate_that_only_a_tolerant_parser_reads_names_no_delegate() -> None:
    der, maker = delegate()
    good = crl(2, maker=maker, place=INDIRECT)
    assert len(said(crl(1), good, subject=replace(pointing(maker[0]), strict=None), others=(der,))) == 1


def test_reason_of_an_entry_changes_no_issuer() -> None:
    held = entry(GOOD.serial, REASON(x509.ReasonFlags.certificate_hold))
    (found,) = said(crl(1, held, place=INDIRECT))
    assert (found.standing, found.on_hold) == (Standing.REVOKED, True)
