"""``pli account``: what an operator does before anybody can sign in."""

from typing import Any

import click

from procurement.accounts import queries
from procurement.accounts.registry import CompanyRegistry
from procurement.accounts.rules import ROLES, OrganisationKind, Role
from procurement.accounts.service import organisations, team
from procurement.accounts.service.organisations import Declared
from procurement.accounts.service.team import Guest
from procurement.cli import options
from procurement.core import ids
from procurement.core.errors import Invalid, NotFound
from procurement.core.runtime import Runtime, bootstrap

_KINDS = click.Choice([str(kind) for kind in OrganisationKind])
_ROLES = click.Choice([str(role) for role in Role])


@click.group()
def command() -> None:
    """Create organisations and invite their first people."""


@command.command("create-organisation")
@click.option("--kind", type=_KINDS, required=True, help="Side on which the organisation stands.")
@click.option("--siret", required=True, help="SIRET of the establishment; spaces are accepted.")
@click.option("--name", help="Legal name, when the directory does not know the SIRET.")
@click.option("--address", default="", help="Number and street, with --name.")
@click.option("--postal-code", default="", help="Postal code, with --name.")
@click.option("--city", default="", help="City, with --name.")
@options.config
@options.as_json
def create_organisation(kind: str, siret: str, ini: str, as_json: bool, **about: str | None) -> None:
    """Register a buyer or a company; name and address come from the directory when it knows the SIRET."""
    runtime = bootstrap(ini)
    options.run(lambda: _create(runtime, OrganisationKind(kind), siret, about), as_json=as_json)


def _create(
    runtime: Runtime, kind: OrganisationKind, siret: str, about: dict[str, str | None]
) -> tuple[dict[str, Any], str]:
    number = ids.siret(siret)
    known = organisations.look_up(runtime.find(CompanyRegistry), number)
    if known is None and not about["name"]:
        raise Invalid(
            "cli.name_missing", "The directory does not know this SIRET: give --name and the address."
        )
    declared = Declared(
        legal_name=about["name"] or "",
        address=about["address"] or "",
        postal_code=about["postal_code"] or "",
        city=about["city"] or "",
    )
    with runtime.database.write() as session:
        made = organisations.create_organisation(
            session, kind, number, known or declared, by=None, now=runtime.clock.now()
        )
    result = {
        "id": str(made.id),
        "kind": kind,
        "siret": made.siret,
        "name": made.legal_name,
        "origin": made.origin,
    }
    return result, f"{made.legal_name} ({made.siret}) is registered as a {kind}: {made.id}"


@command.command()
@click.option("--kind", type=_KINDS, default="buyer", show_default=True, help="Side of the organisation.")
@click.option("--siret", required=True, help="SIRET of the organisation.")
@click.option("--email", required=True, help="Address to invite.")
@click.option("--name", required=True, help="Name of the person.")
@click.option("--role", "roles", type=_ROLES, multiple=True, help="Role to give; may be repeated.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@options.config
@options.as_json
def invite(ini: str, as_json: bool, **given: Any) -> None:
    """Send an invitation and print its link; without --role, the person administers the organisation."""
    runtime = bootstrap(ini)
    options.run(lambda: _invite(runtime, given), as_json=as_json)


def _invite(runtime: Runtime, given: dict[str, Any]) -> tuple[dict[str, Any], str]:
    kind, settings = OrganisationKind(given["kind"]), runtime.settings
    with runtime.database.write() as session:
        found = queries.organisation_by_siret(session, ids.siret(given["siret"]), kind)
        if found is None:
            raise NotFound(
                "cli.organisation_missing", "No such organisation: run pli account create-organisation first."
            )
        roles = tuple(map(Role, given["roles"])) or ROLES[kind][:1]
        guest = Guest(email=given["email"], name=given["name"], roles=roles, language=given["language"])
        made = team.invite(
            session,
            found.id,
            guest,
            base_url=settings.base_url,
            days=settings.invitation_days,
            by=None,
            now=runtime.clock.now(),
        )
    link = f"{settings.base_url}/invitation/{made.token}"
    result = {
        "id": str(made.id),
        "link": link,
        "expires_at": made.expires_at.isoformat(),
        "roles": list(roles),
    }
    return result, f"The invitation to {given['email']} is queued. Its link, good once: {link}"
