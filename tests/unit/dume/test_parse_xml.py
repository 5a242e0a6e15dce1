"""What the hardened parser lets through: the encodings people use, and files just within its bounds."""

import pytest

from dume.espd.parse import MAX_DEPTH, parse


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("UTF-8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("ISO-8859-1", "iso-8859-1"),
        ("windows-1252", "cp1252"),
        ("ISO-8859-15", "iso-8859-15"),
    ],
)
def test_usual_encoding_is_read(declared, codec):
    root = parse(f'<?xml version="1.0" encoding="{declared}"?><x>été</x>'.encode(codec))
    assert root.text == "été"


def test_declaration_is_not_needed():
    assert parse("<x>été</x>".encode()).text == "été"


def test_comments_and_instructions_are_left_aside():
    root = parse(b"<!-- a <b> --><?pi c?><x><!-- d -->1<?pi e?></x>")
    assert [child.tag for child in root] == []
    assert "".join(root.itertext()) == "1"


def test_deepest_document_is_read():
    depth = MAX_DEPTH
    assert parse(b"<a>" * depth + b"</a>" * depth).tag == "a"


def test_character_references_are_read():
    assert parse(b"<x>&#233;&amp;&lt;</x>").text == "é&<"
