"""Answers on revocation: what a CRL or an OCSP response must be to be believed."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import x25519

from signing.path import crls as lists
from signing.path import ocsp as responses
from signing.path.addresses import crl_addresses, ocsp_addresses
from signing.path.answer import Answer, Standing
from signing.path.cache import Cert, certificate
from signing.path.revocation import answers
from signing.path.walk import revocation_of
from signing.policy import DEFAULT, Policy
from tests.signing import pki


def cert(name: str) -> Cert:
    """Return a certificate of the PKI, parsed."""
    found = certificate(pki.holder(name).der)
    assert found is not None
    return found


GOOD, CA = cert("good"), cert("ca")


def of_crl(der: bytes, subject: Cert = GOOD, issuer: Cert = CA) -> Answer | None:
    """Return what a CRL says."""
    return lists.answer_of(der, subject, issuer)


def made_crl(
    *extensions: tuple[x509.ExtensionType, bool], signer: str = "ca", names: str = "ca", entry: Any = None
) -> bytes:
    """Return a CRL with extensions, that names one authority and is signed by another's key."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(pki.holder(names).certificate.subject)
        .last_update(pki.NOW)
        .next_update(pki.NOW + pki.DAY)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    if entry is not None:
        builder = builder.add_revoked_certificate(entry)
    key = pki.holder(signer).key
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def place(*, full_name: str | None = None, **flags: bool) -> tuple[x509.ExtensionType, bool]:
    """Return an issuingDistributionPoint."""
    words = (
        "only_contains_user_certs",
        "only_contains_ca_certs",
        "indirect_crl",
        "only_contains_attribute_certs",
    )
    names = [x509.UniformResourceIdentifier(full_name)] if full_name else None
    values = {word: flags.get(word, False) for word in words}
    reasons = frozenset({x509.ReasonFlags.key_compromise}) if flags.get("some_reasons") else None
    return x509.IssuingDistributionPoint(names, None, only_some_reasons=reasons, **values), True


def test_plain_list_answers() -> None:
    answer = of_crl(pki.crl("ca"))
    assert answer is not None
    assert (answer.standing, answer.this_update, answer.revoked_at) == (Standing.GOOD, pki.NOW, None)
    revoked = of_crl(pki.crl("ca"), cert("revoked"))
    assert revoked is not None
    assert (revoked.standing, revoked.revoked_at) == (Standing.REVOKED, pki.REVOKED_AT)


UNKNOWN_EXTENSION = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
LISTS: list[tuple[Callable[[], bytes], bool]] = [
    (made_crl, True),
    (lambda: made_crl(place(only_contains_user_certs=True)), True),
    (lambda: made_crl(place(full_name="http://pki.example/ca.crl")), True),
    (lambda: made_crl((UNKNOWN_EXTENSION, False)), True),
    (lambda: made_crl(place(only_contains_ca_certs=True)), False),
    (lambda: made_crl(place(full_name="http://pki.example/other.crl")), False),
    (lambda: made_crl(place(indirect_crl=True)), False),
    (lambda: made_crl(place(some_reasons=True)), False),
    (lambda: made_crl(place(only_contains_attribute_certs=True)), False),
    (lambda: made_crl((x509.DeltaCRLIndicator(1), True)), False),
    (lambda: made_crl((UNKNOWN_EXTENSION, True)), False),
    (lambda: made_crl(signer="root"), False),
    (lambda: made_crl(names="root"), False),
    (lambda: made_crl(names="root", signer="root"), False),
    (lambda: pki.crl("other-root"), False),
    (lambda: pki.crl("ca")[:-1], False),
    (lambda: b"not a list", False),
    (lambda: pki.crl("ca-rsa"), False),
    (lambda: _flipped(pki.crl("ca")), False),
    (
        lambda: made_crl((x509.AuthorityKeyIdentifier(b"\0" * 20, None, None), False)),
        False,
    ),
]


def _flipped(der: bytes) -> bytes:
    return der[:-1] + bytes([der[-1] ^ 1])


@pytest.mark.parametrize("number", range(len(LISTS)))
def test_list_is_believed_or_is_no_answer(number: int) -> None:
    make, believed = LISTS[number]
    assert (of_crl(make()) is not None) is believed


def test_authority_without_the_right_to_sign_lists_is_not_believed() -> None:
    signer = cert("good")
    der = made_crl(names="good", signer="good")
    assert of_crl(der, GOOD, signer) is None


def test_authority_whose_key_cannot_sign_is_not_believed() -> None:
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "x25519")])
    maker = pki.holder("ca")
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(maker.certificate.subject)
        .public_key(x25519.X25519PrivateKey.generate().public_key())
        .serial_number(84)
        .not_valid_before(pki.BORN)
        .not_valid_after(pki.DIES)
        .sign(maker.key, hashes.SHA256())
    )
    issuer = certificate(made.public_bytes(serialization.Encoding.DER))
    assert issuer is not None
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name)
        .last_update(pki.NOW)
        .next_update(pki.NOW + pki.DAY)
    )
    der = builder.sign(maker.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    assert of_crl(der, GOOD, issuer) is None


def entry(reason: x509.ReasonFlags | None, at: datetime = pki.REVOKED_AT) -> x509.RevokedCertificate:
    """Return an entry about the good signer."""
    builder = x509.RevokedCertificateBuilder().serial_number(pki.serial_of("good/ec")).revocation_date(at)
    if reason is not None:
        builder = builder.add_extension(x509.InvalidityDate(at), critical=False)
        builder = builder.add_extension(x509.CRLReason(reason), critical=False)
    return builder.build()


@pytest.mark.parametrize(
    ("reason", "standing", "held"),
    [
        (None, Standing.REVOKED, False),
        (x509.ReasonFlags.key_compromise, Standing.REVOKED, False),
        (x509.ReasonFlags.certificate_hold, Standing.REVOKED, True),
        (x509.ReasonFlags.remove_from_crl, Standing.GOOD, False),
    ],
)
def test_reason_of_revocation(reason: x509.ReasonFlags | None, standing: Standing, *, held: bool) -> None:
    answer = of_crl(made_crl(entry=entry(reason)))
    assert answer is not None
    assert (answer.standing, answer.on_hold) == (standing, held)


def test_hold_that_a_later_answer_lifts_is_no_revocation() -> None:
    hold = of_crl(made_crl(entry=entry(x509.ReasonFlags.certificate_hold)))
    earlier = of_crl(pki.crl("ca", pki.NOW - pki.DAY))
    later = of_crl(pki.crl("ca", pki.NOW + pki.DAY))
    assert hold
    assert earlier
    assert later
    assert revocation_of([hold]) == pki.REVOKED_AT
    assert revocation_of([hold, earlier]) == pki.REVOKED_AT
    assert revocation_of([hold, later]) is None
    firm = of_crl(made_crl(entry=entry(x509.ReasonFlags.key_compromise)))
    assert firm
    assert revocation_of([firm, later]) == pki.REVOKED_AT


def test_list_that_keeps_expired_certificates_speaks_of_them() -> None:
    from asn1crypto import core

    since = core.GeneralizedTime(pki.BORN).dump()
    kept = x509.UnrecognizedExtension(x509.ObjectIdentifier("2.5.29.60"), since)
    subject = cert("expired")
    plain, keeping = of_crl(made_crl(), subject), of_crl(made_crl((kept, False)), subject)
    assert plain
    assert keeping
    assert (plain.speaks_of(subject), keeping.speaks_of(subject)) == (False, True)


def test_freshness_is_that_of_the_list_or_of_the_policy() -> None:
    answer = of_crl(pki.crl("ca"))
    assert answer
    week = pki.NOW + 7 * pki.DAY
    assert answer.covers(week, DEFAULT)
    assert not answer.covers(week + pki.DAY, DEFAULT)
    endless = replace(answer, next_update=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert endless.covers(week + pki.DAY, DEFAULT)
    strict = Policy(freshness=timedelta(hours=1))
    assert answer.covers(pki.NOW + timedelta(hours=1), strict)
    assert not answer.covers(week, strict)
    assert answer.covers(pki.BORN, strict)


# OCSP.


def of_ocsp(
    der: bytes, *, subject: Cert = GOOD, known: tuple[bytes, ...] = (), others: tuple[bytes, ...] = ()
) -> list[Answer]:
    """Return what a response says."""
    return list(responses.answers_of(der, subject, CA, known, others))


@pytest.mark.parametrize(("status", "count"), [("good", 1), ("revoked", 1), ("unknown", 0)])
def test_response_answers(status: str, count: int) -> None:
    found = of_ocsp(pki.ocsp(pki.signer("good"), status=status))
    assert [str(answer.standing) for answer in found] == [status] * count


@pytest.mark.parametrize(
    ("responder", "believed"),
    [
        ("ocsp-ca", True),
        ("ca", True),
        ("ocsp-no-eku", False),
        ("ocsp-root", False),
        ("good", False),
        ("ocsp-checked", False),
    ],
)
def test_responder_must_be_the_issuer_or_its_delegate(responder: str, *, believed: bool) -> None:
    assert bool(of_ocsp(pki.ocsp(pki.signer("good"), responder=responder))) is believed


def test_delegate_without_nocheck_needs_its_own_standing() -> None:
    response = pki.ocsp(pki.signer("good"), responder="ocsp-checked")
    assert of_ocsp(response, known=(pki.crl("ca"),))
    number = pki.serial_of("ocsp-checked")
    builder = x509.RevokedCertificateBuilder().serial_number(number).revocation_date(pki.REVOKED_AT)
    assert not of_ocsp(response, known=(made_crl(entry=builder.build()),))
    assert not of_ocsp(response, known=(pki.crl("root"),))


def test_delegate_without_nocheck_is_believed_while_the_list_about_it_is_current() -> None:
    own, good = pki.crl("ca"), pki.signer("good")
    (found,) = of_ocsp(pki.ocsp(good, pki.NOW + pki.DAY, responder="ocsp-checked"), known=(own,))
    assert found.sources[1:] == (own,)
    assert not of_ocsp(pki.ocsp(good, pki.NOW + 8 * pki.DAY, responder="ocsp-checked"), known=(own,))


def test_response_about_another_certificate_is_no_answer() -> None:
    assert of_ocsp(pki.ocsp(pki.signer("good")))
    assert not of_ocsp(pki.ocsp(pki.signer("twin")))
    assert not of_ocsp(pki.ocsp(pki.signer("foreign")))


def test_response_that_is_damaged_is_no_answer() -> None:
    response = pki.ocsp(pki.signer("good"), responder="ca")
    assert of_ocsp(response)
    for place in range(20, len(response), 37):
        damaged = response[:place] + bytes([response[place] ^ 0x55]) + response[place + 1 :]
        assert not [answer for answer in of_ocsp(damaged) if answer.this_update != pki.NOW]
    assert not of_ocsp(response[:-1])
    assert not of_ocsp(b"\x30\x03\x0a\x01\x06")
    assert not of_ocsp(b"garbage")


def test_response_of_a_responder_not_yet_or_no_longer_valid_is_no_answer() -> None:
    good = pki.signer("good")
    assert not of_ocsp(pki.ocsp(good, pki.ROOT_BORN - pki.DAY))
    assert not of_ocsp(pki.ocsp(good, pki.ROOT_DIES + pki.DAY))


def test_responder_may_stand_beside_the_response() -> None:
    from asn1crypto import ocsp as asn1

    parsed = asn1.OCSPResponse.load(pki.ocsp(pki.signer("good")))
    basic = parsed["response_bytes"]["response"].parsed
    bare = asn1.BasicOCSPResponse(
        {name: basic[name] for name in ("tbs_response_data", "signature_algorithm", "signature")}
    )
    body = {"response_type": "basic_ocsp_response", "response": bare}
    der = asn1.OCSPResponse({"response_status": "successful", "response_bytes": body}).dump()
    assert not of_ocsp(der)
    assert of_ocsp(der, others=(pki.holder("ocsp-ca").der,))
    assert answers(GOOD, CA, (), (der,), (pki.holder("ocsp-ca").der,))


def test_response_that_names_itself_does_not_loop() -> None:
    """A responder whose only voucher is its own response vouches for nothing."""
    own = pki.ocsp(pki.holder("ocsp-checked"), responder="ocsp-checked")
    assert not list(responses.answers_of(own, cert("ocsp-checked"), CA, (), ()))
    assert not of_ocsp(pki.ocsp(pki.signer("good"), responder="ocsp-checked"), others=(own,))


def test_response_may_name_its_responder_and_use_other_digests() -> None:
    from asn1crypto import core
    from asn1crypto import ocsp as asn1
    from asn1crypto import x509 as asn1_x509

    maker = pki.holder("ocsp-ca")
    parsed = asn1_x509.Certificate.load(maker.der)
    for algorithm, believed in (("sha256", True), ("md5", False)):
        issuer, subject = CA.asn1, GOOD.asn1
        digest = getattr(hashlib, algorithm)
        single = {
            "cert_id": {
                "hash_algorithm": {"algorithm": algorithm},
                "issuer_name_hash": digest(subject.issuer.dump()).digest(),
                "issuer_key_hash": digest(bytes(issuer.public_key["public_key"])).digest(),
                "serial_number": subject.serial_number,
            },
            "cert_status": asn1.CertStatus(name="good", value=core.Null()),
            "this_update": pki.NOW,
        }
        who = asn1.ResponderId(name="by_name", value=parsed.subject)
        data = asn1.ResponseData({"responder_id": who, "produced_at": pki.NOW, "responses": [single]})
        basic = asn1.BasicOCSPResponse(
            {
                "tbs_response_data": data,
                "signature_algorithm": {"algorithm": "sha256_ecdsa"},
                "signature": maker.sign(data.dump()),
                "certs": [parsed],
            }
        )
        body = {"response_type": "basic_ocsp_response", "response": basic}
        der = asn1.OCSPResponse({"response_status": "successful", "response_bytes": body}).dump()
        found = of_ocsp(der)
        assert bool(found) is believed
        if found:
            assert found[0].covers(pki.NOW + timedelta(hours=23), DEFAULT)
            assert not found[0].covers(pki.NOW + timedelta(hours=25), DEFAULT)


def test_addresses_are_http_only() -> None:
    assert crl_addresses(GOOD) == ["http://pki.example/ca.crl"]
    assert ocsp_addresses(GOOD) == ["http://pki.example/ca/ocsp"]
    assert crl_addresses(cert("silent")) == []
    good = pki.signer("good")
    places = [
        x509.UniformResourceIdentifier(text) for text in ("ldap://x/y", "file:///etc/passwd", "https://a/b")
    ]
    relative = x509.RelativeDistinguishedName([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "x")])
    points = [
        x509.DistributionPoint(places, None, None, None),
        x509.DistributionPoint(None, relative, None, None),
    ]
    builder = (
        x509.CertificateBuilder()
        .subject_name(good.certificate.subject)
        .issuer_name(good.certificate.issuer)
        .public_key(good.key.public_key())
        .serial_number(83)
        .not_valid_before(pki.BORN)
        .not_valid_after(pki.DIES)
        .add_extension(x509.CRLDistributionPoints(points), critical=False)
        .add_extension(
            x509.AuthorityInformationAccess(
                [
                    x509.AccessDescription(x509.oid.AuthorityInformationAccessOID.OCSP, place)
                    for place in places
                ]
            ),
            critical=False,
        )
    )
    der = builder.sign(pki.holder("ca").key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    strange = certificate(der)
    assert strange is not None
    assert crl_addresses(strange) == ["https://a/b"]
    assert ocsp_addresses(strange) == ["https://a/b"]
