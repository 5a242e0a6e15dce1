"""The buyer's comparison of DUMEs, lot by lot and company by company, after the opening; its CSV and its proofs."""

import uuid
from typing import Any

from pyramid.response import Response

from dume import queries as dumes
from dume.errors import no_evidence
from dume.queries import SourceView
from dume.registry.freshness import Freshness
from procurement.bids import rules
from procurement.bids.compared import chosen_lot, compared, lots_of, proof_url, source_title
from procurement.bids.queries import comparison
from procurement.bids.queries.comparison import Answered, Cell, Line
from procurement.bids.queries.tender import Tender
from procurement.bids.thresholds import Reached
from procurement.bids.views.deposits import consultation_values
from procurement.bids.views.dumes import ROLES
from procurement.consultations.views.search import csv_response
from procurement.core import services
from procurement.core.permissions import Permission
from procurement.core.storage import Storage
from procurement.core.text import _
from procurement.core.vault import KeyVault
from procurement.core.web import page

REACHED = {
    Reached.MET: (_("Atteint"), "ok"),
    Reached.NOT_MET: (_("Non atteint"), "warn"),
    Reached.UNKNOWN: (_("À vérifier"), "todo"),
}
FRESHNESS = {
    Freshness.UNCHANGED: (_("Inchangé"), "ok"),
    Freshness.CHANGED: (_("A changé depuis"), "warn"),
    Freshness.EXPIRED: (_("Expiré"), "warn"),
    Freshness.UNAVAILABLE: (_("Source indisponible"), "todo"),
}
NOT_CHECKED = (_("Vérification en cours"), "run")
KINDS = {
    "exclusion": _("Motifs d’exclusion"),
    "selection": _("Critères de sélection"),
    "other": _("Autres informations"),
}
_HEAD = (
    _("Lot"), _("Critère"), _("Candidat"), _("SIRET"), _("Rôle"), _("DUME"), _("Question"), _("Réponse"), _("Exigence"),
    _("Résultat"),
)  # fmt: skip
_SUFFIXES = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}


@page("bids.comparison", permission=Permission.DUME_READ_OPENED, template="bids/comparison.html")
def show(request: Any) -> dict[str, Any]:
    """Compare what the companies of one lot answered; before the deadline not even their number is told."""
    found: Tender = request.context.tender(request.now)
    closed = rules.is_closed(found.deadline, request.now)
    lot = chosen_lot(request, found)
    result = compared(request, found, lot)
    return {
        "consultation": consultation_values(request, found),
        "closed": closed,
        "asked": dumes.request_for(request.db, found.id) is not None,
        "lot": lot,
        "lot_title": result.title,
        "lots": [
            (number, title, request.route_path("bids.comparison", reference=found.reference, _query={"lot": number}))
            for number, title in found.lots
        ],
        "companies": [_company(request, one, found) for one in result.answered],
        "kinds": [
            (request.translate(title), [_line(request, line) for line in result.lines if line.kind == kind])
            for kind, title in KINDS.items()
        ],
        "csv_url": request.route_path("bids.comparison_csv", reference=found.reference),
        "json_url": request.route_path("bids.api.comparison", consultation=found.id),
    }  # fmt: skip


def role_text(request: Any, one: Answered) -> str:
    """Return the part a company plays, in words."""
    return str(request.translate(ROLES[one.role])) if one.role else ""


def freshness_word(one: SourceView) -> tuple[str, str]:
    """Return what the check at the opening found of a source: the word and its tone."""
    return FRESHNESS[Freshness(one.freshness)] if one.freshness else NOT_CHECKED


def _company(request: Any, one: Answered, found: Tender) -> dict[str, Any]:
    return {
        "id_dume": one.id_dume,
        "name": one.name,
        "siret": one.siret,
        "role_text": role_text(request, one),
        "bidder": one.bidder.name,
        "received_at": one.received_at,
        "same_file": one.same_file,
        "sources": [
            (
                request.translate(source_title(source)),
                *_word(request, freshness_word(source)),
                source.checked_at,
            )
            for source in one.sources
        ],
        "proofs": [
            (one.proof_name(proof), proof_url(request, found, one, proof), proof.document_size)
            for proof in one.proofs
        ],
    }


def _word(request: Any, found: tuple[str, str]) -> tuple[str, str]:
    return str(request.translate(found[0])), found[1]


def _line(request: Any, line: Line) -> dict[str, Any]:
    return {
        "code": line.code,
        "title": line.title,
        "requirements": [(row.label, row.value) for row in line.requirements],
        "cells": [_cell(request, cell) for cell in line.cells],
    }


def _cell(request: Any, cell: Cell) -> dict[str, Any]:
    return {
        "name": cell.answered.name,
        "role_text": role_text(request, cell.answered),
        "asked": cell.asked,
        "attention": cell.attention,
        "answers": [(row.label, row.value) for row in cell.rows],
        "thresholds": [
            (threshold.label, *_word(request, REACHED[threshold.reached])) for threshold in cell.thresholds
        ],
    }


@page("bids.comparison_csv", permission=Permission.DUME_READ_OPENED)
def download(request: Any) -> Response:
    """Give every lot, criterion, company and answer as one table."""
    found: Tender = request.context.tender(request.now)
    table = [[str(request.translate(head)) for head in _HEAD]]
    for lot in lots_of(found):
        result = compared(request, found, lot)
        table += [
            row for line in result.lines for cell in line.cells for row in _table(request, lot, line, cell)
        ]
    response: Response = csv_response(table, f"comparaison-{found.reference}.csv")
    response.headers["Cache-Control"] = "no-store"
    return response


def _table(request: Any, lot: int, line: Line, cell: Cell) -> list[list[str]]:
    one = cell.answered
    head = [str(lot or ""), line.title, one.name, one.siret, role_text(request, one), one.id_dume]
    rows = [[*head, row.label, row.value, "", ""] for row in cell.rows]
    rows += [
        [*head, "", "", threshold.label, _word(request, REACHED[threshold.reached])[0]]
        for threshold in cell.thresholds
    ]
    return rows or [[*head, "", "", "", ""]]


@page("bids.comparison_proof", permission=Permission.DUME_READ_OPENED)
def proof(request: Any) -> Response:
    """Send a proof of an opened response, to be saved and not shown."""
    found: Tender = request.context.tender(request.now)
    wanted = request.matchdict["id_dume"]
    readable = comparison.opened_responses(request.db, found, now=request.now)
    row = next((row for row, _views in readable if row.id_dume == wanted), None)
    if row is None:
        raise no_evidence()
    try:
        evidence = uuid.UUID(request.matchdict["evidence"])
    except ValueError:
        raise no_evidence() from None
    vault: KeyVault = services.get(request, KeyVault)
    storage: Storage = services.get(request, Storage)
    view, content = dumes.proof(request.db, vault, storage, row, evidence)
    response = Response(body=content, content_type=view.media_type)
    response.charset = None
    name = f"{row.id_dume}-{view.id.hex[-8:]}.{_SUFFIXES.get(view.media_type, 'bin')}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
