"""Answer like those who certify skills."""

from typing import Any

from dume.registry.simulator.payloads.asking import Asking, enveloped

_WORKS = {"code": "4322", "libelle": "Menuiserie intérieure", "rge": False, "date_attribution": "2022-03-03"}
_INSURER = {"nom": "ASSURANCE MUTUELLE DE L’ORLE", "identifiant": "000000-SIM"}


def qualibat(asking: Asking) -> dict[str, Any]:
    """Build the Qualibat certificate."""
    return {
        "document_url": asking.link("qualibat"),
        "document_url_expires_in": 600,
        "date_emission": asking.began.isoformat(),
        "date_fin_validite": asking.ends.isoformat(),
        "entity": {
            "assurance_responsabilite_travaux": _INSURER,
            "assurance_responsabilite_civile": _INSURER,
            "certifications": [_WORKS],
        },
    }


def qualifelec(asking: Asking) -> list[dict[str, Any]]:
    """Build a Qualifelec certificate."""
    span = {"date_debut": asking.began.isoformat(), "date_fin": asking.ends.isoformat()}
    row = {
        "document_url": asking.link("qualifelec"),
        "numero": 9001,
        "rge": True,
        **span,
        "qualification": {"label": "Installations électriques, petit tertiaire", **span},
        "assurance_decennale": {"nom": _INSURER["nom"], **span},
        "assurance_civile": {"nom": _INSURER["nom"], **span},
    }
    return enveloped([row])


def opqibi(asking: Asking) -> dict[str, Any]:
    """Build the OPQIBI certificate."""
    skill = {"nom": "Étude thermique", "code_qualification": "1331", "definition": "", "rge": False}
    return {
        "numero_certificat": "00 00 0001",
        "url": "https://www.opqibi.com/fiche/0001",
        "date_delivrance_certificat": asking.began.isoformat(),
        "duree_validite_certificat": "valable un an",
        "assurances": _INSURER["nom"],
        "qualifications": [skill],
        "date_validite_qualifications": asking.ends.isoformat(),
    }


def rge(asking: Asking) -> list[dict[str, Any]]:
    """Build an environmental certificate of the building trades."""
    row = {
        "url": asking.link("rge"),
        "nom_certificat": "Qualibat RGE",
        "domaine": "Isolation des combles",
        "qualification": {"code": "7131", "nom": "Isolation thermique"},
        "organisme": "qualibat",
        "date_attribution": asking.began.isoformat(),
        "date_expiration": asking.ends.isoformat(),
        "meta": {"internal_id": "SIM-1", "updated_at": asking.began.isoformat(), "archived": False},
    }
    return enveloped([row])


def qualiopi(asking: Asking) -> dict[str, Any]:
    """Build the certification of a training body."""
    row = {
        "numero_de_declaration": "84260000001",
        "actif": True,
        "date_derniere_declaration": asking.began.isoformat(),
        "certification_qualiopi": {"action_formation": True, "bilan_competences": False},
    }
    return {"siret": asking.company.siret, "declarations_activites_etablissement": [row]}
