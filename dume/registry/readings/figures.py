"""Read turnover, accounts and headcount. Exact figures travel as text. Pure."""

from collections import defaultdict
from decimal import Decimal
from typing import Any

from dume.registry.readings.payload import Reading, at, compact, day, iso, latest, number, rows, text

_MEAN = "effectif_moyen_annuel"


def turnover(data: Any, meta: Any) -> Reading:
    """Read yearly turnover: an amount in euros and the day the year ended, latest first."""
    del meta
    found = [
        {"year_end": iso(day(row, "date_fin_exercice")), "amount": str(number(row, "chiffre_affaires"))}
        for row in rows(data)
        if day(row, "date_fin_exercice") and number(row, "chiffre_affaires") is not None
    ]
    found.sort(key=lambda row: row["year_end"], reverse=True)
    return Reading(
        values=compact(turnover=found), as_of=latest(day(row, "date_fin_exercice") for row in rows(data))
    )


def tax_returns(data: Any, meta: Any) -> Reading:
    """Read which tax returns were filed; their hundreds of boxes stay where they are."""
    del meta
    found = [
        compact(
            form=text(row, "numero_imprime"),
            year_end=iso(day(row, "date_fin_exercice")),
            declared_on=iso(day(row, "date_declaration")),
            months=_months(row),
        )
        for row in rows(data, "declarations")
    ]
    as_of = latest(day(row, "date_fin_exercice") for row in rows(data, "declarations"))
    return Reading(values=compact(returns=found), as_of=as_of)


def balance_sheets(data: Any, meta: Any) -> Reading:
    """Read the figures that Banque de France computes; a ratio keeps the bank's own name, hence its definition."""
    del meta
    found = [
        compact(
            year=text(row, "annee"),
            year_end=text(row, "date_arrete_exercice"),
            figures=_figures(row),
        )
        for row in rows(data)
    ]
    return Reading(values=compact(balance_sheets=found))


def headcount_yearly(data: Any, meta: Any) -> Reading:
    """Read the mean headcount of a year: the sum of the schemes (general, farming), latest update of each."""
    del meta
    means = [row for row in rows(data, "effectifs_annuel") if text(row, "nature") == _MEAN]
    by_scheme: dict[str, tuple[str, Decimal]] = {}
    for row in means:
        value, updated = number(row, "value"), iso(day(row, "date_derniere_mise_a_jour"))
        scheme = text(row, "regime")
        if value is not None and updated >= by_scheme.get(scheme, ("", value))[0]:
            by_scheme[scheme] = (updated, value)
    as_of = latest(day(row, "date_derniere_mise_a_jour") for row in means)
    year = text(data, "annee")
    if not by_scheme or not year:
        return Reading(as_of=as_of)
    total = sum((value for _updated, value in by_scheme.values()), Decimal(0))
    return Reading(values={"headcount": [{"year": year, "mean": str(total)}]}, as_of=as_of)


def headcount_monthly(data: Any, meta: Any) -> Reading:
    """Read the headcount of some months: an indication, for a month's figure is no yearly mean."""
    del meta
    months: dict[str, Decimal] = defaultdict(Decimal)
    found = rows(data, "effectifs_mensuels")
    for row in found:
        value = number(row, "value")
        if value is not None:
            months[f"{text(row, 'annee')}-{text(row, 'mois')}"] += value
    monthly = [{"month": month, "mean": str(value)} for month, value in sorted(months.items(), reverse=True)]
    return Reading(
        values=compact(headcount_monthly=monthly),
        as_of=latest(day(row, "date_derniere_mise_a_jour") for row in found),
    )


def _months(row: Any) -> int | None:
    days = number(row, "duree_exercice")
    return None if days is None else round(int(days) / 30.4)


def _figures(row: Any) -> dict[str, str]:
    computed = at(row, "valeurs_calculees")
    first = computed[0] if isinstance(computed, list) and computed else computed
    if not isinstance(first, dict):
        return {}
    figures = {name: number(first, name, "valeur") for name in first}
    return {name: str(value) for name, value in figures.items() if value is not None}
