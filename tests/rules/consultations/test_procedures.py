"""Procedures are data: the shipped file, and the sentences that a wrong one gets."""

from datetime import date
from pathlib import Path

import pytest

from procurement.consultations.rules import strategies
from procurement.consultations.rules.procedures import FILE, ProceduresError, Standstill, read
from procurement.consultations.rules.procedures import procedures as shipped

GOOD = """
[essai]
label_fr = "Essai"
label_en = "Trial"
formal = false
eforms_procedure = "oth-single"
decp_procedure = "Essai"
phases = ["offre"]
envelopes = ["offre"]
strategies = ["deadlines.sufficient"]
source = "aucune"
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "procedures.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_file_holds_every_code() -> None:
    assert list(shipped()) == [
        "mapa",
        "ao_ouvert",
        "ao_restreint",
        "negociation",
        "dialogue",
        "marche_subsequent",
        "sad",
        "marche_specifique",
        "concours",
        "concession",
        "demande_devis",
    ]


def test_labels_in_both_languages() -> None:
    found = shipped()["ao_ouvert"]
    assert (found.label("fr"), found.label("en")) == ("Appel d’offres ouvert", "Open procedure")


@pytest.mark.parametrize(
    ("code", "ground", "days"),
    [
        ("mapa", None, None),
        ("ao_ouvert", None, 30),
        ("ao_ouvert", "urgent", 15),
        ("ao_ouvert", "unknown", 30),
        ("ao_restreint", None, 30),
        ("ao_restreint", "utilities", 15),
        ("concession", None, 25),
        ("marche_specifique", None, 10),
    ],
)
def test_minimum_of_the_first_phase(code: str, ground: str | None, days: int | None) -> None:
    minimum = shipped()[code].minimum(ground)
    assert (minimum.days if minimum else None) == days


def test_a_type_is_added_without_python(tmp_path: Path) -> None:
    found = read(write(tmp_path, GOOD + "minima = [{ phase = 'offre', days = 3, source = 'x' }]\n"))
    assert (found["essai"].label_fr, found["essai"].minimum().days) == ("Essai", 3)  # type: ignore[union-attr]


def test_nested_lists_become_tuples(tmp_path: Path) -> None:
    text = GOOD + 'standstill = { electronic = 11, other = 16, exempt_if = ["single"] }\n'
    assert read(write(tmp_path, text))["essai"].standstill == Standstill(
        electronic=11, other=16, exempt_if=("single",)
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (GOOD + "colour = 'blue'\n", "line 12: unknown key 'colour' in [essai]"),
        (GOOD + "notices = { plan = '7' }\n", "line 12: unknown key 'plan' in [essai]"),
        (GOOD + "[essai.notices]\nplan = '7'\n", "line 13: unknown key 'plan' in [essai]"),
        (
            GOOD + "minima = [\n  { phase = 'offre', jours = 3 },\n]\n",
            "line 13: unknown key 'jours' in [essai]",
        ),
        (GOOD.replace('source = "aucune"\n', ""), "line 2: [essai] lacks source"),
        (
            GOOD.replace("deadlines.sufficient", "deadlines.magic"),
            "line 10: unknown strategy 'deadlines.magic' in [essai]",
        ),
        ("\nessai = 3\n", "line 0: 'essai' is no table"),
        ("[essai\n", "Expected ']'"),
    ],
)
def test_a_wrong_file_stops_the_start(tmp_path: Path, text: str, sentence: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ProceduresError) as refused:
        read(path)
    assert str(path) in str(refused.value)
    assert sentence in str(refused.value)


def test_a_wrong_kind_of_nested_value_is_kept_as_it_is(tmp_path: Path) -> None:
    found = read(write(tmp_path, GOOD + "minima = []\n"))
    assert found["essai"].minima == ()


def test_shipped_strategies_are_all_known() -> None:
    used = {name for item in shipped().values() for name in item.strategies}
    assert used - set(strategies.STRATEGIES) == set()
    assert FILE.name == "procedures.toml"


def test_strategies_on_worked_examples() -> None:
    run = strategies.STRATEGIES
    day = date(2028, 2, 20)
    assert [run["deadlines.fixed_minimum"](days, 30) for days in (29, 30)] == [False, True]
    assert [run["deadlines.sufficient"](days, 0) for days in (-1, 0)] == [False, True]
    assert run["invite.shortlist"](["a", "b", "c"], 2) == ("a", "b")
    assert run["invite.all_admitted"](["a", "b", "c"], 2) == ("a", "b", "c")
    assert run["invite.framework_holders"](["a"], 5) == ("a",)
    assert run["standstill.formal"](day, 11) == date(2028, 3, 2)
    assert run["standstill.none"](day, 11) == day
    assert [run["negotiation.forbidden"](0), run["negotiation.rounds"](3)] == [False, True]
    assert [run["anonymity.jury"](done) for done in (0, 1)] == [False, True]
