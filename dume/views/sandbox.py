"""A key of the sandbox for whoever gives an address; the page exists only where the sandbox is on."""

from typing import Any

from dume.forms.vendor import SandboxForm
from dume.views.portal import shown_secret, vault_of
from procurement.accounts.service import api_clients, api_keys
from procurement.accounts.service.api_clients import Asked
from procurement.core import rate
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission, scopes
from procurement.core.web import page


@page(
    "dume.sandbox_key",
    permission=Permission.PUBLIC,
    template="dume/portal_sandbox.html",
    methods=("GET", "POST"),
)
def sandbox_key(request: Any) -> Any:
    """Give a key of the sandbox to whoever gives an address: nobody has to agree, nothing has to be awaited."""
    form = SandboxForm(request)
    if form.accepted():
        try:
            rate.check(request, "accounts.sandbox")
            asked = Asked(
                name=form.name.data or form.email.data, email=form.email.data, scopes=tuple(scopes())
            )
            made = api_clients.create(
                request.db, vault_of(request), asked, local=True, by=None, now=request.now
            )
            key = api_keys.add_secret(
                request.db, vault_of(request), made.id, label="sandbox", by=None, now=request.now
            )
        except DomainError as error:
            form.refuse(error, "email")
        else:
            return shown_secret(request, made, key.secret)
    return {"form": form}
