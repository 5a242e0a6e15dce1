"""Revocation data from a real server while signatures are verified: what it changes, and what goes wrong without harm."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs7

from procurement.core.db import writing
from procurement.core.runtime import Runtime
from procurement.core.webhooks.addresses import Guard
from procurement.signatures import fetching
from procurement.signatures.fetching import Fetching
from procurement.signatures.service import judged
from procurement.signatures.trusted import Basis
from signing.report import Report
from signing.types import Fetcher, Indication, SubIndication
from tests.factories import pki_server
from tests.factories.pki_server import PkiServer, answer, huge, moved, slow
from tests.signing import cades_builder, pki, xades_builder

CRL = "http://pki.example/ca.crl"


class Time:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at = pki.NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def server() -> Iterator[PkiServer]:
    with pki_server.serving() as place:
        yield place


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def shared(server: PkiServer, time: Time) -> Fetching:
    return Fetching(server.visitor(), time.now)


def verdict(data: bytes, fetch: Fetcher | None) -> tuple[Indication, SubIndication | None]:
    basis = Basis(pki.trust(), fetch=fetch)
    report = judged(data, name="acte.xml", contents=[], basis=basis, now=pki.NOW)
    return report.signatures[0].indication, report.signatures[0].subindication


def xades(signer: str = "good") -> bytes:
    return xades_builder.sign("<acte>{signature}</acte>", xades_builder.Plan(signer=signer))


LATER = (Indication.INDETERMINATE, SubIndication.TRY_LATER)
PASSED = (Indication.TOTAL_PASSED, None)


def test_answers_that_are_fetched_make_the_verdict(server: PkiServer, shared: Fetching) -> None:
    assert verdict(xades(), None) == LATER
    assert server.asked == []
    assert verdict(xades(), shared.within()) == PASSED
    assert {"/ca.crl", "/ca/ocsp", "/root.crl"} <= set(server.asked)


def test_revoked_certificate_is_found_so(shared: Fetching) -> None:
    found = verdict(xades("revoked"), shared.within())
    assert found == (Indication.INDETERMINATE, SubIndication.REVOKED_NO_POE)
    assert verdict(xades("revoked"), None) == LATER


@pytest.mark.parametrize("trouble", ["gone", "slow", "huge", "private", "garbage", "error", "another's"])
def test_what_goes_wrong_leaves_the_doubt(
    server: PkiServer, shared: Fetching, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(fetching, "PATIENCE", 0.3)
    monkeypatch.setattr(fetching, "CRL_BYTES", 1 << 20)
    special = {
        "gone": lambda handler: answer(handler, None),
        "slow": slow,
        "huge": huge,
        "private": moved("http://10.0.0.1/ca.crl"),
        "garbage": lambda handler: answer(handler, b"<html>Bienvenue</html>"),
        "error": lambda handler: answer(handler, b"", 503),
        "another's": lambda handler: answer(handler, pki.crl("ca-rsa")),
    }[trouble]
    server.special |= dict.fromkeys(("/ca.crl", "/root.crl", "/ca/ocsp", "/root/ocsp"), special)
    assert verdict(xades(), shared.within()) == LATER


def test_unreachable_host_leaves_the_doubt(server: PkiServer, time: Time) -> None:
    server.http.server_close()
    assert verdict(xades(), Fetching(server.visitor(), time.now).within()) == LATER


def test_what_nobody_foresaw_leaves_the_doubt(
    server: PkiServer, shared: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_data: bytes) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(fetching, "_crl", broken)
    fetch = shared.within()
    assert fetch.crl(CRL) is None
    assert fetch.crl(CRL) is None
    assert server.asked == ["/ca.crl"]


def test_what_was_answered_is_kept_until_the_next_is_due(
    server: PkiServer, shared: Fetching, time: Time
) -> None:
    assert verdict(xades(), shared.within()) == PASSED
    asked = list(server.asked)
    assert verdict(xades(), shared.within()) == PASSED
    assert server.asked == asked
    server.special["/soon.crl"] = lambda handler: answer(
        handler, pki.crl("ca", until=pki.NOW + timedelta(hours=2))
    )
    url = "http://pki.example/soon.crl"
    for hours, times in ((0, 1), (1.9, 1), (2, 2)):
        time.at = pki.NOW + timedelta(hours=hours)
        assert shared.within().crl(url) is not None
        assert server.asked.count("/soon.crl") == times


def test_long_lived_list_is_asked_for_again_the_next_day(
    server: PkiServer, shared: Fetching, time: Time
) -> None:
    for hours, times in ((0, 1), (11, 1), (12, 2)):
        time.at = pki.NOW + timedelta(hours=hours)
        assert shared.within().crl(CRL) == server.crl("ca")
        assert server.asked.count("/ca.crl") == times


def test_answers_of_one_address_to_two_questions_are_two(shared: Fetching) -> None:
    assert verdict(xades(), shared.within()) == PASSED
    assert verdict(xades("revoked"), shared.within())[1] is SubIndication.REVOKED_NO_POE


def test_what_did_not_answer_is_left_alone_for_a_minute(
    server: PkiServer, shared: Fetching, time: Time
) -> None:
    server.special["/ca.crl"] = lambda handler: answer(handler, None)
    for seconds, times in ((0, 1), (59, 1), (60, 2)):
        time.at = pki.NOW + timedelta(seconds=seconds)
        assert shared.within().crl(CRL) is None
        assert server.asked.count("/ca.crl") == times


def test_memory_is_bounded(server: PkiServer, shared: Fetching) -> None:
    server.special |= {
        f"/{number}.crl": lambda handler: answer(handler, pki.crl("ca")) for number in range(700)
    }
    for number in range(700):
        assert shared.within().crl(f"http://pki.example/{number}.crl")
    again = len(server.asked)
    assert shared.within().crl("http://pki.example/699.crl")
    assert len(server.asked) == again
    assert shared.within().crl("http://pki.example/0.crl")
    assert len(server.asked) == again + 1


def test_one_verification_spends_so_much_time_and_no_more(
    server: PkiServer, shared: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "PATIENCE", 10.0)
    server.special |= {f"/{number}": slow for number in range(5)}
    one = shared.within(0.5)
    assert [one.crl(f"http://pki.example/{number}") for number in range(5)] == [None] * 5
    assert len(server.asked) == 1
    assert one.crl(CRL) is None
    assert shared.within().crl(CRL) is not None


def test_one_verification_asks_so_often_and_no_more(server: PkiServer, shared: Fetching) -> None:
    one = shared.within()
    for number in range(fetching.MOST + 5):
        assert one.crl(f"http://pki.example/{number}") is None
    assert len(server.asked) == fetching.MOST


def test_nothing_is_fetched_while_a_write_transaction_is_open(
    server: PkiServer, shared: Fetching, runtime: Runtime
) -> None:
    with runtime.database.write() as session:
        session.connection()
        assert writing.underway()
        assert shared.within().crl(CRL) is None
    assert not writing.underway()
    with runtime.database.read() as session:
        session.connection()
        assert shared.within().crl(CRL) == server.crl("ca")
    assert server.asked == ["/ca.crl"]


def test_list_in_pem_is_read(server: PkiServer, shared: Fetching) -> None:
    pem = x509.load_der_x509_crl(server.crl("ca") or b"").public_bytes(serialization.Encoding.PEM)
    server.special["/ca.crl"] = lambda handler: answer(handler, pem)
    assert shared.within().crl(CRL) == server.crl("ca")


def test_answer_that_is_an_error_is_none(server: PkiServer, shared: Fetching) -> None:
    from cryptography.x509 import ocsp

    refused = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
    body = refused.public_bytes(serialization.Encoding.DER)
    server.special["/ca/ocsp"] = lambda handler: answer(handler, body)
    assert shared.within().ocsp("http://pki.example/ca/ocsp", b"x") is None


def bag(*names: str) -> bytes:
    found = [pki.holder(name).certificate for name in names]
    return pkcs7.serialize_certificates(found, serialization.Encoding.DER)


CERTIFICATES = {
    "one in DER": (lambda: pki.holder("ca").der, ["ca"]),
    "two in PEM": (lambda: pki.holder("ca").pem + pki.holder("root").pem, ["ca", "root"]),
    "a bag": (lambda: bag("ca", "root"), ["ca", "root"]),
    "nothing": (lambda: b"", []),
    "a page": (lambda: b"<html>", []),
    "a list": (lambda: pki.crl("ca"), []),
    "damaged PEM": (lambda: b"-----BEGIN CERTIFICATE-----\nMIIB\n", []),
}


@pytest.mark.parametrize("case", CERTIFICATES)
def test_certificates_come_in_their_forms(server: PkiServer, shared: Fetching, case: str) -> None:
    make, names = CERTIFICATES[case]
    server.special["/x.cer"] = lambda handler: answer(handler, make())
    found = shared.within().certificates("http://pki.example/x.cer")
    assert set(found) == {pki.holder(name).der for name in names}


def test_issuer_that_the_file_lacks_is_fetched(server: PkiServer, shared: Fetching) -> None:
    who = pki_server.naming("http://pki.example/ca.cer")
    cms = cades_builder.simple(who)
    cms.certificates = [who.der]
    basis = Basis(pki.trust())

    def found(fetch: Fetcher | None) -> Report:
        return judged(cms.dump(), name="x.p7m", contents=[], basis=replace(basis, fetch=fetch), now=pki.NOW)

    assert found(None).signatures[0].subindication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
    report = found(shared.within())
    assert (report.signatures[0].indication, report.signatures[0].subindication) == PASSED
    assert "/ca.cer" in server.asked
    assert pki.holder("ca").der in report.material.certificates


def test_issuer_that_does_not_come_leaves_the_doubt(server: PkiServer, shared: Fetching) -> None:
    who = pki_server.naming("http://pki.example/ca.cer")
    cms = cades_builder.simple(who)
    cms.certificates = [who.der]
    server.special["/ca.cer"] = lambda handler: answer(handler, pki.holder("ca-rsa").der)
    basis = Basis(pki.trust(), fetch=shared.within())
    report = judged(cms.dump(), name="x.p7m", contents=[], basis=basis, now=pki.NOW)
    assert report.signatures[0].subindication is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


def test_nothing_is_built_unless_the_settings_say_so(runtime: Runtime, time: Time) -> None:
    assert fetching.build(runtime.settings, time.now) is None
    built = fetching.build(replace(runtime.settings, signing_fetch=True), time.now)
    assert built is not None
    assert built.visitor.guard == Guard(private=runtime.settings.webhooks_private, plain=True)
