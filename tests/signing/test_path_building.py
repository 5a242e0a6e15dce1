"""Finding chains costs little whatever the certificates say, and hostile ones end."""

import asyncio
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from signing._pyhanko_path import _run
from signing.path import certs, fitness
from signing.path.addresses import crl_addresses
from signing.path.building import DEPTH, PATHS, STEPS, by_subject, chains
from signing.path.cache import Cert, Memory, certificate
from signing.path.engine import Chains, Purpose
from signing.path.fitness import structure
from signing.trust.model import TrustSnapshot
from signing.types import Evidence, SubIndication
from tests.pace import brief
from tests.signing import pki

KEY = pki.key_of("hostile", "ec")


def issued(subject: str, issuer: str, serial: int, *, ca: bool = True) -> bytes:
    """Return a certificate that names any issuer, signed by one key for all."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(KEY.public_key())
        .serial_number(serial)
        .not_valid_before(pki.BORN)
        .not_valid_after(pki.DIES)
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
    )
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def parsed(ders: list[bytes]) -> list[Cert]:
    """Parse certificates that must be readable."""
    found = [certificate(der) for der in ders]
    return [one for one in found if one is not None]


def test_shortest_chain_comes_first_and_ends_at_an_anchor() -> None:
    leaf, ca, root = parsed(list(pki.signer("good").chain))
    found = list(chains(leaf, by_subject([root, ca]), by_subject([ca, leaf])))
    assert found == [(leaf, ca), (leaf, ca, root)]


def test_leaf_that_is_an_anchor_stands_alone() -> None:
    leaf, ca, root = parsed(list(pki.signer("good").chain))
    assert list(chains(leaf, by_subject([leaf, ca, root]), by_subject([ca]))) == [(leaf,)]


def test_certificates_are_arranged_once() -> None:
    leaf, ca, _ = parsed(list(pki.signer("good").chain))
    assert by_subject([leaf, ca, leaf]) == {leaf.subject: [leaf], ca.subject: [ca]}


def test_loops_end() -> None:
    ring = parsed([issued("a", "b", 1), issued("b", "a", 2), issued("a", "a", 3)])
    assert list(chains(ring[0], {}, by_subject(ring))) == []


def test_chains_are_bounded_in_length() -> None:
    ladder = parsed([issued(f"{step}", f"{step + 1}", step + 1) for step in range(DEPTH + 4)])
    for height, count in ((DEPTH - 1, 1), (DEPTH, 0)):
        anchors = by_subject([ladder[height]])
        found = list(chains(ladder[0], anchors, by_subject(ladder[:height])))
        assert len(found) == count


@pytest.mark.parametrize("trusted", [True, False])
def test_a_crowd_of_cross_certificates_costs_little(*, trusted: bool) -> None:
    """Four hundred authorities that all certify each other make more chains than could ever be counted."""
    crowd = [issued("x", "x", number + 1) for number in range(400)]
    leaf = issued("leaf", "x", 9_999, ca=False)
    anchor = pki.trust("root" if not trusted else "self-signed")
    at_hand = Evidence(certificates=(*crowd, leaf), crls=pki.crls())
    with brief(2):
        verdict = Chains(anchor, at_hand, at=pki.NOW).conclude(leaf, Purpose.SIGNATURE, at=pki.NOW)
    assert verdict.subindication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    assert len(list(chains(*_crowded(crowd, leaf)))) <= PATHS
    assert len(crowd) * len(crowd) > STEPS


def _crowded(crowd: list[bytes], leaf: bytes) -> tuple[Cert, dict[str, list[Cert]], dict[str, list[Cert]]]:
    known = parsed([leaf, *crowd])
    return known[0], by_subject(known[1:30]), by_subject(known[30:])


def test_forged_authority_of_the_same_name_is_no_authority() -> None:
    """An authority that bears the trusted one's name with another key: its certificates are not the trusted one's."""
    real = pki.holder("ca")
    builder = (
        x509.CertificateBuilder()
        .subject_name(pki.signer("good").certificate.subject)
        .issuer_name(real.certificate.subject)
        .public_key(KEY.public_key())
        .serial_number(77)
        .not_valid_before(pki.BORN)
        .not_valid_after(pki.NOW + timedelta(days=900))
    )
    leaf = builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    assert (
        Chains(pki.trust(), pki.evidence(), at=pki.NOW)
        .conclude(pki.signer("good").der, Purpose.SIGNATURE, at=pki.NOW)
        .passed
    )
    verdict = Chains(pki.trust(), pki.evidence(), at=pki.NOW).conclude(leaf, Purpose.SIGNATURE, at=pki.NOW)
    assert (verdict.subindication, verdict.detail.code) == (
        SubIndication.NO_CERTIFICATE_CHAIN_FOUND,
        "path.forged",
    )


@pytest.mark.parametrize("first", [True, False])
def test_anchor_of_the_same_name_and_another_key_hides_no_verdict(first) -> None:
    """Authorities renew their key under one name; without a key identifier only the signature tells the two apart."""
    name = pki.holder("root").certificate.subject
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(KEY.public_key())
        .serial_number(78)
        .not_valid_before(pki.BORN)
        .not_valid_after(pki.NOW + timedelta(days=900))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )
    twin = made.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    anchors = (twin, pki.holder("root").der) if first else (pki.holder("root").der, twin)
    known = Chains(TrustSnapshot(anchors=anchors), pki.evidence(), at=pki.NOW)
    assert known.conclude(pki.signer("good").der, Purpose.SIGNATURE, at=pki.NOW).passed
    expired = known.conclude(pki.signer("expired").der, Purpose.SIGNATURE, at=pki.NOW)
    assert expired.detail.code == "path.expired"


def test_certificates_never_valid_together_make_no_chain() -> None:
    late = (
        x509.CertificateBuilder()
        .subject_name(_name("late"))
        .issuer_name(pki.holder("ca").certificate.subject)
        .public_key(KEY.public_key())
        .serial_number(78)
        .not_valid_before(pki.ROOT_DIES + pki.DAY)
        .not_valid_after(pki.ROOT_DIES + 2 * pki.DAY)
        .sign(pki.holder("ca").key, hashes.SHA256())
    )
    leaf = late.public_bytes(serialization.Encoding.DER)
    verdict = Chains(pki.trust(), pki.evidence(), at=pki.NOW).conclude(leaf, Purpose.SIGNATURE, at=pki.NOW)
    assert verdict.detail.code == "path.never_valid"


def test_a_plain_certificate_is_no_authority() -> None:
    """The good signer, who is no authority, issues a certificate to itself under another name."""
    good = pki.signer("good")
    made = (
        x509.CertificateBuilder()
        .subject_name(_name("child"))
        .issuer_name(good.certificate.subject)
        .public_key(KEY.public_key())
        .serial_number(79)
        .not_valid_before(pki.BORN)
        .not_valid_after(pki.DIES)
        .sign(good.key, hashes.SHA256())
    )
    leaf = made.public_bytes(serialization.Encoding.DER)
    known = Evidence((good.der, *pki.evidence().certificates), pki.crls())
    verdict = Chains(pki.trust(), known, at=pki.NOW).conclude(leaf, Purpose.SIGNATURE, at=pki.NOW)
    assert verdict.detail.code == "path.constraints"


def test_authority_of_the_same_name_with_another_key_identifier_is_not_tried() -> None:
    real = pki.holder("ca")
    other = (
        x509.CertificateBuilder()
        .subject_name(real.certificate.subject)
        .issuer_name(real.certificate.issuer)
        .public_key(KEY.public_key())
        .serial_number(82)
        .not_valid_before(pki.BORN)
        .not_valid_after(pki.DIES)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(KEY.public_key()), critical=False)
        .sign(KEY, hashes.SHA256())
    )
    twin, leaf, ca, root = parsed([other.public_bytes(serialization.Encoding.DER), *pki.signer("good").chain])
    assert list(chains(leaf, by_subject([root]), by_subject([twin, ca]))) == [(leaf, ca, root)]


def test_edwards_keys_sign_certificates_lists_and_answers() -> None:
    key = ed25519.Ed25519PrivateKey.generate()
    root = (
        x509.CertificateBuilder()
        .subject_name(_name("edwards"))
        .issuer_name(_name("edwards"))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(pki.BORN)
        .not_valid_after(pki.DIES)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, None)
    )
    leaf = (
        x509.CertificateBuilder()
        .subject_name(_name("leaf"))
        .issuer_name(_name("edwards"))
        .public_key(KEY.public_key())
        .serial_number(2)
        .not_valid_before(pki.BORN)
        .not_valid_after(pki.DIES)
        .sign(key, None)
    )
    listed = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(_name("edwards"))
        .last_update(pki.NOW)
        .next_update(pki.NOW + pki.DAY)
        .sign(key, None)
    )
    anchor, der, crl = (one.public_bytes(serialization.Encoding.DER) for one in (root, leaf, listed))
    snapshot = TrustSnapshot(anchors=(anchor,))
    verdict = Chains(snapshot, Evidence(crls=(crl,)), at=pki.NOW).conclude(der, Purpose.SIGNATURE, at=pki.NOW)
    assert verdict.passed
    assert verdict.revocation_used == (crl,)


def test_path_validation_that_would_wait_is_refused() -> None:
    async def waits() -> None:
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="waited"):
        _run(waits())


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2_000), st.integers(1, 255))
def test_damaged_certificate_never_passes_nor_raises(place: int, flip: int) -> None:
    genuine = pki.signer("good").der
    where = place % len(genuine)
    damaged = genuine[:where] + bytes([genuine[where] ^ flip]) + genuine[where + 1 :]
    chains_of_file = Chains(pki.trust(services=pki.qualified()), pki.evidence(), at=pki.NOW)
    assert not chains_of_file.conclude(damaged, Purpose.SIGNATURE, at=pki.NOW).passed


@pytest.mark.parametrize("read_by", ["_strictly", "_tolerantly"])
def test_signature_of_a_certificate_is_whole_octets(read_by: str) -> None:
    """Some signatures end in a zero bit, which could be called unused: the bytes differ, the signature would stand."""
    made = iter(lambda: issued("root", "leaf", 7, ca=False), None)
    genuine = next(one for one in made if one is not None and not one[-1] & 1)
    assert getattr(certs, read_by)(genuine)
    signature = x509.load_der_x509_certificate(genuine).signature
    count = len(genuine) - len(signature) - 1
    assert genuine[count] == 0
    with pytest.raises(ValueError, match="octets"):
        getattr(certs, read_by)(genuine[:count] + b"\x01" + genuine[count + 1 :])


def test_point_that_names_an_issuer_of_lists_alone_has_no_address() -> None:
    point = x509.DistributionPoint(None, None, None, [x509.DirectoryName(_name("lists"))])
    (leaf,) = parsed([_leaf((x509.CRLDistributionPoints([point]), False))])
    assert crl_addresses(leaf) == []


def _leaf(*extensions: tuple[x509.ExtensionType, bool], issuer: str = "ca", number: int = 90) -> bytes:
    """Return a certificate of an authority of the PKI, with extensions of its own."""
    maker = pki.holder(issuer)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(f"leaf {number}"))
        .issuer_name(maker.certificate.subject)
        .public_key(KEY.public_key())
        .serial_number(number)
        .not_valid_before(pki.BORN)
        .not_valid_after(pki.DIES)
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    return builder.sign(maker.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


ODD = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
LEAVES = [
    ((), "ca", "path.valid"),
    (((ODD, False),), "ca", "path.valid"),
    (((ODD, True),), "ca", "path.constraints"),
    (((x509.PolicyConstraints(0, None), True),), "ca", "path.constraints"),
    (
        ((x509.SubjectAlternativeName([x509.RFC822Name("x@mairie.example")]), False),),
        "ca-named",
        "path.valid",
    ),
    (
        ((x509.SubjectAlternativeName([x509.RFC822Name("x@autre.example")]), False),),
        "ca-named",
        "path.constraints",
    ),
]


@pytest.mark.parametrize("number", range(len(LEAVES)))
def test_known_authorities_spare_no_check(number: int) -> None:
    """The shortcut for a new signer under authorities already validated gives the verdicts of the whole validation."""
    extensions, issuer, code = LEAVES[number]
    leaf = _leaf(*extensions, issuer=issuer, number=90 + number)
    chains_of_file = Chains(pki.trust(), pki.evidence(), at=pki.NOW)
    verdicts = []
    for known in (False, True):
        structure.cache_clear()
        if known:
            first = "right-name" if issuer == "ca-named" else "good"
            assert chains_of_file.conclude(pki.signer(first).der, Purpose.SIGNATURE, at=pki.NOW).passed
        else:
            fitness._PROVEN = Memory(10)
        fresh = Chains(pki.trust(), pki.evidence(), at=pki.NOW, fetch=pki.Net())
        verdicts.append(fresh.conclude(leaf, Purpose.SIGNATURE, at=pki.NOW).detail.code)
    assert verdicts == [code, code]
