"""Files: canonical bytes, export and import on 500 generated libraries and on the starter, archives."""

from pathlib import Path

import pytest

from clauses.files import archive
from clauses.files.emit import emit, scalar
from clauses.files.printer import print_file, print_library, sha256
from clauses.files.reader import read_library
from procurement.core.errors import Invalid
from tests.factories.clause_generated import generated

LIBRARIES = 500
STARTER = Path(__file__).resolve().parents[3] / "clauses" / "starter"


def test_export_of_import_is_the_same_bytes_and_no_new_version_on_500_libraries() -> None:
    for seed in range(LIBRARIES):
        first = generated(seed)
        files = print_library(first)
        again = read_library(files)
        assert print_library(again) == files, seed
        assert again == first, seed


def test_export_of_import_is_the_same_bytes_on_the_starter() -> None:
    first = read_library(STARTER)
    files = print_library(first)
    again = read_library(files)
    assert print_library(again) == files
    assert again == first


def test_canonical_files_use_one_line_end_and_no_trailing_space() -> None:
    for content in print_library(generated(3)).values():
        if not content.startswith(b"\x89PNG"):
            rows = content.decode().split("\n")
            assert rows[-1] == ""
            assert [row for row in rows if row != row.rstrip(" ") or "\r" in row] == []


def test_address_of_a_version_is_the_hash_of_its_canonical_bytes() -> None:
    import hashlib

    clause = next(iter(generated(1).clauses.values()))
    assert sha256(clause) == hashlib.sha256(print_file(clause).encode()).hexdigest()
    with pytest.raises(TypeError, match="int"):
        print_file(3)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("mot", "mot"),
        ("L’eau, l'air", '"L’eau, l\'air"'),
        ("CCP:R2191-7", "CCP:R2191-7"),
        ("oui", "oui"),
        ("no", '"no"'),
        ("2026-08-22", '"2026-08-22"'),
        ("a: b", '"a: b"'),
        ("fin:", '"fin:"'),
        ("12:30", '"12:30"'),
        ("", '""'),
        ('dit "oui" \\', '"dit \\"oui\\" \\\\"'),
    ],
)
def test_scalars_are_quoted_when_another_reader_would_mistake_them(text: str, written: str) -> None:
    assert scalar(text) == written


def test_emission_has_one_layout() -> None:
    tree = {
        "a": "x\ny\n\nz",
        "b": [],
        "c": {},
        "d": ["A", "*"],
        "e": ["deux mots", ["x"]],
        "f": [{"g": {"h": "i"}}, {}],
    }
    assert emit(tree) == (
        'a: |\n  x\n  y\n\n  z\nb: []\nc: {}\nd: [A, "*"]\ne:\n  - deux mots\n  - [x]\nf:\n  - g:\n      h: i\n  - {}\n'
    )  # fmt: skip


def test_archive_gives_back_its_files() -> None:
    files = print_library(generated(5))
    data = archive.pack(files)
    assert archive.unpack(data) == files
    assert archive.pack(dict(reversed(files.items()))) == data


def test_archive_with_any_flipped_byte_is_refused() -> None:
    data = archive.pack({"manifest.yaml": b"id: essai\n", "clauses/a.b.yaml": b"id: a.b\n"})
    for place in range(len(data)):
        for bit in (1, 128):
            flipped = bytearray(data)
            flipped[place] ^= bit
            with pytest.raises(Invalid) as refused:
                archive.unpack(bytes(flipped))
            assert refused.value.code == "clauses.archive_refused"


def test_archive_that_is_none_or_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (b"", b"PK", b"x" * 100, archive.pack({"a": b"x"}) + b"y"):
        with pytest.raises(Invalid):
            archive.unpack(data)
    with pytest.raises(Invalid):
        archive.unpack(archive.pack({"gros": bytes(2 * 1024 * 1024)}))
    monkeypatch.setattr(archive, "MAX_ARCHIVE", 10)
    with pytest.raises(Invalid):
        archive.unpack(archive.pack({"a": b"x"}))


def test_manifest_of_a_release_is_read_back() -> None:
    from dataclasses import replace
    from datetime import date

    from clauses.rules.model import ReleaseFile, ReleaseInfo, ReleaseWaiver

    library = generated(2)
    info = ReleaseInfo(
        "2026.1", date(2026, 8, 22), "1", ("Réforme du 22/08/2026",), (ReleaseFile("faits.yaml", "0" * 64, 12),),
        (ReleaseWaiver("a.b", "condition.always_true", "motif"),), ("a.b",),
    )  # fmt: skip
    frozen = replace(library, manifest=replace(library.manifest, release=info))
    files = print_library(frozen)
    assert read_library(files) == frozen
    assert print_library(read_library(files)) == files
