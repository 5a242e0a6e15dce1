"""The second factor: a code that changes every thirty seconds (RFC 6238), and ten codes on paper for the day it is lost."""

import base64
import hmac
import secrets
import uuid
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from procurement.accounts import models
from procurement.accounts.rules import (
    RECOVERY_ALPHABET,
    RECOVERY_CODES,
    RECOVERY_LENGTH,
    TOTP_DIGITS,
    TOTP_STEP,
    code_digits,
    digest,
    grouped,
    recovery_form,
    totp_steps,
)
from procurement.core import journal
from procurement.core.errors import Conflict, Invalid
from procurement.core.security import Identity
from procurement.core.text import _
from procurement.core.vault import KeyVault

PURPOSE = "totp"
_SECRET_BYTES = 20


def _totp(secret: bytes) -> TOTP:
    # SHA-1 is what every authenticator application supports; HMAC does not rest on its collisions.
    return TOTP(secret, TOTP_DIGITS, SHA1(), TOTP_STEP)  # noqa: S303  # RFC 6238, see above


def provisioning(secret: bytes, email: str, site: str) -> str:
    """Return the address that an authenticator application reads from the picture."""
    return _totp(secret).get_provisioning_uri(email, site)


def code_at(secret: bytes, now: datetime) -> str:
    """Return the code of an instant."""
    return _totp(secret).generate(int(now.timestamp())).decode()


def matching_step(secret: bytes, digits: str, *, now: datetime, last_step: int | None) -> int | None:
    """Return the time step whose code this is, None when it is not a good one or was used."""
    totp = _totp(secret)
    found = None
    for step in totp_steps(now, last_step):
        if hmac.compare_digest(totp.generate(step * TOTP_STEP), digits.encode()):
            found = step
    return found


def spelled(secret: bytes) -> str:
    """Return the key as one types it into an application that cannot read the picture."""
    return grouped(base64.b32encode(secret).decode()).replace("-", " ")


def state(session: Session, person_id: uuid.UUID) -> datetime | None:
    """Return since when a person has a second factor, None without one."""
    return session.get_one(models.Person, person_id).totp_at


def prepare(
    session: Session, vault: KeyVault, *, by: Identity, now: datetime, secret: bytes | None = None
) -> None:
    """Make a new secret (or take the one of a demonstration), which counts only once its first code has been given."""
    row = session.get_one(models.Person, by.person_id)
    row.totp_pending = vault.seal(session, row.id, PURPOSE, secret or secrets.token_bytes(_SECRET_BYTES))
    _note(session, "prepared", by=by, now=now)


def pending_secret(session: Session, vault: KeyVault, person_id: uuid.UUID) -> bytes | None:
    """Return the secret that waits for its first code."""
    row = session.get_one(models.Person, person_id)
    return vault.open(session, row.id, PURPOSE, row.totp_pending) if row.totp_pending else None


def enrol(session: Session, vault: KeyVault, code: str, *, by: Identity, now: datetime) -> list[str]:
    """Take the first code of the pending secret and return the recovery codes, shown once."""
    row = session.get_one(models.Person, by.person_id, with_for_update=True)
    secret = pending_secret(session, vault, row.id)
    if secret is None:
        raise Conflict("totp.not_prepared", _("Recommencez : aucune clé n’attend de confirmation."))
    digits = code_digits(code)
    step = matching_step(secret, digits, now=now, last_step=None) if digits else None
    if step is None:
        raise Invalid(
            "totp.wrong_code",
            _("Ce code n’est pas le bon. Vérifiez l’heure de votre téléphone et saisissez le code affiché."),
        )
    row.totp_sealed, row.totp_pending, row.totp_at, row.totp_step = row.totp_pending, None, now, step
    _trust(session, by)
    _note(session, "enrolled", by=by, now=now)
    return new_recovery_codes(session, by=by, now=now)


def _trust(session: Session, by: Identity) -> None:
    """Let the session in which the code was given count as one with a second factor."""
    opened = session.get(models.SignIn, by.session_id) if by.session_id else None
    if opened is not None:
        opened.mfa = True


def new_recovery_codes(session: Session, *, by: Identity, now: datetime) -> list[str]:
    """Replace the recovery codes and return the new ones, grouped for reading; they cannot be shown again."""
    row = session.get_one(models.Person, by.person_id)
    if row.totp_sealed is None:
        raise Conflict("totp.not_enrolled", _("Activez d’abord le second facteur."))
    session.execute(delete(models.RecoveryCode).where(models.RecoveryCode.person_id == row.id))
    codes = [
        "".join(secrets.choice(RECOVERY_ALPHABET) for _i in range(RECOVERY_LENGTH))
        for _n in range(RECOVERY_CODES)
    ]
    for code in codes:
        session.add(models.RecoveryCode(person_id=row.id, code_hash=digest(code), created_at=now))
    _note(session, "recovery_codes_made", by=by, now=now)
    return [grouped(code) for code in codes]


def remove(session: Session, *, by: Identity, now: datetime) -> None:
    """Take the second factor away; an opener's other sessions lose what it gave."""
    row = session.get_one(models.Person, by.person_id)
    row.totp_sealed = row.totp_pending = row.totp_at = row.totp_step = None
    session.execute(delete(models.RecoveryCode).where(models.RecoveryCode.person_id == row.id))
    for opened in session.scalars(select(models.SignIn).where(models.SignIn.person_id == row.id)):
        opened.mfa = False
    _note(session, "removed", by=by, now=now)


def accept(
    session: Session, vault: KeyVault, row: models.Person, answer: str, *, now: datetime
) -> str | None:
    """Check a code or a recovery code at sign-in; return ``totp``, ``recovery`` or None. Each is good once."""
    assert row.totp_sealed is not None
    digits = code_digits(answer)
    if digits is None:
        return "recovery" if _use_recovery(session, row.id, answer, now=now) else None
    secret = vault.open(session, row.id, PURPOSE, row.totp_sealed)
    step = matching_step(secret, digits, now=now, last_step=row.totp_step)
    if step is None:
        return None
    row.totp_step = step
    return "totp"


def _use_recovery(session: Session, person_id: uuid.UUID, answer: str, *, now: datetime) -> bool:
    codes = models.RecoveryCode
    wanted = digest(recovery_form(answer))
    query = select(codes).where(
        codes.person_id == person_id, codes.code_hash == wanted, codes.used_at.is_(None)
    )
    row = session.scalars(query.with_for_update()).one_or_none()
    if row is None:
        return False
    row.used_at = now
    return True


def _note(session: Session, verb: str, *, by: Identity, now: datetime, **data: Any) -> None:
    journal.append(
        session, at=now, actor=by, action=f"accounts:second_factor:{verb}", subject=by.person_id, data=data
    )
