import ssl
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from procurement.core.mail import MailDelayed, MailMessage, MailRefused, OutboxMailer, SmtpMailer
from procurement.core.mail.mailers import choose
from procurement.core.settings import Settings, SettingsError
from tests.peers import smtp
from tests.peers.smtp import SmtpPeer

NOW = datetime(2027, 1, 11, 9, 0, tzinfo=UTC)
LONG = "Un très long paragraphe. " * 200


def message(**changes: str) -> MailMessage:
    values = {
        "recipient": "claire.martin@rouen.example",
        "subject": "Invitation à rejoindre « Ville de Rouen » – réf. 2027-000012",
        "text": f"Bonjour,\n\n{LONG}\n.\nhttps://pli.example/invitation/abc\n",
        "html": f"<p>Bonjour</p><p>{LONG}</p>",
        "language": "fr",
    }
    return MailMessage(id=uuid.UUID(int=7), template="emails/x", created_at=NOW, **(values | changes))


def mailer(peer: SmtpPeer, **changes: object) -> SmtpMailer:
    values = {
        "environment": "test",
        "mail_host": peer.host,
        "mail_port": peer.port,
        "mail_sender": "ne-pas-repondre@pli.example",
        "site_name": "Pli, ville",
    }
    return SmtpMailer(Settings(**(values | changes)))


def test_message_arrives_whole(smtp_server: SmtpPeer) -> None:
    sent = message()
    mailer(smtp_server).send(sent, now=NOW)
    (received,) = smtp_server.messages
    assert received["To"] == sent.recipient
    assert received["Subject"] == sent.subject
    assert received["From"].addresses[0].display_name == "Pli, ville"
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["Content-Language"] == "fr"
    assert received["Message-ID"] == f"<{sent.id}@pli.example>"
    assert received["Date"].datetime == NOW
    text, html = received.iter_parts()
    assert text.get_content().replace("\r\n", "\n") == sent.text
    assert html.get_content().strip() == sent.html


def test_lines_are_short_and_ascii(smtp_server: SmtpPeer) -> None:
    mailer(smtp_server).send(message(subject="é" * 900), now=NOW)
    (raw,) = smtp_server.raw
    assert max(len(line) for line in raw.split(b"\r\n")) < 998
    assert raw.isascii()


def test_unknown_recipient_is_refused_for_good(smtp_server: SmtpPeer) -> None:
    smtp_server.replies["claire.martin@rouen.example"] = "550 5.1.1 no such user"
    with pytest.raises(MailRefused, match=r"550 5\.1\.1 no such user"):
        mailer(smtp_server).send(message(), now=NOW)


def test_greylisting_is_a_delay(smtp_server: SmtpPeer) -> None:
    smtp_server.replies["claire.martin@rouen.example"] = "451 4.7.1 try later"
    with pytest.raises(MailDelayed, match="451"):
        mailer(smtp_server).send(message(), now=NOW)


@pytest.mark.parametrize(
    ("reply", "expected"), [("552 5.2.2 full", MailRefused), ("452 4.3.1 later", MailDelayed)]
)
def test_reply_to_the_content(smtp_server: SmtpPeer, reply: str, expected: type[Exception]) -> None:
    smtp_server.data_reply = reply
    with pytest.raises(expected, match=reply[:3]):
        mailer(smtp_server).send(message(), now=NOW)


def test_nobody_listening_is_a_delay() -> None:
    with pytest.raises(MailDelayed, match="refused"):
        mailer(SmtpPeer(port=9)).send(message(), now=NOW)
    with pytest.raises(MailDelayed, match="refused"):
        mailer(SmtpPeer(port=9)).check()


def test_check_reaches_the_server(smtp_server: SmtpPeer) -> None:
    mailer(smtp_server).check()
    assert smtp_server.messages == []


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    (tmp_path / "c.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (tmp_path / "k.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "c.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    return context


@pytest.fixture
def tls_server(certificate: ssl.SSLContext) -> Iterator[SmtpPeer]:
    peer = SmtpPeer()
    controller = smtp.start(peer, certificate)
    yield peer
    controller.stop()


def secure(peer: SmtpPeer, **changes: str) -> SmtpMailer:
    values: dict[str, object] = {
        "mail_host": "localhost",
        "mail_security": "starttls",
        "mail_username": "pli",
        "mail_password": "secret",
    }
    return mailer(peer, **(values | changes))


def test_starttls_and_login(tls_server: SmtpPeer) -> None:
    secure(tls_server).send(message(), now=NOW)
    assert tls_server.logins == [(b"pli", b"secret")]
    assert len(tls_server.messages) == 1


def test_wrong_password_delays_since_the_message_is_not_at_fault(tls_server: SmtpPeer) -> None:
    with pytest.raises(MailDelayed, match="535"):
        secure(tls_server, mail_password="wrong").send(message(), now=NOW)


def test_certificate_of_another_name_delays(tls_server: SmtpPeer) -> None:
    with pytest.raises(MailDelayed, match="SSLCertVerificationError"):
        secure(tls_server, mail_host="127.0.0.1").send(message(), now=NOW)
    assert tls_server.logins == []


def test_outbox_sends_nothing() -> None:
    chosen = choose(Settings(mail="outbox"))
    assert isinstance(chosen, OutboxMailer)
    chosen.send(message(), now=NOW)
    chosen.check()


def test_password_in_clear_is_refused_in_production() -> None:
    with pytest.raises(SettingsError, match="in clear"):
        choose(Settings(environment="production", mail_username="pli", mail_password="x"))
