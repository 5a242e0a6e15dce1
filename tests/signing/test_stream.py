"""Streams: interchangeable with Tink's, and refused as soon as anything was cut, added, moved or changed."""

import importlib.util
from pathlib import Path

import pytest

from signing.errors import SealedError
from signing.sealed import stream
from signing.sealed.stream import Layout, StreamSecrets

SPEC = importlib.util.spec_from_file_location("tink_oracle", Path(__file__).with_name("tink_oracle.py"))
oracle = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(oracle)

LAYOUT = Layout(4096)
KEY, AAD = bytes(range(32)), b"pli/1|x|1|offre|y|1"
SIZES = (0, 1, 4040, 4041, 8120, 8121, 12_293)


def plain(size):
    return bytes(i % 251 for i in range(size))


def sealed(size):
    secrets = StreamSecrets(KEY, AAD, bytes(32), bytes(7))
    return b"".join(stream.encrypt([plain(size)], secrets, LAYOUT))


def opened(data, key=KEY, aad=AAD):
    return b"".join(stream.decrypt([data], key, aad, LAYOUT))


@pytest.mark.parametrize("size", SIZES)
def test_our_stream_opens_with_tink(size):
    assert oracle.decrypt(KEY, AAD, sealed(size), 4096) == plain(size)


@pytest.mark.parametrize("size", SIZES)
def test_tink_stream_opens_with_ours(size):
    assert opened(oracle.encrypt(KEY, AAD, plain(size), 4096)) == plain(size)


def damages():
    data = sealed(12_293)
    yield "bit flip in the header", bytes([data[0] ^ 1]) + data[1:]
    yield "bit flip in the salt", data[:5] + bytes([data[5] ^ 1]) + data[6:]
    yield "bit flip in a segment", data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]
    yield "bit flip at the end", data[:-1] + bytes([data[-1] ^ 1])
    yield "cut at a segment edge", data[:8192]
    yield "cut inside a segment", data[:-1]
    yield "appended bytes", data + bytes(20)
    yield "appended to a full segment", sealed(4040) + bytes(16)
    yield "segments swapped", data[:4096] + data[8192:12_288] + data[4096:8192] + data[12_288:]
    yield "nothing", b""
    yield "header alone", data[:40]


@pytest.mark.parametrize(("damage", "data"), list(damages()), ids=lambda v: v if isinstance(v, str) else "")
def test_damaged_stream_refused(damage, data):
    with pytest.raises(SealedError) as caught:
        opened(data)
    assert caught.value.code == "bid.damaged"


@pytest.mark.parametrize(("key", "aad"), [(bytes(32), AAD), (KEY, AAD.replace(b"|1|", b"|2|"))])
def test_stream_of_another_place_refused(key, aad):
    with pytest.raises(SealedError) as caught:
        opened(sealed(10), key, aad)
    assert caught.value.code == "bid.damaged"


def test_sizes_that_no_stream_has_refused():
    for size in (0, 55, 4097, 4096 + 16):
        with pytest.raises(SealedError):
            LAYOUT.plain_size_of(size)


def test_large_plaintext_is_hashed_as_a_tree():
    size = stream.FLAT_HASH_LIMIT + 1
    found = stream.hash_plaintext((bytes(1 << 20) for _ in range(64)), size)
    assert found.algorithm == stream.TREE
    assert found.value != stream.hash_plaintext([b""], size).value
