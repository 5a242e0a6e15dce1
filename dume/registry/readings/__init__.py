"""Turn each source's answer into values in our words. Pure.

A reader takes `data` and `meta` of a 200 answer, and nothing else ever reaches it.
"""

from collections.abc import Callable
from typing import Any

from dume.registry.readings import figures, proofs, registers, sirene, skills
from dume.registry.readings.payload import Link, Reading

__all__ = ["READERS", "Link", "Reading", "read"]

Reader = Callable[[Any, Any], Reading]

READERS: dict[str, Reader] = {
    "insee_unit_public": sirene.unit,
    "insee_unit": sirene.unit,
    "insee_head_office_public": sirene.establishment,
    "insee_head_office": sirene.establishment,
    "insee_establishment_public": sirene.establishment,
    "insee_establishment": sirene.establishment,
    "insee_address_public": sirene.address,
    "insee_address": sirene.address,
    "insee_successions": sirene.successions,
    "vat": registers.vat,
    "association_public": registers.association,
    "association": registers.association,
    "rna": registers.rna,
    "rna_documents": registers.rna_documents,
    "rcs_extract": registers.rcs_extract,
    "rcs_officers": registers.officers,
    "rne_extract": registers.rne_extract,
    "rne_owners": registers.owners,
    "rne_filings": registers.filings,
    "crafts": registers.crafts,
    "tax_certificate": proofs.tax,
    "social_certificate": proofs.social,
    "farm_social": proofs.farm_social,
    "building_pension": proofs.pension,
    "building_pension_certificate": proofs.certificate("pro-btp"),
    "building_leave": proofs.certificate("cibtp"),
    "building_leave_cooperatives": proofs.certificate("cnetp"),
    "fntp": proofs.certificate("carte-fntp"),
    "turnover": figures.turnover,
    "tax_returns": figures.tax_returns,
    "balance_sheets": figures.balance_sheets,
    "headcount_yearly": figures.headcount_yearly,
    "headcount_monthly": figures.headcount_monthly,
    "qualibat": skills.qualibat,
    "qualifelec": skills.qualifelec,
    "opqibi": skills.opqibi,
    "rge": skills.rge,
    "qualiopi": skills.qualiopi,
}


def read(source: str, body: Any) -> Reading:
    """Read the body of a 200 answer of a source; a list stands for itself where the source answers with one."""
    data = body.get("data") if isinstance(body, dict) else None
    meta = body.get("meta") if isinstance(body, dict) else None
    return READERS[source](data, meta)
