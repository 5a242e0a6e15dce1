"""Copies of a buyer's request, for its buyer and, once it is published, for everybody."""

from typing import Any

from pyramid.response import Response

from dume import queries
from dume.rendering import pages, sections
from dume.rules import Status
from dume.views.doors import RATE
from procurement.core import rate, services
from procurement.core.errors import NotFound
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.vault import KeyVault
from procurement.core.web import page

_TYPES = {"xml": "application/xml", "pdf": "application/pdf", "html": "text/html; charset=utf-8"}


def copy_of(request: Any, form: str) -> Response:
    """Return the request as XML, PDF or HTML, to be kept."""
    if form not in _TYPES:
        raise NotFound("dume.no_such_copy", _("Cette forme de copie n’existe pas : xml, pdf ou html."))
    row = request.context.dume
    vault: KeyVault = services.get(request, KeyVault)
    content, _digest = queries.xml(request.db, vault, row)
    if form != "xml":
        what = queries.document(request.db, vault, row)
        content = (
            pages.html(what, request.lang).encode()
            if form == "html"
            else pages.to_pdf(what, content, request.lang, date=row.published_at or request.now)
        )
    name = f"dume-acheteur-{row.id_dume}.{form}"
    return Response(
        body=content,
        content_type=_TYPES[form],
        charset=None,
        content_disposition=f'attachment; filename="{name}"',
    )


@page("dume.public", permission=Permission.PUBLIC, template="dume/request_public.html")
def public(request: Any) -> dict[str, Any]:
    """Show a published request to everybody: what it asks, its copies, where to answer."""
    row = request.context.dume
    vault: KeyVault = services.get(request, KeyVault)
    what = queries.document(request.db, vault, row)
    newer = row.replacement if queries.status_of(row) is Status.REPLACED else None
    return {
        "row": row,
        "what": what,
        "sections": sections(what, request.lang),
        "sha256": queries.revision(request.db, row).sha256,
        "newer": newer,
    }


@page("dume.public_copy", permission=Permission.PUBLIC)
def public_copy(request: Any) -> Response:
    """Give a copy of a published request; a PDF is made anew each time, so many an hour for one address."""
    form = request.matchdict["form"]
    if form == "pdf":
        rate.check(request, RATE)
    return copy_of(request, form)
