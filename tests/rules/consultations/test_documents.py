"""Names of tender documents: kept as they are, or refused with a sentence."""

import pytest

from procurement.consultations.rules import archive_name, check_path, clash
from procurement.core.errors import Invalid


@pytest.mark.parametrize(
    "name",
    [
        "CCTP.pdf",
        "plans/façade sud.dwg",
        "Re\u0301glement.pdf",
        "a/b/c/d.txt",
        "fin\u202egpj.exe",
        ".caché",
        "con seil.pdf",
    ],
)
def test_name_kept_byte_for_byte(name: str) -> None:
    assert check_path(name.encode()).encode() == name.encode()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "document.name_empty"),
        (b"   ", "document.name_empty"),
        (b"dossier/", "document.name_empty"),
        (b"r\xe9glement.pdf", "document.name_encoding"),
        (b"a" * 256, "document.name_too_long"),
        (b"/".join([b"a" * 200] * 5), "document.name_too_long"),
        (b"../../etc/passwd", "document.name_unsafe"),
        (b"/etc/passwd", "document.name_unsafe"),
        (b"C:\\Users\\x.pdf", "document.name_unsafe"),
        (b"a//b", "document.name_unsafe"),
        (b"a\nb", "document.name_unsafe"),
        (b"a\x7fb", "document.name_unsafe"),
        (b"plans/NUL.txt", "document.name_unsafe"),
        (b"plans/fin.", "document.name_unsafe"),
        (b"plans /x", "document.name_unsafe"),
    ],
)
def test_name_refused(raw: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_path(raw)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("path", "others", "expected"),
    [
        ("a.pdf", [], None),
        ("a.pdf", ["b.pdf"], None),
        ("a.pdf", ["b.pdf", "A.PDF"], "A.PDF"),
        ("Re\u0301.pdf", ["R\u00e9.pdf"], "R\u00e9.pdf"),
        ("plans/a", ["plans"], "plans"),
        ("plans", ["plans/a"], "plans/a"),
    ],
)
def test_clash_with_another(path: str, others: list[str], expected: str | None) -> None:
    assert clash(path, others) == expected


def test_archive_name_says_reference_and_version() -> None:
    assert archive_name("2027-000012", 1) == "DCE-2027-000012-v1.zip"
