"""Hostile XML: what is refused before, while and after parsing."""

import random

import pytest

from signing import limits
from signing.errors import Unverifiable
from signing.summary_fr import sentence
from signing.types import Finding
from signing.xades import read
from signing.xml.parse import at_path, parse, path_of, readable_path
from tests.signing import xades_builder as make

BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;">]><a>&y;</a>'


def refused(data: bytes) -> Unverifiable:
    with pytest.raises(Unverifiable) as found:
        parse(data)
    assert sentence(Finding(found.value.reason, found.value.params))
    return found.value


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
        "<!DOCTYPE a><a/>",
        "<?pi x?>\n<!-- <a> --> <!DOCTYPE a><a/>",
    ],
)
def test_document_type_is_refused_in_every_encoding(text: str, encoding: str):
    assert refused(text.encode(encoding)).code == "REFUSED_DTD"


def test_document_type_in_an_encoding_that_hides_it():
    text = b'<?xml version="1.0" encoding="UTF-7"?>' + b"+ADwAIQ-DOCTYPE a+AD4APA-a/+AD4-"
    found = refused(text)

    assert (found.code, found.params) == ("UNSUPPORTED", {"encoding": "UTF-7"})


def test_ebcdic_hides_it_too():
    assert refused('<?xml version="1.0"?><!DOCTYPE a><a/>'.encode("cp037")).code == "UNSUPPORTED"


@pytest.mark.parametrize("text", ["<a><!-- <!DOCTYPE a> --></a>", "<a><![CDATA[<!DOCTYPE html>]]></a>"])
def test_text_that_speaks_of_a_document_type_is_read(text: str):
    assert parse(text.encode()).root.tag == "a"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1"])
def test_encodings_that_are_read(encoding: str):
    name = encoding.removesuffix("-sig")
    text = f'<?xml version="1.0" encoding="{name}"?><a>é</a>'

    assert parse(text.encode(encoding)).root.text == "é"


@pytest.mark.parametrize(
    "data", [b"", b"<", b"<a>", b"texte", b"<a/><b/>", b"<a>&x;</a>", b"\xff\xfe<", b"\x00", b"<a \xff='1'/>"]
)
def test_what_is_not_well_formed(data: bytes):
    assert refused(data).code == "UNREADABLE"


def test_too_large(monkeypatch: pytest.MonkeyPatch):
    assert parse(b"<a>12345</a>").root.text == "12345"
    monkeypatch.setattr(limits, "XML_BYTES", 8)

    assert refused(b"<a>12345</a>").code == "TOO_LARGE"


@pytest.mark.parametrize(("depth", "fits"), [(200, True), (201, False), (100_000, False)])
def test_depth(depth: int, fits: bool):  # noqa: FBT001 - a column of the table
    data = b"<a>" * depth + b"</a>" * depth
    if fits:
        assert parse(data).root.tag == "a"
    else:
        assert refused(data).code == "TOO_LARGE"


def test_number_of_attributes():
    data = "<a {}/>".format(" ".join(f'a{rank}="1"' for rank in range(250)))
    assert len(parse(data.encode()).root.attrib) == 250

    assert refused(data.replace("<a ", '<a more="1" ').encode()).code == "TOO_LARGE"


def test_text_beyond_what_the_parser_takes():
    assert refused(b"<a>" + b"x" * (10 << 20) + b"x</a>").code == "TOO_LARGE"


def test_places():
    root = parse(b"<a><!--c--><b/><?p?><b><c/></b></a>").root
    (inner,) = root.iter("c")

    assert path_of(inner) == (3, 0) and at_path(root, (3, 0)) is inner
    assert readable_path(inner) == "/a/b[2]/c"


def test_copy_without_elements_keeps_what_follows_them():
    document = parse(b"<?p?><a>1<b>2</b>3<c/>4<b/>5</a>")
    first, second = document.root.iter("b")
    twin = document.without([first, second])

    assert make.etree.tostring(twin) == b"<?p?><a>13<c/>45</a>"
    assert make.etree.tostring(document.tree) == b"<?p?><a>1<b>2</b>3<c/>4<b/>5</a>"


@pytest.mark.parametrize("seed", range(8))
def test_damaged_signatures_never_pass_and_never_break_the_reader(seed: int):
    """Change bytes at random: what can still be read has facts, and only a change of blanks may leave it intact."""
    draw = random.Random(seed)
    base = make.enveloped()
    signed = {b"lot", b"Digest", b"Reference"}
    assert read(base, name="a.xml")[0].intact and signed
    for _ in range(60):
        data = bytearray(base)
        for _ in range(draw.randint(1, 3)):
            at = draw.randrange(len(data))
            action = draw.randrange(3)
            if action == 0:
                data[at] = draw.randrange(256)
            elif action == 1:
                del data[at : at + draw.randint(1, 40)]
            else:
                data[at:at] = base[at : at + draw.randint(1, 40)]
        try:
            found = read(bytes(data), name="a.xml")
        except Unverifiable:
            continue
        for facts in found:
            assert not facts.intact or facts.scope[0].digest == read(base, name="a.xml")[0].scope[0].digest


def test_truncated_signatures_are_unreadable():
    base = make.enveloped()
    for part in range(5, 100, 5):
        assert refused(base[: len(base) * part // 100]).code == "UNREADABLE"


def test_thousands_of_references_to_all_of_a_file():
    """What a file may ask for is bounded; here by little, so that the test is quick."""
    base = make.enveloped()
    reference = base[base.index(b"<ds:Reference") : base.index(b"</ds:Reference>") + 15]
    heavy = base.replace(reference, reference * 1_900).replace(b"Voirie", b"Voirie" * 50_000)
    with pytest.raises(Unverifiable) as found:
        read(heavy, name="a.xml")

    assert (found.value.code, found.value.reason) == ("TOO_LARGE", "xml.too_much_work")
