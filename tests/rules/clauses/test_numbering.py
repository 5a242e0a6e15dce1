"""Numbers of chapters, clauses and sub-headings."""

from clauses.rules.numbering import Number, number_chapters


def test_three_levels() -> None:
    found = number_chapters([[0, 2], [1]])
    assert [chapter.number.heading("Titre") for chapter in found] == [
        "Article 1 – Titre",
        "Article 2 – Titre",
    ]
    clauses = [clause for chapter in found for clause in chapter.clauses]
    assert [clause.number.label for clause in clauses] == ["1.1", "1.2", "2.1"]
    assert [[one.plain for one in clause.below] for clause in clauses] == [[], ["1.2.1", "1.2.2"], ["2.1.1"]]
    assert [one.level for one in (found[0].number, clauses[0].number, clauses[1].below[0])] == [1, 2, 3]


def test_reference_does_not_break() -> None:
    assert Number((9, 2)).reference() == "article\u00a09.2"


def test_nothing_has_no_number() -> None:
    assert number_chapters([]) == ()
