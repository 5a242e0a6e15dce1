"""A real SMTP server in a thread: aiosmtpd, which refuses lines over 998 characters and bare line feeds."""

import ssl
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.peers import shared


@dataclass
class SmtpPeer:
    """What the server received, and how it answers; ``replies`` maps a recipient to a refusal."""

    messages: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    data_reply: str = "250 OK"
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    host: str = "127.0.0.1"
    port: int = 0

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.replies:
            return self.replies[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name
        if self.data_reply.startswith("250"):
            self.raw.append(envelope.content)
            self.messages.append(message_from_bytes(envelope.content, policy=default))
        return self.data_reply

    def authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        self.logins.append((data.login, data.password))
        return AuthResult(success=data.password == b"secret", handled=False)


def start(peer: SmtpPeer, tls: ssl.SSLContext | None = None) -> Controller:
    options: dict[str, Any] = {}
    if tls is not None:
        options = {
            "tls_context": tls,
            "require_starttls": True,
            "authenticator": peer.authenticate,
            "auth_required": True,
        }
    # The controller knocks at its own port once it listens, so it must know the number beforehand.
    (peer.port,) = shared.free_ports(1)
    controller = Controller(peer, hostname=peer.host, port=peer.port, **options)
    controller.start()
    return controller
