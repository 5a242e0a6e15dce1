"""The portal of vendors: the programs of an organisation that call the API, their keys, rights, state and log."""

import uuid
from typing import Any

from dume.forms.vendor import SCOPES, ClientForm, KeyForm, SettingsForm
from procurement.accounts.queries import clients as known
from procurement.accounts.queries.clients import Client
from procurement.accounts.routes import ActiveOrganisation
from procurement.accounts.rules.clients import KEYS_AT_ONCE, ClientState
from procurement.accounts.service import api_clients, api_keys
from procurement.accounts.service.api_clients import Asked
from procurement.core import journal, services
from procurement.core.api import log
from procurement.core.errors import Conflict, DomainError, NotFound
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.text import _
from procurement.core.vault import KeyVault
from procurement.core.web import page
from procurement.core.web.filters import day_in
from procurement.core.web.views import see_other

_BOTH = ("GET", "POST")
_MANAGE = Permission.ORGANISATION_EDIT
_LOG_SIZE = 50
_STATUS_DIGITS = 3
#: What each state is called, and its colour.
STATES = {
    ClientState.SANDBOX: (_("Bac à sable"), "info"),
    ClientState.QUALIFICATION: (_("Qualification"), "run"),
    ClientState.PRODUCTION: (_("Production"), "ok"),
}
#: What a vendor may ask itself; production is the operator's word.
_MOVES = {
    ClientState.SANDBOX: ClientState.QUALIFICATION,
    ClientState.QUALIFICATION: ClientState.SANDBOX,
    ClientState.PRODUCTION: None,
}
#: Journal action -> what it is called.
_ACTIONS = {
    "accounts:client:created": _("Client créé"),
    "accounts:client:moved": _("État changé"),
    "accounts:client:owner_given": _("Client rattaché à l’organisation"),
    "accounts:client:scopes_changed": _("Droits changés"),
    "accounts:client:return_urls_changed": _("Adresses de retour changées"),
    "accounts:client:platform_named": _("Plateforme nommée"),
    "accounts:client:revoked": _("Client révoqué"),
    "accounts:client:key_added": _("Clé créée"),
    "accounts:client:key_revoked": _("Clé révoquée"),
    "accounts:client:mandate_recorded": _("Mandat enregistré"),
    "accounts:client:mandate_withdrawn": _("Mandat retiré"),
}


class OwnClient(ActiveOrganisation):
    """A client of the organisation one acts for; another's does not exist."""

    def __init__(self, request: Any) -> None:
        super().__init__(request)
        self._client: Client | None = None
        if self.organisation_id is not None:
            self._client = known.client(request.db, id_of(request, "client"))
            if self._client is None or self._client.organisation_id != self.organisation_id:
                raise not_found()

    @property
    def client(self) -> Client:
        """Return the client."""
        assert self._client is not None
        return self._client


def own_client(request: Any) -> OwnClient:
    """Load a client of the asking organisation (``{client}``)."""
    return OwnClient(request)


def not_found() -> NotFound:
    """Return the refusal for what is not the organisation's."""
    return NotFound("client.not_found", _("Ce client de l’API n’existe pas dans votre organisation."))


def id_of(request: Any, name: str) -> uuid.UUID:
    """Return an identifier of the address."""
    try:
        return uuid.UUID(request.matchdict[name])
    except ValueError:
        raise not_found() from None


def vault_of(request: Any) -> KeyVault:
    """Return the keys of what is sealed."""
    found: KeyVault = services.get(request, KeyVault)
    return found


def _settings(request: Any) -> Settings:
    found: Settings = services.get(request, Settings)
    return found


def refuse(form: Any, error: DomainError, field: str) -> None:
    """Show a refusal beside a field; the services name theirs as the API does."""
    form.request.response.status_int = error.status
    form.add_error(field, form.request.translate(error.message, **error.params))


def back(request: Any, name: str = "client", **more: Any) -> Any:
    """Return to a page of the client."""
    return see_other(request.route_path(f"dume.{name}", client=request.context.client.id, **more))


@page("dume.clients", permission=_MANAGE, template="dume/portal_clients.html")
def clients(request: Any) -> dict[str, Any]:
    """List the programs of the organisation that call the API."""
    found = known.clients_of(request.db, request.context.organisation_id)
    return {"clients": found, "states": STATES, "sandbox": _settings(request).sandbox}


@page("dume.client_new", permission=_MANAGE, template="dume/portal_client_new.html", methods=_BOTH)
def create(request: Any) -> Any:
    """Register a client in the sandbox state, and show its first secret, once."""
    form = ClientForm(request)
    if form.accepted():
        asked = Asked(
            name=form.name.data,
            email=form.email.data,
            organisation_id=request.context.organisation_id,
            scopes=tuple(form.scopes.data),
            return_urls=form.urls(),
        )
        local = _settings(request).sandbox
        try:
            made = api_clients.create(
                request.db, vault_of(request), asked, local=local, by=request.identity, now=request.now
            )
            key = api_keys.add_secret(
                request.db, vault_of(request), made.id, by=request.identity, now=request.now
            )
        except DomainError as error:
            refuse(form, error, "return_urls")
        else:
            return shown_secret(request, made, key.secret)
    return {"form": form}


def shown_secret(request: Any, client: Client, secret: str) -> Any:
    """Show a secret: here, now, and never again; no cache keeps it."""
    request.override_renderer = "procurement.templates:dume/portal_secret.html"
    request.response.headers["Cache-Control"] = "no-store"
    return {"client": client, "secret": secret, "lines": first_lines(request, client.public_id, secret)}


def first_lines(request: Any, public_id: str, secret: str) -> str:
    """Return the shell lines that take a token and make a first call."""
    base = _settings(request).base_url
    return "\n".join(
        (
            f"TOKEN=$(curl -s -u {public_id}:{secret} \\",
            f"  -d grant_type=client_credentials {base}/oauth/token \\",
            "  | python3 -c 'import json,sys; print(json.load(sys.stdin)[\"access_token\"])')",
            f'curl -H "Authorization: Bearer $TOKEN" {base}/api/v1/dume-acheteur',
        )
    )


@page("dume.client", permission=_MANAGE, template="dume/portal_client.html")
def client(request: Any) -> dict[str, Any]:
    """Show a client: state, keys, rights, addresses, mandates, what happened to it."""
    found = request.context.client
    keys = known.keys_of(request.db, found.id)
    entries = journal.history(request.db, found.id)
    living = [key for key in keys if key.revoked_at is None]
    return {
        "client": found,
        "state": STATES[found.state],
        "states": STATES,
        "next": _MOVES[found.state],
        "keys": keys,
        "may_add": len(living) < KEYS_AT_ONCE,
        "mandates": known.mandates_of(request.db, found.id),
        "scopes": SCOPES,
        "today": request.now.date(),
        "day_of": lambda value: day_in(value, request.lang),
        "history": [
            {"at": entry.at, "what": request.translate(_ACTIONS.get(entry.action, entry.action)), "detail": _told(request, entry)}
            for entry in reversed(entries)
        ],
    }  # fmt: skip


def _told(request: Any, entry: Any) -> str:
    """Return what a reader needs of a journal entry."""
    if entry.action != "accounts:client:moved":
        return ""
    names = [request.translate(STATES[ClientState(entry.data[name])][0]) for name in ("from", "to")]
    return " → ".join(names)


@page("dume.client_settings", permission=_MANAGE, template="dume/portal_settings.html", methods=_BOTH)
def settings(request: Any) -> Any:
    """Change what a client may ask for, and its return addresses."""
    found = request.context.client
    form = SettingsForm(request, found)
    if form.accepted():
        local = _settings(request).sandbox and found.state is ClientState.SANDBOX
        try:
            api_clients.change_scopes(
                request.db, found.id, form.scopes.data, by=request.identity, now=request.now
            )
            api_clients.change_return_urls(
                request.db, found.id, form.urls(), local=local, by=request.identity, now=request.now
            )
        except DomainError as error:
            refuse(form, error, "return_urls")
        else:
            request.flash(_("C’est enregistré. Les jetons déjà donnés perdent aussitôt ce qui est retiré."))
            return back(request)
    return {"client": found, "form": form}


@page("dume.client_state", permission=_MANAGE, methods=("POST",))
def move(request: Any) -> Any:
    """Ask for the qualification, or go back to the sandbox; production is the operator's word."""
    found = request.context.client
    wanted = request.POST.get("state", "")
    if wanted != _MOVES[found.state]:
        raise Conflict(
            "client.move_by_operator",
            _("Ce passage est prononcé par l’exploitant du service. Rien n’a été modifié."),
        )
    api_clients.move(request.db, found.id, ClientState(wanted), by=request.identity, now=request.now)
    request.flash(_("L’état du client est changé."))
    return back(request)


@page("dume.client_revoke", permission=_MANAGE, methods=("POST",))
def revoke(request: Any) -> Any:
    """Shut a client out for good."""
    api_clients.revoke(request.db, request.context.client.id, by=request.identity, now=request.now)
    request.flash(_("Le client est révoqué : ses clés et ses jetons ne valent plus rien."))
    return see_other(request.route_path("dume.clients"))


@page("dume.client_key_new", permission=_MANAGE, template="dume/portal_key.html", methods=_BOTH)
def add_key(request: Any) -> Any:
    """Make a further secret; two may overlap, so that a program changes without a stop."""
    found = request.context.client
    form = KeyForm(request)
    if form.accepted():
        try:
            made = api_keys.add_secret(
                request.db, vault_of(request), found.id, label=form.label.data or "", by=request.identity, now=request.now
            )  # fmt: skip
        except DomainError as error:
            form.refuse(error)
        else:
            return shown_secret(request, found, made.secret)
    return {"client": found, "form": form}


@page("dume.client_key_revoke", permission=_MANAGE, methods=("POST",))
def revoke_key(request: Any) -> Any:
    """Make a key useless at once."""
    found = request.context.client
    api_keys.revoke_key(request.db, found.id, id_of(request, "key"), by=request.identity, now=request.now)
    request.flash(_("La clé est révoquée. Les jetons pris avec elle ne valent plus rien."))
    return back(request)


@page("dume.client_log", permission=_MANAGE, template="dume/portal_log.html")
def requests(request: Any) -> dict[str, Any]:
    """Show what the client asked in the last 30 days, and what was answered; never the values."""
    services.get(request, log.Buffer).flush()
    request.db.rollback()  # What was just written is seen from a new transaction on.
    status = request.GET.get("statut", "")
    chosen = int(status) if status.isascii() and status.isdigit() and len(status) == _STATUS_DIGITS else None
    before = _cursor(request)
    wanted = log.Wanted(status=chosen)
    rows = log.read(request.db, request.context.client.id, wanted, before=before, limit=_LOG_SIZE + 1)
    more = rows[_LOG_SIZE - 1].id if len(rows) > _LOG_SIZE else None
    return {
        "client": request.context.client,
        "rows": rows[:_LOG_SIZE],
        "status_asked": status if chosen else "",
        "more": more,
        "first": before is None,
    }


def _cursor(request: Any) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.GET.get("avant", ""))
    except ValueError:
        return None


@page("dume.client_try", permission=_MANAGE, template="dume/portal_try.html")
def try_it(request: Any) -> dict[str, Any]:
    """Show lines to copy into a terminal; the secret is not known here and has to be put in."""
    found = request.context.client
    base = _settings(request).base_url
    return {"client": found, "base": base, "lines": first_lines(request, found.public_id, "SECRET")}
