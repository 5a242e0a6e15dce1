"""Operations that look things up: companies, code lists, words, and the proofs that stand for a criterion in France."""

from typing import Any

from dume import errors, wording
from dume.espd.codes import code_lists, codes
from dume.espd.taxonomy import taxonomy
from dume.facade.calls import Call, Operations, missing
from dume.registry import Registry
from dume.registry.command import prefill as look_up
from procurement.core import ids, services
from procurement.core.errors import NotFound
from procurement.core.permissions import Permission
from procurement.core.text import _

#: Criterion -> French proofs: their name, and who delivers them. Our own table, of what the Code asks for most.
_PROOFS: dict[str, tuple[tuple[str, str], ...]] = {
    "tax-pay": (("Attestation de régularité fiscale", "Direction générale des finances publiques"),),
    "socsec-pay": (("Attestation de vigilance", "URSSAF ou MSA"),),
    "nati-ground": (("Certificat de congés payés et chômage intempéries", "CIBTP ou CNETP"),),
    "bankruptcy": (("Extrait du registre national des entreprises", "INPI"),),
    "trade-regist": (("Extrait Kbis, ou extrait du registre national des entreprises", "Greffe, INPI"),),
    "gen-year-to": (("Déclaration du chiffre d’affaires", "Direction générale des finances publiques"),),
    "year-manpower": (("Effectifs moyens annuels", "GIP-MDS"),),
    "qu-certif-indep": (("Certificat de qualification", "Qualibat, Qualifelec, OPQIBI, FNTP"),),
    "envir-certif-indep": (("Qualification « reconnu garant de l’environnement »", "ADEME"),),
}
_FRANCE = "FRA"


def company(call: Call) -> dict[str, Any]:
    """Say what the registers know of a company, for the buyer who asks."""
    body = call.body
    if not body.siret:
        raise missing("siretOE")
    if not body.reference:
        raise missing("refConsultation")
    recipient = ids.siret(body.requester)
    if body.level > 1:
        call.need(Permission.API_PREFILL_PROTECTED)
        call.check_mandate(recipient, Permission.API_PREFILL_PROTECTED)
    registry: Registry = services.get(call.request, Registry)
    told = look_up(body.siret, body.level, recipient, body.reference, registry, call.now)
    return {
        "siretOE": told["siret"],
        "typeDonnees": body.level,
        "sources": [{"source": one["source"], "statut": one["status"]} for one in told["sources"]],
        "propositions": told["proposals"],
    }


def lists(_call: Call) -> dict[str, Any]:
    """Name the code lists."""
    found = [
        {"nom": one.name, "idListe": one.list_id, "agence": one.agency, "version": one.version}
        for one in code_lists().values()
    ]
    return {"referentiels": found}


def code_list(call: Call) -> dict[str, Any]:
    """Give the values of a code list with their names."""
    name, lang = call.body.name, call.body.language
    if not name:
        raise missing("nom")
    try:
        found = codes(name)
    except KeyError:
        raise NotFound("dume.code_list_unknown", _("Cette liste de codes n’existe pas.")) from None
    values = [
        {"code": value, "libelle": wording.code_label(name, value, lang) or value} for value in found.values
    ]
    return {"nom": found.name, "idListe": found.list_id, "version": found.version, "valeurs": values}


def labels(call: Call) -> dict[str, Any]:
    """Give the words of the form."""
    lang = call.body.language
    return {
        "langue": lang,
        "criteres": {one.code: wording.criterion_name(one.code, lang) for one in taxonomy().criteria},
        "questions": {path: wording.label(path, lang) for path in taxonomy().properties},
    }


def proofs(call: Call) -> dict[str, Any]:
    """Give the proofs that stand for a criterion in France; elsewhere none, for this is no copy of e-Certis."""
    criterion = call.body.criterion
    if not criterion:
        raise missing("critere")
    if criterion not in taxonomy().by_code:
        raise errors.not_found()
    known = _PROOFS.get(criterion, ()) if call.body.country == _FRANCE else ()
    return {
        "critere": criterion,
        "pays": call.body.country,
        "preuves": [{"nom": name, "emetteur": issuer} for name, issuer in known],
    }


DATA: Operations = {"recupererDonneesOE": (Permission.API_PREFILL_PUBLIC, company)}
LISTS: Operations = {
    "listerReferentiel": (None, lists),
    "recupererReferentiel": (None, code_list),
    "recupererLibellesDUME": (None, labels),
}
ECERTIS: Operations = {"recupererEvidence": (None, proofs)}
