"""A small clause library, its releases and drafts, made through the room's own verbs."""

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from clauses import service
from clauses.files.reader import read_library
from clauses.hooks import NoFacts
from clauses.queries import DraftView, ReleaseView
from clauses.rules.model import Library
from procurement.core.runtime import Runtime
from procurement.core.seal import Sealer
from procurement.core.security import Identity

#: The day the small library begins to hold.
START_DAY = date(2026, 1, 1)

MANIFEST = """id: essai
titre: Bibliothèque d’essai
couche: interministerielle
licence: Apache-2.0
"""
FACTS = """faits:
  - cle: type_contrat
    type: enum
    libelle: {fr: "Type de contrat"}
    question: "Quel type ?"
    portee: consultation
    source: consultation
    domaine: {valeurs: [{valeur: T, libelle: {fr: Travaux}}, {valeur: F, libelle: {fr: Fournitures}}, {valeur: S, libelle: {fr: Services}}]}
  - cle: nature_achat
    type: enum
    libelle: {fr: "Nature de l’achat"}
    portee: consultation
    source: consultation
    domaine: {valeurs: [{valeur: travaux, libelle: {fr: Travaux}}, {valeur: services, libelle: {fr: Services}}]}
  - cle: categorie_acheteur
    type: enum
    libelle: {fr: "Catégorie d’acheteur"}
    portee: consultation
    source: consultation
    domaine: {valeurs: [{valeur: etat, libelle: {fr: État}}, {valeur: autre_pouvoir_adjudicateur, libelle: {fr: Autre}}]}
  - cle: procedure
    type: enum
    libelle: {fr: "Procédure"}
    portee: consultation
    source: consultation
    domaine: {valeurs: [{valeur: MAPA, libelle: {fr: Procédure adaptée}}, {valeur: AOO, libelle: {fr: Appel d’offres}}, {valeur: AUTRE, libelle: {fr: Autre}}]}
  - cle: objet
    type: texte
    libelle: {fr: "Objet"}
    portee: consultation
    source: consultation
  - cle: montant_estime
    type: montant
    libelle: {fr: "Montant estimé"}
    portee: consultation
    source: consultation
    unite: HT
  - cle: sociale
    type: bool
    libelle: {fr: "Clause sociale"}
    question: "Une clause sociale ?"
    portee: consultation
    source: reponse
  - cle: heures_insertion
    type: entier
    libelle: {fr: "Heures d’insertion"}
    question: "Combien d’heures ?"
    portee: lot
    source: reponse
  - cle: remarque
    type: texte
    libelle: {fr: "Remarque"}
    question: "Une remarque ?"
    portee: document
    source: reponse
  - cle: ccag
    type: enum
    libelle: {fr: "CCAG"}
    question: "Quel CCAG ?"
    portee: consultation
    source: reponse
    domaine: {valeurs: [{valeur: TRAVAUX, libelle: {fr: CCAG-Travaux}}, {valeur: FCS, libelle: {fr: CCAG-FCS}}, {valeur: aucun, libelle: {fr: Aucun}}]}
  - cle: criteres
    type: liste(record)
    libelle: {fr: "Critères"}
    question: "Quels critères ?"
    portee: consultation
    source: reponse
    domaine:
      champs:
        - {cle: critere, type: texte, libelle: {fr: Critère}}
        - {cle: poids, type: taux, libelle: {fr: Poids}}
        - {cle: environnemental, type: bool, libelle: {fr: Environnemental}}
"""
PARAMETERS = """parametres:
  - {cle: seuil_europeen, valeur: "140000.00", du: "2024-01-01", au: "2027-12-31", categorie_acheteur: [etat], unite: HT, source: "avis annexé"}
  - {cle: seuil_europeen, valeur: "216000.00", du: "2024-01-01", au: "2027-12-31", categorie_acheteur: [autre_pouvoir_adjudicateur], unite: HT, source: "avis annexé"}
  - {cle: seuil_europeen, valeur: "150000.00", du: "2028-01-01", unite: HT, source: "hypothèse"}
"""
SYNONYMS = """synonymes:
  - [plafond, plafonner, plafonnées]
  - [délai, échéance]
"""
CANVAS = """id: ccap
titre: Cahier des clauses administratives particulières
document: CCAP
types_contrat: ["*"]
procedures: ["*"]
groupes: {}
chapitres:
  - titre: Objet et prix
    clauses: [ccap.objet, ccap.prix]
  - titre: Exécution
    clauses: [ccap.sociale, ccap.penalites]
  - titre: Dérogations
    clauses: [ccap.derogations]
"""
RC_CANVAS = """id: rc
titre: Règlement de la consultation
document: RC
types_contrat: ["*"]
procedures: ["*"]
groupes: {}
chapitres:
  - titre: Offres
    clauses: [rc.criteres]
"""


def clause(key: str, title: str, body: str, **more: str) -> str:
    """Return the file of a clause; ``more`` replaces its usual keys."""
    document = "RC" if key.startswith("rc.") else "CCAP"
    kept = {
        "id": key, "titre": title, "statut_juridique": '{valide_par: "Mme Juriste", valide_le: "2026-01-05"}',
        "nature": "obligatoire", "verrou": "aucun", "documents": f"[{document}]", "types_contrat": '["*"]',
        "procedures": '["*"]', "vigueur": '{du: "2026-01-01"}', **more,
    }  # fmt: skip
    conditional = '"' in kept.get("condition", "") or "condition" in kept
    absent = '  - {faits: {sociale: non}, le: "2026-09-01", attendu: absente}\n' if conditional else ""
    facts = "{sociale: oui}" if conditional else "{}"
    examples = f'exemples:\n  - {{faits: {facts}, le: "2026-09-01", attendu: presente}}\n' + (
        absent or f'  - {{faits: {facts}, le: "2026-10-01", attendu: presente}}\n'
    )
    lines = "".join(f"{name}: {value}\n" for name, value in kept.items())
    indented = "".join(f"  {line}\n" if line else "\n" for line in body.split("\n"))
    return f"{lines}{examples}corps: |\n{indented}"


def files(**bodies: str) -> dict[str, str]:
    """Return the files of the small library; ``bodies`` replaces the words of clauses (dots as ``__``)."""
    texts = {
        "ccap.objet": "Le marché a pour objet : {{objet}}. Il est conclu pour les besoins de l’acheteur.",
        "ccap.prix": "Les prix sont fermes. Ils comprennent toutes les charges. Le montant estimé est de {{montant_estime}}.",
        "ccap.sociale": "Le titulaire réserve {{heures_insertion}} heures d’insertion. Elles sont suivies par un facilitateur.",
        "ccap.penalites": "Les pénalités de retard sont plafonnées. La sous-traitance ne les écarte pas. Elles s’appliquent sans mise en demeure.",
        "ccap.derogations": "{{derogations}}",
        "rc.criteres": "Les offres sont jugées sur ces critères.\n\n{{criteres}}",
    } | {key.replace("__", "."): body for key, body in bodies.items()}
    about: dict[str, dict[str, str]] = {
        "ccap.objet": {"titre": "Objet du marché", "variables": "[objet]", "bases": "[CCP:L2112-2]"},
        "ccap.prix": {"titre": "Prix", "variables": "[montant_estime]", "bases": "[CCP:R2112-6]", "verrou": "presence"},
        "ccap.sociale": {
            "titre": "Insertion", "nature": "conditionnelle", "condition": '"sociale = oui"',
            "variables": "[heures_insertion]", "bases": "[CCP:L2112-2-1]",
        },
        "ccap.penalites": {
            "titre": "Pénalités de retard", "bases": "[CCP:R2191-7]", "deroge": '[{ccag: TRAVAUX, article: "14.1"}]',
            "verrou": "texte",
        },
        "ccap.derogations": {"titre": "Dérogations au CCAG", "bases": "[CCP:R2112-3]"},
        "rc.criteres": {"titre": "Critères", "variables": "[criteres]", "bases": "[CCP:L2152-7]"},
    }  # fmt: skip
    made = {
        f"clauses/{key}.yaml": clause(key, about[key].pop("titre"), body, **about[key])
        for key, body in texts.items()
        if key in about
    }
    return {
        "manifest.yaml": MANIFEST, "faits.yaml": FACTS, "parametres.yaml": PARAMETERS, "synonymes.yaml": SYNONYMS,
        "canevas/ccap.yaml": CANVAS, "canevas/rc.yaml": RC_CANVAS, **made,
    }  # fmt: skip


def library(**bodies: str) -> Library:
    """Return the small library."""
    return read_library(files(**bodies))


def signed(runtime: Runtime, version: str = "1.0", found: Library | None = None) -> service.Signed:
    """Return a signed release of a library, the small one unless another is given."""
    said = service.Announcement(
        version=version, valid_from=START_DAY, analyser="essai", changelog=("Essai.",)
    )
    return service.sign(found or library(), said, sealer=runtime.find(Sealer))


def publish(
    session: Session, runtime: Runtime, now: datetime, version: str = "1.0", found: Library | None = None
) -> ReleaseView:
    """Store a release."""
    return service.publish(session, signed(runtime, version, found), by=None, now=now)


#: Everything that the CCAP of the small library asks for.
CCAP_FACTS: Mapping[str, Any] = {
    "type_contrat": "T", "nature_achat": "travaux", "categorie_acheteur": "etat", "procedure": "MAPA",
    "objet": "Travaux d’essai", "montant_estime": "100000.00",
}  # fmt: skip


def start(
    session: Session,
    by: Identity,
    now: datetime,
    *,
    canvas: str = "ccap",
    release_id: uuid.UUID | None = None,
) -> DraftView:
    """Begin a draft that brings its facts."""
    beginning = service.Beginning(
        canvas=canvas, facts=CCAP_FACTS, release_id=release_id, reference_date=date(2026, 9, 1)
    )
    return service.start_draft(session, beginning, source=NoFacts(), by=by, now=now)


def answer(session: Session, draft_id: uuid.UUID, by: Identity, now: datetime, **answers: Any) -> DraftView:
    """Answer questions."""
    for key, raw in answers.items():
        revision = service.revision_of(session, draft_id, key)
        result = service.save_answer(session, draft_id, key, raw, revision=revision, by=by, now=now)
        assert result.conflict is None
    return result.draft
