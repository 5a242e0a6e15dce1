"""Hand a message over: to an SMTP server, or to nobody but the development page that lists messages."""

import smtplib
import ssl
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Protocol

from procurement.core.mail.models import MailMessage
from procurement.core.settings import Settings, SettingsError

TIMEOUT = 30.0
_PERMANENT = range(500, 600)


class MailRefused(Exception):
    """Say that the server will never take this message: shown on the recipient's page as a bounce."""


class MailDelayed(Exception):
    """Say that the message did not go now and may go later."""


class Mailer(Protocol):
    """Hand messages over."""

    def send(self, message: MailMessage, *, now: datetime) -> None:
        """Send, or raise MailRefused (for good) or MailDelayed (for now)."""
        ...

    def check(self) -> None:
        """Raise MailDelayed when the server cannot be reached."""
        ...


class OutboxMailer:
    """Send nothing: messages are read on ``/boite-envoi`` of a development server."""

    def send(self, message: MailMessage, *, now: datetime) -> None:
        """Keep the message where it is."""
        del message, now

    def check(self) -> None:
        """Find nothing to complain of."""


class SmtpMailer:
    """Send through one SMTP server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def send(self, message: MailMessage, *, now: datetime) -> None:
        """Send one message in one connection."""
        built = build(message, self._settings, now=now)
        try:
            with self._connect() as server:
                server.send_message(built, from_addr=self._settings.mail_sender, to_addrs=[message.recipient])
        except smtplib.SMTPRecipientsRefused as error:
            code, reason = next(iter(error.recipients.values()))
            raise _verdict(code, reason) from error
        except smtplib.SMTPResponseException as error:
            # A wrong password or an unwilling server is ours to mend: the message itself is not at fault.
            if isinstance(error, smtplib.SMTPDataError | smtplib.SMTPSenderRefused):
                raise _verdict(error.smtp_code, error.smtp_error) from error
            raise MailDelayed(f"{error.smtp_code} {_text(error.smtp_error)}") from error
        except smtplib.SMTPNotSupportedError as error:
            raise MailRefused(str(error)) from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailDelayed(f"{type(error).__name__}: {error}") from error

    def check(self) -> None:
        """Connect, sign in and say NOOP."""
        try:
            with self._connect() as server:
                server.noop()
        except (OSError, smtplib.SMTPException) as error:
            raise MailDelayed(f"{type(error).__name__}: {error}") from error

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        context = ssl.create_default_context()
        if settings.mail_security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                settings.mail_host, settings.mail_port, timeout=TIMEOUT, context=context
            )
        else:
            server = smtplib.SMTP(settings.mail_host, settings.mail_port, timeout=TIMEOUT)
        try:
            if settings.mail_security == "starttls":
                server.starttls(context=context)
            if settings.mail_username:
                server.login(settings.mail_username, settings.mail_password)
        except BaseException:
            server.close()
            raise
        return server


def build(message: MailMessage, settings: Settings, *, now: datetime) -> EmailMessage:
    """Return the message in MIME: text and HTML with the same content.

    Quoted-printable keeps lines far under the 998 bytes of RFC 5322. The Message-ID stays the same at each
    attempt, so that a message sent twice is recognised as one.
    """
    domain = settings.mail_sender.rpartition("@")[2]
    built = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    built["From"] = Address(settings.site_name, addr_spec=settings.mail_sender)
    built["To"] = message.recipient
    built["Subject"] = message.subject
    built["Date"] = format_datetime(now)
    built["Message-ID"] = f"<{message.id}@{domain}>"
    built["Auto-Submitted"] = "auto-generated"
    built.set_content(message.text, cte="quoted-printable")
    built.add_alternative(message.html, subtype="html", cte="quoted-printable")
    # Set last: adding a part moves the Content-* headers into the part before it.
    built["Content-Language"] = message.language
    return built


def _verdict(code: int, reason: bytes | str) -> Exception:
    text = f"{code} {_text(reason)}"
    return MailRefused(text) if code in _PERMANENT else MailDelayed(text)


def _text(reason: bytes | str) -> str:
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason


def choose(settings: Settings) -> Mailer:
    """Return the mailer that the settings name."""
    if settings.mail == "outbox":
        return OutboxMailer()
    if settings.mail_username and settings.mail_security == "none" and not settings.development:
        raise SettingsError(
            "Setting pli.mail_security = none would send the mail password in clear; use starttls or tls."
        )
    return SmtpMailer(settings)
