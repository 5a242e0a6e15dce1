"""A consortium: its lead invites by link and sees where each member stands, never what it answers."""

import uuid
from typing import Any

from dume import errors, queries, service, wording
from dume.espd.taxonomy import taxonomy
from dume.forms.group import ROLES, GuestForm, NameForm
from dume.models import Consortium
from dume.queries import Filter, Slot
from dume.rules import Kind, MemberState, Role
from procurement.accounts.rules import OrganisationKind
from procurement.core import rate, services
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.text import _
from procurement.core.vault import KeyVault
from procurement.core.web import page
from procurement.core.web.views import see_other

_BOTH = ("GET", "POST")
_MOST = 200
#: What each role is called.
ROLE_NAMES = {Role.LEAD: _("Mandataire"), **dict(ROLES)}
#: What the state of a member is called, and its colour.
STATES = {
    MemberState.INVITED: (_("Invité, sans réponse"), "todo"),
    MemberState.EXPIRED: (_("Invitation périmée"), "warn"),
    MemberState.JOINED: (_("Remplit son DUME"), "run"),
    MemberState.VALIDATED: (_("DUME validé"), "ok"),
    MemberState.LEFT: (_("Parti"), "info"),
}


def _vault(request: Any) -> KeyVault:
    found: KeyVault = services.get(request, KeyVault)
    return found


@page("dume.consortia", permission=Permission.DUME_VIEW, template="dume/consortia.html")
def consortia(request: Any) -> dict[str, Any]:
    """List the groups of the company, and its responses as a lead that have none yet."""
    whose = Slot(organisation_id=request.identity.organisation_id)
    rows = queries.search(request.db, whose, Filter(kind=Kind.RESPONSE), limit=_MOST)
    if request.identity.organisation_kind != OrganisationKind.COMPANY:
        rows = []
    held = [
        {"row": one, "group": queries.consortium(request.db, one.consortium_id), "role": ROLE_NAMES[one.role]}
        for one in rows
        if one.consortium_id is not None and one.role is not None
    ]
    alone = [one for one in rows if one.consortium_id is None and one.role is Role.LEAD and one.request_id]
    return {"held": held, "alone": alone}


@page(
    "dume.consortium_start",
    permission=Permission.DUME_EDIT,
    template="dume/consortium_start.html",
    methods=_BOTH,
)
def start(request: Any) -> Any:
    """Begin a group around the response of its lead."""
    row = request.context.dume
    if row.consortium_id is not None:
        return see_other(request.route_path("dume.consortium", consortium=row.consortium_id))
    form = NameForm(request)
    if form.accepted():
        try:
            made = service.start_consortium(
                request.db, row, name=form.name.data, by=request.identity, now=request.now
            )
        except DomainError as error:
            form.refuse(error)
        else:
            request.flash(_("Le groupement est créé. Invitez ses membres."))
            return see_other(request.route_path("dume.consortium", consortium=made.id))
    return {"form": form, "row": row}


@page("dume.consortium", permission=Permission.DUME_VIEW, template="dume/consortium.html")
def show(request: Any) -> dict[str, Any]:
    """Show the lead what is missing, and a member its own place."""
    group, own = request.context.consortium, request.context.own
    leads = request.context.leads
    return {
        "group": group,
        "own": own,
        "leads": leads,
        "grid": _grid(request, group) if leads else None,
        "own_state": STATES[queries.member_state(own, request.now)],
        "role_names": ROLE_NAMES,
        "states": STATES,
    }


def _grid(request: Any, group: Consortium) -> dict[str, Any]:
    """Return the grid with its criteria by name; the answers stay where they are."""
    found = queries.grid(request.db, _vault(request), group, now=request.now)
    standing = [one for one in found.members if one.state is not MemberState.LEFT]
    return {
        "complete": found.complete,
        "members": found.members,
        "standing": standing,
        "missing_roles": found.missing_roles,
        "uncovered": sum(not one.covered for one in found.criteria),
        "criteria": [
            {"name": wording.criterion_name(one.code, request.lang) or one.name, "cells": [_cell(one, each) for each in standing], "covered": one.covered}
            for one in found.criteria
        ],
    }  # fmt: skip


def _cell(one: Any, member: Any) -> tuple[str, str]:
    """Return what the lead sees of one member at one criterion."""
    if member.state in {MemberState.INVITED, MemberState.EXPIRED}:
        return (_("pas encore venu"), "")
    if member.id not in one.expected_of:
        return (_("non demandé"), "")
    return (_("à répondre"), "todo") if member.id in one.missing_from else (_("répondu"), "ok")


def _lead(request: Any) -> Consortium:
    """Return the group to its lead; for the others what only the lead does does not exist."""
    if not request.context.leads:
        raise errors.no_member()
    found: Consortium = request.context.consortium
    return found


@page(
    "dume.consortium_invite",
    permission=Permission.DUME_EDIT,
    template="dume/consortium_invite.html",
    methods=_BOTH,
)
def invite(request: Any) -> Any:
    """Invite a company by mail."""
    group = _lead(request)
    form = GuestForm(request, _selection(request, group))
    if form.accepted():
        settings: Settings = services.get(request, Settings)
        try:
            # Like the invitations of a team: a mail of ours goes where somebody says, with words of his.
            rate.check(request, "dume.invitations", str(group.organisation_id))
            guest = form.guest(request.lang)
            service.invite_member(
                request.db, group, guest, base_url=settings.base_url, by=request.identity, now=request.now
            )
        except DomainError as error:
            form.refuse(error, "siret" if error.code.startswith("siret") else None)
        else:
            request.flash(_("L’invitation est partie à %(email)s."), email=guest.email)
            return see_other(request.route_path("dume.consortium", consortium=group.id))
    return {"group": group, "form": form}


def _selection(request: Any, group: Consortium) -> list[tuple[str, str]]:
    """Return the selection criteria of the request, which a company relied upon may bring."""
    asked = queries.document(request.db, _vault(request), group.request)
    return [
        (one.code, wording.criterion_name(one.code, request.lang) or one.name)
        for one in asked.criteria
        if one.code in taxonomy().by_code and taxonomy().by_code[one.code].kind == "selection"
    ]


@page("dume.consortium_remove", permission=Permission.DUME_EDIT, methods=("POST",))
def remove(request: Any) -> Any:
    """Take a member out, or an invitation back."""
    group = _lead(request)
    try:
        wanted = uuid.UUID(request.matchdict["member"])
    except ValueError:
        raise errors.no_member() from None
    member = service.place(group, wanted)
    service.remove_member(request.db, group, member, by=request.identity, now=request.now)
    request.flash(_("%(name)s ne fait plus partie du groupement."), name=member.name or member.email)
    return see_other(request.route_path("dume.consortium", consortium=group.id))


@page("dume.consortium_leave", permission=Permission.DUME_EDIT, methods=("POST",))
def leave(request: Any) -> Any:
    """Leave a group; one's own DUME stays one's own."""
    group, own = request.context.consortium, request.context.own
    if own.role is Role.LEAD:
        raise errors.role_not_in_group()
    service.leave_consortium(request.db, group, own, by=request.identity, now=request.now)
    request.flash(_("Vous ne faites plus partie du groupement. Votre DUME reste à vous."))
    return see_other(request.route_path("dume.consortia"))


@page("dume.invitation", permission=Permission.PUBLIC, template="dume/invitation.html")
def invitation(request: Any) -> dict[str, Any]:
    """Show who invites, for what; joining takes an account of the company."""
    return _invitation(request)


def _invitation(request: Any, refused: str = "") -> dict[str, Any]:
    member = request.context.member
    group = queries.consortium(request.db, member.consortium_id)
    return {
        "member": member,
        "group": group,
        "role": ROLE_NAMES[member.role],
        "may_join": bool(request.has_permission(Permission.DUME_EDIT)),
        "criteria": [wording.criterion_name(code, request.lang) for code in member.criteria],
        "refused": refused,
    }


@page("dume.invitation", permission=Permission.DUME_EDIT, template="dume/invitation.html", methods=("POST",))
def join(request: Any) -> Any:
    """Accept: the company has a DUME of its own, to fill in for its role."""
    try:
        service.join_consortium(
            request.db, _vault(request), request.matchdict["token"], owner=service.owner_of(request.identity),
            by=request.identity, now=request.now,
        )  # fmt: skip
    except DomainError as error:
        request.response.status_int = error.status
        return _invitation(request, request.translate(error.message, **error.params))
    request.flash(
        _("Vous faites partie du groupement. Remplissez votre DUME : le mandataire ne voit pas vos réponses.")
    )
    return see_other(request.route_path("dume.consortium", consortium=request.context.member.consortium_id))
