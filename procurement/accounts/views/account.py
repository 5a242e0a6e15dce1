"""One's own account: name, language, address, password, sessions, organisation in use."""

import uuid
from typing import Any

from procurement.accounts import queries
from procurement.accounts.dashboard import sections
from procurement.accounts.forms import ChangePasswordForm, EmailForm, ProfileForm
from procurement.accounts.models import TokenPurpose
from procurement.accounts.rules import OPENER_PENDING
from procurement.accounts.service import account, mail_tokens, sign_in
from procurement.accounts.views.sign_in import show_refusal
from procurement.core import services
from procurement.core.db import Database
from procurement.core.errors import DomainError, NotFound
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.text import _
from procurement.core.web.views import page, see_other


@page("accounts.dashboard", permission=Permission.DASHBOARD_VIEW, template="accounts/dashboard.html")
def dashboard(request: Any) -> dict[str, Any]:
    """Show what is due; the upper rooms provide it."""
    pending = any(role.startswith(OPENER_PENDING) for role in request.identity.roles)
    return {"sections": sections(request), "opener_pending": pending}


@page(
    "accounts.account",
    permission=Permission.ACCOUNT_EDIT,
    template="accounts/account.html",
    methods=("GET", "POST"),
)
def profile(request: Any) -> Any:
    """Change name and language."""
    who = request.identity
    form = ProfileForm(request, data={"name": who.name, "language": who.language})
    if form.accepted():
        account.change_profile(request.db, form.name.data, form.language.data, by=who, now=request.now)
        # The choice made here wins over the one of the language link.
        request.session["lang"] = form.language.data
        request.flash(_("Vos réglages sont enregistrés."))
        return see_other(request.route_path("accounts.account"))
    return {"form": form, "organisations": queries.organisations_of(request.db, who.person_id)}


@page(
    "accounts.email",
    permission=Permission.ACCOUNT_EDIT,
    template="accounts/email.html",
    methods=("GET", "POST"),
    transaction=False,
)
def email(request: Any) -> dict[str, Any]:
    """Ask for another address and send it a link."""
    form, sent = EmailForm(request), False
    settings: Settings = services.get(request, Settings)
    if form.accepted():
        try:
            account.ask_email_change(
                services.get(request, Database),
                form.email.data,
                form.current.data,
                base_url=settings.base_url,
                by=request.identity,
                now=request.now,
            )
            sent = True
        except DomainError as error:
            show_refusal(request, form, error, "email")
    return {"form": form, "sent": sent}


@page(
    "accounts.email_confirm",
    permission=Permission.ACCOUNT_EDIT,
    template="accounts/email_confirm.html",
    methods=("GET", "POST"),
)
def email_confirm(request: Any) -> Any:
    """Take the new address once the button is pressed: programs that read mail follow links by themselves."""
    token = request.matchdict["token"]
    if request.method == "POST":
        account.change_email(request.db, token, by=request.identity, now=request.now)
        request.flash(_("Votre adresse est changée. Elle sert désormais à vous connecter."))
        return see_other(request.route_path("accounts.account"))
    found = mail_tokens.find(request.db, TokenPurpose.EMAIL, token, now=request.now)
    if found.person_id != request.identity.person_id:
        raise NotFound("email.other_person", _("Ce lien appartient à un autre compte. Rien n’a été modifié."))
    return {"email": found.email}


@page(
    "accounts.password",
    permission=Permission.ACCOUNT_EDIT,
    template="accounts/password.html",
    methods=("GET", "POST"),
    transaction=False,
)
def password(request: Any) -> Any:
    """Change the password after giving the present one."""
    form = ChangePasswordForm(request)
    if form.accepted():
        database: Database = services.get(request, Database)
        try:
            account.change_password(
                database, form.current.data, form.new.data, by=request.identity, now=request.now
            )
        except DomainError as error:
            show_refusal(request, form, error, "new")
        else:
            request.flash(_("Votre mot de passe est changé, et vos autres connexions sont fermées."))
            return see_other(request.route_path("accounts.security"))
    return {"form": form}


@page("accounts.sessions", permission=Permission.ACCOUNT_EDIT, template="accounts/sessions.html")
def sessions(request: Any) -> dict[str, Any]:
    """List the sessions that stand."""
    settings: Settings = services.get(request, Settings)
    limits = sign_in.lives(settings.session_idle_minutes, settings.session_hours)
    return {"devices": queries.devices(request.db, request.identity.person_id, request.now, **limits)}


@page("accounts.session_end", permission=Permission.ACCOUNT_EDIT, methods=("POST",))
def session_end(request: Any) -> Any:
    """End one session."""
    try:
        wanted = uuid.UUID(request.matchdict["session"])
    except ValueError:
        raise NotFound(
            "session.not_found", _("Cette connexion n’existe pas, ou n’est pas la vôtre.")
        ) from None
    sign_in.end_session(request.db, wanted, by=request.identity, now=request.now)
    request.flash(_("Cette connexion est fermée."))
    return see_other(request.route_path("accounts.sessions"))


@page("accounts.sessions_end", permission=Permission.ACCOUNT_EDIT, methods=("POST",))
def sessions_end(request: Any) -> Any:
    """End all sessions but this one."""
    sign_in.end_other_sessions(request.db, by=request.identity, now=request.now)
    request.flash(_("Vos autres connexions sont fermées."))
    return see_other(request.route_path("accounts.sessions"))


@page(
    "accounts.switch",
    permission=Permission.ACCOUNT_EDIT,
    template="accounts/switch.html",
    methods=("GET", "POST"),
)
def switch(request: Any) -> Any:
    """Choose for which organisation one acts."""
    if request.method == "POST":
        try:
            wanted = uuid.UUID(request.POST.get("organisation", ""))
        except ValueError:
            raise NotFound(
                "organisation.not_yours", _("Vous n’agissez pas pour cette organisation.")
            ) from None
        sign_in.switch(request.db, wanted, by=request.identity, now=request.now)
        return see_other(request.route_path("accounts.dashboard"))
    return {"organisations": queries.organisations_of(request.db, request.identity.person_id)}
