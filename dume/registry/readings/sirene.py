"""Read what INSEE says of a legal unit, its establishments and their addresses. Pure."""

from typing import Any

from dume.registry.readings.payload import Reading, at, compact, day, flag, iso, number, rows, text

ACTIVE = "A"
DISSEMINATED = "diffusible"


def unit(data: Any, meta: Any) -> Reading:
    """Read a legal unit."""
    return Reading(values=_unit(data), as_of=day(meta, "date_derniere_mise_a_jour"))


def establishment(data: Any, meta: Any) -> Reading:
    """Read an establishment or a head office, with the legal unit it belongs to."""
    about = at(data, "unite_legale")
    values = {
        **_unit(about),
        **compact(
            siret=text(data, "siret"),
            head_office=flag(data, "siege_social"),
            sign=text(data, "enseigne"),
            open=_is(text(data, "etat_administratif"), ACTIVE),
            closed_on=iso(day(data, "date_fermeture")),
        ),
        **_address(at(data, "adresse")),
    }
    own = _disseminated(data)
    if own is not None:
        values["disseminated"] = own and values.get("disseminated", True)
    return Reading(values=values, as_of=day(meta, "date_derniere_mise_a_jour"))


def address(data: Any, meta: Any) -> Reading:
    """Read an address."""
    values = _address(data)
    own = _disseminated(data)
    if own is not None:
        values["disseminated"] = own
    return Reading(values=values, as_of=day(meta, "date_derniere_mise_a_jour"))


def successions(data: Any, meta: Any) -> Reading:
    """Read which establishments came before and after this one."""
    del meta
    sides = {"predecessors": "predecesseurs", "successors": "successeurs"}
    values = {
        name: [
            compact(siret=text(row, "siret"), on=iso(day(row, "date_succession"))) for row in rows(data, key)
        ]
        for name, key in sides.items()
    }
    return Reading(values=compact(**values))


def _unit(data: Any) -> dict[str, Any]:
    return compact(
        siren=text(data, "siren"),
        rna=text(data, "rna"),
        head_office_siret=text(data, "siret_siege_social"),
        name=_name(data),
        acronym=text(data, "personne_morale_attributs", "sigle"),
        legal_form=text(data, "forme_juridique", "libelle"),
        legal_form_code=text(data, "forme_juridique", "code"),
        activity=text(data, "activite_principale_naf_rev2", "code")
        or text(data, "activite_principale", "code"),
        activity_label=text(data, "activite_principale", "libelle"),
        category=text(data, "categorie_entreprise"),
        headcount_from=_whole(data, "de"),
        headcount_to=_whole(data, "a"),
        social_economy=flag(data, "economie_sociale_et_solidaire"),
        active=_is(text(data, "etat_administratif"), ACTIVE),
        ceased_on=iso(day(data, "date_cessation")),
        created_on=iso(day(data, "date_creation")),
        disseminated=_disseminated(data),
    )


def _disseminated(data: Any) -> bool | None:
    return _is(text(data, "status_diffusion"), DISSEMINATED)


def _is(found: str, expected: str) -> bool | None:
    """Return whether a code is the expected one; None when the answer holds no code, which says nothing."""
    return found == expected if found else None


def _whole(data: Any, key: str) -> int | None:
    found = number(data, "tranche_effectif_salarie", key)
    return None if found is None else int(found)


def _name(data: Any) -> str:
    company = text(data, "personne_morale_attributs", "raison_sociale")
    if company:
        return company
    person = at(data, "personne_physique_attributs")
    first = text(person, "prenom_usuel") or text(person, "prenom_1")
    family = text(person, "nom_usage") or text(person, "nom_naissance")
    return f"{first} {family}".strip()


def _address(data: Any) -> dict[str, Any]:
    parts = ("numero_voie", "indice_repetition_voie", "type_voie", "libelle_voie")
    street = " ".join(filter(None, (text(data, part) for part in parts)))
    city = text(data, "libelle_commune") or text(data, "libelle_commune_etranger")
    abroad = text(data, "code_pays_etranger")
    return compact(
        street=", ".join(filter(None, (text(data, "complement_adresse"), street))),
        postcode=text(data, "code_postal"),
        city=city,
        # INSEE numbers foreign countries in its own list, which has no place in a DUME: the person types the country.
        country="FRA" if city and not abroad else "",
    )
