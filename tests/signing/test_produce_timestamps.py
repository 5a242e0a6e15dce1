"""The client of time-stamp authorities keeps one answer: the one that stands every check."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from asn1crypto import tsp

from signing import der
from signing.produce.params import Level, Profile
from signing.timestamps import tst
from signing.timestamps.client import Authority, TimestampClient
from signing.tsa import reject
from tests.signing import pki, signed
from tests.signing.test_produce_rules import refused

DIGEST = hashlib.sha256(b"signature").digest()
ROOT = (pki.holder("root").der,)


def response(token: bytes, status: int = 0) -> bytes:
    return der.sequence(der.sequence(der.integer(status)), token)


def asked(query: bytes) -> tuple[bytes, str, int]:
    read = tsp.TimeStampReq.load(query, strict=True)
    assert read["cert_req"].native
    imprint = read["message_imprint"]
    return (
        imprint["hashed_message"].native,
        imprint["hash_algorithm"]["algorithm"].native,
        read["nonce"].native,
    )


def unit(name: str = "tsa", **changes: object) -> Callable[[bytes], bytes]:
    """Return an honest authority, or one that differs in what ``changes`` says."""

    def answer(query: bytes) -> bytes:
        digest, algorithm, nonce = asked(query)
        given = {"digest": digest, "algorithm": algorithm, "nonce": nonce, "unit": name, **changes}
        return response(pki.token(**given))

    return answer


def client(*transports: Callable[[bytes], bytes], **more: object) -> TimestampClient:
    about = {"anchors": ROOT, **more}
    return TimestampClient([Authority(f"tsa-{n}", one, **about) for n, one in enumerate(transports, 1)])


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("name", ["tsa", "tsa-late", "tsa-rsa"])
def test_sound_answer_is_kept(name: str, algorithm: str) -> None:
    digest = hashlib.new(algorithm, b"signature").digest()
    token = client(unit(name), policy=pki.TSA_POLICY).stamp(digest, algorithm)
    facts = tst.read(token, b"signature", id="t", kind=tst.StampKind.STANDALONE)
    assert facts.sound
    assert facts.gen_time == pki.NOW


def test_signature_is_stamped_through_the_client() -> None:
    made = signed.sign(Profile.XADES_DETACHED, Level.B_T, timestamper=client(unit()))
    assert b"EncapsulatedTimeStamp" in made


def down(_query: bytes) -> bytes:
    raise TimeoutError("no answer in 10 s")


def replayed(_query: bytes) -> bytes:
    return response(pki.token(DIGEST, nonce=1))


def altered(query: bytes) -> bytes:
    good = unit()(query)
    return good[:-1] + bytes([good[-1] ^ 1])


BAD = {
    "down": (down, "no answer in 10 s"),
    "another imprint": (unit(digest=hashlib.sha256(b"other").digest()), "timestamp.imprint_mismatch"),
    "no nonce": (unit(nonce=None), "timestamp.nonce_mismatch"),
    "another nonce": (unit(nonce=7), "timestamp.nonce_mismatch"),
    "replayed": (replayed, "timestamp.nonce_mismatch"),
    "altered": (altered, "timestamp.untrusted"),
    "of a foreign root": (unit("tsa-foreign"), "timestamp.untrusted"),
    "purpose not critical": (unit("tsa-lax"), "timestamp.untrusted"),
    "no certificate": (unit(certificates=False), "timestamp.untrusted"),
    "not for time-stamping": (unit("ca"), "timestamp.untrusted"),
    "refused": (lambda _query: reject("unaccepted_policy"), "UNREADABLE"),
    "garbage": (lambda _query: b"<html>", "UNREADABLE"),
    "empty": (lambda _query: b"", "UNREADABLE"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_answer_is_refused_and_the_next_authority_asked(name: str) -> None:
    bad, reason = BAD[name]
    assert client(unit()).stamp(DIGEST, "sha256")
    error = refused("produce.timestamp_failed", lambda: client(bad).stamp(DIGEST, "sha256"))
    assert reason in error.detail
    assert client(bad, unit()).stamp(DIGEST, "sha256")
    both = refused("produce.timestamp_failed", lambda: client(bad, bad).stamp(DIGEST, "sha256"))
    assert "tsa-1" in both.detail
    assert "tsa-2" in both.detail


def test_policy_is_asked_for_and_checked() -> None:
    queries = []

    def noted(query: bytes) -> bytes:
        queries.append(tsp.TimeStampReq.load(query)["req_policy"].native)
        return unit()(query)

    assert client(noted, policy=pki.TSA_POLICY).stamp(DIGEST, "sha256")
    error = refused(
        "produce.timestamp_failed", lambda: client(noted, policy="1.2.3.4").stamp(DIGEST, "sha256")
    )
    assert "timestamp.policy_mismatch" in error.detail
    assert queries == [pki.TSA_POLICY, "1.2.3.4"]


def test_chain_may_be_left_to_verification_and_nothing_else() -> None:
    assert client(unit("tsa-foreign"), anchors=None).stamp(DIGEST, "sha256")
    for name in ("altered", "another nonce", "purpose not critical"):
        bad, _reason = BAD[name]
        refused("produce.timestamp_failed", lambda bad=bad: client(bad, anchors=None).stamp(DIGEST, "sha256"))


def test_no_authority_is_a_refusal() -> None:
    refused("produce.timestamp_failed", lambda: TimestampClient([]).stamp(DIGEST, "sha256"))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is missing")
@pytest.mark.parametrize("certificates", [1, 2])
def test_answers_of_openssl_with_one_or_two_certificates_are_kept(tmp_path: Path, certificates: int) -> None:
    holder = pki.tsa()
    (tmp_path / "key.pem").write_bytes(holder.key_pem)
    (tmp_path / "tsa.pem").write_bytes(holder.pem)
    (tmp_path / "chain.pem").write_bytes(holder.issuers[0].pem)
    (tmp_path / "serial").write_text("01\n")
    (tmp_path / "ts.cnf").write_text(
        "[tsa]\ndefault_tsa = here\n[here]\n"
        f"serial = {tmp_path}/serial\nsigner_cert = {tmp_path}/tsa.pem\nsigner_key = {tmp_path}/key.pem\n"
        "signer_digest = sha256\ndefault_policy = 1.3.6.1.4.1.99999.1.1\ndigests = sha256\n"
        "ess_cert_id_alg = sha256\n" + (f"certs = {tmp_path}/chain.pem\n" if certificates == 2 else "")
    )

    def openssl(query: bytes) -> bytes:
        (tmp_path / "query").write_bytes(query)
        subprocess.run(
            ["openssl", "ts", "-reply", "-queryfile", "query", "-config", "ts.cnf", "-section", "here", "-out", "reply"],
            cwd=tmp_path, check=True, capture_output=True,
        )  # fmt: skip
        return (tmp_path / "reply").read_bytes()

    token = client(openssl).stamp(DIGEST, "sha256")
    facts = tst.read(token, b"signature", id="t", kind=tst.StampKind.STANDALONE)
    assert facts.sound
    assert len(facts.certificates) == certificates
