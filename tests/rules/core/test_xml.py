import io
import tracemalloc

import pytest

from procurement.core import xml
from procurement.core.errors import Invalid
from tests.pace import brief

DOCTYPE = b'<!DOCTYPE a [<!ENTITY b "%s">]><a>&b;</a>'


def refusal(source, **options):
    with pytest.raises(Invalid) as caught:
        xml.parse(source, **options)
    assert str(caught.value)
    return caught.value


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (b"", "xml.empty"),
        (b"bonjour", "xml.not_xml"),
        (b"<a><b></a>", "xml.not_xml"),
        (b"<a>&b;</a>", "xml.not_xml"),
        (b"<a>\xff</a>", "xml.not_xml"),
        (b"<a/><b/>", "xml.not_xml"),
        (b"<a", "xml.not_xml"),
        (b"<!DOCTYPE a><a/>", "xml.doctype"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "xml.doctype"),
        (b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://localhost:1/x">%p;]><a/>', "xml.doctype"),
        (DOCTYPE % b"x", "xml.doctype"),
        (b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="b"/></a>', "xml.xinclude"),
        (b"<a>" * 101 + b"</a>" * 101, "xml.too_deep"),
    ],
)
def test_parse_refused(source, code):
    assert refusal(source).code == code


def test_parse_of_entities_that_double_costs_nothing():
    levels = b"".join(b'<!ENTITY e%d "&e%d;&e%d;">' % (level, level - 1, level - 1) for level in range(1, 40))
    bomb = b'<!DOCTYPE a [<!ENTITY e0 "ha">' + levels + b"]><a>&e39;</a>"
    with brief():
        assert refusal(bomb).code == "xml.doctype"


def test_parse_error_names_line_and_column():
    assert refusal(b"<a>\n  <b>\n  </c>\n</a>").params == {"line": 3, "column": 5}


def test_parse_error_that_only_the_second_reader_sees():
    # Expat takes a run of text of any length, lxml does not.
    huge = b"<a>" + b"x" * (11 * xml.MEBIBYTE) + b"</a>"
    assert refusal(huge).code == "xml.not_xml"


def test_parse_at_the_limits():
    limits = xml.Limits(size=100, depth=2, elements=3)
    assert len(xml.parse(b"<a><b/><c/></a>", limits=limits)) == 2
    assert refusal(b"<a><b/><c/><d/></a>", limits=limits).code == "xml.too_many_elements"
    assert refusal(b"<a><b><c/></b></a>", limits=limits).code == "xml.too_deep"
    assert xml.parse(b"<a>" + b"x" * 93 + b"</a>", limits=limits).text == "x" * 93
    assert refusal(b"<a>" + b"x" * 94 + b"</a>", limits=limits).code == "xml.too_large"


def test_parse_uses_the_prefix_of_the_caller():
    assert refusal(b"<a", prefix="notice").code == "notice.not_xml"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_parse_of_each_encoding(encoding):
    source = f'<?xml version="1.0" encoding="{encoding}"?><a>é</a>'.encode(encoding)
    assert xml.parse(source).text == "é"


def test_parse_drops_comments_and_instructions():
    assert xml.parse(b"<a><!-- x --><?y z?>t<!-- u -->v</a>").text == "tv"


def test_parse_reads_a_path_and_a_stream(tmp_path):
    path = tmp_path / "a.xml"
    path.write_bytes(b"<a>1</a>")
    assert xml.parse(path).text == "1"
    assert xml.parse(io.BytesIO(b"<a>2</a>")).text == "2"


def test_parse_shows_the_root_before_reading_on():
    seen = []

    def check(namespace, name):
        seen.append((namespace, name))

    xml.parse(b'<a xmlns="urn:x"><b/></a>', check_root=check)
    assert seen == [("urn:x", "a")]


def test_parse_stops_at_a_root_that_is_refused():
    def check(_namespace, _name):
        raise Invalid("notice.not_a_notice", "Non.")

    assert refusal(b"<a>" + b"<b/>" * 10, check_root=check).code == "notice.not_a_notice"


@pytest.mark.parametrize(
    ("head", "code"), [(b"<a>", "xml.too_large"), (b"<!DOCTYPE a>", "xml.doctype"), (b"{", "xml.not_xml")]
)
def test_parse_refuses_a_hundred_megabytes_fast_and_small(tmp_path, head, code):
    path = tmp_path / "big.xml"
    with path.open("wb") as stream:
        stream.write(head)
        for _ in range(10_000):
            stream.write(b"<b>" + b"x" * 9_993 + b"</b>")
    tracemalloc.start()
    with brief(3):  # tracing makes it three times slower
        assert refusal(path).code == code
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100 * xml.MEBIBYTE


@pytest.mark.parametrize(
    "markup", [b'<a b="' + b"x" * 3_000_000, b"<a><!--" + b"x" * 3_000_000, b"<" + b"a" * 3_000_000]
)
def test_parse_refuses_endless_markup(markup):
    assert refusal(markup).code == "xml.too_long"


def test_parse_refuses_depth_at_once():
    with brief():
        assert refusal(b"<a>" * 5_000_000).code == "xml.too_deep"
