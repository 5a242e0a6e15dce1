"""Answer like INSEE."""

from datetime import date
from typing import Any

from dume.registry.simulator.companies import Behaviour, Company
from dume.registry.simulator.payloads.asking import Asking, stamp


def public(builder: Any) -> Any:
    """Return the public form of a builder: nothing of a company whose data is not disseminated."""

    def build(asking: Asking) -> Any:
        hidden = asking.company.behaviour == Behaviour.NOT_DISSEMINATED
        return None if hidden else builder(asking)

    return build


def unit(asking: Asking) -> dict[str, Any]:
    """Build a legal unit."""
    company = asking.company
    code, label = company.activity
    activity = {"code": code, "nomenclature": "NAFRev2", "libelle": label}
    low, high = _band(company.headcount[0] if company.headcount else 0)
    person = company.person
    return {
        "siren": company.siren,
        "rna": None,
        "siret_siege_social": company.siret,
        "categorie_entreprise": company.category,
        "status_diffusion": _dissemination(company),
        "diffusable_commercialement": _dissemination(company) == "diffusible",
        "type": "personne_physique" if person else "personne_morale",
        "personne_morale_attributs": {"raison_sociale": None if person else company.name, "sigle": None},
        "personne_physique_attributs": {
            "prenom_usuel": person.get("first"),
            "prenom_1": person.get("first"),
            "nom_naissance": person.get("family"),
            "nom_usage": None,
        },
        "forme_juridique": {"code": company.form[0], "libelle": company.form[1]},
        "activite_principale": activity,
        "activite_principale_naf_rev2": activity,
        "tranche_effectif_salarie": {"de": low, "a": high, "date_reference": str(asking.today.year - 2)},
        "etat_administratif": "C" if asking.struck_off else "A",
        "economie_sociale_et_solidaire": False,
        "date_cessation": stamp(asking.ceased) if asking.struck_off else None,
        "date_creation": stamp(date.fromisoformat(company.created)),
    }


def establishment(asking: Asking) -> dict[str, Any]:
    """Build an establishment, which is the head office."""
    company = asking.company
    return {
        "siret": company.siret,
        "siege_social": True,
        "etat_administratif": "F" if asking.struck_off else "A",
        "date_fermeture": stamp(asking.ceased) if asking.struck_off else None,
        "enseigne": None,
        "status_diffusion": _dissemination(company),
        "unite_legale": unit(asking),
        "adresse": address(asking),
    }


def address(asking: Asking) -> dict[str, Any]:
    """Build an address."""
    company = asking.company
    return {
        "complement_adresse": None,
        "numero_voie": None,
        "indice_repetition_voie": None,
        "type_voie": None,
        "libelle_voie": company.street,
        "code_postal": company.postcode,
        "libelle_commune": company.city,
        "code_pays_etranger": None,
        "status_diffusion": _dissemination(company),
    }


def successions(asking: Asking) -> dict[str, Any] | None:
    """Build the links of succession; only the complete company has some."""
    if asking.company.behaviour != Behaviour.COMPLETE:
        return None
    before = {
        "siret": asking.company.siren + "00002",
        "date_succession": asking.company.created,
        "transfert_siege": True,
        "continuite_economique": True,
    }
    return {"predecesseurs": [before], "successeurs": []}


def _dissemination(company: Company) -> str:
    hidden = company.behaviour == Behaviour.NOT_DISSEMINATED
    return "partiellement_diffusible" if hidden else "diffusible"


def _band(people: int) -> tuple[int | None, int | None]:
    bounds = (
        (0, 0),
        (1, 2),
        (3, 5),
        (6, 9),
        (10, 19),
        (20, 49),
        (50, 99),
        (100, 199),
        (200, 249),
        (250, 499),
    )
    return next(((low, high) for low, high in bounds if low <= people <= high), (500, None))
