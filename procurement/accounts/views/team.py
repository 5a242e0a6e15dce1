"""The people of the organisation: invite, give and withdraw roles."""

import uuid
from typing import Any

from procurement.accounts import queries
from procurement.accounts.forms import InviteForm, RolesForm
from procurement.accounts.rules import ROLE_NAMES, ROLE_SENTENCES, ROLES, Grant, OrganisationKind, Role
from procurement.accounts.service import team
from procurement.accounts.service.team import Guest
from procurement.core import rate, services
from procurement.core.errors import DomainError, Invalid, NotFound
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.text import _
from procurement.core.web.forms import options
from procurement.core.web.views import page, see_other


@page("accounts.team", permission=Permission.TEAM_VIEW, template="accounts/team.html")
def show(request: Any) -> dict[str, Any]:
    """List people, roles and pending invitations."""
    organisation_id = request.context.organisation_id
    return {
        "members": queries.members(request.db, organisation_id),
        "invitations": queries.pending_invitations(request.db, organisation_id, request.now),
        "role_names": ROLE_NAMES,
    }


def _offer_choices(request: Any, form: RolesForm) -> list[tuple[str, str, str]]:
    """Set the roles and services that this organisation has; return the roles with their sentences."""
    kind = OrganisationKind(request.identity.organisation_kind)
    known = queries.services(request.db, request.context.organisation_id)
    form.roles.choices = options((str(role), ROLE_NAMES[role]) for role in ROLES[kind])
    form.service.choices = [
        ("", _("Dans toute l’organisation")),
        *((str(item.id), item.name) for item in known),
    ]
    return [(str(role), ROLE_NAMES[role], ROLE_SENTENCES[role]) for role in ROLES[kind]]


@page(
    "accounts.invite",
    permission=Permission.TEAM_EDIT,
    template="accounts/invite.html",
    methods=("GET", "POST"),
)
def invite(request: Any) -> Any:
    """Invite somebody by mail."""
    form = InviteForm(request)
    roles = _offer_choices(request, form)
    if form.sent:
        rate.check(request, "accounts.mail", str(request.context.organisation_id))
    if form.accepted():
        settings: Settings = services.get(request, Settings)
        guest = Guest(
            email=form.email.data,
            name=form.name.data,
            roles=tuple(map(Role, form.roles.data or ())),
            service_id=_service(form),
            language=request.lang,
        )
        try:
            team.invite(
                request.db,
                request.context.organisation_id,
                guest,
                base_url=settings.base_url,
                days=settings.invitation_days,
                by=request.identity,
                now=request.now,
            )
        except DomainError as error:
            form.refuse(error, "email")
        else:
            request.flash(_("L’invitation est partie à %(email)s."), email=form.email.data)
            return see_other(request.route_path("accounts.team"))
    return {"form": form, "roles": roles}


def _service(form: RolesForm) -> uuid.UUID | None:
    return uuid.UUID(form.service.data) if form.service.data else None


@page("accounts.invitation_withdraw", permission=Permission.TEAM_EDIT, methods=("POST",))
def withdraw_invitation(request: Any) -> Any:
    """Withdraw an invitation."""
    context = request.context
    team.withdraw_invitation(
        request.db, context.organisation_id, context.invitation_id, by=request.identity, now=request.now
    )
    request.flash(_("L’invitation est retirée : son lien ne sert plus."))
    return see_other(request.route_path("accounts.team"))


def _grants(member: queries.Member) -> set[Grant]:
    return {Grant(item.role, str(item.service_id) if item.service_id else None) for item in member.roles}


@page(
    "accounts.member",
    permission=Permission.TEAM_EDIT,
    template="accounts/member.html",
    methods=("GET", "POST"),
)
def member(request: Any) -> Any:
    """Show a person's roles, and give more."""
    found = request.context.member
    form = RolesForm(request)
    roles = _offer_choices(request, form)
    if form.accepted():
        service = form.service.data or None
        more = {Grant(Role(role), service) for role in form.roles.data or ()}
        try:
            _set(request, _grants(found) | more)
        except DomainError as error:
            form.refuse(error, "roles")
        else:
            request.flash(_("Les rôles sont enregistrés."))
            return see_other(request.route_path("accounts.member", person=found.person.id))
    return {"form": form, "member": found, "roles": roles, "role_names": ROLE_NAMES}


def _set(request: Any, wanted: set[Grant]) -> None:
    context = request.context
    team.set_roles(
        request.db,
        context.organisation_id,
        context.member.person.id,
        wanted,
        by=request.identity,
        now=request.now,
    )


@page("accounts.member_role", permission=Permission.TEAM_EDIT, methods=("POST",))
def withdraw_role(request: Any) -> Any:
    """Withdraw one role."""
    found = request.context.member
    try:
        lost = Grant(Role(request.POST.get("role", "")), request.POST.get("service") or None)
    except ValueError:
        raise Invalid("team.role_unknown", _("Ce rôle n’existe pas pour ce type d’organisation.")) from None
    if lost not in _grants(found):
        raise NotFound("team.role_not_held", _("Cette personne ne tient pas ce rôle. Rien n’a été changé."))
    left = _grants(found) - {lost}
    _set(request, left)
    request.flash(_("Le rôle est retiré."))
    if not left:
        return see_other(_after_leaving(request))
    return see_other(request.route_path("accounts.member", person=found.person.id))


def _after_leaving(request: Any) -> str:
    """Return the team page, or the choice of an organisation for who has just left this one."""
    left_myself = request.context.member.person.id == request.identity.person_id
    path: str = request.route_path("accounts.switch" if left_myself else "accounts.team")
    return path


@page("accounts.member_remove", permission=Permission.TEAM_EDIT, methods=("POST",))
def remove(request: Any) -> Any:
    """Withdraw all roles: the person leaves the organisation and keeps the account."""
    _set(request, set())
    request.flash(_("%(name)s ne fait plus partie de l’équipe."), name=request.context.member.person.name)
    return see_other(_after_leaving(request))
