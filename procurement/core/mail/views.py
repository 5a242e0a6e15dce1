"""The development outbox: what would have been sent, with links that can be followed."""

import uuid
from typing import Any

from pyramid.authorization import Allow, Everyone

from procurement.core.errors import NotFound
from procurement.core.mail.models import MailMessage
from procurement.core.mail.service import recent
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import page


class Outbox:
    """Everybody may read it: the routes exist in development alone."""

    def __init__(self, request: Any) -> None:
        del request
        self.__acl__ = [(Allow, Everyone, Permission.OPERATE)]


@page(route="core.outbox", permission=Permission.OPERATE, template="core/outbox.html")
def outbox(request: Any) -> dict[str, Any]:
    """List the latest messages."""
    return {"messages": recent(request.db)}


@page(route="core.outbox_message", permission=Permission.OPERATE, template="core/outbox_message.html")
def outbox_message(request: Any) -> dict[str, Any]:
    """Show one message as text, its links made clickable."""
    try:
        message = request.db.get(MailMessage, uuid.UUID(request.matchdict["message"]))
    except ValueError:
        message = None
    if message is None:
        raise NotFound("mail.not_found", _("Ce message n’existe pas."))
    return {"message": message}
