"""The DUME step of the deposit: the company's own responses, and the file of one, which goes sealed into the bid."""

import hashlib
from typing import Any

from pyramid.response import Response

from dume import queries as dumes
from dume.rules import Role, Status
from procurement.bids import errors
from procurement.bids.queries.dumes import JOINABLE, file_of, joinable
from procurement.bids.queries.tender import Tender
from procurement.core import services
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.vault import KeyVault
from procurement.core.web import endpoint

ROLES = {
    Role.SOLE: _("Candidat seul"),
    Role.LEAD: _("Mandataire du groupement"),
    Role.MEMBER: _("Membre du groupement"),
    Role.RELIED_UPON: _("Entreprise sur laquelle s’appuie le candidat"),
    Role.SUBCONTRACTOR: _("Sous-traitant"),
}
STATUSES = {
    Status.DRAFT: (_("Brouillon"), "todo"),
    Status.VALID: (_("Validé"), "ok"),
    Status.PUBLISHED: (_("Joint à un pli"), "info"),
}


def step(request: Any, found: Tender) -> dict[str, Any] | None:
    """Return what the deposit page shows of the DUME that a consultation asks for; None when it asks for none."""
    asked = dumes.request_for(request.db, found.id)
    if asked is None:
        return None
    own = joinable(request.db, found.id, found.reference, request.identity.organisation_id)
    return {"id_dume": asked.id_dume, "responses": [_response(request, row, found) for row in own]}


def _response(request: Any, row: dumes.Dume, found: Tender) -> dict[str, Any]:
    status = dumes.status_of(row)
    word, tone = STATUSES[status]
    name = request.translate(ROLES[row.role]) if row.role else ""
    return {
        "id_dume": row.id_dume,
        "role_text": name,
        "lots_text": ", ".join(str(number) for number in lot_numbers(row)),
        "validated_at": row.validated_at,
        "word": request.translate(word),
        "tone": tone,
        "joinable": status in JOINABLE,
        "url": request.route_path("bids.dume_file", reference=found.reference, id_dume=row.id_dume),
        "members": _members(request, row),
    }


def _members(request: Any, row: dumes.Dume) -> list[dict[str, Any]]:
    """Return where the other members of a group stand: their status, never an answer."""
    if row.role is not Role.LEAD or row.consortium_id is None:
        return []
    found = []
    for member in dumes.consortium(request.db, row.consortium_id).members:
        if member.left_at is not None or member.dume_id == row.id:
            continue
        status = dumes.status_of(member.dume) if member.dume else Status.DRAFT
        word, tone = STATUSES.get(status, STATUSES[Status.DRAFT])
        found.append({"name": member.name or member.siret, "word": request.translate(word), "tone": tone})
    return found


def lot_numbers(row: dumes.Dume) -> list[int]:
    """Return the numbers of the lots that a DUME speaks of, none for a contract without lots."""
    numbers = [int(lot.removeprefix("LOT-")) for lot in row.lots if lot.removeprefix("LOT-").isdigit()]
    return [number for number in numbers if number]


@endpoint("bids.dume_file", permission=Permission.DEPOSIT_EDIT, methods=("GET",))
def response_file(request: Any) -> Response:
    """Give the file of a validated response: its XML, or a ZIP with one per lot tendered for."""
    row = request.context.response
    if dumes.status_of(row) not in JOINABLE:
        raise errors.dume_not_validated()
    vault: KeyVault = services.get(request, KeyVault)
    name, media_type, content = file_of(request.db, vault, row)
    response = Response(body=content, content_type=media_type)
    response.charset = None
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    response.etag = hashlib.sha256(content).hexdigest()
    return response
