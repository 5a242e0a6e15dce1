"""The language of clause bodies: what is read, and every fault with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clauses.rules.body import (
    Align,
    Body,
    BodyFaults,
    Bullets,
    Conditional,
    Grid,
    Heading,
    Insert,
    Item,
    Paragraph,
    Place,
    PlaceKind,
    Position,
    Text,
    conditions,
    parse,
    places,
)


def words(text: str) -> tuple[Text, ...]:
    return (Text(text),)


def one(text: str) -> object:
    (block,) = parse(text).blocks
    return block


def test_paragraph_joins_its_lines_and_knows_its_marks() -> None:
    assert one("Un **gras**, un *italique*,\nm^2^ et CO~2~.") == Paragraph(
        (
            Text("Un "),
            Text("gras", bold=True),
            Text(", un "),
            Text("italique", italic=True),
            Text(", m"),
            Text("2", position=Position.SUPER),
            Text(" et CO"),
            Text("2", position=Position.SUB),
            Text("."),
        )
    )


@pytest.mark.parametrize(
    "text", ["3 * 4 = 12", "a ~ b", '#read("/etc/passwd") $x$ <script>', "]]>", "{ x }", "1) un"]
)
def test_what_looks_like_another_language_is_text(text: str) -> None:
    assert one(text) == Paragraph(words(text))


def test_escaped_marks_are_characters() -> None:
    assert one(r"\*\*x\*\* \^ \~ \{{x}} \| \\ \# \-") == Paragraph(words(r"**x** ^ ~ {{x}} | \ # -"))


def test_marks_may_cross_and_a_closing_mark_follows_a_word() -> None:
    assert one("**a *b* c**") == Paragraph(
        (Text("a ", bold=True), Text("b", bold=True, italic=True), Text(" c", bold=True))
    )
    assert one("*a * b*") == Paragraph((Text("a * b", italic=True),))


def test_places_are_named_with_line_and_column() -> None:
    body = parse("Voir {{ref:ccap.avance}}\net **{{ montant }}**.\n\n{{derogations}}")
    assert places(body) == (
        Place(PlaceKind.REFERENCE, "ccap.avance", line=1, column=6),
        Place(PlaceKind.VALUE, "montant", bold=True, line=2, column=6),
        Place(PlaceKind.DEROGATIONS, "derogations", line=4, column=1),
    )


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        ("{{lots}}", PlaceKind.VALUE, "lots"),
        ("{{formule:revision}}", PlaceKind.FORMULA, "revision"),
        ("{{signature:acheteur}}", PlaceKind.SIGNATURE, "acheteur"),
        ("  {{signature:titulaire}}", PlaceKind.SIGNATURE, "titulaire"),
    ],
)
def test_place_alone_is_an_insert(text: str, kind: PlaceKind, name: str) -> None:
    found = one(text)
    assert isinstance(found, Insert)
    assert (found.place.kind, found.place.name) == (kind, name)


def test_lists_have_two_levels_and_go_on_when_indented() -> None:
    assert one("- un\n  suite\n  - dessous\n- deux") == Bullets(
        (Item(words("un suite"), (Item(words("dessous")),)), Item(words("deux")))
    )


def test_table_has_head_alignments_and_escaped_bars() -> None:
    assert one("| A | B | C |\n|---|:-:|--:|\n| a \\| b | {{x}} | |") == Grid(
        (words("A"), words("B"), words("C")),
        ((words("a | b"), (Place(PlaceKind.VALUE, "x", line=3, column=1),), ()),),
        (Align.LEFT, Align.CENTER, Align.RIGHT),
    )


def test_conditional_holds_any_block_and_is_listed() -> None:
    body = parse(
        "Avant.\n::: si technique = aucune\n### Titre\n\n- a\n{{lots}}\n:::\nAprès.".replace(
            "- a\n", "- a\n\n"
        )
    )
    assert [type(block) for block in body.blocks] == [Paragraph, Conditional, Paragraph]
    (condition,) = conditions(body)
    assert (condition.condition, condition.line) == ("technique = aucune", 2)
    assert [type(block) for block in condition.blocks] == [Heading, Bullets, Insert]
    assert [place.name for place in places(body)] == ["lots"]


def test_list_ends_at_the_fence() -> None:
    body = parse("::: si x = oui\n- a\n:::")
    assert isinstance(body.blocks[0], Conditional)


def test_blocks_keep_their_source() -> None:
    text = "Un.\nDeux.\n\n- a\n- b\n\n| A |\n| - |\n\n::: si x = oui\nTrois.\n:::\n\n### Quatre"
    assert "\n\n".join(block.source for block in parse(text).blocks) == text


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("a {{7*7}}", [("body.place", 1, 3)]),
        (
            "x\n{{ref:avance}} {{signature:x}} {{formule:autre}}",
            [("body.place", 2, 1), ("body.place", 2, 16), ("body.place", 2, 32)],
        ),
        ("un **deux", [("body.mark", 1, 4)]),
        ("x^2", [("body.mark", 1, 2)]),
        ("# Titre", [("body.heading", 1, 1)]),
        ("a\n\n::: si\nb\n:::", [("body.fence", 3, 1)]),
        ("::: sinon\nb\n:::", [("body.fence", 1, 1)]),
        ("::: si x = oui\nb", [("body.unclosed", 1, 1)]),
        ("::: si x = oui\n::: si y = oui\nb\n:::", [("body.nested", 2, 1)]),
        ("- a\nb", [("body.list_end", 2, 1)]),
        ("- a\n    - b", [("body.list_level", 2, 1)]),
        ("  - a", [("body.list_level", 1, 1)]),
        ("* a", [("body.list_mark", 1, 1)]),
        ("a\n+ b", [("body.list_mark", 2, 1)]),
        ("| a | b |", [("body.table_head", 1, 1)]),
        ("| a | b |\n| c | d |", [("body.table_head", 1, 1)]),
        ("| a | b |\n|---|---|\n| c |", [("body.table_cells", 3, 1)]),
        ("Signé {{signature:acheteur}} ici", [("body.alone", 1, 7)]),
        ("::: si x = oui\nVoir {{derogations}}.\n:::", [("body.alone", 2, 6)]),
        ("**a\n\n{{7*7}}", [("body.mark", 1, 1), ("body.place", 3, 1)]),
    ],
)
def test_every_fault_is_told_with_its_place(text: str, faults: list[tuple[str, int, int]]) -> None:
    with pytest.raises(BodyFaults) as refusal:
        parse(text)
    assert [(one.code, one.line, one.column) for one in refusal.value.faults] == faults
    assert f"ligne {faults[0][1]}" in str(refusal.value)


def test_empty_body_has_no_block() -> None:
    assert parse("\n  \n") == Body(())


@given(st.text(alphabet="ab *~^{}|#-:\\\n", max_size=60))
def test_any_text_is_read_or_refused_with_faults(text: str) -> None:
    lines: list[int] = []
    try:
        parse(text)
    except BodyFaults as refusal:
        lines = [fault.line for fault in refusal.faults]
    assert set(lines) <= set(range(1, text.count("\n") + 2))
