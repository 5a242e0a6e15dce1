"""Answer like the registers of trade, crafts and associations."""

from typing import Any

from dume.registry.simulator.payloads.asking import Asking, enveloped


def vat(asking: Asking) -> dict[str, Any]:
    """Build a VAT number; its key is computed from the SIREN."""
    siren = asking.company.siren
    return {"tva_number": f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"}


def rcs_extract(asking: Asking) -> dict[str, Any] | None:
    """Build an extract of the trade register."""
    company = asking.company
    if company.person:
        return None
    remark = {
        "numero": "12",
        "date": asking.ceased.isoformat(),
        "libelle": "JUGEMENT DE LIQUIDATION JUDICIAIRE",
    }
    return {
        "siren": company.siren,
        "date_radiation": asking.ceased.isoformat() if asking.struck_off else None,
        "date_extrait": asking.today.isoformat(),
        "date_immatriculation": company.created,
        "mandataires_sociaux": [_officer(*officer) for officer in company.officers],
        "observations": [remark] if asking.struck_off else [],
        "nom_commercial": company.name.upper(),
        "capital": {"montant": 50000.0, "devise": "EUROS", "code_devise": "EUR"},
        "greffe": {"valeur": "VALCOMBE-SUR-ORLE", "code": "2690"},
        "personne_morale": {"forme_juridique": {"valeur": company.form[1]}, "denomination": company.name},
    }


def officers(asking: Asking) -> list[dict[str, Any]] | None:
    """Build the list of officers."""
    found = [
        {**_officer(*officer), "lieu_naissance": "LYON", "date_naissance": "1974-05-12"}
        for officer in asking.company.officers
    ]
    return enveloped(found) or None


def rne_extract(asking: Asking) -> dict[str, Any]:
    """Build a certificate of the national register."""
    company = asking.company
    return {
        "document_url": asking.link("extrait-rne"),
        "identite_entreprise": {
            "denomination": None if company.person else company.name,
            "nom": company.person.get("family"),
            "prenoms": [company.person["first"]] if company.person else [],
            "siren": company.siren,
            "date_immatriculation_rne": company.created,
            "dissolution": {"date": asking.ceased.isoformat() if asking.struck_off else None},
            "date_cloture_exercice": "12-31",
            "nature_entreprise": "COMMERCIALE",
            "forme_juridique": {"code": company.form[0], "libelle": company.form[1]},
            "activite_principales_objet_social": company.activity[1],
            "capital_social": {"montant": 50000.0, "devise": "EUR"},
        },
        "dirigeants_et_associes": [
            {"qualite": role, "nom": family, "prenom": first, "date_naissance": "05-1974"}
            for role, family, first in company.officers
        ],
        "diffusion_insee": not company.person,
        "observations": [],
    }


def owners(asking: Asking) -> list[dict[str, Any]] | None:
    """Build the beneficial owners: the officers of our small companies."""
    found = [
        {"nom": family, "nom_usage": None, "prenoms": [first], "nationalite": "FRANCE"}
        for _role, family, first in asking.company.officers
    ]
    return enveloped(found) or None


def filings(asking: Asking) -> dict[str, Any]:
    """Build the accounts filed for the last three years."""
    years = range(asking.today.year - 1, asking.today.year - 4, -1)
    accounts = [
        {
            "id": f"{asking.company.siren}-{year}",
            "nom_document": f"Bilan_{year}",
            "date_depot": f"{year + 1}-06-15",
            "date_cloture": f"{year}-12-31",
            "date_mise_a_jour": f"{year + 1}-06-30",
            "type": "bilan complet",
            "url": asking.link(f"bilan-{year}"),
        }
        for year in years
        if f"{year + 1}-06-30" <= asking.today.isoformat()
    ]
    return {"actes": [], "bilans": accounts}


def association(asking: Asking) -> dict[str, Any]:
    """Build an association at the ministry."""
    company = asking.company
    return {
        "rna": "W269000001",
        "siren": company.siren,
        "nom": company.name,
        "forme_juridique": {"code": "9220", "libelle": "Association déclarée"},
        "active": True,
        "date_dissolution": None,
        "adresse_siege": _seat(asking),
        "activites": {"objet": company.activity[1]},
    }


def rna(asking: Asking) -> dict[str, Any]:
    """Build an association of the national directory."""
    return {
        "rna_id": "W269000001",
        "titre": asking.company.name,
        "objet": asking.company.activity[1],
        "etat": True,
        "date_dissolution": None,
        "adresse_siege": _seat(asking),
        "mise_a_jour": asking.company.created,
    }


def rna_documents(asking: Asking) -> list[dict[str, Any]]:
    """Build the deposited documents of an association."""
    return enveloped(
        [{"timestamp": "1631182730", "type": "Statuts", "url": asking.link("statuts"), "expires_in": 600}]
    )


def crafts(asking: Asking) -> dict[str, Any]:
    """Build an entry of the directory of crafts."""
    del asking
    return {"modalite_exercice": "P", "non_sedentaire": "0"}


def _officer(role: str, family: str, first: str) -> dict[str, Any]:
    return {"type": "personne_physique", "fonction": role, "nom": family.upper(), "prenom": first}


def _seat(asking: Asking) -> dict[str, Any]:
    company = asking.company
    return {
        "numero_voie": None,
        "type_voie": None,
        "libelle_voie": company.street,
        "code_postal": company.postcode,
        "commune": company.city,
    }
