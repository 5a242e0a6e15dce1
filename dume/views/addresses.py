"""The addresses of the pages: tools without an account, the pages behind each door, the company's own list."""

from typing import Any

from dume import routes
from dume.views.doors import ADDRESS, RATE, behind

#: Pages behind a door, by the end of their route's name.
_BEHIND = {
    "home": "",
    "begin": "/commencer",
    "end": "/terminer",
    "company": "/entreprise",
    "siret": "/siret",
    "sources": "/sources",
    "sources_json": "/sources.json",
    "part": "/partie/{part}",
    "changes": "/changements",
    "confirm": "/confirmer",
    "renew": "/reprendre",
    "evidences": "/pieces",
    "evidence": "/pieces/{evidence}",
    "evidence_remove": "/pieces/{evidence}/retirer",
    "review": "/relire",
    "report": "/rapport",
    "conversion": "/conversion/{version}",
    "copy": "/copie/{form}",
    "criteria": "/criteres",
    "respond_here": "/repondre",
    "remove": "/supprimer",
}
#: The modules of these pages.
_VIEWS = ("answering", "company", "evidence", "home", "own", "review", "tools")
_TOOLS = {
    "tools": "/dume",
    "new_request": "/dume/demande",
    "import": "/dume/importer",
    "respond": "/dume/repondre",
    "check": "/dume/verifier",
    "convert": "/dume/convertir",
    "merge": "/dume/fusionner",
}


def includeme(config: Any) -> None:
    """Add the routes and register the views."""
    for name, address in _TOOLS.items():
        config.add_route(f"dume.{name}", address)
    config.add_route("dume.own_list", "/dume/mes-dume", factory=routes.own_space)
    config.add_route("dume.own_start", "/dume/mes-dume/nouveau/{id_dume}", factory=_request_to_answer)
    for name, tail in _BEHIND.items():
        config.add_route(f"dume.{name}", f"{ADDRESS}{tail}", factory=behind)
    config.add_rate("dume.tools", "30 per minute")
    config.add_rate(RATE, "120 per hour")
    for name in _VIEWS:
        config.scan(f"dume.views.{name}", categories=("pyramid",))


def _request_to_answer(request: Any) -> Any:
    """Load a published request, with the rights of the company that wants to answer it."""
    found = routes.published_request(request)
    space = routes.own_space(request)
    found.__acl__ = space.__acl__
    return found
