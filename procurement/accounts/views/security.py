"""The second factor: turn it on, take it away, print new recovery codes. The password is asked again each time."""

from collections.abc import Callable
from typing import Any

import segno
from sqlalchemy.orm import Session

from procurement.accounts import queries
from procurement.accounts.forms import CurrentPasswordForm, FirstCodeForm
from procurement.accounts.rules import OPENER_PENDING
from procurement.accounts.service import account, second_factor
from procurement.accounts.views.sign_in import show_refusal
from procurement.core import services
from procurement.core.db import Database
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.text import _
from procurement.core.vault import KeyVault
from procurement.core.web.forms import SecureForm
from procurement.core.web.views import page, see_other


def _after_password(request: Any, form: SecureForm, deed: Callable[[Session], Any]) -> Any:
    """Do ``deed`` in a write transaction once the password is right; None after a refusal, shown on the form."""
    database: Database = services.get(request, Database)
    try:
        account.confirm_password(database, request.identity.person_id, form["current"].data, now=request.now)
        with database.write() as session:
            return deed(session) or True
    except DomainError as error:
        show_refusal(request, form, error, "current")
        return None


@page(
    "accounts.security",
    permission=Permission.ACCOUNT_EDIT,
    template="accounts/security.html",
    methods=("GET", "POST"),
    transaction=False,
)
def security(request: Any) -> Any:
    """Show the state of the second factor, and begin to turn it on."""
    who, vault = request.identity, services.get(request, KeyVault)
    form = CurrentPasswordForm(request)
    if form.accepted() and _after_password(
        request, form, lambda session: second_factor.prepare(session, vault, by=who, now=request.now)
    ):
        return see_other(request.route_path("accounts.second_factor"))
    database: Database = services.get(request, Database)
    with database.read() as session:
        state = second_factor.state(session, who.person_id)
        left = queries.recovery_codes_left(session, who.person_id)
    pending = any(role.startswith(OPENER_PENDING) for role in who.roles)
    return {"form": form, "since": state, "codes_left": left, "opener_pending": pending}


@page(
    "accounts.second_factor",
    permission=Permission.ACCOUNT_EDIT,
    template="accounts/second_factor.html",
    methods=("GET", "POST"),
    transaction=False,
)
def enrol(request: Any) -> Any:
    """Show the key as a picture and as text, take the first code, then show the recovery codes once."""
    who, vault, database = request.identity, services.get(request, KeyVault), services.get(request, Database)
    form = FirstCodeForm(request)
    if form.accepted():
        try:
            with database.write() as session:
                codes = second_factor.enrol(session, vault, form.code.data or "", by=who, now=request.now)
        except DomainError as error:
            show_refusal(request, form, error, "code")
        else:
            return {"form": form, "codes": codes, "picture": None, "key": None}
    with database.read() as session:
        secret = second_factor.pending_secret(session, vault, who.person_id)
    if secret is None:
        return see_other(request.route_path("accounts.security"))
    settings: Settings = services.get(request, Settings)
    address = second_factor.provisioning(secret, who.email, settings.site_name)
    return {"form": form, "codes": None, "picture": _picture(address), "key": second_factor.spelled(secret)}


def _picture(address: str) -> str:
    """Return the QR code as SVG that carries no style of its own, dark on light in every theme."""
    code = segno.make(address, error="m", micro=False)
    return code.svg_inline(scale=5, svgclass="pl-qr", lineclass=None, light="#fff")


@page(
    "accounts.recovery_codes",
    permission=Permission.ACCOUNT_EDIT,
    template="accounts/recovery_codes.html",
    methods=("GET", "POST"),
    transaction=False,
)
def recovery_codes(request: Any) -> dict[str, Any]:
    """Replace the recovery codes."""
    form, codes = CurrentPasswordForm(request), None
    if form.accepted():
        codes = _after_password(
            request,
            form,
            lambda session: second_factor.new_recovery_codes(session, by=request.identity, now=request.now),
        )
    return {"form": form, "codes": codes}


@page(
    "accounts.second_factor_remove",
    permission=Permission.ACCOUNT_EDIT,
    template="accounts/second_factor_remove.html",
    methods=("GET", "POST"),
    transaction=False,
)
def remove(request: Any) -> Any:
    """Take the second factor away."""
    form = CurrentPasswordForm(request)
    if form.accepted() and _after_password(
        request, form, lambda session: second_factor.remove(session, by=request.identity, now=request.now)
    ):
        request.flash(_("Le second facteur est retiré."), "warning")
        return see_other(request.route_path("accounts.security"))
    return {"form": form, "opener": any(role.startswith("opener") for role in request.identity.roles)}
