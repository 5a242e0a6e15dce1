"""``pli client``: what an operator does for the API clients of vendors; no secret ever stands on the command line."""

import json
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import click

from procurement.accounts import queries
from procurement.accounts.queries import clients as reads
from procurement.accounts.queries.clients import Client
from procurement.accounts.rules import OrganisationKind
from procurement.accounts.rules.clients import ClientState
from procurement.accounts.service import api_clients, api_keys
from procurement.accounts.service.api_clients import Asked, Signed
from procurement.cli import options
from procurement.core import ids
from procurement.core.errors import Invalid, NotFound
from procurement.core.permissions import scopes as known_scopes
from procurement.core.runtime import Runtime, bootstrap
from procurement.core.vault import KeyVault

_KINDS = click.Choice([str(kind) for kind in OrganisationKind])
_DAY = click.DateTime(["%Y-%m-%d"])
_client = click.argument("client_id")
_file = click.Path(exists=True, dir_okay=False, path_type=Path, allow_dash=True)


@click.group()
def command() -> None:
    """Register API clients of vendors, move them to production, record mandates."""


@command.command()
@click.option("--name", required=True, help="Name of the vendor or of its product.")
@click.option("--email", required=True, help="Address for messages about the client.")
@click.option("--owner-siret", help="SIRET of the organisation that answers for it.")
@click.option("--owner-kind", type=_KINDS, default="company", show_default=True, help="Its side.")
@click.option("--scope", "scopes", multiple=True, help="Scope to grant; may be repeated; all without it.")
@click.option("--return-url", "urls", multiple=True, help="Address people may be sent back to; repeatable.")
@options.config
@options.as_json
def create(ini: str, as_json: bool, **given: Any) -> None:
    """Register a client in the state ``sandbox``; its keys come by add-key."""
    runtime = bootstrap(ini)
    options.run(lambda: _create(runtime, given), as_json=as_json)


def _create(runtime: Runtime, given: dict[str, Any]) -> tuple[dict[str, Any], str]:
    with runtime.database.write() as session:
        owner = _owner(session, given["owner_siret"], given["owner_kind"]) if given["owner_siret"] else None
        asked = Asked(
            name=given["name"],
            email=given["email"],
            organisation_id=owner,
            scopes=given["scopes"] or tuple(known_scopes()),
            return_urls=given["urls"],
        )
        made = api_clients.create(
            session,
            runtime.find(KeyVault),
            asked,
            local=runtime.settings.development,
            by=None,
            now=runtime.clock.now(),
        )
    return shown(made), f"{made.name} is registered: client_id {made.public_id}. Give it a key: pli client add-key {made.public_id}"  # fmt: skip


@command.command("list")
@click.option("--state", type=click.Choice([str(state) for state in ClientState]), help="Only this state.")
@options.config
@options.as_json
def list_(ini: str, state: str | None, *, as_json: bool) -> None:
    """List clients with their keys and mandates, never a secret."""
    runtime = bootstrap(ini)
    with runtime.database.read() as session:
        found = [
            _whole(session, one) for one in reads.all_clients(session) if state is None or one.state == state
        ]
    lines = [
        f"{one['client_id']}  {one['state']:13}  {'revoked  ' if one['revoked_at'] else ''}{one['name']}"
        for one in found
    ]
    options.show({"clients": found}, "\n".join(lines) or "No client is registered.", as_json=as_json)


@command.command()
@_client
@click.argument("state", type=click.Choice([str(state) for state in ClientState]))
@options.config
@options.as_json
def move(ini: str, client_id: str, state: str, *, as_json: bool) -> None:
    """Take a client to another state: sandbox, qualification, production, one step at a time."""
    _change(ini, client_id, lambda session, one, _runtime, now: api_clients.move(
        session, one.id, ClientState(state), by=None, now=now
    ), f"is now in the state {state}", as_json=as_json)  # fmt: skip


@command.command("give-owner")
@_client
@click.option("--siret", required=True, help="SIRET of the organisation that answers for the client.")
@click.option("--kind", type=_KINDS, default="company", show_default=True, help="Its side.")
@options.config
@options.as_json
def give_owner(ini: str, client_id: str, siret: str, kind: str, *, as_json: bool) -> None:
    """Attach a client made by an address alone to an organisation."""
    _change(ini, client_id, lambda session, one, _runtime, now: api_clients.give_owner(
        session, one.id, _owner(session, siret, kind), by=None, now=now
    ), f"belongs to {siret}", as_json=as_json)  # fmt: skip


@command.command("set-return-urls")
@_client
@click.argument("urls", nargs=-1)
@options.config
@options.as_json
def set_return_urls(ini: str, client_id: str, urls: tuple[str, ...], *, as_json: bool) -> None:
    """Say which addresses people may be sent back to; those before are forgotten, no address forgets all."""
    _change(ini, client_id, lambda session, one, runtime, now: api_clients.change_return_urls(
        session, one.id, urls, local=runtime.settings.development, by=None, now=now
    ), f"has {len(urls)} return addresses", as_json=as_json)  # fmt: skip


@command.command("name-platform")
@_client
@click.option("--kind", type=click.IntRange(1, 5), default=1, show_default=True,
              help="1 SIRET, 2 EU VAT, 3 other country, 4 RIDET, 5 Tahiti.")  # fmt: skip
@click.option("--id", "identifier", required=True, help="idPlateforme of the façade.")
@click.option("--technical-id", required=True, help="idTechniquePlateforme: six characters.")
@options.config
@options.as_json
def name_platform(
    ini: str, client_id: str, kind: int, identifier: str, technical_id: str, *, as_json: bool
) -> None:
    """Record the pair by which the façade with Service DUME's operation names knows a client."""
    _change(ini, client_id, lambda session, one, _runtime, now: api_clients.name_platform(
        session, one.id, kind, identifier, technical_id, by=None, now=now
    ), f"is the platform {identifier} {technical_id}", as_json=as_json)  # fmt: skip


@command.command("add-key")
@_client
@click.option("--label", default="", help="Name of the key, for people.")
@click.option("--secret-file", type=click.Path(dir_okay=False, path_type=Path),
              help="New file (mode 0600) for the secret; without it the secret is printed once.")  # fmt: skip
@click.option("--jwk", type=_file, help="Register this public key (JWK file, - for stdin) instead of making a secret.")  # fmt: skip
@options.config
@options.as_json
def add_key(ini: str, client_id: str, *, as_json: bool, **given: Any) -> None:
    """Make a secret, shown once, or register a public key for private_key_jwt; two of a kind may overlap."""
    runtime = bootstrap(ini)
    options.run(lambda: _add_key(runtime, client_id, given), as_json=as_json)


def _add_key(runtime: Runtime, client_id: str, given: dict[str, Any]) -> tuple[dict[str, Any], str]:
    now, by, label = runtime.clock.now(), None, given["label"]
    with runtime.database.write() as session:
        one = _found(session, client_id)
        if given["jwk"] is not None:
            key_id = api_keys.add_public_key(session, one.id, _jwk(given["jwk"]), label=label, by=by, now=now)
            return {"client_id": one.public_id, "key_id": str(key_id)}, f"The public key is registered: {key_id}"  # fmt: skip
        made = api_keys.add_secret(session, runtime.find(KeyVault), one.id, label=label, by=by, now=now)
        result = {"client_id": one.public_id, "key_id": str(made.key_id)}
        if given["secret_file"] is None:
            return {**result, "secret": made.secret}, f"Key {made.key_id}. The secret, shown once: {made.secret}"  # fmt: skip
        _keep(given["secret_file"], made.secret)
    return {**result, "secret_file": str(given["secret_file"])}, f"Key {made.key_id}: its secret is in {given['secret_file']}"  # fmt: skip


def _keep(file: Path, secret: str) -> None:
    """Write a secret to a new file that its owner alone reads; raise Invalid when the file is there."""
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(secret + "\n")
    except OSError as error:
        message = "The secret was not kept, and no key was made: %(reason)s."
        raise Invalid("cli.secret_file", message, reason=error.strerror or "write error") from None


def _jwk(path: Path) -> dict[str, Any]:
    text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
    try:
        read = json.loads(text)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise Invalid("cli.jwk", "This file holds no JSON Web Key.")
    return read


@command.command()
@_client
@click.option("--key", "key_id", help="Only this key; the client goes on with its others.")
@options.config
@options.as_json
def revoke(ini: str, client_id: str, key_id: str | None, *, as_json: bool) -> None:
    """Shut a client out for good, tokens included, or revoke one of its keys."""

    def deed(session: Any, one: Client, _runtime: Runtime, now: datetime) -> Client:
        if key_id is None:
            return api_clients.revoke(session, one.id, by=None, now=now)
        api_keys.revoke_key(session, one.id, _uuid(key_id), by=None, now=now)
        return one

    _change(ini, client_id, deed, "is revoked" if key_id is None else f"has no key {key_id} any more", as_json=as_json)  # fmt: skip


@command.group()
def mandate() -> None:
    """Record and withdraw the mandates of buyers."""


@mandate.command("add")
@_client
@click.option("--siret", required=True, help="SIRET of the buyer.")
@click.option("--signatory", required=True, help="Who signed for the buyer.")
@click.option("--signed-on", type=_DAY, required=True, help="Day of the signature.")
@click.option("--ends-on", type=_DAY, help="Last day; without it the mandate has no end.")
@click.option("--scope", "scopes", multiple=True, required=True, help="What the buyer agrees to; repeatable.")
@options.config
@options.as_json
def mandate_add(ini: str, client_id: str, *, as_json: bool, **given: Any) -> None:
    """Record a buyer's mandate: without it a client in production does not act for that buyer."""
    runtime = bootstrap(ini)
    options.run(lambda: _mandate_add(runtime, client_id, given), as_json=as_json)


def _mandate_add(runtime: Runtime, client_id: str, given: dict[str, Any]) -> tuple[dict[str, Any], str]:
    signed = Signed(
        siret=given["siret"],
        signatory=given["signatory"],
        signed_on=given["signed_on"].date(),
        scopes=given["scopes"],
        ends_on=given["ends_on"].date() if given["ends_on"] else None,
    )
    with runtime.database.write() as session:
        one = _found(session, client_id)
        made = api_clients.record_mandate(session, one.id, signed, by=None, now=runtime.clock.now())
    result = {"client_id": one.public_id, "mandate_id": str(made), "siret": ids.siret(signed.siret)}
    return result, f"The mandate of {signed.siret} is recorded: {made}"


@mandate.command("withdraw")
@_client
@click.argument("mandate_id")
@options.config
@options.as_json
def mandate_withdraw(ini: str, client_id: str, mandate_id: str, *, as_json: bool) -> None:
    """End a mandate now."""

    def deed(session: Any, one: Client, _runtime: Runtime, now: datetime) -> Client:
        api_clients.withdraw_mandate(session, one.id, _uuid(mandate_id), by=None, now=now)
        return one

    _change(ini, client_id, deed, f"has no mandate {mandate_id} any more", as_json=as_json)


def shown(one: Client) -> dict[str, Any]:
    """Return what may be said of a client."""
    return {
        "id": str(one.id),
        "client_id": one.public_id,
        "name": one.name,
        "email": one.email,
        "organisation_id": str(one.organisation_id) if one.organisation_id else None,
        "state": str(one.state),
        "scopes": list(one.scopes),
        "return_urls": list(one.return_urls),
        "platform": one.platform,
        "pinned_version": one.pinned_version,
        "created_at": one.created_at.isoformat(),
        "revoked_at": one.revoked_at.isoformat() if one.revoked_at else None,
    }


def _whole(session: Any, one: Client) -> dict[str, Any]:
    keys = [
        {"id": str(key.id), "kind": str(key.kind), "label": key.label, "revoked": key.revoked_at is not None}
        for key in reads.keys_of(session, one.id)
    ]
    mandates = [
        {
            "id": str(item.id),
            "siret": item.siret,
            "signatory": item.signatory,
            "signed_on": item.signed_on.isoformat(),
            "ends_on": item.ends_on.isoformat() if item.ends_on else None,
            "scopes": list(item.scopes),
            "withdrawn": item.withdrawn_at is not None,
        }
        for item in reads.mandates_of(session, one.id)
    ]
    return {**shown(one), "keys": keys, "mandates": mandates}


def _change(
    ini: str,
    client_id: str,
    deed: Callable[[Any, Client, Runtime, datetime], Client],
    sentence: str,
    *,
    as_json: bool,
) -> None:
    """Do something to a client and show it as it is then."""
    runtime = bootstrap(ini)

    def done() -> tuple[dict[str, Any], str]:
        with runtime.database.write() as session:
            changed = deed(session, _found(session, client_id), runtime, runtime.clock.now())
        return shown(changed), f"{changed.name} {sentence}."

    options.run(done, as_json=as_json)


def _found(session: Any, client_id: str) -> Client:
    found = reads.client_by_public_id(session, client_id)
    if found is None:
        raise NotFound("cli.client_missing", "No such client: pli client list shows them all.")
    return found


def _owner(session: Any, siret: str, kind: str) -> Any:
    found = queries.organisation_by_siret(session, ids.siret(siret), OrganisationKind(kind))
    if found is None:
        raise NotFound(
            "cli.organisation_missing", "No such organisation: run pli account create-organisation first."
        )
    return found.id


def _uuid(text: str) -> Any:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("cli.id_format", "This is not an id: pli client list --json shows them.") from None
