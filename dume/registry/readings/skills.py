"""Read qualifications and certifications, and the insurances that they name. Pure."""

from typing import Any

from dume.registry.readings.payload import (
    Link,
    Reading,
    at,
    compact,
    day,
    earliest,
    flag,
    iso,
    latest,
    links,
    rows,
    text,
)


def qualibat(data: Any, meta: Any) -> Reading:
    """Read the Qualibat certificate (version 3 holds the document only)."""
    del meta
    entity = at(data, "entity")
    kinds = {"works": "assurance_responsabilite_travaux", "civil": "assurance_responsabilite_civile"}
    insurances = [
        compact(kind=kind, insurer=text(entity, key, "nom"), policy=text(entity, key, "identifiant"))
        for kind, key in kinds.items()
        if text(entity, key, "nom")
    ]
    skills = [
        compact(code=text(row, "code"), label=text(row, "libelle"), rge=flag(row, "rge"))
        for row in rows(entity, "certifications")
    ]
    end = day(data, "date_fin_validite")
    return Reading(
        values=_said(body="Qualibat", skills=skills, insurances=insurances, valid_until=iso(end)),
        links=links(data, "document_url", "qualibat"),
        as_of=day(data, "date_emission"),
        valid_until=end,
    )


def qualifelec(data: Any, meta: Any) -> Reading:
    """Read the Qualifelec certificates; the first to end bounds the whole answer."""
    del meta
    found = rows(data)
    kinds = {"decennial": "assurance_decennale", "civil": "assurance_civile"}
    insurances = [
        compact(kind=kind, insurer=text(row, key, "nom"), valid_until=iso(day(row, key, "date_fin")))
        for row in found
        for kind, key in kinds.items()
        if text(row, key, "nom")
    ]
    skills = [
        compact(
            code=text(row, "numero"),
            label=text(row, "qualification", "label"),
            rge=flag(row, "rge"),
            valid_until=iso(day(row, "date_fin")),
        )
        for row in found
    ]
    return Reading(
        values=_said(body="Qualifelec", skills=skills, insurances=insurances),
        links=tuple(
            Link(
                url=text(row, "document_url"),
                name=f"qualifelec-{text(row, 'numero')}",
                about=text(row, "numero"),
            )
            for row in found
            if text(row, "document_url")
        ),
        as_of=latest(day(row, "date_debut") for row in found),
        valid_until=earliest(day(row, "date_fin") for row in found),
    )


def opqibi(data: Any, meta: Any) -> Reading:
    """Read the OPQIBI certificate; its address is a page to look at, not a document to store."""
    del meta
    end = day(data, "date_validite_qualifications")
    skills = [
        compact(code=text(row, "code_qualification"), label=text(row, "nom"), rge=flag(row, "rge"))
        for row in rows(data, "qualifications")
    ]
    insurer = text(data, "assurances")
    return Reading(
        values=_said(
            body="OPQIBI",
            number=text(data, "numero_certificat"),
            skills=skills,
            insurances=[{"kind": "civil", "insurer": insurer}] if insurer else [],
            page=text(data, "url"),
            valid_until=iso(end),
        ),
        as_of=day(data, "date_delivrance_certificat"),
        valid_until=end,
    )


def rge(data: Any, meta: Any) -> Reading:
    """Read the environmental certificates of building trades (RGE), archived ones left out."""
    del meta
    found = [row for row in rows(data) if flag(row, "meta", "archived") is not True]
    skills = [
        compact(
            code=text(row, "qualification", "code"),
            label=text(row, "nom_certificat"),
            field=text(row, "domaine"),
            body=text(row, "organisme"),
            rge=True,
            valid_until=iso(day(row, "date_expiration")),
        )
        for row in found
    ]
    return Reading(
        values=_said(body="ADEME", skills=skills),
        links=tuple(
            Link(url=text(row, "url"), name=f"rge-{place}", about=text(row, "qualification", "code"))
            for place, row in enumerate(found, 1)
            if text(row, "url")
        ),
        as_of=latest(day(row, "meta", "updated_at") for row in found),
        valid_until=earliest(day(row, "date_expiration") for row in found),
    )


def qualiopi(data: Any, meta: Any) -> Reading:
    """Read the certification of training bodies: the active declarations and what they are certified for."""
    del meta
    active = [row for row in rows(data, "declarations_activites_etablissement") if flag(row, "actif") is True]
    fields = ("action_formation", "bilan_competences", "validation_acquis_experience", "apprentissage")
    skills = [
        compact(
            code=text(row, "numero_de_declaration"),
            label="Qualiopi",
            fields=[name for name in fields if flag(row, "certification_qualiopi", name)],
            rge=False,
        )
        for row in active
    ]
    return Reading(
        values=_said(body="Qualiopi", skills=[skill for skill in skills if "fields" in skill]),
        as_of=latest(day(row, "date_derniere_declaration") for row in active),
    )


def _said(**values: Any) -> dict[str, Any]:
    """Return the values; none when neither a skill nor an insurance is named, for a body alone says nothing."""
    return compact(**values) if values["skills"] or values.get("insurances") else {}
