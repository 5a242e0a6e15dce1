"""Mail: messages are built and stored with the deed they tell of, then sent by a job.

In development ``pli.mail = outbox`` sends nothing: the page ``/boite-envoi`` lists what would have been sent,
with links that work, so that an invitation can be followed without a mail server.
"""

from typing import Any

from procurement.core import services
from procurement.core.db import Database
from procurement.core.mail.mailers import MailDelayed, Mailer, MailRefused, OutboxMailer, SmtpMailer, choose
from procurement.core.mail.models import MailMessage
from procurement.core.mail.service import KIND, SITE, deliver, queue, recent, sent_about
from procurement.core.settings import Settings

__all__ = [
    "KIND",
    "MailDelayed",
    "MailMessage",
    "MailRefused",
    "Mailer",
    "OutboxMailer",
    "SmtpMailer",
    "deliver",
    "queue",
    "recent",
    "sent_about",
]


def includeme(config: Any) -> None:
    """Register the mailer and its job; the outbox page exists only where mail goes to the outbox."""
    settings: Settings = services.find(config.registry, Settings)
    database: Database = services.find(config.registry, Database)
    services.register(config.registry, Mailer, choose(settings))
    database.write_sessions.configure(info={SITE: settings})
    config.add_job(KIND, deliver)
    if settings.mail == "outbox":
        config.add_route("core.outbox", "/boite-envoi", factory="procurement.core.mail.views.Outbox")
        config.add_route(
            "core.outbox_message", "/boite-envoi/{message}", factory="procurement.core.mail.views.Outbox"
        )
        config.scan("procurement.core.mail.views")
