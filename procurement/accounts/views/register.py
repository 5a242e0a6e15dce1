"""A company registers itself, step by step; nothing is kept before the address is proved."""

import re
from typing import Any

from procurement.accounts import cookies, queries
from procurement.accounts.forms import ApplicantForm, DeclaredForm, NewPasswordForm, SiretForm
from procurement.accounts.registry import CompanyRegistry, Entity
from procurement.accounts.rules import REGISTRATION_LIFE
from procurement.accounts.service import registration, sign_in
from procurement.accounts.service.organisations import Declared, look_up
from procurement.accounts.service.registration import Application
from procurement.accounts.views.sign_in import welcome
from procurement.core import rate, services
from procurement.core.db import Database
from procurement.core.errors import Conflict, DomainError, Invalid
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.text import _
from procurement.core.web.views import page, see_other

_STATE = "registration"
_SIREN = re.compile(r"(\d[\s.]*){9}")


@page(
    "accounts.register",
    permission=Permission.PUBLIC,
    template="accounts/register_siret.html",
    methods=("GET", "POST"),
)
def ask_siret(request: Any) -> Any:
    """Ask for the SIRET; a SIREN or a name gives a list to choose from."""
    form, found = SiretForm(request), ()
    if form.accepted():
        text, registry = form.siret.data, services.get(request, CompanyRegistry)
        if _SIREN.fullmatch(text):
            found = registry.establishments(re.sub(r"\D", "", text))
        elif not re.search(r"\d", text):
            found = registry.search(text)
        if not found:
            try:
                siret = registration.check_siret(request.db, text)
                look_up(registry, siret)
            except DomainError as error:
                form.refuse(error, "siret")
            else:
                return see_other(request.route_path("accounts.register_company", _query={"siret": siret}))
    return {"form": form, "found": found}


@page(
    "accounts.register_company",
    permission=Permission.PUBLIC,
    template="accounts/register_company.html",
    methods=("GET", "POST"),
)
def confirm_company(request: Any) -> Any:
    """Show the legal name and address before going on, or ask for them when the registry does not know the SIRET."""
    siret = registration.check_siret(request.db, request.params.get("siret", ""))
    entity: Entity | None = look_up(services.get(request, CompanyRegistry), siret)
    form = DeclaredForm(request)
    declared = None
    if form.sent and (entity is not None or form.accepted()):
        if entity is None:
            declared = {name: form[name].data for name in ("legal_name", "address", "postal_code", "city")}
        request.session[_STATE] = {"siret": siret, "declared": declared}
        return see_other(request.route_path("accounts.register_person"))
    return {"form": form, "siret": siret, "entity": entity}


@page(
    "accounts.register_person",
    permission=Permission.PUBLIC,
    template="accounts/register_person.html",
    methods=("GET", "POST"),
)
def ask_person(request: Any) -> Any:
    """Ask who registers the company, and send the link."""
    state = request.session.get(_STATE)
    if not state:
        return see_other(request.route_path("accounts.register"))
    who = request.identity
    form = ApplicantForm(request, data={"name": who.name, "email": who.email} if who else None)
    if form.sent:
        rate.check(request, "accounts.mail")
    if form.accepted():
        declared = Declared(**state["declared"]) if state["declared"] else None
        application = Application(
            siret=state["siret"],
            name=form.name.data,
            email=form.email.data,
            language=request.lang,
            declared=declared,
        )
        settings: Settings = services.get(request, Settings)
        try:
            registration.apply(request.db, application, base_url=settings.base_url, now=request.now)
        except DomainError as error:
            form.refuse(error)
        else:
            del request.session[_STATE]
            return see_other(request.route_path("accounts.register_sent"))
    return {"form": form, "siret": state["siret"]}


@page("accounts.register_sent", permission=Permission.PUBLIC, template="accounts/register_sent.html")
def sent(request: Any) -> dict[str, Any]:
    """Say that the link is on its way."""
    del request
    return {"hours": int(REGISTRATION_LIFE.total_seconds() // 3600)}


@page(
    "accounts.register_confirm",
    permission=Permission.PUBLIC,
    template="accounts/register_confirm.html",
    methods=("GET", "POST"),
    transaction=False,
)
def confirm_person(request: Any) -> Any:
    """Register the company by the link: with a first password, or for the account that has this address."""
    token, database = request.matchdict["token"], services.get(request, Database)
    with database.read() as session:
        application = registration.application_of(session, token, now=request.now)
        owner = queries.person_by_email(session, application.email)
    form = NewPasswordForm(request)
    if owner is not None and form.sent:
        return _register_signed_in(request, database, token)
    if owner is None and form.accepted() and (done := _register_new(request, database, form, token)):
        return done
    entity = services.get(request, CompanyRegistry).find(application.siret)
    mine = owner is not None and request.identity is not None and request.identity.person_id == owner.id
    return {
        "form": form,
        "application": application,
        "entity": entity,
        "has_account": owner is not None,
        "mine": mine,
    }


def _register_new(request: Any, database: Database, form: NewPasswordForm, token: str) -> Any:
    """Register the company and its first person; None after a refusal, shown on the form."""
    registry: CompanyRegistry = services.get(request, CompanyRegistry)
    password, visitor = form.new.data, cookies.visitor(request)
    try:
        opened = registration.complete(database, registry, token, password, visitor, now=request.now)
    except (Invalid, Conflict) as error:
        form.refuse(error, "new" if isinstance(error, Invalid) else None)
        return None
    request.flash(_("Votre entreprise est inscrite. Vous pouvez préparer un dépôt ou inviter vos collègues."))
    return welcome(request, opened, request.route_path("accounts.dashboard"))


def _register_signed_in(request: Any, database: Database, token: str) -> Any:
    if request.identity is None:
        return see_other(request.route_path("accounts.sign_in", _query={"retour": request.path}))
    registry: CompanyRegistry = services.get(request, CompanyRegistry)
    with database.write() as session:
        created = registration.complete_signed_in(
            session, registry, token, by=request.identity, now=request.now
        )
        sign_in.switch(session, created.id, by=request.identity, now=request.now)
    request.flash(_("Votre entreprise est inscrite. Vous agissez maintenant pour elle."))
    return see_other(request.route_path("accounts.dashboard"))
