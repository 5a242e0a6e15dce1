"""The comparison of DUMEs as JSON: the same facts as its page, for every lot or for one."""

from typing import Any

from pyramid.response import Response

from dume.queries import SourceView
from procurement.bids import rules
from procurement.bids.compared import chosen_lot, compared, lots_of, proof_url, source_title
from procurement.bids.queries.comparison import Answered, Cell, Line, LotComparison
from procurement.bids.queries.tender import Tender
from procurement.core.api.answers import json_response
from procurement.core.permissions import Permission
from procurement.core.web import endpoint
from signing.strict import instant_text


@endpoint("bids.api.comparison", permission=Permission.DUME_READ_OPENED, methods=("GET",))
def show(request: Any) -> Response:
    """Give what the companies answered, lot by lot and criterion by criterion; only what is opened."""
    found: Tender = request.context.tender(request.now)
    lots = [chosen_lot(request, found)] if "lot" in request.params else lots_of(found)
    body = {
        "consultation": str(found.id),
        "reference": found.reference,
        "closed": rules.is_closed(found.deadline, request.now),
        "lots": [_lot(request, found, compared(request, found, lot)) for lot in lots],
    }
    return json_response(200, body, Cache_Control="no-store")


def _lot(request: Any, found: Tender, result: LotComparison) -> dict[str, Any]:
    return {
        "lot": result.lot,
        "title": result.title,
        "companies": [_company(request, found, one) for one in result.answered],
        "criteria": [_line(line) for line in result.lines],
    }


def _company(request: Any, found: Tender, one: Answered) -> dict[str, Any]:
    return {
        "id_dume": one.id_dume,
        "name": one.name,
        "siret": one.siret,
        "role": str(one.role) if one.role else None,
        "deposit": str(one.deposit_id),
        "bidder": one.bidder.siret,
        "received_at": instant_text(one.received_at),
        "same_file": one.same_file,
        "sources": [_source(source) for source in one.sources],
        "proofs": [
            {
                "name": one.proof_name(proof),
                "sha256": proof.document_sha256,
                "size": proof.document_size,
                "media_type": proof.media_type,
                "url": proof_url(request, found, one, proof),
            }
            for proof in one.proofs
        ],
    }


def _source(one: SourceView) -> dict[str, Any]:
    return {
        "source": one.source,
        "title": source_title(one),
        "obtained_at": instant_text(one.obtained_at) if one.obtained_at else None,
        "freshness": one.freshness or None,
        "checked_at": instant_text(one.checked_at) if one.checked_at else None,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "code": line.code,
        "kind": line.kind,
        "title": line.title,
        "requirements": [
            {"property": row.path, "label": row.label, "value": row.value} for row in line.requirements
        ],
        "answers": [_cell(cell) for cell in line.cells],
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "id_dume": cell.answered.id_dume,
        "asked": cell.asked,
        "attention": cell.attention,
        "values": [
            {"property": row.path, "occurrence": list(row.occurrence), "label": row.label, "value": row.value}
            for row in cell.rows
        ],
        "thresholds": [
            {"property": one.path, "label": one.label, "reached": str(one.reached)} for one in cell.thresholds
        ],
    }
