"""A small contract of our own, with everything a document can hold: three levels, two lots, references, a formula."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from clauses.render.build import Assembly, build
from clauses.render.tree import Document
from clauses.rules.derogations import Derogation
from clauses.rules.model import (
    Canvas,
    Chapter,
    Choice,
    Clause,
    Column,
    Cover,
    CoverBlock,
    CoverBlockKind,
    Domain,
    Duration,
    DurationUnit,
    Fact,
    FactType,
    Label,
    LegalStatus,
    Lock,
    Month,
    Nature,
    Validity,
)
from tests.factories import pictures

DATE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def _fact(key: str, kind: FactType, label: str, **more: Any) -> Fact:
    return Fact(key=key, type=kind, label=Label(label), **more)


def _column(key: str, kind: FactType, label: str, *, optional: bool = False) -> Column:
    return Column(key=key, type=kind, label=Label(label), optional=optional)


FACTS = {
    fact.key: fact
    for fact in (
        _fact("reference", FactType.TEXT, "Référence"),
        _fact("objet", FactType.TEXT, "Objet du marché"),
        _fact("acheteur", FactType.ORGANISATION, "Acheteur"),
        _fact("montant_estime", FactType.AMOUNT, "Montant estimé", unit="HT"),
        _fact("ac_max", FactType.AMOUNT, "Montant maximum", unit="HT"),
        _fact("duree", FactType.DURATION, "Durée"),
        _fact("nb_reconductions", FactType.INTEGER, "Nombre de reconductions"),
        _fact("date_limite", FactType.DATETIME, "Date limite de remise des offres"),
        _fact("mois_zero", FactType.MONTH, "Mois zéro"),
        _fact("part_fixe", FactType.RATE, "Part fixe"),
        _fact(
            "termes",
            FactType.RECORDS,
            "Termes de la formule",
            domain=Domain(
                columns=(_column("index", FactType.TEXT, "Indice"), _column("poids", FactType.RATE, "Poids"))
            ),
        ),
        _fact(
            "lots",
            FactType.RECORDS,
            "Lots",
            domain=Domain(
                columns=(
                    _column("numero", FactType.INTEGER, "Lot"),
                    _column("intitule", FactType.TEXT, "Intitulé"),
                    _column("montant", FactType.AMOUNT, "Montant estimé"),
                    _column("observations", FactType.TEXT, "Observations", optional=True),
                )
            ),
        ),
        _fact("pieces", FactType.TEXTS, "Pièces"),
        _fact("precisions", FactType.RICH, "Précisions"),
        _fact(
            "ccag",
            FactType.ENUM,
            "CCAG",
            domain=Domain(values=(Choice("FCS", Label("CCAG-FCS")), Choice("aucun", Label("aucun")))),
        ),
    )
}

VALUES: dict[str, Any] = {
    "reference": "2026-000123",
    "objet": "Nettoyage des locaux et des vitreries de l’hôtel de ville et de ses annexes",
    "acheteur": {
        "nom": "Ville de Rouen",
        "siret": "21760540300011",
        "adresse": "2 place du Général-de-Gaulle, 76000 Rouen",
    },
    "montant_estime": Decimal("140000.00"),
    "duree": Duration(12, DurationUnit.MONTHS),
    "nb_reconductions": 3,
    "date_limite": datetime(2027, 3, 15, 11, 0, tzinfo=UTC),
    "mois_zero": Month(2026, 11),
    "part_fixe": Decimal(15),
    "termes": ({"index": "ICHT-IME", "poids": Decimal(65)}, {"index": "FSD2", "poids": Decimal(20)}),
    "lots": (
        {
            "numero": 1,
            "intitule": "Locaux administratifs, écoles et bibliothèques",
            "montant": Decimal(90000),
        },
        {
            "numero": 2,
            "intitule": "Vitreries",
            "montant": Decimal(50000),
            "observations": "Accès par nacelle",
        },
    ),
    "pieces": ("l’acte d’engagement", "le présent cahier et ses annexes", "le mémoire technique"),
    "precisions": "Le titulaire remet **chaque mois** :\n\n- un état des heures ;\n- les fiches de contrôle.",
    "ccag": "FCS",
}

BODIES = {
    "essai.objet": (
        "Objet et intervenants",
        (
            "Le présent marché a pour objet : **{{objet}}**. L’acheteur est {{acheteur}}.\n\n"
            "### Décomposition en lots\n\nLes prestations se répartissent ainsi :\n\n{{lots}}\n\n"
            "### Lieux d’exécution\n\nLes lieux sont énumérés en annexe ; leur surface totale est de 12 500 m^2^."
        ),
    ),
    "essai.pieces": ("Pièces contractuelles", "Par ordre de priorité décroissante :\n\n{{pieces}}"),
    "essai.duree": (
        "Durée et reconductions",
        (
            "Le marché est conclu pour {{duree}}.\n\n::: si nb_reconductions >= 1\n"
            "Il peut être reconduit {{nb_reconductions}} fois, dans les conditions de l’{{ref:essai.prix}}.\n:::"
        ),
    ),
    "essai.prix": (
        "Forme et révision des prix",
        (
            "Les prix sont réputés établis au mois de {{mois_zero}} (mois zéro), pour un montant estimé de {{montant_estime}} "
            "et un maximum de {{ac_max}}.\n\n### Formule\n\nLes prix sont révisés par :\n\n{{formule:revision}}\n\n"
            "- *P* : prix révisé ;\n- P~0~ : prix du mois zéro :\n  - hors taxes,\n  - arrondi au centime.\n\n"
            "### Barème des pénalités\n\n| Manquement | Pénalité |\n| --- | ---: |\n"
            "| Retard d’exécution | 50 € par jour |\n| Absence à une réunion, sans motif communiqué la veille | 150 € |"
        ),
    ),
    "essai.suivi": ("Suivi de l’exécution", "{{precisions}}\n\nVoir aussi l’{{ref:essai.objet}}."),
    "essai.lot1": (
        "Produits employés",
        "Les produits portent un label écologique.\n\n### Contrôle\n\nUn contrôle a lieu chaque trimestre.",
    ),
    "essai.derogations": ("Dérogations au CCAG", "{{derogations}}"),
    "essai.signature": (
        "Signatures",
        "Fait en un seul original.\n\n{{signature:acheteur}}\n\n{{signature:titulaire}}",
    ),
}

CHAPTERS = (
    ("Dispositions générales", ("essai.objet", "essai.pieces", "essai.duree")),
    ("Chapitre sans clause retenue", ("essai.absente",)),
    ("Prix et exécution", ("essai.prix", "essai.lot1", "essai.suivi")),
    ("Dispositions finales", ("essai.derogations", "essai.signature")),
)


def clause(clause_id: str, title: str, body: str, *, validated: bool = False) -> Clause:
    return Clause(
        id=clause_id,
        title=title,
        legal_status=LegalStatus("Me Durand", date(2026, 9, 1)) if validated else LegalStatus(),
        nature=Nature.MANDATORY,
        lock=Lock.NONE,
        documents=("CCAP",),
        contract_types=("*",),
        procedures=("*",),
        validity=Validity(),
        body=body,
    )


CLAUSES = {key: clause(key, title, body) for key, (title, body) in BODIES.items()}
CANVAS = Canvas(
    id="essai",
    title="Cahier des clauses administratives particulières",
    document="CCAP",
    contract_types=("*",),
    procedures=("*",),
    chapters=tuple(Chapter(title, clauses) for title, clauses in CHAPTERS),
)
COVER = Cover(
    id="essai",
    title="Garde",
    document="CCAP",
    blocks=(
        CoverBlock(CoverBlockKind.LOGO, image="logo.png", alt="Ville de Rouen"),
        CoverBlock(CoverBlockKind.TITLE),
        CoverBlock(CoverBlockKind.REFERENCE),
        CoverBlock(CoverBlockKind.OBJECT),
        CoverBlock(CoverBlockKind.LOT),
        CoverBlock(CoverBlockKind.DEADLINE),
        CoverBlock(CoverBlockKind.TEXT, text="Marché passé par {{acheteur}}."),
    ),
)
LOTS = ("Lot 1 – Locaux administratifs", "Lot 2 – Vitreries")


def logo() -> bytes:
    """Return a PNG of our own: a green square of 24 pixels."""
    return pictures.png()


def assembly(lot: int = 1, values: Mapping[str, Any] | None = None, **changes: Any) -> Assembly:
    """Return what the document of one lot is made of: the second has a clause less, so other numbers."""
    included = {key: one for key, one in CLAUSES.items() if not (lot == len(LOTS) and key == "essai.lot1")}
    whole = Assembly(
        canvas=CANVAS,
        clauses=included,
        facts=FACTS,
        values=VALUES if values is None else values,
        holds=lambda _condition: True,
        cover=COVER,
        departures=(Derogation("FCS", "14.1", "essai.prix"),),
        lot=LOTS[lot - 1],
        author="Ville de Rouen",
        images={"logo.png": logo()},
    )
    return replace(whole, **changes)


def document(lot: int = 1, **changes: Any) -> Document:
    """Return the tree of the document of one lot."""
    return build(assembly(lot, **changes))
