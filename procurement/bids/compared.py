"""What the page, the table and the JSON of a comparison share: the lot asked for, the words, the addresses."""

from typing import Any

from pyramid.httpexceptions import HTTPNotFound

from dume.queries import SourceView
from dume.registry.sources import SOURCES
from procurement.bids.queries import comparison
from procurement.bids.queries.comparison import Answered, LotComparison
from procurement.bids.queries.tender import Tender
from procurement.core import services
from procurement.core.vault import KeyVault


def lots_of(found: Tender) -> tuple[int, ...]:
    """Return the lots to compare; a contract without lots has the one lot 0."""
    return found.lot_numbers or (0,)


def chosen_lot(request: Any, found: Tender) -> int:
    """Return the lot asked for, the first one unless one is named; another one does not exist."""
    wanted = request.params.get("lot", "")
    numbers = {str(number): number for number in lots_of(found)}
    if wanted and wanted not in numbers:
        raise HTTPNotFound
    return numbers[wanted] if wanted else lots_of(found)[0]


def compared(request: Any, found: Tender, lot: int) -> LotComparison:
    """Return the comparison of a lot in the reader's language."""
    vault: KeyVault = services.get(request, KeyVault)
    return comparison.compare(request.db, vault, found, lot, lang=request.lang, now=request.now)


def source_title(one: SourceView) -> str:
    """Return the name of a source as people know it."""
    known = SOURCES.get(one.source)
    return known.title if known is not None else one.source


def proof_url(request: Any, found: Tender, one: Answered, proof: SourceView) -> str:
    """Return where a proof can be downloaded."""
    ids = {"reference": found.reference, "id_dume": one.id_dume, "evidence": proof.id}
    return str(request.route_path("bids.comparison_proof", **ids))
