"""Operations on buyers' DUMEs (``dumeA``), and those that both kinds share."""

import uuid
from dataclasses import replace
from typing import Any

from dume import queries, service
from dume.espd import complete, write_v41
from dume.espd.complete import Mode
from dume.espd.model import NO_LOT, Buyer, EconomicOperator, Header, Identifier, Lot, Party, Procedure
from dume.espd.model import Address as Place
from dume.facade.calls import Call, Operations, decoded, encoded, missing
from dume.models import Dume
from dume.queries import Filter, Slot
from dume.rendering import pages
from dume.rules import Kind, Status
from dume.schemas import instant
from dume.service import RequestDraft, RequestEdits, ResponseEdits, Tie
from dume.service.rewriting import rewrite
from procurement.core import ids
from procurement.core.errors import FieldError, Invalid
from procurement.core.permissions import Permission
from procurement.core.text import _

#: The one code of a status that is public: a DUME taken away.
_CODES = {Status.DELETED: "04"}
_LISTED = 200


def told(row: Dume) -> dict[str, Any]:
    """Return what an answer says of a DUME; ``codeStatut`` where its value is public."""
    status = queries.status_of(row)
    return {"idDume": row.id_dume, "statut": str(status), "codeStatut": _CODES.get(status)}


def model(call: Call) -> dict[str, Any]:
    """Give an empty request with the usual criteria."""
    number = str(uuid.uuid4())
    head = Header(
        id=Identifier("modele"), uuid=number, folder=Identifier("modele"), issue_date=call.now.date()
    )
    made = complete.request(
        (),
        _buyer(call),
        Procedure(code=call.body.procedure, title=call.body.title),
        (Lot(NO_LOT),),
        Mode.SIMPLIFIED,
        header=head,
    )
    return {"dume": encoded(write_v41.write(made))}


def save(call: Call) -> dict[str, Any]:
    """Keep the XML of a request: as a new one, or in the place of what a draft says."""
    data = decoded(call.body.dume, "dume")
    by_whom: dict[str, Any] = {"by": call.by, "now": call.now}
    if call.body.id_dume:
        row = call.own(call.body.id_dume, Kind.REQUEST)
        call.check_mandate(row.buyer_siret, Permission.API_ACHETEUR_WRITE)
        return told(rewrite(call.request.db, call.vault, row, data, **by_whom))
    owner = call.owner(call.buyer(Permission.API_ACHETEUR_WRITE))
    row = service.import_request(call.request.db, call.vault, data, owner=owner, tie=tie_of(call), **by_whom)
    return told(row)


def begin_simple(call: Call) -> dict[str, Any]:
    """Begin a simplified request."""
    body = call.body
    if not body.title:
        raise missing("objet")
    owner = call.owner(call.buyer(Permission.API_ACHETEUR_WRITE))
    draft = RequestDraft(
        buyer=_buyer(call),
        procedure=Procedure(
            code=body.procedure, title=body.title, description=body.description or body.title
        ),
        lots=tuple(Lot(one.id, one.title, one.description, tuple(one.cpv)) for one in body.lots),
        mode=Mode.SIMPLIFIED,
    )
    row = service.create_request(
        call.request.db, call.vault, draft, owner=owner, tie=tie_of(call), by=call.by, now=call.now
    )
    return told(row)


def tie_of(call: Call) -> Tie | None:
    """Return the consultation that a call names."""
    body = call.body
    return Tie(reference=body.reference, closes_at=body.closes_at) if body.reference else None


def _buyer(call: Call) -> Buyer:
    """Return the buyer: who asks."""
    number = ids.siret(call.body.requester)
    name = call.body.requester_name or number
    party = Party(
        identifiers=(Identifier(number, scheme="NATIONAL"),), name=name, address=Place(country="FRA")
    )
    return Buyer(party=party)


def find(call: Call) -> dict[str, Any]:
    """List requests of the client, latest first, 200 at most."""
    return found(call, Kind.REQUEST)


def found(call: Call, kind: Kind) -> dict[str, Any]:
    """List the client's DUMEs of a kind by consultation, SIRET, lot and status."""
    body = call.body
    if body.lot and not body.reference:
        raise missing("refConsultation")
    wanted = Filter(
        kind=kind,
        consultation=body.reference,
        siret=ids.siret(body.siret) if body.siret else "",
        lot=body.lot,
        status=_status(body.status),
    )
    rows = queries.search(call.request.db, Slot(client_id=call.client_id), wanted, limit=_LISTED)
    return {"dumes": [_line(row) for row in rows]}


def _status(text: str) -> Status | None:
    if not text:
        return None
    known = {str(status): status for status in Status} | {code: status for status, code in _CODES.items()}
    if text not in known:
        message = _("L’état d’un DUME est brouillon, valide, publie, remplace ou supprime.")
        error = FieldError("/statut", "dume.status_unknown", message)
        raise Invalid("dume.status_unknown", message, errors=(error,))
    return known[text]


def _line(row: Dume) -> dict[str, Any]:
    return {
        **told(row),
        "siret": row.siret,
        "refConsultation": row.consultation_ref,
        "lots": list(row.lots),
        "idDumeA": row.request.id_dume if row.request is not None else None,
        "dateCreation": instant(row.created_at),
    }


def formatted(call: Call) -> dict[str, Any]:
    """Give a request of the client's own, or a published one, in the form asked for."""
    return shown(call, call.published(call.body.id_dume or call.body.id_request))


def shown(call: Call, row: Dume) -> dict[str, Any]:
    """Give a DUME: 0 its state alone, 1 PDF, 2 XML, 3 HTML."""
    form, session, vault = call.body.form, call.request.db, call.vault
    if form == 0:
        return {**told(row), "typeFormat": form, "dume": None}
    if form == 2:  # noqa: PLR2004  # the service's own number
        content, _digest = queries.xml(session, vault, row, lot=call.body.lot)
    else:
        what = queries.document(session, vault, row)
        if form == 1:
            xml = queries.documents(session, vault, row)[0][1]
            content = pages.to_pdf(what, xml, call.body.language, date=row.edited_at)
        else:
            content = pages.html(what, call.body.language).encode()
    return {**told(row), "typeFormat": form, "dume": encoded(content)}


def remove(call: Call) -> dict[str, Any]:
    """Take a request away; its content is kept."""
    row = call.own(call.body.id_dume or call.body.id_request, Kind.REQUEST)
    call.check_mandate(row.buyer_siret, Permission.API_ACHETEUR_WRITE)
    return told(service.delete(call.request.db, row, by=call.by, now=call.now))


def update(call: Call) -> dict[str, Any]:
    """Change what stands around the content: title and description of a request, lots tendered for of a response."""
    body = call.body
    if not body.id_dume:
        raise missing("idDume")
    by_whom: dict[str, Any] = {"by": call.by, "now": call.now}
    row = queries.by_id_dume(call.request.db, body.id_dume)
    row = call.own(body.id_dume, row.kind)
    if row.kind is Kind.REQUEST:
        call.need(Permission.API_ACHETEUR_WRITE)
        call.check_mandate(row.buyer_siret, Permission.API_ACHETEUR_WRITE)
        what = queries.document(call.request.db, call.vault, row).procedure
        changed = replace(what, title=body.title or what.title, description=body.description or what.description)  # fmt: skip
        edits = RequestEdits(procedure=changed)
        return told(service.edit_request(call.request.db, call.vault, row, edits, **by_whom))
    call.need(Permission.API_OE_WRITE)
    lots = ResponseEdits(lots=tuple(body.tendered) or None)
    return told(service.edit_response(call.request.db, call.vault, row, lots, **by_whom))


def operator(call: Call) -> EconomicOperator:
    """Return the company of a call by its role alone: the directory and the registers say the rest."""
    return EconomicOperator(role=call.body.role)


def one_of(member: str) -> Invalid:
    """Return the refusal of a call that gives both of two things, or neither."""
    message = _("Donnez l’un ou l’autre, pas les deux : l’identifiant, ou le fichier XML.")
    return Invalid("dume.one_of", message, errors=(FieldError(f"/{member}", "dume.one_of", message),))


OPERATIONS: Operations = {
    "recupererModelDume": (Permission.API_ACHETEUR_READ, model),
    "enregistrerDume": (Permission.API_ACHETEUR_WRITE, save),
    "rechercherDumes": (Permission.API_ACHETEUR_READ, find),
    "recupererDumeFormate": (Permission.API_ACHETEUR_READ, formatted),
    "supprimerDume": (Permission.API_ACHETEUR_WRITE, remove),
    "creerDumeSimple": (Permission.API_ACHETEUR_WRITE, begin_simple),
}
