"""The table of algorithms and its dates."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signing.facts import AlgorithmUse
from signing.policy import DEFAULT, DIGESTS, KEYS, Policy, _year

NOW = datetime(2027, 1, 11, tzinfo=UTC)
LONG_AGO = datetime(2005, 1, 1, tzinfo=UTC)

#: digest, key, bits: acceptable now, acceptable with a proof of 2005.
TABLE = [
    ("sha256", "rsa", 2048, True, True),
    ("SHA-256", "RSA", 3072, True, True),
    ("sha512", "ec", 256, True, True),
    ("sha384", "ecdsa", 384, True, True),
    ("sha3_256", "ec", 521, True, True),
    ("sha256", "rsassa_pss", 4096, True, True),
    (None, "ed25519", None, True, True),
    (None, "ed448", 456, True, True),
    ("sha256", None, None, True, True),
    ("sha1", None, None, False, True),
    ("sha1", "rsa", 2048, False, True),
    ("sha256", "rsa", 1024, False, True),
    ("sha256", "rsa", 2047, False, True),
    ("sha256", "rsa", 1023, False, False),
    ("sha256", "rsa", None, False, False),
    ("sha256", "ec", 192, False, True),
    ("sha256", "ec", 112, False, False),
    ("sha256", "dsa", 2048, True, True),
    ("sha1", "dsa", 1024, False, True),
    ("md5", None, None, False, False),
    ("md5", "rsa", 4096, False, False),
    ("md2", "rsa", 4096, False, False),
    ("sha256", "elgamal", 4096, False, False),
    ("whirlpool", "rsa", 4096, False, False),
    (None, None, None, False, False),
]


@pytest.mark.parametrize(("digest", "key", "bits", "now", "then"), TABLE)
def test_algorithm_by_date(
    digest: str | None, key: str | None, bits: int | None, *, now: bool, then: bool
) -> None:
    use = AlgorithmUse("test", digest, key, bits)
    assert DEFAULT.allows(use, NOW) is now
    assert DEFAULT.allows(use, LONG_AGO) is then


def test_end_date_is_the_first_instant_refused() -> None:
    use = AlgorithmUse("test", "sha1")
    end = datetime(2009, 1, 1, tzinfo=UTC)
    assert DEFAULT.end_of(use) == (True, end)
    assert DEFAULT.allows(use, end - timedelta(seconds=1))
    assert not DEFAULT.allows(use, end)


def test_rsa_of_2048_bits_ends_with_2028_and_longer_keys_do_not() -> None:
    last, after = datetime(2028, 12, 31, 23, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC)
    for bits, lasts in ((2048, False), (2999, False), (3072, True), (4096, True)):
        use = AlgorithmUse("test", "sha256", "rsa", bits)
        assert DEFAULT.allows(use, last)
        assert DEFAULT.allows(use, after) is lasts


def test_earliest_end_decides() -> None:
    both = AlgorithmUse("test", "sha224", "rsa", 1024)
    assert DEFAULT.end_of(both) == (True, datetime(2009, 1, 1, tzinfo=UTC))


@given(
    st.sampled_from([name for name, _ in DIGESTS]),
    st.sampled_from(sorted({family for family, _, _ in KEYS})),
    st.integers(0, 8192),
    st.timedeltas(timedelta(days=-9000), timedelta(days=9000)).map(NOW.__add__),
    st.timedeltas(timedelta(0), timedelta(days=9000)),
)
def test_what_is_allowed_was_allowed_before(
    digest: str, key: str, bits: int, moment: datetime, earlier: timedelta
) -> None:
    use = AlgorithmUse("test", digest, key, bits)
    assert not DEFAULT.allows(use, moment) or DEFAULT.allows(use, moment - earlier)


@given(st.integers(0, 8000), st.integers(0, 8000))
def test_a_longer_key_is_never_worse(bits: int, more: int) -> None:
    short, long = AlgorithmUse("test", None, "rsa", bits), AlgorithmUse("test", None, "rsa", bits + more)
    assert DEFAULT.allows(long, NOW) or not DEFAULT.allows(short, NOW)


def test_id_is_by_content() -> None:
    assert Policy().id == DEFAULT.id
    assert replace(DEFAULT, freshness=timedelta(days=1)).id != DEFAULT.id
    assert replace(DEFAULT, digests=DIGESTS[1:]).id != DEFAULT.id


def test_algorithms_end_on_the_first_instant_of_their_year() -> None:
    assert _year(2029) == datetime(2029, 1, 1, tzinfo=UTC)
    ends = {end for _, end in DIGESTS} | {end for _, _, end in KEYS}
    assert ends == {None, *(_year(number) for number in (2009, 2011, 2013, 2016, 2029))}


def test_rows_are_looked_up_by_size_whatever_their_order() -> None:
    turned = replace(DEFAULT, keys=tuple(reversed(KEYS)))
    for _, bits, _ in KEYS:
        for family in {name for name, size, _ in KEYS if size == bits}:
            use = AlgorithmUse("test", None, family, bits)
            assert turned.end_of(use) == DEFAULT.end_of(use)
    assert DEFAULT.end_of(AlgorithmUse("test", None, "rsa", 1023)) == (False, None)
    assert DEFAULT.end_of(AlgorithmUse("test", None, "unheard-of", 4096)) == (False, None)
    assert DEFAULT.end_of(AlgorithmUse("test", None, "ECDSA", 256)) == (True, None)
