"""RFC 3161: our authority's tokens under OpenSSL and rfc3161-client, OpenSSL's under ours, and every refusal."""

import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha1, sha256

import pytest
import rfc3161_client
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from signing import authority, der, timestamp, tsa
from signing.authority import Subject
from signing.errors import SealedError

AT = datetime(2027, 1, 11, 9, 0, 0, 120_000, tzinfo=UTC)
FROM, UNTIL = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
DATA = b'{"v":"pli/1"}'
DIGEST = sha256(DATA).digest()
POLICY = "1.3.6.1.4.1.99999.3161"


@pytest.fixture(scope="module")
def unit(ca):
    key, certificate = authority.issue_timestamping(
        *ca, Subject("Horodatage"), not_before=FROM, not_after=UNTIL
    )
    return tsa.Unit(key, certificate, POLICY)


@pytest.fixture(scope="module")
def response(unit):
    return unit.issue(timestamp.request(DIGEST, 77), at=AT, serial=5)


def refusal(*args, **named):
    with pytest.raises(SealedError) as caught:
        timestamp.verify(*args, **named)
    return caught.value.code


def openssl(*line):
    return subprocess.run(["openssl", "ts", *map(str, line)], capture_output=True, check=False)


def pem(certificate):
    return x509.load_der_x509_certificate(certificate).public_bytes(Encoding.PEM)


def test_token_says_when_and_who(response, ca):
    token = timestamp.verify(response, DIGEST, authorities=[ca[1]], nonce=77, policy=POLICY)
    assert (token.gen_time, token.serial, token.authority) == (AT, 5, "Horodatage")
    assert (token.imprint, token.policy, token.response) == (DIGEST, POLICY, response)


def test_token_is_accepted_by_openssl(response, ca, tmp_path):
    (tmp_path / "tsr").write_bytes(response)
    (tmp_path / "ca").write_bytes(pem(ca[1]))
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "tsq").write_bytes(timestamp.request(DIGEST, 77))
    end = ["-in", tmp_path / "tsr", "-CAfile", tmp_path / "ca", "-attime", int(AT.timestamp())]
    assert openssl("-verify", "-data", tmp_path / "data", *end).returncode == 0
    assert openssl("-verify", "-digest", DIGEST.hex(), *end).returncode == 0
    assert openssl("-verify", "-queryfile", tmp_path / "tsq", *end).returncode == 0
    assert openssl("-verify", "-digest", bytes(32).hex(), *end).returncode != 0


def test_token_is_accepted_by_rfc3161_client(response, ca):
    answer = rfc3161_client.decode_timestamp_response(response)
    root = x509.load_der_x509_certificate(ca[1])
    assert rfc3161_client.VerifierBuilder(roots=[root], nonce=77).build().verify(answer, DIGEST)


def config(folder, digest="sha256"):
    text = f"""[tsa]\ndefault_tsa = a\n[a]\nserial = {folder}/serial\nsigner_digest = sha256\ndefault_policy = 1.2.3
digests = sha256, sha1\nordering = no\ness_cert_id_chain = no\ness_cert_id_alg = {digest}\naccuracy = secs:1\n"""
    (folder / "serial").write_text("01")
    (folder / "cnf").write_text(text)
    return folder / "cnf"


@pytest.mark.parametrize("ess", ["sha1", "sha256"])
def test_openssl_token_is_accepted_by_ours(ess, ca, tmp_path):
    now = datetime.now(UTC) - timedelta(days=1)
    key, certificate = authority.issue_timestamping(
        *ca, Subject("T"), not_before=now, not_after=now + timedelta(days=9)
    )
    (tmp_path / "key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "crt").write_bytes(pem(certificate))
    (tmp_path / "tsq").write_bytes(timestamp.request(DIGEST, 9))
    line = [
        "-reply",
        "-config",
        config(tmp_path, ess),
        "-queryfile",
        tmp_path / "tsq",
        "-inkey",
        tmp_path / "key",
    ]
    done = openssl(*line, "-signer", tmp_path / "crt", "-out", tmp_path / "tsr")
    assert done.returncode == 0, done.stderr
    token = timestamp.verify((tmp_path / "tsr").read_bytes(), DIGEST, authorities=[ca[1]], nonce=9)
    assert (token.authority, token.policy) == ("T", "1.2.3")


def test_openssl_request_is_answered(unit, ca, tmp_path):
    (tmp_path / "data").write_bytes(DATA)
    openssl("-query", "-data", tmp_path / "data", "-sha256", "-cert", "-out", tmp_path / "tsq")
    response = unit.issue((tmp_path / "tsq").read_bytes(), at=AT, serial=6)
    assert timestamp.verify(response, DIGEST, authorities=[ca[1]]).serial == 6


def test_token_refused(response, ca, unit):
    trusted = {"authorities": [ca[1]]}
    stranger = authority.create_authority(Subject("X"), not_before=FROM, not_after=UNTIL)[1]
    assert refusal(response, bytes(32), **trusted) == "timestamp.imprint_mismatch"
    assert refusal(response, DIGEST, **trusted, nonce=78) == "timestamp.nonce_mismatch"
    assert refusal(response, DIGEST, **trusted, policy="1.2.3") == "timestamp.policy_mismatch"
    assert refusal(response, DIGEST, authorities=[stranger]) == "timestamp.untrusted"
    assert refusal(response, DIGEST, authorities=[]) == "timestamp.untrusted"
    assert refusal(response, DIGEST, authorities=[b"x"]) == "timestamp.untrusted"
    assert refusal(b"", DIGEST, **trusted) == "timestamp.unreadable"
    assert refusal(tsa.reject("bad_algorithm"), DIGEST, **trusted) == "timestamp.refused"
    bare = unit.issue(without_certificate(), at=AT, serial=1)
    assert refusal(bare, DIGEST, **trusted) == "timestamp.untrusted"
    late = unit.issue(timestamp.request(DIGEST, 1), at=UNTIL + timedelta(days=1), serial=1)
    assert refusal(late, DIGEST, **trusted) == "timestamp.untrusted"


def imprint(algorithm="2.16.840.1.101.3.4.2.1", digest=DIGEST, *rest):
    return der.sequence(der.sequence(der.oid(algorithm), *rest), der.octets(digest))


def without_certificate():
    return der.sequence(der.integer(1), imprint())


def test_any_flipped_bit_is_refused(response, ca):
    for bit in range(0, len(response) * 8, 11):
        broken = bytearray(response)
        broken[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SealedError):
            timestamp.verify(bytes(broken), DIGEST, authorities=[ca[1]], nonce=77)


def failure(response):
    """Return the failure bit of a rejecting answer, as rfc3161-client's ASN.1 sees the status."""
    assert rfc3161_client.decode_timestamp_response(response).status == 2
    bits = der.Reader(response, code="x").inside(0x30).inside(0x30)
    bits.integer()
    content = bits.next(der.BIT_STRING).content
    return int.from_bytes(content[1:], "big").bit_length(), len(content) - 1


@pytest.mark.parametrize(
    ("request_", "bit"),
    [
        (b"", 2),
        (der.sequence(der.integer(2), imprint()), 2),
        (der.sequence(der.integer(1), imprint()) + b"\0", 2),
        (der.sequence(der.integer(1), imprint("1.3.14.3.2.26", sha1(DATA).digest())), 0),
        (der.sequence(der.integer(1), imprint("2.16.840.1.101.3.4.2.1", bytes(20))), 0),
        (der.sequence(der.integer(1), imprint("2.16.840.1.101.3.4.2.1", DIGEST, der.integer(1))), 0),
        (der.sequence(der.integer(1), imprint(), der.oid("1.2.3")), 15),
        (der.sequence(der.integer(1), imprint(), der.boolean(value=False)), 2),
        (der.sequence(der.integer(1), imprint(), der.tlv(0xA0, b"")), 16),
    ],
)
def test_bad_request_is_rejected_with_its_reason(request_, bit, unit):
    length, size = failure(unit.issue(request_, at=AT, serial=1))
    assert 8 * size - length == bit


def test_request_with_our_policy_is_granted(unit, ca):
    asked = der.sequence(
        der.integer(1),
        imprint("2.16.840.1.101.3.4.2.1", DIGEST, der.null()),
        der.oid(POLICY),
        der.boolean(value=True),
    )
    assert timestamp.verify(unit.issue(asked, at=AT, serial=1), DIGEST, authorities=[ca[1]]).policy == POLICY


def test_whole_seconds_carry_no_fraction():
    assert tsa._generalized(AT.replace(microsecond=0)) == b"20270111090000Z"
    assert tsa._generalized(AT) == b"20270111090000.12Z"
