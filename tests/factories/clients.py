"""API clients for tests: made through the room's own verbs, tokens taken over HTTP."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from webtest import TestApp

from procurement.accounts.rules.clients import ClientState
from procurement.accounts.service import api_clients, api_keys
from procurement.accounts.service.api_clients import Asked
from procurement.core.permissions import scopes
from procurement.core.runtime import Runtime
from procurement.core.security import Identity
from procurement.core.vault import KeyVault
from procurement.core.webhooks import service
from procurement.core.webhooks.addresses import Guard


@dataclass(frozen=True)
class Vendor:
    """A client with its secret."""

    id: UUID
    public_id: str
    secret: str

    @property
    def basic(self) -> tuple[str, tuple[str, str]]:
        return ("Basic", (self.public_id, self.secret))


def create_vendor(
    runtime: Runtime,
    *,
    name: str = "Places de marché",
    allowed: tuple[str, ...] | None = None,
    return_urls: tuple[str, ...] = (),
    organisation_id: UUID | None = None,
    state: ClientState = ClientState.SANDBOX,
) -> Vendor:
    """Make a client with every scope, or with those ``allowed``; past the sandbox it needs an organisation."""
    now = runtime.clock.now()
    vault = runtime.find(KeyVault)
    asked = Asked(
        name=name,
        email="integration@places.example",
        organisation_id=organisation_id,
        scopes=tuple(scopes()) if allowed is None else allowed,
        return_urls=return_urls,
    )
    with runtime.database.write() as session:
        client = api_clients.create(session, vault, asked, local=True, by=None, now=now)
        made = api_keys.add_secret(session, vault, client.id, label="first", by=None, now=now)
        for step in (ClientState.QUALIFICATION, ClientState.PRODUCTION):
            if state is ClientState.SANDBOX:
                break
            api_clients.move(session, client.id, step, by=None, now=now)
            if step is state:
                break
    return Vendor(client.id, client.public_id, made.secret)


def take_token(app: TestApp, vendor: Vendor, *wanted: str) -> str:
    """Return a token for the scopes wanted, or for all that the client has."""
    form = {"grant_type": "client_credentials"}
    if wanted:
        form["scope"] = " ".join(wanted)
    app.authorization = vendor.basic
    try:
        answer = app.post("/oauth/token", form)
    finally:
        app.authorization = None
    return str(answer.json["access_token"])


def bearer(app: TestApp, vendor: Vendor, *wanted: str) -> dict[str, str]:
    """Return the header of a request by a client."""
    return {"Authorization": f"Bearer {take_token(app, vendor, *wanted)}"}


def client_identity(vendor: Vendor) -> Identity:
    """Return what a token of this client would give, for services called without HTTP."""
    return Identity(
        person_id=vendor.id,
        name="Places de marché",
        email="integration@places.example",
        client_id=vendor.id,
        scopes=frozenset(scopes()),
        client_state=ClientState.SANDBOX,
    )


def matrix_cases(world: Any) -> dict[str, Any]:
    """Give the access matrices the objects behind the addresses of webhooks."""
    from tests.factories.matrix import Case

    vault = world.runtime.find(KeyVault)
    now, by = world.clock.now(), client_identity(world.vendor)
    with world.runtime.database.write() as session:
        wanted = service.Wanted(url="https://hooks.example.org/matrix")
        hook, _secret = service.create(session, vault, Guard(), wanted, by=by, now=now)
        delivery = service.try_out(session, hook, now=now)
    one = Case({"webhook": str(hook.id)}, "client")
    return {
        "core.api.webhook": one,
        "core.api.webhook_deliveries": one,
        "core.api.webhook_resend": Case({"webhook": str(hook.id), "delivery": str(delivery.id)}, "client"),
        "core.api.webhook_rotate": one,
        "core.api.webhook_test": one,
    }
