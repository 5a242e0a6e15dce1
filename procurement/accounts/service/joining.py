"""Somebody new accepts an invitation: account, roles and session in one transaction."""

from datetime import datetime

from procurement.accounts import models
from procurement.accounts.rules import check_password
from procurement.accounts.service import passwords, team
from procurement.accounts.service.account import create_person
from procurement.accounts.service.sign_in import Opened, Visitor, actor, open_session
from procurement.core.db import Database
from procurement.core.errors import Conflict
from procurement.core.text import _


def join(
    database: Database,
    token: str,
    name: str,
    password: str,
    visitor: Visitor,
    *,
    language: str,
    now: datetime,
) -> Opened:
    """Open an account for the address that was invited, take the roles and sign in.

    The link proves that the address is read by this person.
    """
    with database.read() as session:
        offered = team.offer(session, token, now=now)
    text = check_password(password, offered.email, name, offered.organisation.legal_name)
    hashed = passwords.hash_password(text)
    with database.write() as session:
        if team.offer(session, token, now=now).has_account:
            raise Conflict(
                "invitation.has_account",
                _(
                    "Vous avez déjà un compte à cette adresse. Connectez-vous, puis ouvrez de nouveau le lien."
                ),
            )
        person: models.Person = create_person(
            session, offered.email, name, hashed, language=language, now=now
        )
        team.accept(session, token, by=actor(person), now=now)
        return open_session(session, person, visitor, waiting=False, now=now)
