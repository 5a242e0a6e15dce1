"""Accept an invitation, with or without an account."""

from typing import Any

from procurement.accounts import cookies
from procurement.accounts.forms import JoinForm
from procurement.accounts.rules import ROLE_NAMES, ROLE_SENTENCES, email_key
from procurement.accounts.service import joining, sign_in, team
from procurement.accounts.views.sign_in import welcome
from procurement.core import services
from procurement.core.db import Database
from procurement.core.errors import DomainError, Gone
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web.views import page, see_other


@page(
    "accounts.invitation",
    permission=Permission.PUBLIC,
    template="accounts/invitation.html",
    methods=("GET", "POST"),
    transaction=False,
)
def invitation(request: Any) -> Any:
    """Show what is offered; accept it for the account that has this address, or open one."""
    token, database = request.matchdict["token"], services.get(request, Database)
    with database.read() as session:
        offered = team.offer(session, token, now=request.now)
    who = request.identity
    mine = who is not None and email_key(who.email) == email_key(offered.email)
    form = JoinForm(request, data={"name": offered.name})
    if form.sent and (mine or offered.has_account):
        return _accept(request, database, token)
    if form.accepted():
        try:
            opened = joining.join(
                database,
                token,
                form.name.data,
                form.new.data,
                cookies.visitor(request),
                language=request.lang,
                now=request.now,
            )
        except Gone:
            raise
        except DomainError as error:
            form.refuse(error, "new")
        else:
            request.flash(_("Votre compte est ouvert. Vous faites partie de l’équipe."))
            return welcome(request, opened, request.route_path("accounts.dashboard"))
    roles = [(ROLE_NAMES[role], ROLE_SENTENCES[role]) for role in offered.roles]
    return {"form": form, "offer": offered, "mine": mine, "roles": roles}


def _accept(request: Any, database: Database, token: str) -> Any:
    if request.identity is None:
        return see_other(request.route_path("accounts.sign_in", _query={"retour": request.path}))
    with database.write() as session:
        joined = team.accept(session, token, by=request.identity, now=request.now)
        sign_in.switch(session, joined.id, by=request.identity, now=request.now)
        bare = sign_in.needs_second_factor(session, request.identity.person_id)
    request.flash(_("Vous faites partie de l’équipe et agissez maintenant pour cette organisation."))
    return see_other(request.route_path("accounts.security" if bare else "accounts.dashboard"))
