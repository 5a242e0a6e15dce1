"""Reads of consultations: frozen values out, never rows."""

from procurement.consultations.queries.documents import documents, manifest, published_documents
from procurement.consultations.queries.lists import Listed, buyer_list, next_deadlines, state_counts
from procurement.consultations.queries.register import RegisterLine, withdrawals
from procurement.consultations.queries.views import state_expression, to_view, view
from procurement.consultations.rules import ConsultationView, DocumentView, Limits, LotView, Piece

__all__ = [
    "ConsultationView",
    "DocumentView",
    "Limits",
    "Listed",
    "LotView",
    "Piece",
    "RegisterLine",
    "buyer_list",
    "documents",
    "manifest",
    "next_deadlines",
    "published_documents",
    "state_counts",
    "state_expression",
    "to_view",
    "view",
    "withdrawals",
]
