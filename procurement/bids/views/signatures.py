"""The signatures of an opened bid: every verdict on a file, its evidence, and another verification on request."""

import re
import uuid
from collections.abc import Callable
from typing import Any

from pyramid.httpexceptions import HTTPNotFound
from pyramid.response import Response

from procurement.bids.models import BidOpenedFile, BidOpening
from procurement.bids.queries import openings
from procurement.bids.service.signatures import ask_again, subject
from procurement.bids.shown import envelope_title
from procurement.bids.views.deposits import consultation_values
from procurement.bids.views.openings import opened_envelope, opening_values
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web import page
from procurement.core.web.views import see_other
from procurement.signatures import queries
from procurement.signatures.queries import Verdict
from procurement.signatures.wording import STATUSES

_NUMBER = re.compile(r"[1-9][0-9]{0,9}")


def _file(request: Any, envelope_id: uuid.UUID) -> BidOpenedFile:
    number = request.matchdict["n"]
    file = openings.file(request.db, envelope_id, int(number)) if _NUMBER.fullmatch(number) else None
    if file is None:
        raise HTTPNotFound
    return file


@page("bids.opened_signature", permission=Permission.OPENING_VIEW, template="bids/opened_signature.html")
def show_signature(request: Any) -> dict[str, Any]:
    """Show the latest verdict on a file of an opened bid, and the earlier ones."""
    view = opened_envelope(request)
    file = _file(request, view.id)
    row: BidOpening = request.context.opening
    found = request.context.tender(request.now)
    verdicts = queries.of_subject(request.db, subject(view.id, file.n))
    where = {"opening": row.id, "envelope": view.id, "n": file.n}
    return {
        "consultation": consultation_values(request, found),
        "opening": opening_values(request, row, found),
        "title": envelope_title(request, openings.bidder(request.db, view), view),
        "bid_url": request.route_path("bids.opened", opening=row.id, envelope=view.id),
        "file_name": file.name,
        "reports": queries.shown(request.db, verdicts[0].id, request.lang) if verdicts else [],
        "verdicts": [_line(request, verdict, where) for verdict in verdicts],
    }


def _line(request: Any, verdict: Verdict, where: dict[str, Any]) -> dict[str, Any]:
    word, kind = STATUSES[verdict.status]
    stated = STATUSES[verdict.stated] if verdict.stated is not None else None
    evidence = request.route_path("bids.opened_evidence", verdict=verdict.id, **where)
    return {
        "at": verdict.at,
        "word": request.translate(word),
        "kind": kind,
        "signers": verdict.signers,
        "stated": request.translate(stated[0]) if stated else None,
        "mismatch": verdict.mismatch,
        "evidence_url": evidence if verdict.evidence_sha256 else None,
        "evidence_sha256": verdict.evidence_sha256,
        "stamp_url": request.route_path("bids.opened_evidence_stamp", verdict=verdict.id, **where),
        "stamped_at": verdict.evidence_stamped_at,
        "stamp_authority": verdict.evidence_stamp_authority,
    }


@page("bids.opened_evidence", permission=Permission.OPENING_VIEW)
def download_evidence(request: Any) -> Response:
    """Give what a verdict rests on, to find it again without this service (``pli signature verify --evidence``)."""
    return _kept(request, queries.evidence, "application/zip", "preuves-{}.zip")


@page("bids.opened_evidence_stamp", permission=Permission.OPENING_VIEW)
def download_evidence_stamp(request: Any) -> Response:
    """Give the time-stamp over the evidence, under the name by which ``pli`` finds it beside the archive."""
    return _kept(request, queries.evidence_stamp, "application/timestamp-reply", "preuves-{}.zip.tsr")


def _kept(
    request: Any, read: Callable[[Any, str, uuid.UUID], bytes | None], content_type: str, name: str
) -> Response:
    """Return a download of what is kept beside a verdict of this very file."""
    view = opened_envelope(request)
    file = _file(request, view.id)
    try:
        verdict_id = uuid.UUID(request.matchdict["verdict"])
    except ValueError:
        raise HTTPNotFound from None
    body = read(request.db, subject(view.id, file.n), verdict_id)
    if body is None:
        raise HTTPNotFound
    response = Response(body=body, content_type=content_type, cache_control="no-store")
    response.charset = None
    response.headers["Content-Disposition"] = f'attachment; filename="{name.format(verdict_id)}"'
    return response


@page("bids.opened_signatures", permission=Permission.OPENING_RUN, methods=("POST",))
def verify_again(request: Any) -> Response:
    """Have the signatures of an opened bid verified once more; the earlier verdicts stay."""
    view = opened_envelope(request)
    row: BidOpening = request.context.opening
    location = request.route_path("bids.opened", opening=row.id, envelope=view.id)
    ask_again(request.db, view.id, by=request.identity, now=request.now)
    request.flash(
        _("Les signatures vont être vérifiées de nouveau. Le résultat d’avant est gardé à côté du nouveau.")
    )
    return see_other(location)
