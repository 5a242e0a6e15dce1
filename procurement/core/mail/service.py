"""Queue messages with the deed they tell of, and send them from the job queue."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from procurement.core import jobs
from procurement.core.jobs import JobContext
from procurement.core.mail.mailers import MailDelayed, Mailer, MailRefused
from procurement.core.mail.models import MailMessage
from procurement.core.mail.rendering import render
from procurement.core.settings import Settings

KIND = "core.mail"
#: Key of a session's notes under which the settings travel to the templates.
SITE = "pli.site"


def queue(
    session: Session,
    *,
    to: str,
    template: str,
    context: dict[str, Any],
    language: str,
    now: datetime,
    about: str | None = None,
) -> MailMessage:
    """Build a message, store it and enqueue its sending, all in the caller's transaction.

    ``template`` is such as ``emails/invitation``; ``about`` names what the message is about, for its page.
    The texts see the settings as ``site``: the sessions of a wired application carry them.
    """
    texts = render(template, context, language=language, site=session.info.get(SITE) or Settings())
    message = MailMessage(
        recipient=to,
        subject=texts.subject,
        text=texts.text,
        html=texts.html,
        language=language,
        template=template,
        about=about,
        created_at=now,
    )
    session.add(message)
    session.flush()
    jobs.enqueue(session, KIND, {"message": str(message.id)}, now=now, key=f"{KIND}:{message.id}")
    return message


def deliver(context: JobContext, payload: dict[str, Any]) -> None:
    """Send one message (job ``core.mail``); keep a refusal for good with it, try again after any other.

    A worker killed between sending and noting it sends twice; the Message-ID is the same.
    """
    message_id = uuid.UUID(payload["message"])
    with context.database.read() as session:
        message = session.get(MailMessage, message_id)
    if message is None or message.sent_at or message.failed_at:
        return
    mailer: Mailer = context.find(Mailer)
    now = context.clock.now()
    try:
        mailer.send(message, now=now)
    except MailRefused as error:
        _note(context, message_id, failed_at=now, error=str(error))
    except MailDelayed as error:
        _note(context, message_id, error=str(error))
        raise
    else:
        _note(context, message_id, sent_at=now, error=None)


def _note(context: JobContext, message_id: uuid.UUID, **values: Any) -> None:
    with context.database.write() as session:
        message = session.get_one(MailMessage, message_id)
        message.attempts += 1
        for name, value in values.items():
            setattr(message, name, value)


def recent(session: Session, *, limit: int = 100) -> list[MailMessage]:
    """Return the latest messages, newest first."""
    return list(
        session.scalars(
            select(MailMessage).order_by(MailMessage.created_at.desc(), MailMessage.id.desc()).limit(limit)
        )
    )


def sent_about(session: Session, subject: str) -> list[MailMessage]:
    """Return the messages about one subject, oldest first."""
    query = (
        select(MailMessage)
        .where(MailMessage.about == subject)
        .order_by(MailMessage.created_at, MailMessage.id)
    )
    return list(session.scalars(query))
