"""The outline of the starter library holds three real defects: the analyser finds them, each with facts that show it."""

from datetime import date

import pytest

from clauses.files.reader import read_library
from clauses.rules.analyse import analyse
from clauses.rules.evaluate import Outcome, compile_library
from clauses.rules.model import Clause, Finding, Library

FACTS = """
faits:
  - {cle: type_contrat, type: enum, libelle: Type, domaine: {valeurs: [
      {valeur: T, libelle: T}, {valeur: F, libelle: F}, {valeur: S, libelle: S}, {valeur: PI, libelle: PI},
      {valeur: TIC, libelle: TIC}, {valeur: MOE, libelle: MOE}]}}
  - {cle: procedure, type: enum, libelle: Procédure, domaine: {valeurs: [
      {valeur: MAPA, libelle: MAPA}, {valeur: AOO, libelle: AOO}]}}
  - {cle: critere_unique, type: enum, libelle: Critère unique, domaine: {valeurs: [
      {valeur: aucun, libelle: aucun}, {valeur: cout, libelle: coût}]}}
  - {cle: variation_prix, type: enum, libelle: Variation, domaine: {valeurs: [
      {valeur: ferme, libelle: ferme}, {valeur: actualisable, libelle: actualisable}, {valeur: revisable, libelle: révisable}]}}
  - {cle: technique, type: enum, libelle: Technique, domaine: {valeurs: [
      {valeur: aucune, libelle: aucune}, {valeur: accord_cadre, libelle: accord-cadre}]}}
  - cle: execution_ac
    type: ensemble(enum)
    libelle: Exécution
    pertinent_si: technique = accord_cadre
    neutre: []
    domaine:
      valeurs:
        - {valeur: bons_de_commande, libelle: bons de commande}
        - {valeur: marches_subsequents, libelle: marchés subséquents}
"""
MANIFEST = "{id: outline, titre: Faits du plan, couche: interministerielle}"
PARAMETERS = "{parametres: []}"
CANVASES = {
    "rc": ("RC", {"criteres": "exactement_un", "forme": "au_moins_un"}),
    "ccap": ("CCAP", {"variation": "exactement_un"}),
}
#: id -> document, types, group, condition: as the outline has them, before any repair.
OUTLINE = {
    "rc.criteres": ("RC", '["*"]', "criteres", ""),
    "rc.criteres.cout_global": ("RC", '["*"]', "criteres", "critere_unique = cout"),
    "rc.forme.ordinaire": ("RC", '["*"]', "forme", "technique = aucune"),
    "rc.forme.bdc": ("RC", '["*"]', "forme", "technique = accord_cadre et execution_ac contient bons_de_commande"),
    "rc.forme.subsequents": (
        "RC", '["*"]', "forme", "technique = accord_cadre et execution_ac contient marches_subsequents",
    ),
    "ccap.variation.ferme": ("CCAP", "[F, S]", "variation", "variation_prix = ferme"),
    "ccap.variation.actualisable": ("CCAP", '["*"]', "variation", "variation_prix = actualisable"),
    "ccap.variation.revisable": ("CCAP", '["*"]', "variation", "variation_prix = revisable"),
}  # fmt: skip
REPAIRED = OUTLINE | {
    "rc.criteres": ("RC", '["*"]', "criteres", "critere_unique = aucun"),
    "ccap.variation.ferme": ("CCAP", '["*"]', "variation", "variation_prix = ferme"),
}
CODES = {"group.gap", "group.overlap", "clause.unreachable", "condition.always_true", "analysis.too_complex"}


def files(outline: dict[str, tuple[str, str, str, str]], facts: str = FACTS) -> dict[str, str]:
    found = {"manifest.yaml": MANIFEST, "faits.yaml": facts, "parametres.yaml": PARAMETERS}
    for name, (document, groups) in CANVASES.items():
        listed = [key for key, row in outline.items() if row[0] == document]
        modes = ", ".join(f"{group}: {mode}" for group, mode in groups.items())
        found[f"canevas/{name}.yaml"] = (
            f"{{id: {name}, titre: {document}, document: {document}, types_contrat: ['*'], procedures: ['*'],"
            f" groupes: {{{modes}}}, chapitres: [{{titre: Chapitre, clauses: [{', '.join(listed)}]}}]}}"
        )
    for key, (document, types, group, condition) in outline.items():
        line = f"condition: {condition}\n" if condition else ""
        found[f"clauses/{key}.yaml"] = (
            f"id: {key}\ntitre: {key}\nstatut_juridique: a_valider_par_un_juriste\nnature: conditionnelle\n"
            f"verrou: aucun\ndocuments: [{document}]\ntypes_contrat: {types}\nprocedures: ['*']\n"
            f"groupe: {group}\n{line}corps: Le texte de la clause.\n"
        )
    return found


def found(library: Library) -> list[Finding]:
    return [one for one in analyse(library).findings if one.code in CODES]


@pytest.fixture(scope="module")
def outline() -> Library:
    return read_library(files(OUTLINE))


def included(library: Library, finding: Finding) -> set[str]:
    """Return which clauses the witness includes, by an evaluation that knows nothing of boxes."""
    assert finding.on is not None
    evaluation = compile_library(library).evaluate(finding.witness, on=finding.on)
    return {key for key, outcome in evaluation.outcomes.items() if outcome is not Outcome.EXCLUDED}


def members(library: Library, group: str) -> list[Clause]:
    return [clause for clause in library.clauses.values() if clause.group == group]


def test_outline_defects_are_these_three_and_no_other(outline: Library) -> None:
    assert sorted((one.code, str(one.params["group"])) for one in found(outline)) == [
        ("group.gap", "forme"),
        ("group.gap", "variation"),
        ("group.overlap", "criteres"),
    ]


def test_outline_defects_unconditional_criteria_beside_global_cost(outline: Library) -> None:
    (overlap,) = (one for one in found(outline) if one.code == "group.overlap")
    assert overlap.witness["critere_unique"] == "cout"
    assert {"rc.criteres", "rc.criteres.cout_global"} <= included(outline, overlap)
    assert (overlap.clause, overlap.file) == (
        "rc.criteres.cout_global",
        "clauses/rc.criteres.cout_global.yaml",
    )


def test_outline_defects_fixed_price_outside_supplies_and_services(outline: Library) -> None:
    (gap,) = (one for one in found(outline) if one.params["group"] == "variation")
    assert gap.witness["variation_prix"] == "ferme"
    assert gap.witness["type_contrat"] not in {"F", "S"}
    assert not included(outline, gap) & {clause.id for clause in members(outline, "variation")}


def test_outline_defects_framework_without_any_way_of_execution(outline: Library) -> None:
    (gap,) = (one for one in found(outline) if one.params["group"] == "forme")
    assert (gap.witness["technique"], gap.witness["execution_ac"]) == ("accord_cadre", frozenset())
    assert not included(outline, gap) & {clause.id for clause in members(outline, "forme")}


def test_outline_defects_are_gone_after_the_repairs() -> None:
    mended = FACTS.replace(
        "    domaine:\n      valeurs:", '    domaine:\n      taille_min: "1"\n      valeurs:'
    )
    assert found(read_library(files(REPAIRED, mended))) == []


def test_outline_defects_witness_has_its_day(outline: Library) -> None:
    assert {type(one.on) for one in found(outline)} == {date}
