"""The strict reader: every fault of every file, with its line and column; nothing is guessed."""

import json
from pathlib import Path

import pytest

from clauses.files import check
from clauses.files.faults import LibraryFaults
from clauses.files.reader import read, read_library
from clauses.rules.model import Library

MANIFEST = "id: essai\ntitre: Essai\ncouche: entite\n"
FACTS = """faits:
  - {cle: type_contrat, type: enum, libelle: Type, domaine: {valeurs: [{valeur: T, libelle: T}, {valeur: S, libelle: S}]}}
  - {cle: procedure, type: enum, libelle: P, domaine: {valeurs: [{valeur: MAPA, libelle: M}]}}
  - {cle: lots, type: bool, libelle: Lots}
  - {cle: montant, type: montant, unite: HT, libelle: Montant}
"""
PARAMETERS = 'parametres:\n  - {cle: seuil, valeur: "140000", du: "2026-01-01", source: avis}\n'
CLAUSE = """id: a.b
titre: Titre
statut_juridique: a_valider_par_un_juriste
nature: conditionnelle
verrou: aucun
documents: [CCAP]
types_contrat: ["*"]
procedures: ["*"]
condition: lots = oui
exemples:
  - {faits: {lots: oui}, le: "2026-09-01", attendu: presente, contient: "texte"}
  - {faits: {lots: non}, le: "2026-09-01", attendu: absente}
corps: |
  Le texte de la clause.
"""
CANVAS = """id: ccap
titre: CCAP
document: CCAP
types_contrat: ["*"]
procedures: ["*"]
chapitres: [{titre: Un, clauses: [a.b]}]
"""
COVER = """id: mairie
titre: Garde
document: CCAP
blocs: [{type: logo, image: logo.png, alt: Logo}, {type: texte, texte: Bonjour}]
"""
VISIT = """id: visite
titre: Visite
resume: Court
etapes: [{page: /x, ancre: a, texte: Faites}]
"""
SOUND = {
    "manifest.yaml": MANIFEST,
    "faits.yaml": FACTS,
    "parametres.yaml": PARAMETERS,
    "synonymes.yaml": "synonymes: [[plafond, maximum]]\n",
    "clauses/a.b.yaml": CLAUSE,
    "canevas/ccap.yaml": CANVAS,
    "gardes/mairie.yaml": COVER,
    "parcours/visite.yaml": VISIT,
}


def faults(changed: dict[str, str | bytes | None]) -> list[tuple[str, int, int, str]]:
    files = {name: content for name, content in (SOUND | changed).items() if content is not None}
    with pytest.raises(LibraryFaults) as refused:
        read_library(files)
    return [(one.file, one.line, one.column, one.code) for one in refused.value.faults]


def codes(changed: dict[str, str | bytes | None]) -> list[str]:
    return [code for _file, _line, _column, code in faults(changed)]


def test_sound_library_is_read() -> None:
    library = read_library(SOUND)
    assert list(library.clauses) == ["a.b"]
    assert library.clauses["a.b"].origin.at("condition") == (9, 12)
    assert library.synonyms == (("plafond", "maximum"),)


def test_scalars_stay_text_until_the_schema_types_them() -> None:
    clause = CLAUSE.replace("titre: Titre", "titre: 12:30").replace(
        "statut", "vigueur: {du: 2026-08-22}\nstatut"
    )
    library = read_library(SOUND | {"clauses/a.b.yaml": clause})
    assert library.clauses["a.b"].title == "12:30"
    assert str(library.clauses["a.b"].validity.start) == "2026-08-22"


@pytest.mark.parametrize(
    ("clause", "place", "code"),
    [
        (CLAUSE + "titre: Encore\n", (15, 1), "file.duplicate_key"),
        (CLAUSE.replace("titre: Titre", "titre: &nom Titre"), (2, 8), "file.anchor"),
        (CLAUSE.replace("titre: Titre", "titre: &nom Titre\ngroupe: *nom"), (2, 8), "file.anchor"),
        (CLAUSE.replace("titre: Titre", "titre: !!str Titre"), (2, 8), "file.tag"),
        (CLAUSE + "autre: x\n", (15, 1), "file.unknown_key"),
        (CLAUSE.replace("Titre", "[" * 13 + "]" * 13), (2, 19), "file.too_deep"),
        (CLAUSE.replace("titre: Titre", "titre: [a"), (3, 17), "file.syntax"),
        (CLAUSE.replace("Titre", "{? [a] : b}"), (2, 11), "file.key"),
        (CLAUSE + "---\nid: x\n", (15, 1), "file.documents"),
        ("- a\n", (1, 1), "file.shape"),
        ("", (1, 1), "file.shape"),
        (CLAUSE.replace("Titre", "[a]"), (2, 8), "file.shape"),
        (CLAUSE.replace("Titre", "''"), (2, 8), "file.empty"),
        (CLAUSE.replace("Titre", "x" * 501), (2, 8), "file.too_long"),
        (CLAUSE.replace("titre: Titre\n", ""), (1, 1), "file.missing_key"),
        (CLAUSE.replace("Titre", '"a\\x01b"'), (2, 8), "text.character"),
        (CLAUSE.replace("conditionnelle", "facultatif"), (4, 9), "file.value"),
        (CLAUSE.replace("nature: conditionnelle", "nature: [a]"), (4, 9), "file.shape"),
        (CLAUSE.replace("[CCAP]", "CCAP"), (6, 12), "file.shape"),
        (CLAUSE.replace("[CCAP]", "[CCAP, CCAP]"), (6, 12), "file.duplicate_item"),
        (CLAUSE.replace("[CCAP]", "[ccap]"), (6, 12), "clause.document"),
        (CLAUSE.replace("[CCAP]", "[]"), (6, 12), "clause.document"),
        (CLAUSE.replace('types_contrat: ["*"]', "types_contrat: [X]"), (7, 16), "clause.filter"),
        (CLAUSE.replace('types_contrat: ["*"]', 'types_contrat: ["*", T]'), (7, 16), "clause.filter"),
        (CLAUSE.replace('types_contrat: ["*"]', "types_contrat: []"), (7, 16), "clause.filter"),
        (CLAUSE.replace("lots = oui", "lots = oui et lotz = non"), (9, 26), "condition.unknown_fact"),
        (CLAUSE.replace("lots = oui", '"lotz = oui"'), (9, 13), "condition.unknown_fact"),
        (CLAUSE.replace("lots = oui", "|\n  lotz = oui"), (9, 12), "condition.unknown_fact"),
        (CLAUSE.replace("lots = oui", "lots = oui " + "x" * 600), (9, 23), "condition.syntax"),
        (CLAUSE.replace("id: a.b", "id: A.b"), (1, 5), "clause.id"),
        (CLAUSE.replace("a_valider_par_un_juriste", "valide"), (3, 19), "clause.status"),
        (CLAUSE.replace("a_valider_par_un_juriste", "{valide_par: Me X}"), (3, 19), "file.missing_key"),
        (CLAUSE.replace("statut", "vigueur: {du: '2027-01-01', au: '2026-01-01'}\nstatut"), (3, 33), "clause.validity"),
        (CLAUSE.replace("statut", "vigueur: {du: '2027-13-01'}\nstatut"), (3, 15), "fact.date"),
        (CLAUSE.replace("statut", "vigueur: x\nstatut"), (3, 10), "file.shape"),
        (CLAUSE.replace("statut", "variables: [lotz]\nstatut"), (3, 12), "clause.variable"),
        (CLAUSE.replace("statut", "groupe: Été\nstatut"), (3, 9), "file.identifier"),
        (CLAUSE.replace("statut", "deroge: x\nstatut"), (3, 9), "file.shape"),
        (CLAUSE.replace("statut", "deroge: [x]\nstatut"), (3, 10), "file.shape"),
        (CLAUSE.replace("statut", "deroge: [{ccag: FCS}]\nstatut"), (3, 10), "file.missing_key"),
        (CLAUSE.replace("statut", "dispense: {code: group.gap, motif: m}\nstatut"), (3, 18), "clause.waiver"),
        (CLAUSE.replace("statut", "aide: {long: x}\nstatut"), (3, 8), "file.unknown_key"),
        (CLAUSE.replace("{lots: oui}", "{lotz: oui}"), (11, 20), "fact.unknown"),
        (CLAUSE.replace("{lots: oui}", "{lots: peut}"), (11, 20), "fact.bool"),
        (CLAUSE.replace("attendu: absente", "attendu: parfois"), (12, 53), "example.expected"),
        (CLAUSE.replace("faits: {lots: non}, ", ""), (12, 5), "file.missing_key"),
        (CLAUSE.encode()[:20] + b"\xff", (2, 1), "file.encoding"),
        (CLAUSE + "# \u200b", (15, 3), "text.character"),
        (CLAUSE + "# \uffff", (15, 3), "text.character"),
        (CLAUSE + "#" * 256 * 1024, (1, 1), "file.too_large"),
    ],
)  # fmt: skip
def test_fault_of_a_clause_stands_at_its_place(
    clause: str | bytes, place: tuple[int, int], code: str
) -> None:
    found = faults({"clauses/a.b.yaml": clause})
    assert ("clauses/a.b.yaml", *place, code) in found


@pytest.mark.parametrize(
    ("fact", "code"),
    [
        ("{cle: lots, type: bool, libelle: Deux fois}", "fact.duplicate"),
        ("{cle: x, type: nombre, libelle: X}", "fact.type"),
        ("{cle: x, type: montant, libelle: X}", "fact.unit"),
        ("{cle: x, type: duree, unite: heures, libelle: X}", "fact.unit"),
        ("{cle: x, type: enum, libelle: X}", "file.missing_key"),
        ("{cle: x, type: enum, libelle: X, domaine: {valeurs: [{valeur: et, libelle: E}]}}", "fact.code"),
        ("{cle: x, type: enum, libelle: X, domaine: {valeurs: [{valeur: a b, libelle: E}]}}", "fact.code"),
        ("{cle: x, type: enum, libelle: X, domaine: {valeurs: [{valeur: a, libelle: E}, {valeur: a, libelle: F}]}}", "fact.code"),
        ("{cle: x, type: entier, libelle: X, domaine: {min: a}}", "fact.integer"),
        ("{cle: x, type: entier, libelle: X, domaine: {taille_min: '1'}}", "file.unknown_key"),
        ("{cle: x, type: liste(texte), libelle: X, domaine: {taille_min: beaucoup}}", "file.count"),
        ("{cle: x, type: liste(record), libelle: X, domaine: {champs: [{cle: a, type: riche, libelle: A}]}}", "fact.column"),
        ("{cle: x, type: liste(record), libelle: X, domaine: {champs: [{cle: a, type: texte, libelle: A}, {cle: a, type: texte, libelle: A}]}}", "fact.column"),
        ("{cle: x, type: bool, libelle: X, pertinent_si: lots = oui}", "fact.neutral"),
        ("{cle: x, type: bool, libelle: X, neutre: non}", "fact.neutral"),
        ("{cle: x, type: bool, libelle: X, pertinent_si: lots = oui, neutre: zut}", "fact.bool"),
        ("{cle: x, type: bool, libelle: X, pertinent_si: x = oui, neutre: non}", "fact.cycle"),
        ("{cle: x, type: bool, libelle: X, source: calcule}", "fact.computed"),
        ("{cle: avance_due, type: bool, libelle: X, source: calcule}", "fact.computed"),
        ("{cle: X, type: bool, libelle: X}", "file.identifier"),
        ("{type: bool, libelle: X}", "file.missing_key"),
        ("{cle: avance_due, type: bool, libelle: A, source: calcule, pertinent_si: lots = oui, neutre: non}", "fact.computed"),
        ("{cle: x, type: bool, libelle: {en: X}}", "file.missing_key"),
        ("{cle: seuil, type: bool, libelle: X}", "param.key"),
    ],
)  # fmt: skip
def test_fault_of_a_fact_is_named(fact: str, code: str) -> None:
    assert code in codes({"faits.yaml": f"{FACTS}  - {fact}\n"})


@pytest.mark.parametrize(
    ("parameter", "code"),
    [
        ("{cle: p, valeur: beaucoup, du: '2026-01-01', source: s}", "param.value"),
        ("{cle: p, valeur: '1', source: s}", "file.missing_key"),
        ("{cle: p, valeur: '1', du: '2026-01-01'}", "file.missing_key"),
        ("{cle: p, valeur: '1', du: '2026-01-02', au: '2026-01-01', source: s}", "param.period"),
        ("{cle: seuil, valeur: '2026-01-01', du: '2020-01-01', au: '2020-01-02', source: s}", "param.type"),
        ("{cle: p, valeur: '1', du: '2026-01-01', source: s, categorie_acheteur: etat}", "param.selector"),
        ("{cle: p, valeur: '1', du: '2026-01-01', source: s, nature_achat: [a, b]}", "param.selector"),
    ],
)
def test_fault_of_a_parameter_is_named(parameter: str, code: str) -> None:
    assert code in codes({"parametres.yaml": f"{PARAMETERS}  - {parameter}\n"})


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"manifest.yaml": None}, "file.missing"),
        ({"faits.yaml": None}, "file.missing"),
        ({"parametres.yaml": "parametres: x"}, "file.shape"),
        ({"manifest.yaml": MANIFEST.replace("entite", "mairie")}, "file.value"),
        ({"synonymes.yaml": "synonymes: [[seul]]"}, "synonym.group"),
        ({"synonymes.yaml": "synonymes: [[a, [b]]]"}, "synonym.group"),
        ({"synonymes.yaml": "synonymes: x"}, "file.shape"),
        ({"synonymes.yaml": "autre: x"}, "file.missing_key"),
        ({"brouillon.txt": "x"}, "file.unexpected"),
        ({"clauses/sous/a.c.yaml": "x"}, "file.unexpected"),
        ({"clauses/a.c.yaml": CLAUSE}, "file.name"),
        ({"gardes/logo.png": b"GIF89a"}, "file.image"),
        ({"gardes/logo.png": b"\x89PNG\r\n\x1a\n" + bytes(1024 * 1024)}, "file.image"),
        ({"canevas/ccap.yaml": CANVAS.replace("[a.b]}", "[a.b]}, {titre: Deux, clauses: [a.b]}")}, "canvas.duplicate"),
        ({"canevas/ccap.yaml": CANVAS + "groupes: {g: parfois}\n"}, "file.value"),
        ({"gardes/mairie.yaml": COVER.replace(", alt: Logo", "")}, "file.missing_key"),
        ({"parcours/visite.yaml": VISIT.replace("ancre: a, ", "")}, "file.missing_key"),
        ({"manifest.yaml": MANIFEST + "publication: {version: '1', vigueur: '2026-01-01', analyseur: '1', fichiers: [{chemin: a, sha256: zz, taille: '1'}]}\n"}, "file.identifier"),
    ],
)  # fmt: skip
def test_fault_of_another_file_is_named(changed: dict[str, str | bytes | None], code: str) -> None:
    assert code in codes(changed)


def test_every_fault_of_every_file_is_listed_at_once() -> None:
    found = faults(
        {
            "clauses/a.b.yaml": CLAUSE.replace("lots = oui", "lotz = oui").replace("[CCAP]", "[]"),
            "faits.yaml": FACTS + "  - {cle: x, type: rien, libelle: X}\n",
            "canevas/ccap.yaml": "id: [\n",
        }
    )
    assert [(file, code) for file, _line, _column, code in found] == [
        ("canevas/ccap.yaml", "file.syntax"),
        ("clauses/a.b.yaml", "clause.document"),
        ("clauses/a.b.yaml", "condition.unknown_fact"),
        ("faits.yaml", "fact.type"),
    ]


def test_refusal_says_each_fault_as_file_line_column() -> None:
    with pytest.raises(LibraryFaults) as refused:
        read_library(SOUND | {"clauses/a.b.yaml": CLAUSE.replace("lots = oui", "lotz = oui")})
    assert str(refused.value) == (
        "clauses/a.b.yaml:9:12: condition.unknown_fact: Le fait « lotz » n’existe pas. Noms proches : lots."
    )
    assert [one.field for one in refused.value.errors] == ["clauses/a.b.yaml:9:12"]


def test_too_many_files_are_refused_unread() -> None:
    reading = read({f"clauses/a.c{number}.yaml": "x" for number in range(6_001)})
    assert [one.code for one in reading.faults.found] == ["file.too_many"]


def test_directory_is_read_without_following_links(tmp_path: Path) -> None:
    for name, content in SOUND.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text("x")
    (tmp_path / "NOTES.md").write_text("x")
    assert isinstance(read_library(tmp_path), Library)
    (tmp_path / "clauses" / "a.c.yaml").symlink_to("/etc/passwd")
    assert [one.code for one in read(tmp_path).faults.found] == ["file.link"]
    assert next(one.code for one in read(tmp_path / "nulle_part").faults.found) == "file.missing"


def test_check_command_reports_for_people_and_machines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in SOUND.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    (tmp_path / "gardes" / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert check.main([str(tmp_path), "--json"]) == check.CLEAN
    assert json.loads(capsys.readouterr().out) == {
        "clauses": 1,
        "examples": {"run": 2, "failed": 0},
        "epochs": 1,
        "findings": [],
        "clean": True,
    }
    (tmp_path / "clauses" / "a.b.yaml").write_text(CLAUSE.replace("lots = oui", "lots = oui et lots = non"))
    assert check.main([str(tmp_path), "--json"]) == check.FOUND
    found = json.loads(capsys.readouterr().out)["findings"]
    assert [(one["code"], one["line"], one["clause"]) for one in found] == [
        ("clause.unreachable", 9, "a.b"),
        ("example.failed", 11, "a.b"),
    ]
    (tmp_path / "clauses" / "a.b.yaml").write_text(CLAUSE.replace("lots = oui", "lotz = oui"))
    assert check.main([str(tmp_path)]) == check.FOUND
    assert capsys.readouterr().err.startswith("clauses/a.b.yaml:9:12: condition.unknown_fact: ")
    assert check.main([str(tmp_path / "rien")]) == check.BAD_INPUT
