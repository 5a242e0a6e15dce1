"""Open, raise, move and end sessions.

The password is compared outside any transaction: it takes a tenth of a second, and one writer serves everybody. A
wrong name and a wrong password get the same answer after the same time, and both are counted.
"""

import math
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from procurement.accounts import models, queries
from procurement.accounts.rules import CODE_LIFE, Role, digest, email_key
from procurement.accounts.service import failures, passwords, second_factor
from procurement.core import journal
from procurement.core.db import Database
from procurement.core.errors import Gone, Invalid, NotFound, TooMany
from procurement.core.security import Identity
from procurement.core.text import _
from procurement.core.vault import KeyVault

_TOKEN_BYTES = 32


@dataclass(frozen=True)
class Visitor:
    """From where somebody signs in."""

    address: str
    device: str


@dataclass(frozen=True)
class Opened:
    """A session just opened: its token goes into the cookie and nowhere else."""

    token: str
    person_id: uuid.UUID
    waiting: bool


def sign_in(database: Database, email: str, password: str, visitor: Visitor, *, now: datetime) -> Opened:
    """Check an address and a password and open a session, which waits for a code when there is a second factor."""
    key = email_key(email)
    with database.read() as session:
        _refuse_if_locked(session, key, visitor, now=now)
        person = session.scalars(select(models.Person).where(models.Person.email_key == key)).one_or_none()
    right = passwords.same_password(person.password_hash if person else None, password)
    fresh = (
        passwords.hash_password(password)
        if right and person and passwords.outdated(person.password_hash)
        else None
    )
    with database.write() as session:
        # Tries sent at the same moment have all passed the first look: count under the writer's lock.
        _refuse_if_locked(session, key, visitor, now=now)
        if not right or person is None:
            _note_failure(session, key, person, visitor, now=now)
        else:
            return _open_for(session, person.id, fresh, visitor, now=now)
    raise Invalid(
        "sign_in.refused", _("L’adresse ou le mot de passe ne correspond pas. Rien n’est bloqué : réessayez.")
    )


def _open_for(
    session: Session, person_id: uuid.UUID, fresh: str | None, visitor: Visitor, *, now: datetime
) -> Opened:
    person = session.get_one(models.Person, person_id)
    if fresh is not None:
        person.password_hash = fresh
    waiting = person.totp_sealed is not None
    if not waiting:
        failures.clear(session, "account", person.email_key)
    return open_session(session, person, visitor, waiting=waiting, now=now)


def _refuse_if_locked(
    session: Session, key: str, visitor: Visitor, *, now: datetime, kind: str = "account"
) -> None:
    waits = (
        failures.wait(session, kind, key, now=now),
        failures.wait(session, "address", visitor.address, now=now),
    )
    seconds = math.ceil(max(waits).total_seconds())
    if seconds > 0:
        raise TooMany(
            "sign_in.locked",
            _(
                "Trop d’essais sans succès. Réessayez dans %(minutes)s min, ou changez votre mot de passe par courriel."
            ),
            retry_after=seconds,
            minutes=math.ceil(seconds / 60),
        )


def _note_failure(
    session: Session,
    key: str,
    person: models.Person | None,
    visitor: Visitor,
    *,
    now: datetime,
    kind: str = "account",
) -> None:
    count = failures.note(session, kind, key, now=now)
    failures.note(session, "address", visitor.address, now=now)
    journal.append(
        session,
        at=now,
        actor=None,
        action="accounts:session:refused",
        subject=person.id if person else failures.key_of("account", key),
        data={"failures": count, "address": visitor.address},
    )


def open_session(
    session: Session,
    person: models.Person,
    visitor: Visitor,
    *,
    waiting: bool,
    now: datetime,
    mfa: bool = False,
) -> Opened:
    """Open a session in the caller's transaction."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    held = queries.organisations_of(session, person.id)
    row = models.SignIn(
        token_hash=digest(token),
        person_id=person.id,
        organisation_id=held[0].id if held else None,
        waiting=waiting,
        mfa=mfa,
        device=visitor.device[:200],
        address=visitor.address[:45],
        created_at=now,
        seen_at=now,
    )
    session.add(row)
    session.flush()
    if not waiting:
        _note_opened(session, person, row, "password", now=now)
    return Opened(token, person.id, waiting)


def _note_opened(
    session: Session, person: models.Person, row: models.SignIn, how: str, *, now: datetime
) -> None:
    journal.append(
        session,
        at=now,
        actor=actor(person),
        action="accounts:session:opened",
        subject=person.id,
        data={"session": str(row.id), "with": how, "address": row.address},
    )


def actor(person: models.Person) -> Identity:
    """Return the identity under which a person's own deeds are journaled before a session stands."""
    return Identity(person_id=person.id, name=person.name, email=person.email, language=person.language)


def raise_session(database: Database, vault: KeyVault, token: str, answer: str, *, now: datetime) -> Opened:
    """Take the second factor of a waiting session, and give the session a new token."""
    with database.write() as session:
        row, person = _waiting(session, token, now=now, lock=True)
        visitor = Visitor(row.address, row.device)
        _refuse_if_locked(session, person.email_key, visitor, now=now, kind="code")
        how = second_factor.accept(session, vault, person, answer, now=now)
        if how is None:
            # Counted apart: who reads the mail box and resets the password gets no fresh tries at the code.
            _note_failure(session, person.email_key, person, visitor, now=now, kind="code")
        else:
            fresh = secrets.token_urlsafe(_TOKEN_BYTES)
            row.token_hash, row.waiting, row.mfa = digest(fresh), False, True
            row.created_at = row.seen_at = now
            for kind in ("account", "code"):
                failures.clear(session, kind, person.email_key)
            _note_opened(session, person, row, how, now=now)
            return Opened(fresh, person.id, waiting=False)
    raise Invalid(
        "sign_in.wrong_code",
        _("Ce code n’est pas le bon, ou il a déjà servi. Attendez le suivant, ou prenez un code de secours."),
    )


def _waiting(
    session: Session, token: str, *, now: datetime, lock: bool = False
) -> tuple[models.SignIn, models.Person]:
    query = select(models.SignIn).where(
        models.SignIn.token_hash == digest(token), models.SignIn.waiting.is_(True)
    )
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None or row.ended_at is not None or now - row.created_at >= CODE_LIFE:
        raise Gone(
            "sign_in.code_too_late",
            _("Le temps pour saisir le code est passé. Reprenez la connexion au début."),
        )
    return row, session.get_one(models.Person, row.person_id)


def waits_for_code(session: Session, token: str, *, now: datetime) -> bool:
    """Tell whether a token belongs to a session that waits for its second factor."""
    try:
        _waiting(session, token, now=now)
    except Gone:
        return False
    return True


def touch(session: Session, session_id: uuid.UUID, *, now: datetime) -> None:
    """Note that a session is alive."""
    row = session.get(models.SignIn, session_id)
    if row is not None and row.ended_at is None:
        row.seen_at = max(row.seen_at, now)


def switch(
    session: Session, organisation_id: uuid.UUID, *, by: Identity, now: datetime
) -> queries.Organisation:
    """Act for another organisation of the same person from now on."""
    held = {item.id: item for item in queries.organisations_of(session, by.person_id)}
    if organisation_id not in held or by.session_id is None:
        raise NotFound("organisation.not_yours", _("Vous n’agissez pas pour cette organisation."))
    row = session.get_one(models.SignIn, by.session_id)
    row.organisation_id = organisation_id
    journal.append(
        session,
        at=now,
        actor=by,
        action="accounts:session:switched",
        subject=by.person_id,
        data={"organisation": str(organisation_id)},
        organisation_id=organisation_id,
    )
    return held[organisation_id]


def sign_out(session: Session, *, by: Identity, now: datetime) -> None:
    """End the session in use."""
    if by.session_id is not None:
        end_sessions(session, by.person_id, [by.session_id], by=by, now=now)


def end_session(session: Session, session_id: uuid.UUID, *, by: Identity, now: datetime) -> None:
    """End one of one's own sessions; somebody else's is not found."""
    row = session.get(models.SignIn, session_id)
    if row is None or row.person_id != by.person_id:
        raise NotFound("session.not_found", _("Cette connexion n’existe pas, ou n’est pas la vôtre."))
    end_sessions(session, by.person_id, [session_id], by=by, now=now)


def end_other_sessions(session: Session, *, by: Identity, now: datetime) -> int:
    """End all of one's own sessions but the one in use; return how many."""
    return end_all(session, by.person_id, but=by.session_id, by=by, now=now)


def end_all(
    session: Session, person_id: uuid.UUID, *, but: uuid.UUID | None, by: Identity, now: datetime
) -> int:
    """End a person's sessions, waiting ones included; return how many."""
    opened = models.SignIn
    query = select(opened.id).where(
        opened.person_id == person_id, opened.ended_at.is_(None), opened.id != but
    )
    ids = list(session.scalars(query))
    end_sessions(session, person_id, ids, by=by, now=now)
    return len(ids)


def end_sessions(
    session: Session, person_id: uuid.UUID, ids: Iterable[uuid.UUID], *, by: Identity, now: datetime
) -> None:
    """End sessions and journal each."""
    for session_id in ids:
        row = session.get_one(models.SignIn, session_id)
        if row.ended_at is None:
            row.ended_at = now
            data = {"session": str(session_id)}
            journal.append(
                session, at=now, actor=by, action="accounts:session:ended", subject=person_id, data=data
            )


def needs_second_factor(session: Session, person_id: uuid.UUID) -> bool:
    """Tell whether a person is an opener somewhere and has no second factor."""
    person = session.get_one(models.Person, person_id)
    grants = models.RoleGrant
    query = select(grants.id).where(
        grants.person_id == person_id, grants.role == Role.OPENER, grants.withdrawn_at.is_(None)
    )
    return person.totp_sealed is None and session.scalars(query.limit(1)).first() is not None


def lives(idle_minutes: int, hours: int) -> dict[str, timedelta]:
    """Return the two limits of a session as the queries take them."""
    return {"idle": timedelta(minutes=idle_minutes), "longest": timedelta(hours=hours)}
