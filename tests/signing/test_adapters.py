"""Keys in files, on a real token and at a remote service: every one signs what verifies, and refuses what it must."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12

from procurement.cli import sign_http, sign_job, sign_keys
from procurement.cli.demo import server
from procurement.cli.sign_inputs import Declined
from procurement.core.runtime import Runtime
from procurement.core.storage import Storage
from procurement.signatures import joint
from signing import api
from signing.adapters import holder as holders
from signing.adapters.csc import CscHolder, CscService
from signing.adapters.p12 import P12Holder
from signing.adapters.pkcs11 import Pkcs11Holder
from signing.produce import keys
from signing.produce.assemble import assemble
from signing.produce.params import Encoding, Level, Mechanism, Profile
from signing.produce.prepare import prepare
from signing.produce.refusals import ProductionRefused, SignatureValueMismatch
from signing.types import Bytes, Indication
from tests.factories.accounts import Made, create_buyer, create_company
from tests.signing import cscmock, pki, signed
from tests.signing import token as tokens
from tests.signing.test_produce_rules import refused

Result = subprocess.CompletedProcess[str]
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
        running.url = url
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
    held.sign(b"data", MECHANISMS["ec" if held._id == token.ids["ec"] else "rsa"])
    assert len(asked) == 1
    # What the library does when a card is drawn: every session on it is closed behind the holder's back.
    held._session.close()
    mechanism = MECHANISMS["ec" if held._id == token.ids["ec"] else "rsa"]
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


LEAF = cscmock.base64.b64encode(pki.signer().der).decode()


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("credentials/list", {}),
        ("credentials/list", {"credentialIDs": [1]}),
        ("credentials/list", []),
        ("credentials/info", {}),
        ("credentials/info", {"cert": {"certificates": []}, "key": {"status": "enabled"}}),
        ("credentials/info", {"cert": {"certificates": ["AAAA"]}, "key": {"status": "enabled"}}),
        (
            "credentials/info",
            {"cert": {"certificates": [LEAF]}, "key": {"status": "enabled"}, "multisign": float("inf")},
        ),
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
            "cert": {"certificates": [LEAF]},
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


# ``pli sign`` against a live server


@dataclass(frozen=True)
class Live:
    """A server in the background, and a buyer and a company with documents to sign together."""

    url: str
    runtime: Runtime
    buyer: Made
    company: Made

    def open(self, profile: Profile, level: Level = Level.B_B) -> joint.Opened:
        found = signed.document(profile)
        documents = found if isinstance(found, list) else [found]
        now = self.runtime.clock.now()
        admitted = joint.admit(self.runtime.find(Storage), documents, profile=profile, level=level, now=now)
        parties = [joint.Party(self.buyer.id, "Ville"), joint.Party(self.company.id, "Entreprise")]
        with self.runtime.database.write() as session:
            return joint.open_signing_jobs(
                session, admitted, parties, subject="award:1", organisation_id=self.buyer.id, by=None, now=now
            )

    def code(self, opened: joint.Opened, place: int = 0) -> str:
        by = self.company.identity("depositor") if place else self.buyer.identity("publisher")
        secret, now = self.runtime.settings.secret_key, self.runtime.clock.now()
        with self.runtime.database.write() as session:
            return joint.give_code(session, opened.jobs[place], secret=secret, by=by, now=now).code

    def files(self, opened: joint.Opened, place: int = 0) -> list[bytes]:
        with self.runtime.database.read() as session:
            files = joint.progress(session, opened.id).jobs[place].files
        return [b"".join(self.runtime.find(Storage).open(file.storage_key)) for file in files]


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("live")
    runtime = server.build(folder, server.ini_for(folder))
    with runtime.database.write() as session:
        now = runtime.clock.now()
        buyer, company = create_buyer(session, now), create_company(session, now)
    with server.serving(runtime) as url:
        yield Live(url, runtime, buyer, company)


def pli(*arguments: object, secret: str | None = None, access: str | None = None) -> Result:
    """Run ``pli sign`` in a process of its own, as a signer does; secrets come through pipes."""
    given, ends = [str(one) for one in arguments], []
    for option, text in (("--secret-fd", secret), ("--access-fd", access)):
        if text is not None:
            reader, writer = os.pipe()
            os.write(writer, text.encode())
            os.close(writer)
            ends.append(reader)
            given += [option, str(reader)]
    try:
        command = [sys.executable, "-m", "procurement.cli", "sign", *given]
        return subprocess.run(command, pass_fds=ends, capture_output=True, text=True, check=False)
    finally:
        for reader in ends:
            os.close(reader)


def verdicts(file: bytes, *contents: Bytes) -> list[Indication]:
    now = datetime.now(UTC)
    report = api.verify(
        file, name="acte", contents=contents, trust=pki.trust(), evidence=pki.evidence(now), at=now
    )
    return [one.indication for one in report.signatures]


def passed(opened: joint.Opened, live: Live, place: int, profile: Profile) -> bool:
    found = signed.document(profile)
    beside = [found] if profile is Profile.CADES_DETACHED else []
    (file,) = live.files(opened, place)
    return verdicts(file, *beside) == [Indication.TOTAL_PASSED] * (1 if beside else place + 1)


@pytest.fixture
def p12(tmp_path: Path) -> Path:
    path = tmp_path / "cle.p12"
    path.write_bytes(pki.signer("good").p12(b"secret"))
    return path


STRONG = ("rsa-3072", "ec")


@tokens.needed
@pytest.mark.parametrize("kind", STRONG)
@pytest.mark.parametrize("profile", FORMS)
def test_pli_signs_a_job_with_a_token_then_the_other_party_with_a_file(
    token: tokens.Token, live: Live, p12: Path, kind: str, profile: Profile
) -> None:
    opened = live.open(profile)
    where = ["--pkcs11", token.library, "--token", token.label, "--key-id", token.ids[kind].hex()]
    done = pli("--server", live.url, "--code", live.code(opened), *where, "--json", secret=token.pin)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["certificate_sha256"] == hashlib.sha256(pki.signer("good", kind).der).hexdigest()
    for document in result["documents"]:
        assert document["name"] in done.stderr
        assert document["sha256"] in done.stderr
    assert passed(opened, live, 0, profile)
    other = pli("--server", live.url, "--code", live.code(opened, 1), "--p12", p12, secret="secret")
    assert other.returncode == 0, other.stderr
    assert passed(opened, live, 1, profile)


@tokens.needed
@pytest.mark.parametrize("kind", STRONG)
def test_pli_signs_a_job_with_a_remote_key(service, live: Live, kind: str) -> None:
    running, client = service
    url = running.url
    opened = live.open(Profile.PADES, Level.B_T)
    where = ["--csc", url, "--key-id", f"cle-{kind}"]
    command = ["--server", live.url, "--code", live.code(opened), *where]
    done = pli(*command, secret=cscmock.SIGN_PIN, access=cscmock.ACCESS)
    assert done.returncode == 0, done.stderr
    assert passed(opened, live, 0, Profile.PADES)
    assert client.credentials()


@tokens.needed
def test_pli_signs_a_file_with_a_remote_key(service, tmp_path: Path) -> None:
    running, _client = service
    (tmp_path / "acte.pdf").write_bytes(signed.pdf())
    common = [tmp_path / "acte.pdf", "--csc", running.url, "--out", tmp_path / "out.pdf"]
    several = pli(*common, secret=cscmock.SIGN_PIN, access=cscmock.ACCESS)
    assert (several.returncode, "cle-ec" in several.stderr) == (2, True)
    chosen = [*common, "--key-id", "cle-ec"]
    stranger = pli(*chosen, secret=cscmock.SIGN_PIN, access="other")
    assert (stranger.returncode, "invalid_token" in stranger.stderr) == (1, True)
    wrong = pli(*chosen, secret="0000", access=cscmock.ACCESS)
    assert (wrong.returncode, "invalid_pin" in wrong.stderr) == (1, True)
    assert not (tmp_path / "out.pdf").exists()
    done = pli(*chosen, secret=cscmock.SIGN_PIN, access=cscmock.ACCESS)
    assert done.returncode == 0, done.stderr
    assert verdicts((tmp_path / "out.pdf").read_bytes()) == [Indication.TOTAL_PASSED]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("--server", "http://example.org", "--code", "X"), 2, "https"),
        (("--server", "https://a:b@example.org", "--code", "X"), 2, "https"),
        (("--server", "LIVE"), 2, "--code"),
        (("acte.pdf", "--server", "LIVE", "--code", "X"), 2, "--out"),
        (("--server", "LIVE", "--code", "X", "--level", "B-T"), 2, "--server"),
        (("--server", "LIVE", "--code", "0000-0000-0000"), 1, "pas connu"),
        (("--server", "http://localhost:9", "--code", "X"), 1, "ne répond pas"),
        (("--csc", "http://example.org", "--server", "LIVE", "--code", "X"), 2, "une adresse https"),
    ],
)
def test_pli_refuses_with_one_sentence(
    live: Live, p12: Path, arguments: tuple[str, ...], status: int, said: str
) -> None:
    given = [live.url if one == "LIVE" else one for one in arguments]
    key = [] if "--csc" in given else ["--p12", p12]
    done = pli(*given, *key, secret="secret")
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_key_that_production_refuses_signs_no_job(live: Live, tmp_path: Path) -> None:
    path = tmp_path / "cle.p12"
    path.write_bytes(pki.signer("good", "rsa").p12(b"secret"))
    opened = live.open(Profile.PADES)
    done = pli("--server", live.url, "--code", live.code(opened), "--p12", path, "--json", secret="secret")
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "produce.key_refused"
    assert live.files(opened) == []


# A server that lies: what it answers is changed on the way.


class Liar:
    """The live server's answers, some of them replaced, served to ``pli sign`` in this process."""

    def __init__(self, url: str, lie: Callable[[str, Any], Any]) -> None:
        self._url, self._lie = url, lie
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        kept = {name: value for name, value in request.headers.items() if name != "host"}
        url = self._url + request.url.path
        answer = httpx.request(request.method, url, content=request.read(), headers=kept)
        last = request.url.path.rpartition("/")[2]
        self.asked.append(last)
        if answer.headers["content-type"].startswith("application/json"):
            return httpx.Response(answer.status_code, json=self._lie(last, answer.json()))
        return httpx.Response(answer.status_code, content=self._lie("document", answer.content))


def changed(place: str, **values: Any) -> Callable[[str, Any], Any]:
    """Return a lie: members of one answer, or of the first entry of its list, replaced."""

    def lie(last: str, told: Any) -> Any:
        if last != place:
            return told
        inner = told["to_sign"][0] if "to_sign" in told else told
        inner |= values
        return told

    return lie


def other_document(last: str, told: Any) -> Any:
    return told + b" " if last == "document" else told


BARE_HASH = cscmock.base64.b64encode(hashlib.sha256(b"another contract").digest()).decode()


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (other_document, "DOCUMENT_CHANGED"),
        (changed("prepare", dtbs=BARE_HASH), "produce.other_bytes"),
        (changed("prepare", mechanism="ecdsa-sha512"), "produce.other_bytes"),
        (changed("prepare", signing_time="2001-01-01T00:00:00Z"), "CLOCKS"),
        (changed("prepare", signing_time="2001-01-01T00:00:00"), "SERVER_UNREADABLE"),
        (changed("prepare", n=2), "SERVER_UNREADABLE"),
        (changed("prepare", n=float("inf")), "SERVER_UNREADABLE"),
        (changed("claim", level="B-T"), "produce.other_bytes"),
        (changed("claim", format="none"), "SERVER_UNREADABLE"),
        (changed("claim", documents=[]), "SERVER_UNREADABLE"),
        (changed("claim", documents=[{"n": 1, "name": "a", "href": "https://example.org/", "size": 0}]), "SERVER_UNREADABLE"),
    ],
)  # fmt: skip
def test_server_that_asks_for_other_bytes_gets_no_signature(
    live: Live, p12: Path, monkeypatch: pytest.MonkeyPatch, lie: Callable[[str, Any], Any], code: str
) -> None:
    """A room for the signature is kept in a PDF according to the level, so that another level is another document."""
    opened = live.open(Profile.PADES)
    liar = Liar(live.url, lie)
    monkeypatch.setattr(sign_http, "client", lambda: httpx.Client(transport=httpx.MockTransport(liar)))
    key = sign_keys.Key(p12, None, None, None, None, secret_fd("secret"), None)
    with pytest.raises((ProductionRefused, Declined)) as refusal:
        sign_job.run(live.url, live.code(opened), key)
    os.close(key.secret_fd or 0)
    assert refusal.value.code == code
    assert "values" not in liar.asked
    assert live.files(opened) == []


def secret_fd(text: str) -> int:
    reader, writer = os.pipe()
    os.write(writer, text.encode())
    os.close(writer)
    return reader


def test_server_that_tells_the_truth_gets_its_signature(
    live: Live, p12: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other half of the test above: the same way, without a lie."""
    opened = live.open(Profile.PADES)
    liar = Liar(live.url, lambda _last, told: told)
    monkeypatch.setattr(sign_http, "client", lambda: httpx.Client(transport=httpx.MockTransport(liar)))
    key = sign_keys.Key(p12, None, None, None, None, secret_fd("secret"), None)
    sign_job.run(live.url, live.code(opened), key)
    os.close(key.secret_fd or 0)
    assert liar.asked == ["claim", "1", "prepare", "values"]
    assert passed(opened, live, 0, Profile.PADES)
