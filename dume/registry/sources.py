"""The sources that can be asked: their paths at API Entreprise, who runs them, what level of access they take.

Source of the paths: the OpenAPI description of API Entreprise (v3 and v4); which sources are public is our reading of
it. The newest path stands first; the next one is tried when the token has no right to the first.
"""

from dataclasses import dataclass
from enum import IntEnum

from dume.registry.errors import UnknownSource
from procurement.core.text import _


class Level(IntEnum):
    """How much may be asked: what anybody may know, or that and what the buyer alone may know."""

    PUBLIC = 1
    PROTECTED = 2


@dataclass(frozen=True, slots=True)
class Source:
    """One source. Placeholders of a path: siret, siren, year, month, and the identifiers of associations."""

    key: str
    level: Level
    provider: str
    paths: tuple[str, ...]
    #: In French, to be translated where it is shown.
    title: str
    #: The answer is nothing but a document: without it nothing was obtained.
    proof: bool = False
    #: How many closed years are asked, one call each.
    years: int = 0
    #: The protected source that says the same and more.
    replaced_by: str = ""

    @property
    def documents(self) -> bool:
        """Whether the call counts among those that return documents (50 a minute)."""
        return self.proof or self.key in _WITH_DOCUMENTS


#: Sources that say something and hand documents over as well.
_WITH_DOCUMENTS = {"rne_extract", "rne_filings", "qualifelec", "rge"}

_PUBLIC, _PROTECTED = Level.PUBLIC, Level.PROTECTED
_SIRENE = "insee/sirene"

#: Answers first at the public level: nothing is shown of a company whose data INSEE does not disseminate.
GATE = "insee_unit_public"

_ALL = (
    Source(
        "insee_unit_public",
        _PUBLIC,
        "insee",
        (f"/v4/{_SIRENE}/unites_legales/diffusibles/{{siren}}", f"/v3/{_SIRENE}/unites_legales/diffusibles/{{siren}}"),
        _("INSEE, unité légale"),
        replaced_by="insee_unit",
    ),
    Source(
        "insee_head_office_public",
        _PUBLIC,
        "insee",
        (
            f"/v4/{_SIRENE}/unites_legales/diffusibles/{{siren}}/siege_social",
            f"/v3/{_SIRENE}/unites_legales/diffusibles/{{siren}}/siege_social",
        ),
        _("INSEE, siège social"),
        replaced_by="insee_head_office",
    ),
    Source(
        "insee_establishment_public",
        _PUBLIC,
        "insee",
        (f"/v4/{_SIRENE}/etablissements/diffusibles/{{siret}}", f"/v3/{_SIRENE}/etablissements/diffusibles/{{siret}}"),
        _("INSEE, établissement"),
        replaced_by="insee_establishment",
    ),
    Source(
        "insee_address_public",
        _PUBLIC,
        "insee",
        (f"/v3/{_SIRENE}/etablissements/diffusibles/{{siret}}/adresse",),
        _("INSEE, adresse"),
        replaced_by="insee_address",
    ),
    Source(
        "insee_unit",
        _PROTECTED,
        "insee",
        (f"/v4/{_SIRENE}/unites_legales/{{siren}}", f"/v3/{_SIRENE}/unites_legales/{{siren}}"),
        _("INSEE, unité légale"),
    ),
    Source(
        "insee_head_office",
        _PROTECTED,
        "insee",
        (f"/v4/{_SIRENE}/unites_legales/{{siren}}/siege_social", f"/v3/{_SIRENE}/unites_legales/{{siren}}/siege_social"),
        _("INSEE, siège social"),
    ),
    Source(
        "insee_establishment",
        _PROTECTED,
        "insee",
        (f"/v4/{_SIRENE}/etablissements/{{siret}}", f"/v3/{_SIRENE}/etablissements/{{siret}}"),
        _("INSEE, établissement"),
    ),
    Source(
        "insee_address", _PROTECTED, "insee", (f"/v3/{_SIRENE}/etablissements/{{siret}}/adresse",), _("INSEE, adresse")
    ),
    Source(
        "insee_successions",
        _PROTECTED,
        "insee",
        (f"/v3/{_SIRENE}/etablissements/{{siret}}/successions",),
        _("INSEE, liens de succession"),
    ),
    Source(
        "vat",
        _PUBLIC,
        "european_commission",
        ("/v3/european_commission/unites_legales/{siren}/numero_tva",),
        _("Commission européenne, numéro de TVA"),
    ),
    Source(
        "association_public",
        _PUBLIC,
        "djepva",
        ("/v4/djepva/api-association/associations/open_data/{siren_or_rna}",),
        _("DJEPVA, association"),
        replaced_by="association",
    ),
    Source(
        "association",
        _PROTECTED,
        "djepva",
        ("/v4/djepva/api-association/associations/{siren_or_rna}",),
        _("DJEPVA, association"),
    ),
    Source(
        "rna",
        _PROTECTED,
        "ministere_interieur",
        ("/v3/ministere_interieur/rna/associations/{siret_or_rna}",),
        _("Répertoire national des associations"),
    ),
    Source(
        "rna_documents",
        _PROTECTED,
        "ministere_interieur",
        ("/v3/ministere_interieur/rna/associations/{siret_or_rna}/documents",),
        _("Documents de l’association"),
        proof=True,
    ),
    Source(
        "rcs_extract",
        _PUBLIC,
        "infogreffe",
        ("/v3/infogreffe/rcs/unites_legales/{siren}/extrait_kbis",),
        _("Infogreffe, extrait du RCS"),
    ),
    Source(
        "rcs_officers",
        _PUBLIC,
        "infogreffe",
        ("/v3/infogreffe/rcs/unites_legales/{siren}/mandataires_sociaux",),
        _("Infogreffe, mandataires sociaux"),
    ),
    Source(
        "rne_extract",
        _PROTECTED,
        "inpi",
        ("/v3/inpi/rne/unites_legales/{siren}/extrait_rne",),
        _("INPI, attestation d’immatriculation au RNE"),
    ),
    Source(
        "rne_owners",
        _PROTECTED,
        "inpi",
        ("/v3/inpi/rne/unites_legales/{siren}/beneficiaires_effectifs",),
        _("INPI, bénéficiaires effectifs"),
    ),
    Source(
        "rne_filings",
        _PUBLIC,
        "inpi",
        ("/v3/inpi/rne/unites_legales/open_data/{siren}/actes_bilans",),
        _("INPI, actes et bilans"),
    ),
    Source(
        "tax_certificate",
        _PROTECTED,
        "dgfip",
        ("/v4/dgfip/unites_legales/{siren}/attestation_fiscale", "/v3/dgfip/unites_legales/{siren}/attestation_fiscale"),
        _("DGFiP, attestation fiscale"),
        proof=True,
    ),
    Source(
        "social_certificate",
        _PROTECTED,
        "urssaf",
        (
            "/v4/urssaf/unites_legales/{siren}/attestation_vigilance",
            "/v3/urssaf/unites_legales/{siren}/attestation_vigilance",
        ),
        _("Urssaf, attestation de vigilance"),
        proof=True,
    ),
    Source(
        "farm_social",
        _PROTECTED,
        "msa",
        ("/v3/msa/etablissements/{siret}/conformite_cotisations",),
        _("MSA, conformité des cotisations"),
    ),
    Source(
        "building_pension_certificate",
        _PROTECTED,
        "probtp",
        ("/v3/probtp/etablissements/{siret}/attestation_cotisations_retraite",),
        _("PRO BTP, attestation de cotisations retraite"),
        proof=True,
    ),
    Source(
        "building_pension",
        _PROTECTED,
        "probtp",
        ("/v3/probtp/etablissements/{siret}/conformite_cotisations_retraite",),
        _("PRO BTP, conformité des cotisations retraite"),
    ),
    Source(
        "building_leave",
        _PROTECTED,
        "cibtp",
        ("/v3/cibtp/etablissements/{siret}/attestation_cotisations_conges_payes_chomage_intemperies",),
        _("CIBTP, congés payés et chômage intempéries"),
        proof=True,
    ),
    Source(
        "building_leave_cooperatives",
        _PROTECTED,
        "cnetp",
        ("/v3/cnetp/unites_legales/{siren}/attestation_cotisations_conges_payes_chomage_intemperies",),
        _("CNETP, congés payés et chômage intempéries"),
        proof=True,
    ),
    Source(
        "turnover",
        _PROTECTED,
        "dgfip",
        ("/v3/dgfip/etablissements/{siret}/chiffres_affaires",),
        _("DGFiP, chiffres d’affaires"),
    ),
    Source(
        "tax_returns",
        _PROTECTED,
        "dgfip",
        ("/v3/dgfip/unites_legales/{siren}/liasses_fiscales/{year}",),
        _("DGFiP, liasses fiscales"),
        years=3,
    ),
    Source(
        "balance_sheets",
        _PROTECTED,
        "banque_de_france",
        ("/v3/banque_de_france/unites_legales/{siren}/bilans",),
        _("Banque de France, bilans"),
    ),
    Source(
        "headcount_yearly",
        _PROTECTED,
        "gip_mds",
        ("/v3/gip_mds/unites_legales/{siren}/effectifs_annuels/{year}",),
        _("GIP-MDS, effectifs annuels"),
        years=3,
    ),
    Source(
        "headcount_monthly",
        _PROTECTED,
        "gip_mds",
        ("/v3/gip_mds/etablissements/{siret}/effectifs_mensuels/{month}/annee/{year}",),
        _("GIP-MDS, effectifs mensuels"),
    ),
    Source(
        "qualibat",
        _PROTECTED,
        "qualibat",
        (
            "/v4/qualibat/etablissements/{siret}/certification_batiment",
            "/v3/qualibat/etablissements/{siret}/certification_batiment",
        ),
        _("Qualibat, certification"),
        proof=True,
    ),
    Source(
        "qualifelec",
        _PROTECTED,
        "qualifelec",
        ("/v3/qualifelec/etablissements/{siret}/certificats",),
        _("Qualifelec, certificats"),
    ),
    Source(
        "opqibi",
        _PROTECTED,
        "opqibi",
        ("/v3/opqibi/unites_legales/{siren}/certification_ingenierie",),
        _("OPQIBI, certification d’ingénierie"),
    ),
    Source(
        "fntp",
        _PROTECTED,
        "fntp",
        ("/v3/fntp/unites_legales/{siren}/carte_professionnelle_travaux_publics",),
        _("FNTP, carte professionnelle de travaux publics"),
        proof=True,
    ),
    Source("rge", _PUBLIC, "ademe", ("/v3/ademe/etablissements/{siret}/certification_rge",), _("ADEME, certification RGE")),
    Source(
        "qualiopi",
        _PUBLIC,
        "carif_oref",
        ("/v3/carif_oref/etablissements/{siret}/certifications_qualiopi_france_competences",),
        _("Qualiopi et France compétences"),
    ),
    Source("crafts", _PUBLIC, "cma_france", ("/v3/cma_france/rnm/unites_legales/{siren}",), _("Répertoire des métiers")),
)  # fmt: skip

SOURCES: dict[str, Source] = {source.key: source for source in _ALL}


def source(key: str) -> Source:
    """Return the source of this name; UnknownSource when there is none."""
    try:
        return SOURCES[key]
    except KeyError:
        raise UnknownSource(key) from None


def for_level(level: int) -> tuple[str, ...]:
    """Return the sources of a level, the party's identity first; level 2 asks the fuller twin where there is one."""
    if level == Level.PUBLIC:
        return tuple(item.key for item in _ALL if item.level == Level.PUBLIC)
    return tuple(item.key for item in _ALL if not item.replaced_by)
