"""Read trade, craft and association registers, and VAT numbers. Pure."""

from collections.abc import Iterator
from typing import Any

from dume.registry.readings.payload import (
    Link,
    Reading,
    at,
    compact,
    day,
    flag,
    iso,
    latest,
    links,
    number,
    rows,
    text,
)

#: Words of an observation that a reader should look at; a hint, never an answer.
INSOLVENCY = ("liquidation", "redressement", "sauvegarde", "cessation des paiements", "faillite")


def vat(data: Any, meta: Any) -> Reading:
    """Read a VAT number."""
    del meta
    return Reading(values=compact(vat=text(data, "tva_number")))


def rcs_extract(data: Any, meta: Any) -> Reading:
    """Read the extract of the trade register."""
    del meta
    remarks = _remarks(data, "libelle")
    values = compact(
        registration=text(data, "siren"),
        registered_on=iso(day(data, "date_immatriculation")),
        struck_off_on=iso(day(data, "date_radiation")),
        office=text(data, "greffe", "valeur"),
        name=text(data, "personne_morale", "denomination"),
        trade_name=text(data, "nom_commercial"),
        legal_form=text(data, "personne_morale", "forme_juridique", "valeur"),
        capital=_exact(data, "capital", "montant"),
        currency=text(data, "capital", "code_devise"),
        officers=list(_officers(rows(data, "mandataires_sociaux"))),
        remarks=remarks,
        insolvency_hint=_hints(remarks) or None,
    )
    return Reading(values=values, as_of=day(data, "date_extrait"))


def officers(data: Any, meta: Any) -> Reading:
    """Read who may act for the company."""
    del meta
    return Reading(values=compact(officers=list(_officers(rows(data)))))


def rne_extract(data: Any, meta: Any) -> Reading:
    """Read the certificate of the national register of companies."""
    del meta
    about = at(data, "identite_entreprise")
    remarks = _remarks(data, "texte")
    dissolved = day(about, "dissolution", "date")
    values = compact(
        registration=text(about, "siren"),
        registered_on=iso(day(about, "date_immatriculation_rne")),
        name=text(about, "denomination") or _person(about),
        legal_form=text(about, "forme_juridique", "libelle"),
        purpose=text(about, "activite_principales_objet_social"),
        nature=text(about, "nature_entreprise"),
        year_end=text(about, "date_cloture_exercice"),
        capital=_exact(about, "capital_social", "montant"),
        currency=text(about, "capital_social", "devise"),
        dissolved_on=iso(dissolved),
        officers=list(_leaders(rows(data, "dirigeants_et_associes"))),
        remarks=remarks,
        insolvency_hint=_hints(remarks) or None,
        disseminated=flag(data, "diffusion_insee"),
    )
    return Reading(values=values, links=links(data, "document_url", "extrait-rne"))


def owners(data: Any, meta: Any) -> Reading:
    """Read who owns the company in the end: names, no birth dates, no shares."""
    del meta
    found = [
        compact(family=text(row, "nom_usage") or text(row, "nom"), first=" ".join(_first_names(row)))
        for row in rows(data)
    ]
    return Reading(values=compact(owners=found))


def filings(data: Any, meta: Any) -> Reading:
    """Read the deeds and yearly accounts that were filed; the accounts are fetched, the deeds are listed."""
    del meta
    accounts = [
        compact(
            year_end=iso(day(row, "date_cloture")),
            kind=text(row, "type"),
            filed_on=iso(day(row, "date_depot")),
        )
        for row in rows(data, "bilans")
    ]
    deeds = [compact(filed_on=iso(day(row, "date_depot"))) for row in rows(data, "actes")]
    found = tuple(
        Link(
            url=text(row, "url"),
            name=f"bilan-{iso(day(row, 'date_cloture'))}",
            about=iso(day(row, "date_cloture")),
        )
        for row in rows(data, "bilans")
        if text(row, "url")
    )
    as_of = latest(day(row, "date_mise_a_jour") for row in rows(data, "bilans"))
    return Reading(values=compact(accounts=accounts, deeds=deeds), links=found, as_of=as_of)


def association(data: Any, meta: Any) -> Reading:
    """Read an association at the ministry of associations."""
    del meta
    values = compact(
        rna=text(data, "rna"),
        siren=text(data, "siren"),
        name=text(data, "nom"),
        legal_form=text(data, "forme_juridique", "libelle"),
        purpose=text(data, "activites", "objet"),
        active=flag(data, "active"),
        dissolved_on=iso(day(data, "date_dissolution")),
        **_seat(data),
    )
    return Reading(values=values)


def rna(data: Any, meta: Any) -> Reading:
    """Read an association in the national directory."""
    del meta
    values = compact(
        rna=text(data, "rna_id"),
        name=text(data, "titre"),
        purpose=text(data, "objet"),
        active=flag(data, "etat"),
        dissolved_on=iso(day(data, "date_dissolution")),
        **_seat(data),
    )
    return Reading(values=values, as_of=day(data, "mise_a_jour"))


def rna_documents(data: Any, meta: Any) -> Reading:
    """Read the documents an association deposited."""
    del meta
    found = [row for row in rows(data) if text(row, "url")]
    return Reading(
        values=compact(documents=[text(row, "type") for row in found]),
        links=tuple(
            Link(url=text(row, "url"), name=f"association-{place}", about=text(row, "type"))
            for place, row in enumerate(found, 1)
        ),
    )


def crafts(data: Any, meta: Any) -> Reading:
    """Read the directory of crafts: it says how the craft is exercised, hence that it is registered."""
    del meta
    return Reading(
        values=compact(exercise=text(data, "modalite_exercice"), itinerant=text(data, "non_sedentaire"))
    )


def _officers(found: list[Any]) -> Iterator[dict[str, Any]]:
    for row in found:
        person = text(row, "type") == "personne_physique"
        yield compact(
            person=person,
            role=text(row, "fonction"),
            family=text(row, "nom") if person else "",
            first=text(row, "prenom") if person else "",
            company="" if person else text(row, "raison_sociale"),
            born_on=iso(day(row, "date_naissance")),
            born_in=text(row, "lieu_naissance"),
        )


def _leaders(found: list[Any]) -> Iterator[dict[str, Any]]:
    for row in found:
        name, company = text(row, "nom"), text(row, "denomination")
        yield compact(
            person=bool(name),
            role=text(row, "qualite"),
            family=name,
            first=text(row, "prenom"),
            company=company,
        )


def _remarks(data: Any, key: str) -> list[dict[str, Any]]:
    found = (compact(on=iso(day(row, "date")), text=text(row, key)) for row in rows(data, "observations"))
    return [remark for remark in found if remark.get("text")]


def _hints(remarks: list[dict[str, Any]]) -> bool:
    return any(word in remark["text"].lower() for remark in remarks for word in INSOLVENCY)


def _exact(data: Any, *keys: str) -> str:
    found = number(data, *keys)
    return "" if found is None else f"{found:.2f}"


def _first_names(data: Any) -> list[str]:
    found = at(data, "prenoms")
    return [name for name in found if isinstance(name, str)] if isinstance(found, list) else []


def _person(data: Any) -> str:
    return " ".join([*_first_names(data), text(data, "nom")]).strip()


def _seat(data: Any) -> dict[str, Any]:
    parts = ("numero_voie", "type_voie", "libelle_voie")
    where = at(data, "adresse_siege")
    city = text(where, "commune")
    return {
        "street": " ".join(filter(None, (text(where, part) for part in parts))),
        "postcode": text(where, "code_postal"),
        "city": city,
        "country": "FRA" if city else "",
    }
