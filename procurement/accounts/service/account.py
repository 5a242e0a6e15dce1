"""One's own account: name, language, address, password; and the password forgotten."""

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from procurement.accounts import models, queries
from procurement.accounts.models import TokenPurpose
from procurement.accounts.rules import EMAIL_LIFE, RESET_LIFE, check_email, check_password, digest, email_key
from procurement.accounts.service import failures, mail_tokens, passwords
from procurement.accounts.service.sign_in import actor, end_all
from procurement.core import i18n, jobs, journal, mail
from procurement.core.db import Database
from procurement.core.errors import Conflict, FieldError, Invalid
from procurement.core.jobs import JobContext
from procurement.core.security import Identity
from procurement.core.settings import Settings
from procurement.core.text import _

RESET_JOB = "accounts.reset"


def create_person(
    session: Session, email: str, name: str, password_hash: str, *, language: str, now: datetime
) -> models.Person:
    """Open an account for an address that has been shown to be read by this person."""
    row = models.Person(
        email=check_email(email),
        email_key=email_key(email),
        name=name,
        language=language if language in i18n.LANGUAGES else i18n.DEFAULT,
        password_hash=password_hash,
        password_at=now,
        created_at=now,
    )
    session.add(row)
    session.flush()
    journal.append(session, at=now, actor=actor(row), action="accounts:person:created", subject=row.id)
    return row


def change_profile(session: Session, name: str, language: str, *, by: Identity, now: datetime) -> None:
    """Change one's name and language."""
    row = session.get_one(models.Person, by.person_id)
    if (row.name, row.language) == (name, language):
        return
    row.name, row.language = name, language
    journal.append(session, at=now, actor=by, action="accounts:person:changed", subject=row.id)


def confirm_password(database: Database, person_id: uuid.UUID, password: str, *, now: datetime) -> None:
    """Raise Invalid unless this is the person's password; tries are counted as at sign-in."""
    with database.read() as session:
        row = session.get_one(models.Person, person_id)
        wait = failures.wait(session, "account", row.email_key, now=now)
    if not wait and passwords.same_password(row.password_hash, password):
        return
    with database.write() as session:
        failures.note(session, "account", row.email_key, now=now)
    sentence = _("Ce n’est pas votre mot de passe actuel. Rien n’a été modifié.")
    raise Invalid("password.wrong", sentence, errors=(FieldError("current", "password.wrong", sentence),))


def change_password(database: Database, current: str, new: str, *, by: Identity, now: datetime) -> int:
    """Change one's password after giving the present one; return how many other sessions this ended."""
    confirm_password(database, by.person_id, current, now=now)
    text = check_password(new, by.email, by.name, by.organisation_name)
    fresh = passwords.hash_password(text)
    with database.write() as session:
        row = session.get_one(models.Person, by.person_id)
        row.password_hash, row.password_at = fresh, now
        journal.append(session, at=now, actor=by, action="accounts:password:changed", subject=row.id)
        _tell(session, row, "emails/accounts_password_changed", now=now)
        mail_tokens.cancel(session, TokenPurpose.RESET, row.id, now=now)
        return end_all(session, row.id, but=by.session_id, by=by, now=now)


def ask_email_change(
    database: Database, email: str, password: str, *, base_url: str, by: Identity, now: datetime
) -> None:
    """Send a link to the new address; the old one stays until the link is followed."""
    address = check_email(email)
    confirm_password(database, by.person_id, password, now=now)
    with database.write() as session:
        if queries.person_by_email(session, address) is not None:
            # Said by mail to the address's owner, not here: this page must not tell who has an account.
            return
        mail_tokens.cancel(session, TokenPurpose.EMAIL, by.person_id, now=now)
        wanted = mail_tokens.Wanted(
            purpose=TokenPurpose.EMAIL, email=address, life=EMAIL_LIFE, person_id=by.person_id
        )
        token = mail_tokens.make(session, wanted, now=now)
        context = {
            "name": by.name,
            "link": f"{base_url}/compte/adresse/{token}",
            "expires_at": now + EMAIL_LIFE,
        }
        _mail(session, address, "emails/accounts_email_change", context, by.language, by.person_id, now=now)
        journal.append(session, at=now, actor=by, action="accounts:email:asked", subject=by.person_id)


def change_email(session: Session, token: str, *, by: Identity, now: datetime) -> str:
    """Take the new address of a link that its owner followed while signed in; tell the old address."""
    found = mail_tokens.use(session, TokenPurpose.EMAIL, token, now=now)
    if found.person_id != by.person_id:
        raise Conflict("email.other_person", _("Ce lien appartient à un autre compte. Rien n’a été modifié."))
    if queries.person_by_email(session, found.email) is not None:
        raise Conflict("email.taken", _("Cette adresse sert déjà à un compte. Rien n’a été modifié."))
    row = session.get_one(models.Person, by.person_id)
    _tell(session, row, "emails/accounts_email_changed", now=now, new=found.email)
    row.email, row.email_key = found.email, email_key(found.email)
    journal.append(session, at=now, actor=by, action="accounts:email:changed", subject=row.id)
    return found.email


def ask_reset(session: Session, email: str, *, language: str, now: datetime) -> None:
    """Take note of a forgotten password. The work is a job: with or without an account the answer takes as long."""
    payload = {"email": email, "language": language}
    jobs.enqueue(session, RESET_JOB, payload, now=now, key=f"{RESET_JOB}:{digest(email_key(email))}")


def send_reset(context: JobContext, payload: dict[str, Any]) -> None:
    """Send the link of a forgotten password to whoever has an account (job ``accounts.reset``)."""
    settings: Settings = context.find(Settings)
    now = context.clock.now()
    with context.database.write() as session:
        key = email_key(payload["email"])
        row = session.scalars(select(models.Person).where(models.Person.email_key == key)).one_or_none()
        if row is None:
            return
        mail_tokens.cancel(session, TokenPurpose.RESET, row.id, now=now)
        wanted = mail_tokens.Wanted(
            purpose=TokenPurpose.RESET, email=row.email, life=RESET_LIFE, person_id=row.id
        )
        token = mail_tokens.make(session, wanted, now=now)
        link = f"{settings.base_url}/mot-de-passe/{token}"
        values = {"name": row.name, "link": link, "expires_at": now + RESET_LIFE}
        _mail(session, row.email, "emails/accounts_reset", values, row.language, row.id, now=now)
        journal.append(session, at=now, actor=None, action="accounts:password:reset_asked", subject=row.id)


def reset_password(database: Database, token: str, new: str, *, now: datetime) -> None:
    """Set a new password with a link; every session of the person ends, and his lockout too."""
    with database.read() as session:
        found = mail_tokens.find(session, TokenPurpose.RESET, token, now=now)
        person = session.get_one(models.Person, found.person_id)
    text = check_password(new, person.email, person.name)
    fresh = passwords.hash_password(text)
    with database.write() as session:
        mail_tokens.use(session, TokenPurpose.RESET, token, now=now)
        row = session.get_one(models.Person, person.id)
        row.password_hash, row.password_at = fresh, now
        failures.clear(session, "account", row.email_key)
        journal.append(session, at=now, actor=actor(row), action="accounts:password:reset", subject=row.id)
        end_all(session, row.id, but=None, by=actor(row), now=now)
        _tell(session, row, "emails/accounts_password_changed", now=now)


def _tell(session: Session, row: models.Person, template: str, *, now: datetime, **more: Any) -> None:
    context = {"name": row.name, "at": now, **more}
    _mail(session, row.email, template, context, row.language, row.id, now=now)


def _mail(
    session: Session,
    to: str,
    template: str,
    context: dict[str, Any],
    language: str,
    person_id: uuid.UUID,
    *,
    now: datetime,
) -> None:
    about = f"person:{person_id}"
    mail.queue(session, to=to, template=template, context=context, language=language, now=now, about=about)
