"""A company registers itself: SIRET, confirmation, address checked by a link, password."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from procurement.accounts import models, queries
from procurement.accounts.models import TokenPurpose
from procurement.accounts.registry import CompanyRegistry
from procurement.accounts.rules import REGISTRATION_LIFE, OrganisationKind, Role, check_email, check_password
from procurement.accounts.service import mail_tokens, passwords, team
from procurement.accounts.service.account import create_person
from procurement.accounts.service.organisations import Declared, create_organisation, look_up
from procurement.accounts.service.sign_in import Opened, Visitor, actor, open_session
from procurement.core import ids, mail
from procurement.core.db import Database
from procurement.core.errors import Conflict
from procurement.core.security import Identity
from procurement.core.text import _

#: Who registers a company administers it and may deposit.
FIRST_ROLES = (Role.COMPANY_ADMINISTRATOR, Role.DEPOSITOR)


@dataclass(frozen=True, kw_only=True)
class Application:
    """What a company gave so far; ``declared`` only when the registry does not know the SIRET."""

    siret: str
    name: str
    email: str
    language: str
    declared: Declared | None = None


def check_siret(session: Session, text: str) -> str:
    """Return a SIRET in normal form that no company has registered yet."""
    siret = ids.siret(text)
    if queries.organisation_by_siret(session, siret, OrganisationKind.COMPANY) is not None:
        raise Conflict(
            "registration.exists",
            _("Cette entreprise a déjà un compte. Demandez une invitation à la personne qui l’administre."),
        )
    return siret


def apply(session: Session, application: Application, *, base_url: str, now: datetime) -> None:
    """Send the link that proves the address; nothing is registered before it is followed."""
    address = check_email(application.email)
    check_siret(session, application.siret)
    data: dict[str, Any] = asdict(application)
    wanted = mail_tokens.Wanted(
        purpose=TokenPurpose.REGISTRATION, email=address, life=REGISTRATION_LIFE, data=data
    )
    token = mail_tokens.make(session, wanted, now=now)
    context = {
        "name": application.name,
        "siret": application.siret,
        "link": f"{base_url}/inscription/{token}",
        "expires_at": now + REGISTRATION_LIFE,
    }
    mail.queue(
        session,
        to=address,
        template="emails/accounts_registration",
        context=context,
        language=application.language,
        now=now,
        about=f"siret:{application.siret}",
    )


def application_of(session: Session, token: str, *, now: datetime) -> Application:
    """Return what a link's owner gave; raise Gone when it was used or is too old."""
    return _application(mail_tokens.find(session, TokenPurpose.REGISTRATION, token, now=now))


def complete(
    database: Database,
    registry: CompanyRegistry,
    token: str,
    password: str,
    visitor: Visitor,
    *,
    now: datetime,
) -> Opened:
    """Register the company and open the account of somebody new, signed in at once."""
    with database.read() as session:
        application = application_of(session, token, now=now)
    text = check_password(password, application.email, application.name)
    hashed = passwords.hash_password(text)
    with database.write() as session:
        mail_tokens.use(session, TokenPurpose.REGISTRATION, token, now=now)
        if queries.person_by_email(session, application.email) is not None:
            raise Conflict(
                "registration.has_account",
                _(
                    "Vous avez déjà un compte à cette adresse. Connectez-vous, puis ouvrez de nouveau le lien."
                ),
            )
        person = create_person(
            session, application.email, application.name, hashed, language=application.language, now=now
        )
        _register(session, registry, application, by=actor(person), now=now)
        return open_session(session, person, visitor, waiting=False, now=now)


def complete_signed_in(
    session: Session, registry: CompanyRegistry, token: str, *, by: Identity, now: datetime
) -> queries.Organisation:
    """Register the company for somebody who has an account already and is signed in with that address."""
    found = mail_tokens.use(session, TokenPurpose.REGISTRATION, token, now=now)
    owner = queries.person_by_email(session, found.email)
    if owner is None or owner.id != by.person_id:
        raise Conflict(
            "registration.other_person", _("Ce lien appartient à une autre adresse. Rien n’a été modifié.")
        )
    return _register(session, registry, _application(found), by=by, now=now)


def _application(row: models.MailToken) -> Application:
    declared = Declared(**row.data["declared"]) if row.data["declared"] else None
    return Application(**{**row.data, "declared": declared})


def _register(
    session: Session, registry: CompanyRegistry, application: Application, *, by: Identity, now: datetime
) -> queries.Organisation:
    about = look_up(registry, application.siret) or application.declared
    assert about is not None
    created = create_organisation(session, OrganisationKind.COMPANY, application.siret, about, by=by, now=now)
    for role in FIRST_ROLES:
        team.grant(session, created.id, by.person_id, role, by=by, now=now)
    return created
