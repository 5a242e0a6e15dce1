"""Keys of the sandbox without a person: an address in, a client that works out. Absent in production."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pyramid.response import Response

from procurement.accounts.service import api_clients, api_keys
from procurement.accounts.service.api_clients import Asked
from procurement.core import rate, services
from procurement.core.api import contract
from procurement.core.permissions import Permission, scopes
from procurement.core.settings import Settings
from procurement.core.vault import KeyVault
from procurement.core.web.views import endpoint


class SandboxBody(BaseModel):
    """Who asks for a key."""

    model_config = ConfigDict(extra="forbid")

    email: str = Field(min_length=3, max_length=254)
    name: str = Field(default="", max_length=120)
    return_urls: list[str] = Field(default_factory=list, max_length=20)


@endpoint(
    "accounts.api.sandbox_clients", permission=Permission.PUBLIC, methods=("POST",), schema=SandboxBody, csrf=False
)  # fmt: skip
@contract(idempotent=False)
def create_client(request: Any) -> Response:
    """Make a client of the sandbox with every scope; its secret is shown here and never again."""
    rate.check(request, "accounts.sandbox")
    settings: Settings = services.get(request, Settings)
    vault: KeyVault = services.get(request, KeyVault)
    asked: SandboxBody = request.validated
    wanted = Asked(
        name=asked.name or asked.email,
        email=asked.email,
        scopes=tuple(scopes()),
        return_urls=tuple(asked.return_urls),
    )
    client = api_clients.create(request.db, vault, wanted, local=True, by=None, now=request.now)
    made = api_keys.add_secret(request.db, vault, client.id, label="sandbox", by=None, now=request.now)
    endpoint_url = f"{settings.base_url}/oauth/token"
    body = {
        "client_id": client.public_id,
        "client_secret": made.secret,
        "state": str(client.state),
        "scopes": list(client.scopes),
        "token_endpoint": endpoint_url,
        "first_curl": f"curl -u {client.public_id}:{made.secret} -d grant_type=client_credentials {endpoint_url}",
    }
    response = Response(json_body=body, status=201, charset="utf-8", content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
