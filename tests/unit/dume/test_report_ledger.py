"""The conversion report: each leaf of the source in exactly one item, whatever a reader says or forgets."""

from lxml import etree

from dume.espd.report import UNCLAIMED, Change, Ledger, leaves

XML = b"""<a xmlns="urn:x" xmlns:p="urn:p" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="urn:x x.xsd">
  <p:b p:kind="one">text<!-- a note --> more</p:b><c list="L"/><c> </c><p:d xml:lang="fr">fin</p:d>
</a>"""
LEAVES = {
    "/*/p:b": "text more",
    "/*/p:b/@p:kind": "one",
    "/*/*[2]/@list": "L",
    "/*/p:d": "fin",
    "/*/p:d/@xml:lang": "fr",
}


def ledger() -> Ledger:
    """Open a ledger on the small document."""
    return Ledger(etree.fromstring(XML))


def test_leaves_are_texts_and_attributes_without_schema_hints() -> None:
    assert dict(leaves(etree.fromstring(XML))) == LEAVES


def test_leaf_paths_are_xpaths_of_the_document() -> None:
    root = etree.fromstring(XML)
    spaces = {"p": "urn:p", "xml": "http://www.w3.org/XML/1998/namespace"}
    assert {path: len(root.xpath(path, namespaces=spaces)) for path in LEAVES} == dict.fromkeys(LEAVES, 1)


def test_close_puts_unclaimed_leaves_among_the_lost() -> None:
    book = ledger()
    book.kept("/*/p:b", "name")
    items = book.close().items
    assert [item.source for item in items] == list(LEAVES)
    assert [(item.kind, item.target, item.why) for item in items] == [
        (Change.KEPT, "name", ""),
        *[(Change.LOST, None, UNCLAIMED)] * 4,
    ]


def test_close_keeps_the_last_word_on_a_leaf() -> None:
    book = ledger()
    book.lost("/*/p:b", "first")
    book.renamed("/*/p:b", "name", "second")
    assert [item.kind for item in book.close().items if item.source == "/*/p:b"] == [Change.RENAMED]


def test_whole_element_claims_only_what_nobody_spoke_of() -> None:
    book = ledger()
    book.moved("/*/p:b", "elsewhere", "because")
    book.kept_whole(book.root[0], "here")
    book.lost_whole(book.root, "no room")
    kinds = {item.source: item.kind for item in book.close().items}
    assert kinds == {
        "/*/p:b": Change.MOVED,
        "/*/p:b/@p:kind": Change.KEPT,
        "/*/*[2]/@list": Change.LOST,
        "/*/p:d": Change.LOST,
        "/*/p:d/@xml:lang": Change.LOST,
    }


def test_claims_of_unknown_paths_say_nothing() -> None:
    book = ledger()
    book.kept("/*/nowhere", "x")
    assert [item.source for item in book.close().items] == list(LEAVES)


def test_defaulted_value_without_a_leaf_is_an_item_of_its_own() -> None:
    book = ledger()
    book.defaulted("/*", "lots", "none given", "LOT-0000")
    book.defaulted("/*/p:d", "language", "unusable")
    report = book.close()
    assert [item.kind for item in report.items].count(Change.DEFAULTED) == 2
    assert report.items[-1].as_json() == {
        "kind": "defaulted",
        "from": "/*",
        "to": "lots",
        "value": "LOT-0000",
        "why": "none given",
    }
    assert report.summary == {"kept": 0, "changed": 2, "lost": 4}


def test_report_json_has_the_public_form() -> None:
    report = ledger().close()
    assert report.as_json() == {
        "source": {"version": "", "kind": "", "sha256": "", "valid": None},
        "target": "4.1.0",
        "summary": {"kept": 0, "changed": 0, "lost": 5},
        "items": [
            {"kind": "lost", "from": path, "to": None, "value": value, "why": UNCLAIMED}
            for path, value in LEAVES.items()
        ],
    }
