"""Buyers, companies and people for tests, made through the room's own verbs, and a real sign-in over HTTP."""

import itertools
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session
from webtest import TestApp, TestResponse

from procurement.accounts import models, queries
from procurement.accounts.rules import ROLES, OrganisationKind, Role, effective_roles
from procurement.accounts.service import second_factor, team
from procurement.accounts.service import sign_in as opening
from procurement.accounts.service.account import create_person as open_account
from procurement.accounts.service.organisations import Declared, add_service, create_organisation
from procurement.accounts.service.passwords import hash_password
from procurement.accounts.service.team import Guest
from procurement.core import ids
from procurement.core.db import Database
from procurement.core.security import Identity
from procurement.core.vault import KeyVault

PASSWORD = "quatre mots sans rapport"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Account:
    """Somebody a test signs in as; ``secret`` is that of the second factor, when there is one."""

    id: UUID
    name: str
    email: str
    password: str = PASSWORD
    secret: bytes | None = None


@dataclass(frozen=True)
class Made:
    """An organisation and one person per role; ``people["publisher"]``."""

    organisation: queries.Organisation
    people: dict[str, Account] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        return self.organisation.id

    @property
    def siret(self) -> str:
        return self.organisation.siret

    def identity(self, role: str) -> Identity:
        """Return what a session of this person would give, for services called without HTTP."""
        who = self.people[role]
        return Identity(
            person_id=who.id,
            name=who.name,
            email=who.email,
            organisation_id=self.id,
            organisation_name=self.organisation.legal_name,
            organisation_kind=str(self.organisation.kind),
            siret=self.siret,
            roles=frozenset({role}),
            mfa=who.secret is not None,
        )


@lru_cache
def hashed(password: str) -> str:
    """Hash once per run what every test uses."""
    return hash_password(password)


def make_siret(number: int) -> str:
    """Return a SIRET whose keys hold."""
    siren = _with_key(f"8{number:07d}")
    return _with_key(f"{siren}0001")


def _with_key(digits: str) -> str:
    return next(digits + key for key in "0123456789" if ids.luhn_valid(digits + key))


def create_organisation_of(
    session: Session, kind: str, now: datetime, *, name: str = "", siret: str = ""
) -> queries.Organisation:
    """Create a buyer or a company with a declared name."""
    number = next(_numbers)
    label = name or ("Ville d’essai" if kind == "buyer" else "Entreprise d’essai") + f" {number}"
    about = Declared(
        legal_name=label, address="1 rue de l’Essai", postal_code="26990", city="Valcombe-sur-Orle"
    )
    return create_organisation(
        session, OrganisationKind(kind), siret or make_siret(number), about, by=None, now=now
    )


def create_buyer(
    session: Session, now: datetime, *, name: str = "", siret: str = "", people: bool = True
) -> Made:
    """Create a buyer with one person per role; the opener has no second factor (see ``give_second_factor``)."""
    return _populated(
        session, create_organisation_of(session, "buyer", now, name=name, siret=siret), now, people=people
    )


def create_company(
    session: Session, now: datetime, *, name: str = "", siret: str = "", people: bool = True
) -> Made:
    """Create a company with an administrator and a depositor."""
    return _populated(
        session, create_organisation_of(session, "company", now, name=name, siret=siret), now, people=people
    )


def _populated(session: Session, found: queries.Organisation, now: datetime, *, people: bool) -> Made:
    if not people:
        return Made(found)
    return Made(
        found, {str(role): create_person(session, now, found, roles=(role,)) for role in ROLES[found.kind]}
    )


def create_person(
    session: Session,
    now: datetime,
    organisation: queries.Organisation | None = None,
    *,
    roles: tuple[str, ...] = (),
    service_id: UUID | None = None,
    email: str = "",
    name: str = "",
    password: str = PASSWORD,
) -> Account:
    """Create somebody with roles in an organisation."""
    number = next(_numbers)
    address = email or f"personne{number}@essai.example"
    row = open_account(
        session, address, name or f"Camille Essai {number}", hashed(password), language="fr", now=now
    )
    if organisation is not None:
        for role in roles:
            team.grant(session, organisation.id, row.id, Role(role), service_id=service_id, by=None, now=now)
    return Account(row.id, row.name, row.email, password)


def give_second_factor(session: Session, vault: KeyVault, account: Account, now: datetime) -> Account:
    """Give somebody a second factor that has been confirmed."""
    row = session.get_one(models.Person, account.id)
    secret = secrets.token_bytes(20)
    row.totp_sealed = vault.seal(session, row.id, second_factor.PURPOSE, secret)
    row.totp_at = now
    return Account(account.id, account.name, account.email, account.password, secret)


def identity_of(database: Database, account: Account, made: Made) -> Identity:
    """Return the identity with the roles really held."""
    with database.read() as session:
        grants = queries.grants_of(session, account.id, made.id)
    return Identity(
        person_id=account.id,
        name=account.name,
        email=account.email,
        organisation_id=made.id,
        organisation_name=made.organisation.legal_name,
        organisation_kind=str(made.organisation.kind),
        siret=made.siret,
        roles=effective_roles(grants, mfa=account.secret is not None),
        mfa=account.secret is not None,
    )


def sign_in(app: TestApp, account: Account, *, now: datetime | None = None, target: str = "") -> TestResponse:
    """Sign in through the pages; with a second factor, ``now`` is the instant of the code. Return the page landed on."""
    page = app.get("/connexion", params={"retour": target} if target else None)
    form = page.forms[_form(page, "password")]
    form["email"], form["password"] = account.email, account.password
    answer = form.submit(status=303)
    if account.secret is not None:
        assert now is not None
        page = answer.follow()
        form = page.forms[_form(page, "code")]
        form["code"] = second_factor.code_at(account.secret, now)
        answer = form.submit(status=303)
    return answer.follow()


def enter(app: TestApp, database: Database, account: Account, *, now: datetime) -> None:
    """Open a session as signing in does, second factor included, without drawing its pages: for tests of other things."""
    with database.write() as session:
        person = session.get_one(models.Person, account.id)
        opened = opening.open_session(
            session, person, opening.Visitor("127.0.0.1", "Essai"), waiting=False, now=now, mfa=account.secret is not None
        )  # fmt: skip
    app.set_cookie("pli_session", opened.token)


def sign_out(app: TestApp) -> None:
    """Forget the session in this client, without asking the server."""
    app.reset()


def _form(page: TestResponse, name: str) -> int:
    """Return the index of the form that holds a field."""
    return next(index for index, form in page.forms.items() if isinstance(index, int) and name in form.fields)


def matrix_cases(world: Any) -> dict[str, Any]:
    """Give the access matrices the objects behind this room's addresses."""
    from tests.factories.matrix import Case

    buyer, now = world.buyer, world.clock.now()
    by = buyer.identity("administrator")
    world.client(buyer.people["drafter"])
    with world.runtime.database.write() as session:
        service = add_service(session, buyer.id, "Voirie", parent_id=None, by=by, now=now)
        guest = Guest(email="invitee@essai.example", name="Invitée", roles=(Role.DRAFTER,))
        sent = team.invite(session, buyer.id, guest, base_url="http://localhost", days=14, by=by, now=now)
        opened = session.query(models.SignIn).filter_by(person_id=buyer.people["drafter"].id).one()
    person = Case({"person": str(buyer.people["observer"].id)}, "buyer")
    in_service = Case({"service": str(service.id)}, "buyer")
    return {
        "accounts.invitation_withdraw": Case({"invitation": str(sent.id)}, "buyer"),
        "accounts.member": person,
        "accounts.member_remove": person,
        "accounts.member_role": person,
        "accounts.service": in_service,
        "accounts.service_close": in_service,
        "accounts.session_end": Case({"session": str(opened.id)}, "buyer"),
    }
