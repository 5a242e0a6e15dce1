"""Replay a folder of staging cases: one YAML file per case (params, status, payload), one folder per endpoint.

The folder's names are those of the public staging data of API Entreprise; the cases themselves are not ours and come
from wherever the operator keeps them.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_INSEE = "insee/sirene"
#: Folder, without its `api_entreprise_` prefix, to the path it answers for.
PATHS = {
    "v3_acoss_attestations_sociales": "/v3/urssaf/unites_legales/{siren}/attestation_vigilance",
    "v4_acoss_attestations_sociales": "/v4/urssaf/unites_legales/{siren}/attestation_vigilance",
    "v3_ademe_certificats_rge": "/v3/ademe/etablissements/{siret}/certification_rge",
    "v3_banque_de_france_bilans_entreprise": "/v3/banque_de_france/unites_legales/{siren}/bilans",
    "v3_carif_oref_certifications_qualiopi_france_competences": (
        "/v3/carif_oref/etablissements/{siret}/certifications_qualiopi_france_competences"
    ),
    "v3_cibtp_attestation_cotisations_conges_payes_chomage_intemperies": (
        "/v3/cibtp/etablissements/{siret}/attestation_cotisations_conges_payes_chomage_intemperies"
    ),
    "v3_cnetp_attestation_cotisations_conges_payes_chomage_intemperies": (
        "/v3/cnetp/unites_legales/{siren}/attestation_cotisations_conges_payes_chomage_intemperies"
    ),
    "v3_dgfip_attestations_fiscales": "/v3/dgfip/unites_legales/{siren}/attestation_fiscale",
    "v4_dgfip_attestations_fiscales": "/v4/dgfip/unites_legales/{siren}/attestation_fiscale",
    "v3_dgfip_chiffres_affaires": "/v3/dgfip/etablissements/{siret}/chiffres_affaires",
    "v3_dgfip_liasses_fiscales": "/v3/dgfip/unites_legales/{siren}/liasses_fiscales/{year}",
    "v3_european_commission_vies": "/v3/european_commission/unites_legales/{siren}/numero_tva",
    "v3_fntp_carte_professionnelle_travaux_publics": (
        "/v3/fntp/unites_legales/{siren}/carte_professionnelle_travaux_publics"
    ),
    "v3_gip_mds_effectifs_annuels_entreprise": "/v3/gip_mds/unites_legales/{siren}/effectifs_annuels/{year}",
    "v3_gip_mds_effectifs_mensuels_etablissement": (
        "/v3/gip_mds/etablissements/{siret}/effectifs_mensuels/{month}/annee/{year}"
    ),
    "v3_infogreffe_extraits_rcs": "/v3/infogreffe/rcs/unites_legales/{siren}/extrait_kbis",
    "v3_infogreffe_mandataires_sociaux": "/v3/infogreffe/rcs/unites_legales/{siren}/mandataires_sociaux",
    "v3_inpi_rne_actes_bilans": "/v3/inpi/rne/unites_legales/open_data/{siren}/actes_bilans",
    "v3_inpi_rne_beneficiaires_effectifs": "/v3/inpi/rne/unites_legales/{siren}/beneficiaires_effectifs",
    "v3_inpi_rne_extrait_rne": "/v3/inpi/rne/unites_legales/{siren}/extrait_rne",
    "v3_insee_adresses_etablissements": f"/v3/{_INSEE}/etablissements/{{siret}}/adresse",
    "v3_insee_adresses_etablissements_diffusables": f"/v3/{_INSEE}/etablissements/diffusibles/{{siret}}/adresse",
    "v3_insee_successions": f"/v3/{_INSEE}/etablissements/{{siret}}/successions",
    "v3_mi_associations": "/v3/ministere_interieur/rna/associations/{siret_or_rna}",
    "v3_mi_documents_associations": "/v3/ministere_interieur/rna/associations/{siret_or_rna}/documents",
    "v3_msa_conformites_cotisations": "/v3/msa/etablissements/{siret}/conformite_cotisations",
    "v3_opqibi_certifications_ingenierie": "/v3/opqibi/unites_legales/{siren}/certification_ingenierie",
    "v3_probtp_attestations_cotisation_retraite": (
        "/v3/probtp/etablissements/{siret}/attestation_cotisations_retraite"
    ),
    "v3_probtp_conformites_cotisations_retraite": (
        "/v3/probtp/etablissements/{siret}/conformite_cotisations_retraite"
    ),
    "v3_qualibat_certifications_batiment": "/v3/qualibat/etablissements/{siret}/certification_batiment",
    "v4_qualibat_certifications_batiment": "/v4/qualibat/etablissements/{siret}/certification_batiment",
    "v3_qualifelec_certificats": "/v3/qualifelec/etablissements/{siret}/certificats",
    "v3_rnm_entreprises_artisanales": "/v3/cma_france/rnm/unites_legales/{siren}",
    "v4_mi_unites_legales": "/v4/djepva/api-association/associations/{siren_or_rna}",
    "v4_mi_unites_legales_open_data": "/v4/djepva/api-association/associations/open_data/{siren_or_rna}",
} | {
    f"{version}_{folder}": f"/{version}/{_INSEE}/{path}"
    for version in ("v3", "v4")
    for folder, path in (
        ("insee_etablissements", "etablissements/{siret}"),
        ("insee_etablissements_diffusables", "etablissements/diffusibles/{siret}"),
        ("insee_sieges_unites_legales", "unites_legales/{siren}/siege_social"),
        ("insee_sieges_diffusables_unites_legales", "unites_legales/diffusibles/{siren}/siege_social"),
        ("insee_unites_legales", "unites_legales/{siren}"),
        ("insee_unites_legales_diffusables", "unites_legales/diffusibles/{siren}"),
    )
}  # fmt: skip
_PREFIX = "api_entreprise_"
#: Keys of a payload that hold the address of a document on a host outside.
_ADDRESSES = {"document_url", "url"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One staging case: what triggers it and what it answers."""

    name: str
    template: str
    params: Mapping[str, str]
    status: int
    payload: Any

    @property
    def path(self) -> str:
        """Return the path that triggers the case."""
        return self.template.format(**self.params)

    @property
    def query(self) -> dict[str, str]:
        """Return the parameters that have no place in the path."""
        return {name: value for name, value in self.params.items() if f"{{{name}}}" not in self.template}


def load(folder: Path) -> tuple[Case, ...]:
    """Return every case of a folder, `.yaml` and `.yml` alike; ValueError names a folder that is not known."""
    files = sorted(file for file in folder.glob("*/*") if file.suffix in {".yaml", ".yml"})
    return tuple(_case(file) for file in files)


def _case(file: Path) -> Case:
    template = PATHS.get(file.parent.name.removeprefix(_PREFIX))
    if template is None:
        raise ValueError(f"No endpoint is known for the folder {file.parent.name}.")
    row = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Case(
        name=f"{file.parent.name}/{file.name}",
        template=template,
        params={name: str(value) for name, value in row["params"].items()},
        status=int(row["status"]),
        payload=json.loads(row["payload"]),
    )


class Replay:
    """Find the case that a request triggers: same path, then as many of its other parameters as the request has."""

    def __init__(self, cases: tuple[Case, ...]) -> None:
        self._by_path: dict[str, list[Case]] = {}
        for case in cases:
            self._by_path.setdefault(case.path, []).append(case)

    def find(self, path: str, query: Mapping[str, str]) -> Case | None:
        """Return the case with the most matching parameters; one without any wins over one that asks for another."""
        cases = self._by_path.get(path, [])
        exact = [case for case in cases if all(query.get(key) == value for key, value in case.query.items())]
        return max(
            exact or cases, key=lambda case: len(case.query) if exact else -len(case.query), default=None
        )


def with_local_documents(payload: Any, origin: str, name: str) -> Any:
    """Return a payload whose document addresses lead to the simulator's own page."""
    if isinstance(payload, list):
        return [with_local_documents(item, origin, name) for item in payload]
    if isinstance(payload, dict):
        return {key: _swapped(key, value, origin, name) for key, value in payload.items()}
    return payload


def _swapped(key: str, value: Any, origin: str, name: str) -> Any:
    if key in _ADDRESSES and isinstance(value, str):
        return f"{origin}/documents/{re.sub(r'[^a-z0-9_-]', '-', name.lower())}.pdf"
    return with_local_documents(value, origin, name)
