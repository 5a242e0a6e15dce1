"""Operations on companies' DUMEs (``dumeOE``)."""

import uuid
from datetime import date
from typing import Any

from dume import errors, queries, service
from dume.espd import complete, importing, merge, write_v41
from dume.espd.errors import ESPDError
from dume.espd.export import lot_names
from dume.espd.model import Document, Header, Identifier
from dume.facade.calls import Call, Operations, decoded, encoded, missing
from dume.facade.requests import found, one_of, operator, shown, told
from dume.models import Dume
from dume.rules import Kind
from dume.service import ResponseDraft
from dume.service.rewriting import rewrite
from procurement.core import services
from procurement.core.permissions import Permission
from procurement.core.storage import Storage


def model(call: Call) -> dict[str, Any]:
    """Give the empty response to a request."""
    asked = _asked(call)
    number = str(uuid.uuid4())
    head = Header(
        id=Identifier("modele"), uuid=number, folder=asked.header.folder, issue_date=call.now.date()
    )
    made = complete.response(asked, call.body.role, operator(call), header=head)
    return {"dume": encoded(write_v41.write(made))}


def _asked(call: Call) -> Document:
    """Return what the request of a call says: one that may be answered, or a file."""
    if call.body.id_request:
        row = call.published(call.body.id_request)
        return queries.document(call.request.db, call.vault, row)
    return _read(decoded(call.body.request_xml, "dumeA"), Kind.REQUEST)


def _read(data: bytes, kind: Kind) -> Document:
    try:
        what = importing.read(data).document
    except ESPDError as error:
        raise errors.Unreadable(error) from None
    if what.kind is not kind:
        raise errors.wrong_kind("OE" if kind is Kind.RESPONSE else "acheteur")
    return what


def create(call: Call) -> dict[str, Any]:
    """Begin a response for a SIRET and ask the registers; what they say is proposed, never claimed."""
    body = call.body
    if not body.siret:
        raise missing("siretOE")
    if bool(body.id_request) == bool(body.request_xml):
        raise one_of("idDumeA")
    call.need(Permission.API_PREFILL_PUBLIC)
    draft = ResponseDraft(
        role=body.role,
        request=call.published(body.id_request) if body.id_request else None,
        request_xml=decoded(body.request_xml, "dumeA") if body.request_xml else b"",
        operator=operator(call),
        lots=tuple(body.tendered),
    )
    row = service.create_response(
        call.request.db, call.vault, draft, owner=call.owner(body.siret), by=call.by, now=call.now
    )
    return _prefilled(call, row)


def prefill(call: Call) -> dict[str, Any]:
    """Ask the registers for a response in preparation."""
    return _prefilled(call, call.own(call.body.id_dume or call.body.id_response, Kind.RESPONSE))


def _prefilled(call: Call, row: Dume) -> dict[str, Any]:
    level = call.body.level
    recipient = ""
    if level > 1:
        call.need(Permission.API_PREFILL_PROTECTED)
        recipient = call.buyer(Permission.API_PREFILL_PROTECTED)
    made = service.start_prefill(
        call.request.db, row, level=level, recipient=recipient, by=call.by, now=call.now
    )
    return {**told(row), "idPreremplissage": str(made)}


def merged(call: Call) -> dict[str, Any]:
    """Answer a request with what an older response says; nothing is kept."""
    if bool(call.body.id_response) == bool(call.body.response_xml):
        raise one_of("idDumeOE")
    asked, day = _asked(call), call.now.date()
    return _merged(asked, _old(call), day)


def _old(call: Call) -> Document:
    if call.body.id_response:
        row = call.own(call.body.id_response, Kind.RESPONSE, "idDumeOE")
        return queries.document(call.request.db, call.vault, row)
    return _read(decoded(call.body.response_xml, "dumeOE"), Kind.RESPONSE)


def _merged(asked: Document, old: Document, day: date) -> dict[str, Any]:
    made = merge.merge(asked, old, today=day)
    return {
        "dume": encoded(write_v41.write(made.document)),
        "reprises": len(made.carried),
        "aRelire": list(made.to_review),
        "nonReprises": list(made.unmatched),
    }


def save(call: Call) -> dict[str, Any]:
    """Keep the XML of a response: as a new one, or in the place of what a draft says."""
    data = decoded(call.body.dume, "dume")
    by_whom: dict[str, Any] = {"by": call.by, "now": call.now}
    if call.body.id_dume:
        row = call.own(call.body.id_dume, Kind.RESPONSE)
        return told(rewrite(call.request.db, call.vault, row, data, **by_whom))
    if not call.body.siret:
        raise missing("siretOE")
    owner = call.owner(call.body.siret)
    return told(service.import_response(call.request.db, call.vault, data, owner=owner, **by_whom))


def find(call: Call) -> dict[str, Any]:
    """List responses of the client, latest first, 200 at most."""
    return found(call, Kind.RESPONSE)


def formatted(call: Call) -> dict[str, Any]:
    """Give a response of the client's own in the form asked for."""
    return shown(call, call.own(call.body.id_dume or call.body.id_response, Kind.RESPONSE))


def with_proofs(call: Call) -> dict[str, Any]:
    """Give a response of the client's own with its proofs, in one ZIP."""
    row = call.own(call.body.id_dume or call.body.id_response, Kind.RESPONSE)
    session, vault = call.request.db, call.vault
    storage = services.get(call.request, Storage)
    found = queries.documents(session, vault, row)
    names = lot_names([lot for lot, _content in found])
    files = [(f"{name}.xml", content) for name, (_lot, content) in zip(names, found, strict=True)]
    for one in queries.evidences(session, row):
        if one.level > 1:
            call.need(Permission.API_PREFILL_PROTECTED)
            call.check_mandate(row.buyer_siret, Permission.API_PREFILL_PROTECTED)
        _view, content = queries.proof(session, vault, storage, row, one.id)
        files.append((f"preuves/{one.evidence or one.id}", content))
    return {**told(row), "zip": encoded(queries.zipped(files))}


_WRITE, _READ = Permission.API_OE_WRITE, Permission.API_OE_READ
OPERATIONS: Operations = {
    "recupererModelDume": (_READ, model),
    "creerDumeOEAvecSiretOE": (_WRITE, create),
    # The constant of the same operation in another page of the service's documentation, its spelling included.
    "recupererDumeOEAvecDonnesEntreprise": (_WRITE, create),
    "fusionnerDumeAvecDonneesEntreprise": (_WRITE, prefill),
    "fusionnerDumes": (_WRITE, merged),
    "enregistrerDume": (_WRITE, save),
    "rechercherDumes": (_READ, find),
    "recupererDumeFormate": (_READ, formatted),
    "telechargerDumeAvecPJ": (_READ, with_proofs),
}
