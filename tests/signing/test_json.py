"""Strict JSON: what is accepted has one form, and the refusal says what is wrong."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from signing import jcs
from signing.errors import SealedError
from signing.strict import Fields, instant_text


def reason(call, *args):
    with pytest.raises(SealedError) as caught:
        call(*args)
    return caught.value.params["reason"]


def test_canonical_form():
    value = {"b": [1, True, None, 'é\u2028"\\\n\x01'], "a": {}}
    data = '{"a":{},"b":[1,true,null,"é\u2028\\"\\\\\\n\\u0001"]}'.encode()
    assert jcs.dumps(value) == data
    assert jcs.parse(data) == value


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"{", "syntax"),
        (b"\xff", "syntax"),
        (b"[" * 100_000, "syntax"),
        (b'{"a":' * 600 + b"1" + b"}" * 600, "depth"),
        (b'{"a":1,"a":1}', "duplicate_key"),
        (b"1.0", "float"),
        (b"1e3", "float"),
        (b"NaN", "float"),
        (b"9007199254740992", "integer"),
        (b"1" * 5000, "integer"),
        (b'"\\ud800"', "surrogate"),
        ('{"é":1}'.encode(), "key"),
        (b'{"b":1,"a":2}', "not_canonical"),
        (b" 1", "not_canonical"),
    ],
)
def test_json_refused(data, expected):
    assert reason(jcs.parse, data) == expected


@pytest.mark.parametrize("value", [1.5, b"x", {1: 2}, object()])
def test_value_that_is_no_json_refused(value):
    assert reason(jcs.dumps, value) in {"type", "key"}


@pytest.mark.parametrize(
    ("method", "arguments", "good", "bad"),
    [
        ("text", {}, "a", ["", 1, "a" * 1001]),
        ("matching", {"pattern": "[a-z]"}, "a", ["aa", 1, "a\n"]),
        ("one_of", {"allowed": ["a"]}, "a", ["b", 1]),
        ("integer", {"most": 3}, 3, [4, -1, True, "1"]),
        ("flag", {}, True, [1, None]),
        ("binary", {}, "AQ", ["AQ==", "AR", "A", 1, "é", "A" * 1_400_000]),
        ("binary", {"size": 1}, "AQ", ["AQI"]),
        ("sha256", {}, "0" * 64, ["0" * 63, "A" * 64]),
        ("uuid", {}, str(UUID(int=1)), ["x", UUID(int=1).hex, str(UUID(int=10)).upper()]),
        ("instant", {}, "2027-01-11T09:00:00.000Z", ["2027-01-11T09:00:00Z", "2027-02-30T09:00:00.000Z", 1]),
        ("items", {}, [1], ["a", {}, 1, [1] * 10_001]),
        ("texts", {"pattern": "[a-z]"}, ["a"], [["a", "a"], [1], ["A"]]),
        ("uuids", {}, [str(UUID(int=1))], [["x" * 36]]),
        ("object", {}, {}, [[], None]),
        ("objects", {}, [{}], [[1]]),
    ],
)
def test_field_of_wrong_shape_refused(method, arguments, good, bad):
    def read(value):
        return getattr(Fields({"k": value}, code="x"), method)("k", **arguments)

    read(good)
    for value in bad:
        with pytest.raises(SealedError, match=r"^x: \$\.k") as caught:
            read(value)
        assert caught.value.code == "x"


def test_unknown_and_missing_keys_refused():
    fields = Fields({"a": 1}, code="x")
    with pytest.raises(SealedError, match=r"\$\.b is missing"):
        fields.raw("b")
    with pytest.raises(SealedError, match=r"\$\.a is not a known key"):
        fields.done()
    Fields({"a": 1}, code="x", closed=False).done()


def test_instant_is_written_in_utc_milliseconds():
    assert instant_text(datetime(2027, 1, 11, 9, 0, 0, 123999, tzinfo=UTC)) == "2027-01-11T09:00:00.123Z"
