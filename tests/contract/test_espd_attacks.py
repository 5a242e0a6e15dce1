"""Every hostile or foreign file is refused by name in less than a second, and none is read for what it is not."""

import pytest

from dume.espd.errors import ESPDError
from dume.espd.importing import read
from dume.espd.parse import MAX_BYTES
from tests.pace import brief

UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
REQUEST = f'xmlns="{UBL}QualificationApplicationRequest-2"'
OPEN = f"<QualificationApplicationRequest {REQUEST}>".encode()
CLOSE = b"</QualificationApplicationRequest>"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def whole(inside: bytes, head: bytes = b'<?xml version="1.0" encoding="UTF-8"?>') -> bytes:
    """Return a request with this content."""
    return head + OPEN + inside + CLOSE


DOCTYPES = {
    "external entity": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
    "remote document type": b'<!DOCTYPE x SYSTEM "http://169.254.169.254/x.dtd">',
    "parameter entity": b'<!DOCTYPE x [<!ENTITY % p SYSTEM "file:///etc/hostname">%p;]>',
    "billion laughs": f'<!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]>'.encode(),
    "quadratic": b'<!DOCTYPE x [<!ENTITY a "' + b"a" * 100_000 + b'">]>',
    "empty": b"<!DOCTYPE x>",
    "after a comment": b"<!-- <a/> --> <?pi ?> <!DOCTYPE x>",
}
ATTACKS: dict[str, tuple[bytes, str]] = {
    **{
        f"doctype {name}": (whole(b"&e;&l9;&a;", b'<?xml version="1.0"?>' + doctype), "dume.xml_doctype")
        for name, doctype in DOCTYPES.items()
    },
    "doctype in UTF-16": (
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>'.encode(
            "utf-16"
        ),
        "dume.xml_doctype",
    ),
    "doctype behind a long comment": (
        b"<!--" + b"x" * 100_000 + b"--><!DOCTYPE x><x/>",
        "dume.xml_too_big",
    ),
    "doctype behind spaces": (b" " * 100_000 + b"<!DOCTYPE x><x/>", "dume.xml_too_big"),
    "entity without a document type": (whole(b"&secret;"), "dume.not_well_formed"),
    "one byte too big": (whole(b" " * MAX_BYTES), "dume.xml_too_big"),
    "too many elements": (whole(b"<a/>" * 4_000_000), "dume.xml_too_big"),
    "too many elements side by side": (whole(b"<a/>" * 60_000), "dume.xml_too_big"),
    "too many attributes": (
        whole(b"<a " + b" ".join(b'a%d=""' % n for n in range(1_500_000)) + b"/>"),
        "dume.xml_too_big",
    ),
    "many attributes": (
        whole(b"<a " + b" ".join(b'a%d=""' % n for n in range(90_000)) + b"/>"),
        "dume.version_unsupported",
    ),
    "many namespaces": (
        whole(b"<a " + b" ".join(b'xmlns:a%d="u:%d"' % (n, n) for n in range(90_000)) + b"/>"),
        "dume.version_unsupported",
    ),
    "depth 101": (whole(b"<a>" * 100 + b"</a>" * 100), "dume.xml_too_deep"),
    "depth 10,000": (whole(b"<a>" * 10_000 + b"</a>" * 10_000), "dume.xml_too_deep"),
    "depth without an end": (b"<a>" * 200_000, "dume.xml_too_deep"),
    "UTF-32": ('<?xml version="1.0"?><x/>'.encode("utf-32"), "dume.xml_encoding"),
    "UTF-32 without a mark": ('<?xml version="1.0"?><x/>'.encode("utf-32-be"), "dume.xml_encoding"),
    "UTF-16 without a mark": ('<?xml version="1.0"?><x/>'.encode("utf-16-le"), "dume.xml_encoding"),
    "UTF-7": (b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE', "dume.xml_encoding"),
    "EBCDIC": (b'<?xml version="1.0" encoding="IBM037"?><x/>', "dume.xml_encoding"),
    "EBCDIC in its own bytes": ('<?xml version="1.0"?><x/>'.encode("cp037"), "dume.not_well_formed"),
    "an encoding nobody knows": (b"<?xml version='1.0' encoding='x-evil'?><x/>", "dume.xml_encoding"),
    "HZ": (b'<?xml version="1.0" encoding="HZ-GB-2312"?><x/>', "dume.xml_encoding"),
    "bytes that are no UTF-8": (whole(b"<a>\xff\xfe\xfa</a>"), "dume.not_well_formed"),
    "null characters": (whole(b"<a>\0</a>"), "dume.not_well_formed"),
    "nothing": (b"", "dume.not_well_formed"),
    "spaces": (b"  \n ", "dume.not_well_formed"),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "dume.not_well_formed"),
    "a ZIP": (b"PK\x03\x04" + bytes(100), "dume.not_well_formed"),
    "JSON": (b'{"version": "4.1.0"}', "dume.not_well_formed"),
    "cut short": (OPEN + b"<a>", "dume.not_well_formed"),
    "a page": (b"<html><body>Bonjour</body></html>", "dume.not_an_espd"),
    "an inclusion": (
        b'<x xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd" parse="text"/></x>',
        "dume.not_an_espd",
    ),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_hostile_file_is_refused_by_name_within_a_second(name):
    data, code = ATTACKS[name]
    with brief(), pytest.raises(ESPDError) as caught:
        read(data)
    assert caught.value.code == code
    assert "root:" not in caught.value.message


def test_inclusion_in_a_request_is_not_followed():
    data = whole(b'<i xmlns="http://www.w3.org/2001/XInclude" href="file:///etc/hostname" parse="text"/>')
    with pytest.raises(ESPDError) as caught:
        read(data)
    assert caught.value.code == "dume.version_unsupported"


def test_fault_is_placed_by_line_and_column():
    with pytest.raises(ESPDError) as caught:
        read(b"<a>\n  <b>\n  </c>\n</a>")
    assert (caught.value.line, caught.value.column) == (3, 7)
    assert "ligne 3, colonne 7" in caught.value.message
