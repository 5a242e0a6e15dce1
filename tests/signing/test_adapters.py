"""Keys in files, on a real token and at a remote service: every one signs what verifies, and refuses what it must."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

from signing.adapters import holder as holders
from signing.adapters.csc import CscHolder, CscService
from signing.adapters.p12 import P12Holder
from signing.adapters.pkcs11 import Pkcs11Holder
from signing.produce import keys
from signing.produce.assemble import assemble
from signing.produce.params import Encoding, Mechanism, Profile
from signing.produce.prepare import prepare
from signing.produce.refusals import SignatureValueMismatch
from tests.signing import cscmock, pki, signed
from tests.signing import token as tokens
from tests.signing.test_produce_rules import refused

KINDS = ("rsa", "ec")
FORMS = [Profile.XADES_ENVELOPED, Profile.CADES_DETACHED, Profile.PADES, Profile.ASIC_E]
MECHANISMS = {"rsa": Mechanism("rsa", "sha256"), "ec": Mechanism("ec", "sha256")}


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tokens.Token]:
    with tokens.token(tmp_path_factory.mktemp("token")) as made:
        yield made


@pytest.fixture
def service(token: tokens.Token) -> Iterator[tuple[cscmock.Service, CscService]]:
    running = cscmock.Service(token)
    with cscmock.serving(running) as url:
        yield running, CscService(cscmock.post_to(url))
    for held in running.holders.values():
        held.forget()


def opened(token: tokens.Token, kind: str = "ec") -> Pkcs11Holder:
    return Pkcs11Holder(token.library, token.label, lambda: token.pin, key_id=token.ids[kind])


def consent() -> list[dict[str, str]]:
    return [{"id": "PIN", "value": cscmock.SIGN_PIN}]


# PKCS#12


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("profile", FORMS)
def test_p12_signs(kind: str, profile: Profile) -> None:
    owner = pki.signer("good", kind)
    held = P12Holder(owner.p12(b"secret"), b"secret")
    assert held.chain == owner.chain
    assert holders.sign(signed.document(profile), held, signed.params(profile))


def test_p12_with_a_wrong_passphrase_is_refused() -> None:
    data = pki.signer("good").p12(b"secret")
    assert P12Holder(data, b"secret").chain
    for wrong in (b"other", None, b""):
        refused("produce.p12_passphrase", lambda wrong=wrong: P12Holder(data, wrong))


def test_p12_without_a_signing_key_is_refused() -> None:
    owner = pki.signer("good")
    alone = pkcs12.serialize_key_and_certificates(None, None, owner.certificate, None, NoEncryption())
    odd = pkcs12.serialize_key_and_certificates(
        None, ed25519.Ed25519PrivateKey.generate(), None, [owner.certificate], NoEncryption()
    )
    for data in (alone, odd, b"", b"garbage"):
        refused("produce.p12_refused", lambda data=data: P12Holder(data, None))


def test_chain_is_ordered_whatever_the_file_says() -> None:
    owner = pki.signer("good")
    others = [pki.holder(name).certificate for name in ("root", "other-root", "ca")]
    assert holders.ordered(owner.certificate, [owner.certificate, *others]) == owner.chain


# PKCS#11


@tokens.needed
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("profile", FORMS)
def test_token_signs(token: tokens.Token, kind: str, profile: Profile) -> None:
    held = opened(token, kind)
    assert held.chain == pki.signer("good", kind).chain
    assert holders.sign(signed.document(profile), held, signed.params(profile))
    held.forget()


@tokens.needed
def test_token_gives_raw_values_of_every_digest(token: tokens.Token) -> None:
    for kind in KINDS:
        held = opened(token, kind)
        for digest in keys.HASHES:
            mechanism = Mechanism(kind, digest)
            value = held.sign(b"data", mechanism)
            assert value.encoding is Encoding.RAW
            assert keys.check_value(b"data", value, held.chain[0], mechanism)
            with pytest.raises(SignatureValueMismatch):
                keys.check_value(b"date", value, held.chain[0], mechanism)
        held.forget()


@tokens.needed
def test_session_is_opened_again_after_the_token_was_taken_out(token: tokens.Token) -> None:
    asked = []
    held = Pkcs11Holder(token.library, token.label, lambda: asked.append(1) or token.pin)
    held.sign(b"data", MECHANISMS["rsa" if held._id == b"\x01" else "ec"])
    assert len(asked) == 1
    # What the library does when a card is drawn: every session on it is closed behind the holder's back.
    held._session.close()
    mechanism = MECHANISMS["rsa" if held._id == b"\x01" else "ec"]
    assert keys.check_value(b"data", held.sign(b"data", mechanism), held.chain[0], mechanism)
    assert len(asked) == 2
    held.forget()
    held.forget()
    assert held.sign(b"data", mechanism)
    assert len(asked) == 3
    held.forget()


@tokens.needed
def test_wrong_pin_is_refused_and_asked_once(token: tokens.Token) -> None:
    asked = []
    refused(
        "produce.token_pin",
        lambda: Pkcs11Holder(token.library, token.label, lambda: asked.append(1) or "000000"),
    )
    assert len(asked) == 1


@tokens.needed
def test_token_that_is_not_there_is_named(token: tokens.Token) -> None:
    error = refused("produce.token_absent", lambda: Pkcs11Holder(token.library, "autre", lambda: token.pin))
    assert error.params == {"label": "autre"}


@tokens.needed
def test_key_without_certificate_is_refused(token: tokens.Token) -> None:
    refused(
        "produce.token_key",
        lambda: Pkcs11Holder(token.library, token.label, lambda: token.pin, key_id=b"\x77"),
    )


@tokens.needed
def test_mechanism_that_the_key_has_not_is_refused(token: tokens.Token) -> None:
    held = opened(token, "ec")
    refused("produce.token_signing", lambda: held.sign(b"data", MECHANISMS["rsa"]))
    held.forget()


def test_library_that_is_not_there_is_named(tmp_path: Path) -> None:
    pytest.importorskip("pkcs11", reason="python-pkcs11 is missing: pip install 'pli[pkcs11]'")
    refused("produce.pkcs11_missing", lambda: Pkcs11Holder(str(tmp_path / "no.so"), "x", lambda: ""))


# CSC


@tokens.needed
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("profile", FORMS)
def test_remote_service_signs(service, kind: str, profile: Profile) -> None:
    running, client = service
    assert f"cle-{kind}" in client.credentials()
    held = CscHolder(client, f"cle-{kind}", consent)
    assert held.chain == pki.signer("good", kind).chain
    assert holders.sign(signed.document(profile), held, signed.params(profile))
    assert running.calls == [
        "credentials/list",
        "credentials/info",
        "credentials/authorize",
        "signatures/signHash",
    ]
    assert running.granted == {}


@tokens.needed
def test_remote_service_says_what_it_is(service) -> None:
    assert service[1].info()["specs"].startswith("2.")


@tokens.needed
def test_one_consent_is_good_for_several_digests(service) -> None:
    running, client = service
    held = CscHolder(client, "cle-ec", consent)
    items = [bytes([number]) for number in range(5)]
    values = held.sign_all(items, MECHANISMS["ec"])
    for item, value in zip(items, values, strict=True):
        assert keys.check_value(item, value, held.chain[0], MECHANISMS["ec"])
    # The service signs three at a time: two consents for five.
    assert running.calls.count("credentials/authorize") == 2


@tokens.needed
def test_activation_data_is_good_for_its_digests_alone_and_once(service) -> None:
    _running, client = service
    credential, mechanism = client.credential("cle-ec"), MECHANISMS["ec"]
    one, two = keys.digest("sha256", b"1"), keys.digest("sha256", b"2")

    def granted(*hashes: bytes) -> str:
        return client.authorize(credential, hashes, "sha256", consent())

    activation = granted(one)
    assert len(client.sign_hashes(credential, activation, [one], mechanism)) == 1
    # A replay, an invented activation, another digest, more digests, another key, another digest algorithm.
    for deed in (
        lambda: client.sign_hashes(credential, activation, [one], mechanism),
        lambda: client.sign_hashes(credential, "invented", [one], mechanism),
        lambda: client.sign_hashes(credential, granted(one), [two], mechanism),
        lambda: client.sign_hashes(credential, granted(one), [one, two], mechanism),
        lambda: client.sign_hashes(client.credential("cle-rsa"), granted(one), [one], MECHANISMS["rsa"]),
        lambda: client.sign_hashes(credential, granted(one), [one], Mechanism("ec", "sha384")),
        lambda: granted(one, two, one, two),
        lambda: client.authorize(credential, [one], "sha256", [{"id": "PIN", "value": "0000"}]),
        lambda: client.credential("cle-autre"),
    ):
        refused("produce.csc_refused", deed)


@tokens.needed
def test_service_refuses_a_stranger(service, token: tokens.Token) -> None:
    running = cscmock.Service(token)
    with cscmock.serving(running) as url:
        assert CscService(cscmock.post_to(url)).credentials()
        refused("produce.csc_refused", lambda: CscService(cscmock.post_to(url, "other")).credentials())
    for held in running.holders.values():
        held.forget()
    refused("produce.csc_refused", lambda: CscService(cscmock.post_to(url)).credentials())


@tokens.needed
def test_disabled_key_is_refused(service) -> None:
    running, client = service
    assert CscHolder(client, "cle-ec", consent)
    running.disabled.add("cle-ec")
    refused("produce.csc_refused", lambda: CscHolder(client, "cle-ec", consent))


@tokens.needed
def test_service_that_signs_with_another_key_is_caught(service) -> None:
    running, client = service
    held = CscHolder(client, "cle-ec", consent)
    prepared = prepare(signed.document(Profile.PADES), held.chain, signed.params(Profile.PADES))
    assert assemble(prepared, held.sign(prepared.to_sign, prepared.mechanism))
    running.holders["cle-ec"].forget()
    running.holders["cle-ec"] = running.holders["cle-rsa"]
    value = held.sign(prepared.to_sign, prepared.mechanism)
    with pytest.raises(SignatureValueMismatch):
        assemble(prepared, value)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("credentials/list", {}),
        ("credentials/list", {"credentialIDs": [1]}),
        ("credentials/list", []),
        ("credentials/info", {}),
        ("credentials/info", {"cert": {"certificates": []}, "key": {"status": "enabled"}}),
        ("credentials/info", {"cert": {"certificates": ["AAAA"]}, "key": {"status": "enabled"}}),
        ("credentials/authorize", {}),
        ("credentials/authorize", {"SAD": ""}),
        ("signatures/signHash", {}),
        ("signatures/signHash", {"signatures": ["%"]}),
        ("signatures/signHash", {"signatures": []}),
    ],
)
def test_answer_that_is_not_of_the_api_is_refused(path: str, answer: object) -> None:
    good = {
        "credentials/list": {"credentialIDs": ["one"]},
        "credentials/info": {
            "cert": {"certificates": [cscmock.base64.b64encode(pki.signer().der).decode()]},
            "key": {"status": "enabled"},
        },
        "credentials/authorize": {"SAD": "x"},
        "signatures/signHash": {"signatures": ["AAAA"]},
    }

    def all_of_it(answers: dict[str, object]) -> None:
        client = CscService(lambda path, _asked: answers[path])
        CscHolder(client, client.credentials()[0], list).sign(b"data", MECHANISMS["ec"])

    all_of_it(good)
    refused("produce.csc_unreadable", lambda: all_of_it({**good, path: answer}))
