"""Answer like those who know turnover, accounts and headcount."""

from typing import Any

from dume.registry.simulator.payloads.asking import Asking, enveloped


def turnover(asking: Asking) -> list[dict[str, Any]] | None:
    """Build the turnover of the closed years."""
    rows = [
        {"chiffre_affaires": amount, "date_fin_exercice": f"{asking.today.year - back}-12-31"}
        for back, amount in enumerate(asking.company.turnover, 1)
    ]
    return enveloped(rows) or None


def tax_returns(asking: Asking) -> dict[str, Any] | None:
    """Build the tax return of a year."""
    back = asking.today.year - asking.year
    if not 1 <= back <= len(asking.company.turnover):
        return None
    row = {
        "numero_imprime": "2050",
        "date_declaration": f"{asking.year + 1}-05-03",
        "date_fin_exercice": f"{asking.year}-12-31",
        "duree_exercice": 365,
        "donnees": [],
    }
    return {"obligations_fiscales": [], "declarations": [row]}


def balance_sheets(asking: Asking) -> list[dict[str, Any]] | None:
    """Build the figures that the bank computes for each closed year."""
    rows = [
        {
            "annee": str(asking.today.year - back),
            "date_arrete_exercice": f"{asking.today.year - back}12",
            "valeurs_calculees": [
                {
                    "capacite_autofinancement": {"valeur": str(amount // 12), "evolution": 2.5},
                    "excedent_brut_exploitation": {"valeur": str(amount // 10), "evolution": 1.5},
                }
            ],
            "declarations": [],
        }
        for back, amount in enumerate(asking.company.turnover, 1)
    ]
    return enveloped(rows) or None


def headcount_yearly(asking: Asking) -> dict[str, Any] | None:
    """Build the mean headcount of a year."""
    back = asking.today.year - asking.year
    if not 1 <= back <= len(asking.company.headcount):
        return None
    row = {
        "regime": "regime_general",
        "nature": "effectif_moyen_annuel",
        "value": asking.company.headcount[back - 1],
        "date_derniere_mise_a_jour": f"{asking.year + 1}-02-01",
    }
    return {"siren": asking.company.siren, "annee": str(asking.year), "effectifs_annuel": [row]}


def headcount_monthly(asking: Asking) -> dict[str, Any] | None:
    """Build the headcount of a month."""
    if not asking.company.headcount:
        return None
    row = {
        "regime": "regime_general",
        "annee": str(asking.year),
        "mois": f"{asking.month:02d}",
        "nature": "effectif_moyen_mensuel",
        "value": asking.company.headcount[0],
        "date_derniere_mise_a_jour": asking.today.isoformat(),
    }
    return {"siret": asking.company.siret, "effectifs_mensuels": [row]}
