"""Build answers in the shapes of API Entreprise from the simulator's companies: facts of ours, shapes of theirs."""

from dume.registry.simulator.payloads import figures, proofs, registers, sirene, skills
from dume.registry.simulator.payloads.asking import Asking, Builder

__all__ = ["ALWAYS", "BUILDERS", "Asking", "Builder"]

BUILDERS: dict[str, Builder] = {
    "insee_unit_public": sirene.public(sirene.unit),
    "insee_unit": sirene.unit,
    "insee_head_office_public": sirene.public(sirene.establishment),
    "insee_head_office": sirene.establishment,
    "insee_establishment_public": sirene.public(sirene.establishment),
    "insee_establishment": sirene.establishment,
    "insee_address_public": sirene.public(sirene.address),
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

#: Sources that know every company; the others know those that list them.
ALWAYS = frozenset(
    {
        "insee_unit_public",
        "insee_unit",
        "insee_head_office_public",
        "insee_head_office",
        "insee_establishment_public",
        "insee_establishment",
        "insee_address_public",
        "insee_address",
        "insee_successions",
        "vat",
        "rcs_extract",
        "rcs_officers",
        "rne_extract",
        "rne_owners",
        "rne_filings",
        "tax_certificate",
        "social_certificate",
        "turnover",
        "tax_returns",
        "balance_sheets",
        "headcount_yearly",
        "headcount_monthly",
    }
)
