"""The organisation one acts for, and its services."""

import uuid
from typing import Any

from procurement.accounts import queries
from procurement.accounts.forms import DeclaredForm, RenameForm, ServiceForm
from procurement.accounts.service import organisations
from procurement.accounts.service.organisations import Declared
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web.forms import options
from procurement.core.web.views import page, see_other


@page("accounts.organisation", permission=Permission.TEAM_VIEW, template="accounts/organisation.html")
def show(request: Any) -> dict[str, Any]:
    """Show the organisation with the origin and date of its name and address."""
    found = queries.organisation(request.db, request.context.organisation_id)
    return {"organisation": found, "services": queries.services(request.db, request.context.organisation_id)}


@page(
    "accounts.organisation_edit",
    permission=Permission.ORGANISATION_EDIT,
    template="accounts/organisation_edit.html",
    methods=("GET", "POST"),
)
def edit(request: Any) -> Any:
    """Correct a declared name and address."""
    organisation_id = request.context.organisation_id
    found = queries.organisation(request.db, organisation_id)
    form = DeclaredForm(request, obj=found)
    if form.accepted():
        about = Declared(
            **{name: form[name].data for name in ("legal_name", "address", "postal_code", "city")}
        )
        try:
            organisations.correct(request.db, organisation_id, about, by=request.identity, now=request.now)
        except DomainError as error:
            form.refuse(error)
        else:
            request.flash(_("Le nom et l’adresse sont enregistrés."))
            return see_other(request.route_path("accounts.organisation"))
    return {"form": form, "organisation": found}


@page(
    "accounts.services",
    permission=Permission.ORGANISATION_EDIT,
    template="accounts/services.html",
    methods=("GET", "POST"),
)
def services_page(request: Any) -> Any:
    """List the services as a tree, and add one."""
    organisation_id = request.context.organisation_id
    known = queries.services(request.db, organisation_id)
    form = ServiceForm(request)
    above = [(str(item.id), "\N{EM DASH} " * item.depth + item.name) for item in known]
    form.parent.choices = options([("", _("Directement sous l’organisation")), *above])
    if form.accepted():
        parent = uuid.UUID(form.parent.data) if form.parent.data else None
        try:
            organisations.add_service(
                request.db,
                organisation_id,
                form.name.data,
                parent_id=parent,
                by=request.identity,
                now=request.now,
            )
        except DomainError as error:
            form.refuse(error, "name")
        else:
            request.flash(_("Le service est ajouté."))
            return see_other(request.route_path("accounts.services"))
    return {"form": form, "services": known}


@page(
    "accounts.service",
    permission=Permission.ORGANISATION_EDIT,
    template="accounts/service.html",
    methods=("GET", "POST"),
)
def service_page(request: Any) -> Any:
    """Rename a service."""
    service = request.context.service
    form = RenameForm(request, obj=service)
    if form.accepted():
        try:
            organisations.rename_service(
                request.db,
                request.context.organisation_id,
                service.id,
                form.name.data,
                by=request.identity,
                now=request.now,
            )
        except DomainError as error:
            form.refuse(error, "name")
        else:
            request.flash(_("Le service est renommé."))
            return see_other(request.route_path("accounts.services"))
    return {"form": form, "service": service}


@page("accounts.service_close", permission=Permission.ORGANISATION_EDIT, methods=("POST",))
def close(request: Any) -> Any:
    """Close an empty service."""
    organisations.close_service(
        request.db,
        request.context.organisation_id,
        request.context.service.id,
        by=request.identity,
        now=request.now,
    )
    request.flash(_("Le service est fermé."))
    return see_other(request.route_path("accounts.services"))
