"""Sign in, second factor, sign out, forgotten password."""

from typing import Any

from procurement.accounts import cookies
from procurement.accounts.forms import CodeForm, ForgottenForm, NewPasswordForm, SignInForm
from procurement.accounts.models import TokenPurpose
from procurement.accounts.rules import local_path
from procurement.accounts.service import account, mail_tokens, sign_in
from procurement.accounts.service.sign_in import Opened
from procurement.core import rate, services
from procurement.core.db import Database
from procurement.core.errors import DomainError, Gone, TooMany
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.vault import KeyVault
from procurement.core.web.forms import SecureForm
from procurement.core.web.views import page, see_other


def wanted_page(request: Any) -> str:
    """Return the path that somebody was on his way to, else the dashboard."""
    return local_path(request.params.get("retour"), request.route_path("accounts.dashboard"))


def welcome(request: Any, opened: Opened, target: str) -> Any:
    """Give the cookie and lead on: to the code, to the second factor that a role asks for, or where one was going."""
    if opened.waiting:
        return cookies.give(
            request, see_other(request.route_path("accounts.code", _query={"retour": target})), opened
        )
    database: Database = services.get(request, Database)
    with database.read() as session:
        bare = sign_in.needs_second_factor(session, opened.person_id)
    if bare:
        request.flash(
            _("Votre rôle d’ouvreur demande un second facteur. Activez-le pour pouvoir ouvrir des plis."),
            "warning",
        )
        target = request.route_path("accounts.security")
    return cookies.give(request, see_other(target), opened)


def show_refusal(request: Any, form: SecureForm, error: DomainError, field: str | None = None) -> None:
    """Show a refusal on the form, with the time to wait when there is one."""
    form.refuse(error, field)
    if isinstance(error, TooMany):
        request.response.headers["Retry-After"] = str(error.retry_after)


@page(
    "accounts.sign_in",
    permission=Permission.PUBLIC,
    template="accounts/sign_in.html",
    methods=("GET", "POST"),
    transaction=False,
)
def sign_in_page(request: Any) -> Any:
    """Ask for address and password."""
    target = wanted_page(request)
    if request.identity is not None and request.method != "POST":
        return see_other(target)
    form = SignInForm(request)
    if form.sent:
        rate.check(request, "accounts.sign_in")
    if form.accepted():
        try:
            opened = sign_in.sign_in(
                services.get(request, Database),
                form.email.data,
                form.password.data,
                cookies.visitor(request),
                now=request.now,
            )
        except DomainError as error:
            show_refusal(request, form, error)
        else:
            _end_previous(request)
            return welcome(request, opened, target)
    return {"form": form, "target": target}


def _end_previous(request: Any) -> None:
    """End the session that this browser held before: it holds one at a time."""
    if request.identity is not None:
        database: Database = services.get(request, Database)
        with database.write() as session:
            sign_in.sign_out(session, by=request.identity, now=request.now)


@page(
    "accounts.code",
    permission=Permission.PUBLIC,
    template="accounts/code.html",
    methods=("GET", "POST"),
    transaction=False,
)
def code_page(request: Any) -> Any:
    """Ask for the second factor."""
    target, token = wanted_page(request), cookies.token_of(request) or ""
    database: Database = services.get(request, Database)
    with database.read() as session:
        waiting = sign_in.waits_for_code(session, token, now=request.now)
    if not waiting:
        return _start_again(request, target)
    form = CodeForm(request)
    if form.sent:
        rate.check(request, "accounts.sign_in")
    if form.accepted():
        vault: KeyVault = services.get(request, KeyVault)
        try:
            opened = sign_in.raise_session(database, vault, token, form.code.data, now=request.now)
        except Gone:
            return _start_again(request, target)
        except DomainError as error:
            show_refusal(request, form, error, "code")
        else:
            return welcome(request, opened, target)
    return {"form": form, "target": target}


def _start_again(request: Any, target: str) -> Any:
    if request.identity is None:
        request.flash(_("Reprenez la connexion : le temps pour saisir le code est passé."), "info")
    return see_other(request.route_path("accounts.sign_in", _query={"retour": target}))


@page("accounts.sign_out", permission=Permission.PUBLIC, methods=("POST",))
def sign_out(request: Any) -> Any:
    """End the session; signing out twice is no error."""
    if request.identity is not None:
        sign_in.sign_out(request.db, by=request.identity, now=request.now)
    response = cookies.take_away(request, see_other(request.route_path("accounts.sign_in")))
    request.flash(_("Vous êtes déconnecté."), "info")
    return response


@page(
    "accounts.forgotten",
    permission=Permission.PUBLIC,
    template="accounts/forgotten.html",
    methods=("GET", "POST"),
)
def forgotten(request: Any) -> dict[str, Any]:
    """Take the address of a forgotten password; the answer is the same whether or not there is an account."""
    form = ForgottenForm(request)
    if form.sent:
        rate.check(request, "accounts.mail")
    sent = form.accepted()
    if sent:
        account.ask_reset(request.db, form.email.data, language=request.lang, now=request.now)
    return {"form": form, "sent": sent}


@page(
    "accounts.reset",
    permission=Permission.PUBLIC,
    template="accounts/reset.html",
    methods=("GET", "POST"),
    transaction=False,
)
def reset(request: Any) -> Any:
    """Set a new password by the link received."""
    token, database = request.matchdict["token"], services.get(request, Database)
    with database.read() as session:
        mail_tokens.find(session, TokenPurpose.RESET, token, now=request.now)
    form = NewPasswordForm(request)
    if form.accepted():
        try:
            account.reset_password(database, token, form.new.data, now=request.now)
        except DomainError as error:
            form.refuse(error, "new")
        else:
            request.flash(
                _("Votre mot de passe est changé, et vos autres connexions sont fermées. Connectez-vous.")
            )
            return see_other(request.route_path("accounts.sign_in"))
    return {"form": form}
