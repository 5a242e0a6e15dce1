"""Addresses of imported notices; all are a buyer's own."""

import uuid
from typing import Any

from procurement.accounts.acl import buyer_acl
from procurement.core.permissions import Entry, public
from procurement.notices import queries
from procurement.notices.errors import NoticeNotFound
from procurement.notices.upload import Upload

_NOTICE = "/acheteur/avis/{notice}"


class Imports:
    """The imports of the organisation one acts for; nobody's, for who has not signed in."""

    def __init__(self, request: Any) -> None:
        self.upload: Upload | None = None
        identity = request.identity
        buyer = identity is not None and identity.organisation_kind == "buyer"
        services = (
            [uuid.UUID(role.partition("@")[2]) for role in identity.roles if "@" in role] if buyer else []
        )
        self.__acl__: list[Entry] = buyer_acl(identity.organisation_id, services) if buyer else public()


class OneImport:
    """An imported notice as the context of a request."""

    def __init__(self, notice: queries.NoticeView | None, acl: list[Entry]) -> None:
        self.notice = notice
        self.__acl__ = acl


def imports(request: Any) -> Imports:
    """Return the imports, with the body of a form opened up to its file."""
    resource = Imports(request)
    if request.method == "POST" and request.identity is not None:
        resource.upload = Upload.begin(request)
    return resource


def one_import(request: Any) -> OneImport:
    """Return the notice of the address when it is the active organisation's; raise NotFound otherwise."""
    if request.identity is None:
        return OneImport(None, public())
    try:
        notice_id = uuid.UUID(request.matchdict["notice"])
    except ValueError:
        raise NoticeNotFound from None
    notice = queries.notice(request.db, notice_id)
    if notice.organisation_id != request.identity.organisation_id:
        raise NoticeNotFound
    return OneImport(notice, Imports(request).__acl__)


def includeme(config: Any) -> None:
    """Add the routes."""
    config.add_route("notices.import", "/acheteur/avis/importer", factory=imports)
    config.add_route("notices.report", _NOTICE, factory=one_import)
    config.add_route("notices.report_json", f"{_NOTICE}/rapport.json", factory=one_import)
    config.add_route("notices.file", f"{_NOTICE}/avis.xml", factory=one_import)
