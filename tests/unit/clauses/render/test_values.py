"""Values as sentences show them, and what a document says when one is missing."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from clauses.render import tree, values
from clauses.render.build import build
from clauses.render.spacing import loose, tied
from clauses.rules.derogations import Derogation
from clauses.rules.model import (
    Choice,
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
    Month,
)
from tests.factories import contract

CHOICES = Domain(
    values=(Choice("a", Label("premier")), Choice("b", Label("deuxième")), Choice("c", Label("troisième")))
)


def fact(kind: FactType, **more: Any) -> Fact:
    return Fact(key="x", type=kind, label=Label("X"), **more)


@pytest.mark.parametrize(
    ("kind", "value", "more", "expected"),
    [
        (FactType.AMOUNT, Decimal("140000.00"), {"unit": "HT"}, "140 000,00 € HT"),
        (FactType.AMOUNT, Decimal("0.5"), {"unit": "TTC"}, "0,50 € TTC"),
        (FactType.AMOUNT, Decimal(12), {}, "12,00 €"),
        (FactType.RATE, Decimal("5.50"), {}, "5,5 %"),
        (FactType.RATE, Decimal(100), {}, "100 %"),
        (FactType.INTEGER, 12500, {}, "12 500"),
        (FactType.INTEGER, 3, {"unit": "heures"}, "3 heures"),
        (FactType.INTEGER, 1, {"unit": "heures"}, "1 heure"),
        (FactType.INTEGER, 1, {"unit": "mois"}, "1 mois"),
        (FactType.BOOL, True, {}, "oui"),
        (FactType.BOOL, False, {}, "non"),
        (FactType.DATE, date(2027, 3, 1), {}, "1er mars 2027"),
        (FactType.DATE, date(2027, 8, 22), {}, "22 août 2027"),
        (
            FactType.DATETIME,
            datetime(2027, 7, 1, 9, 5, tzinfo=UTC),
            {},
            "1er juillet 2027 à 11 h 05 (heure de Paris)",
        ),
        (FactType.MONTH, Month(2026, 11), {}, "novembre 2026"),
        (FactType.DURATION, Duration(1, DurationUnit.YEARS), {}, "1 an"),
        (FactType.DURATION, Duration(2, DurationUnit.YEARS), {}, "2 ans"),
        (FactType.DURATION, Duration(90, DurationUnit.DAYS), {}, "90 jours"),
        (FactType.DURATION, Duration(1, DurationUnit.WEEKS), {}, "1 semaine"),
        (FactType.ENUM, "b", {"domain": CHOICES}, "deuxième"),
        (FactType.ENUM, "z", {"domain": CHOICES}, "z"),
        (FactType.SET, frozenset({"c", "a", "b"}), {"domain": CHOICES}, "premier, deuxième et troisième"),
        (FactType.SET, frozenset({"z", "a"}), {"domain": CHOICES}, "premier et z"),
        (FactType.TEXTS, ("un", "deux"), {}, "un et deux"),
        (FactType.TEXT, "tel quel", {}, "tel quel"),
        (FactType.SIRET, "21760540300011", {}, "217 605 403 00011"),
        (FactType.IBAN, "FR7630001007941234567890185", {}, "FR76 3000 1007 9412 3456 7890 185"),
        (
            FactType.ADDRESS,
            {"voie": "2 rue X", "code_postal": "76000", "commune": "Rouen"},
            {},
            "2 rue X, 76000 Rouen",
        ),
        (FactType.PERSON, {"nom": "Anne", "fonction": "juriste"}, {}, "Anne, juriste"),
        (
            FactType.ORGANISATION,
            {"nom": "Ville", "adresse": {"commune": "Rouen"}},
            {},
            "Ville, Rouen",
        ),
        (FactType.RECORDS, ({"a": "x", "b": "y"}, {"a": "z"}), {}, "x, y ; z"),
    ],
)
def test_value_is_written_the_french_way(
    kind: FactType, value: Any, more: dict[str, Any], expected: str
) -> None:
    written = values.write(value, fact(kind, **more))
    assert written.replace("\u00a0", " ").replace("\u202f", " ") == expected


def test_amounts_and_units_do_not_break() -> None:
    assert " " not in values.write(Decimal(140000), fact(FactType.AMOUNT, unit="HT"))


def test_column_is_written_like_a_fact() -> None:
    column = Column(key="x", type=FactType.ENUM, label=Label("X"), values=CHOICES.values)
    assert values.write("c", column) == "troisième"


def texts(document: tree.Document, clause: str) -> list[str]:
    (found,) = (one for one in document.clauses if one.id == clause)
    return [tree.text_of(spans) for block in found.blocks for spans in tree.runs(block)]


def test_nothing_known_says_what_to_complete_and_lists_it() -> None:
    document = contract.document(values={})
    assert document.missing == (
        "objet", "acheteur", "lots", "pieces", "duree", "nb_reconductions", "mois_zero", "montant_estime", "ac_max",
        "part_fixe", "termes", "precisions", "reference", "date_limite",
    )  # fmt: skip
    assert texts(document, "essai.pieces") == [
        "Par ordre de priorité décroissante\u00a0:",
        "[à compléter\u00a0: Pièces]",
    ]


def test_missing_cell_names_its_column_and_optional_ones_are_dashes() -> None:
    lots = ({"numero": 1, "montant": Decimal(5)},)
    document = contract.document(values={**contract.VALUES, "lots": lots})
    found = texts(document, "essai.objet")
    assert [one.replace("\u00a0", " ") for one in found[7:11]] == [
        "1",
        "[à compléter : Intitulé]",
        "5,00 €",
        "–",
    ]
    assert "lots" in document.missing


def test_unknown_condition_says_that_an_answer_decides() -> None:
    document = contract.document(holds=lambda _text: None)
    assert "une réponse décide de ce passage" in " ".join(texts(document, "essai.duree"))
    assert len(texts(contract.document(holds=lambda _text: False), "essai.duree")) == 1


def test_reference_to_a_clause_that_is_not_there_is_marked() -> None:
    clauses = {key: one for key, one in contract.CLAUSES.items() if key != "essai.prix"}
    assert "[à compléter\u00a0: renvoi à essai.prix, absent de ce document]" in " ".join(
        texts(contract.document(clauses=clauses), "essai.duree")
    )


def test_derogations_are_listed_denied_or_absent() -> None:
    assert texts(contract.document(), "essai.derogations") == [
        "L’article\u00a02.1 déroge à l’article\u00a014.1 du CCAG-FCS."
    ]
    none = contract.document(departures=())
    assert texts(none, "essai.derogations") == ["Le présent document ne déroge à aucun article du CCAG."]
    values = {**contract.VALUES, "ccag": "aucun"}
    assert texts(contract.document(values=values, departures=()), "essai.derogations") == []


def test_formula_takes_shares_as_percentages_or_fractions() -> None:
    as_fractions = {
        **contract.VALUES,
        "part_fixe": Decimal("0.125"),
        "termes": ({"index": "BT01", "poids": Decimal("0.875")},),
    }
    shown = texts(contract.document(values=as_fractions), "essai.prix")
    assert "P = P0 × (0,125 + 0,875 × BT01 / BT010)" in shown


def test_notice_lists_the_clauses_to_validate_and_goes_with_the_last() -> None:
    done = {
        key: replace(one, legal_status=contract.clause("x.y", "", "", validated=True).legal_status)
        for key, one in contract.CLAUSES.items()
    }
    assert contract.document(clauses=done).notice == ""
    some = {**done, "essai.prix": contract.CLAUSES["essai.prix"]}
    assert (
        contract.document(clauses=some).notice == "Projet\u00a0: clauses à valider par un juriste\u00a0: 2.1."
    )


def test_cover_leaves_out_what_nobody_can_be_asked() -> None:
    facts = {key: one for key, one in contract.FACTS.items() if key != "reference"}
    cover = Cover("c", "c", "CCAP", (CoverBlock(CoverBlockKind.REFERENCE), CoverBlock(CoverBlockKind.LOT)))
    made = build(replace(contract.assembly(), facts=facts, values={}, cover=cover, lot=""))
    assert [(line.role, tree.text_of(line.spans)) for line in made.cover] == [
        ("title", contract.CANVAS.title)
    ]
    assert "reference" not in made.missing


def test_general_conditions_of_works_are_named_as_their_order_names_them() -> None:
    document = contract.document(departures=(Derogation("TRAVAUX", "19.2", "essai.prix"),))
    (line,) = texts(document, "essai.derogations")
    assert line.endswith("déroge à l’article\u00a019.2 du CCAG-Travaux.")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Une seule phrase.", "Objet\u00a0: Une seule phrase."),
        ("sans point", "Objet\u00a0: sans point."),
        ("et ainsi de suite...", "Objet\u00a0: et ainsi de suite...."),
    ],
)
def test_answer_that_ends_like_its_sentence_does_not_stop_it_twice(answer: str, expected: str) -> None:
    document = contract.document(
        values={**contract.VALUES, "objet": answer}, texts={"essai.suivi": "Objet : {{objet}}."}
    )
    assert texts(document, "essai.suivi") == [expected]


@pytest.mark.parametrize(
    ("plain", "tight"),
    [
        ("dit « mois zéro » : 5 %, 40 € ; quoi ?", "dit «~mois zéro~»~: 5~%, 40~€~; quoi~?"),
        ("l’article R. 2191-7, lot n° 2", "l’article R.~2191-7, lot n°~2"),
        ("{% raw %} et M. Durand, L. de Vinci", "{% raw %} et M. Durand, L. de Vinci"),
    ],
)
def test_spaces_of_french_punctuation_are_tied_and_loosed_again(plain: str, tight: str) -> None:
    assert tied(plain) == tight.replace("~", "\u00a0")
    assert loose(tied(plain)) == loose(tight.replace("~", "\u202f")) == plain


def test_formula_awaited_names_what_is_missing_word_by_word() -> None:
    document = contract.document(values={**contract.VALUES, "part_fixe": None, "termes": ()})
    assert any("] [à compléter" in one for one in texts(document, "essai.prix"))
