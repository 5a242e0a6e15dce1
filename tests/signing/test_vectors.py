"""The package against the vectors of tests/vectors/sealing and, when at hand, an independent set."""

import json
import os
import subprocess
import sys
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from uuid import UUID

import pytest

from signing import merkle
from signing.sealed import keys, shamir, stream
from signing.sealed.stream import Layout, StreamSecrets

FOLDER = Path(__file__).parent.parent / "vectors" / "sealing"
KEYS = json.loads((FOLDER / "keys.json").read_text())
ENVELOPE = UUID(KEYS["envelope"])
SCHEDULE = keys.KeySchedule(bytes.fromhex(KEYS["K"]), ENVELOPE)
PLACE = keys.Place(UUID(KEYS["consultation"]), KEYS["lot"], KEYS["kind"], ENVELOPE)


def assert_keys(expected):
    whole, half = bytes.fromhex(expected["A"]), bytes.fromhex(expected["B"])
    assert keys.xor(whole, half).hex() == expected["K"]
    assert SCHEDULE.stream_key(1).hex() == expected["file_key_1"]
    assert SCHEDULE.stream_key(2).hex() == expected["file_key_2"]
    assert SCHEDULE.stream_key(keys.MANIFEST).hex() == expected["manifest_key"]
    assert SCHEDULE.key_commitment().hex() == expected["key_commitment"]
    assert keys.half_commitment(ENVELOPE, half).hex() == expected["half_commitment"]
    assert keys.share_commitment(ENVELOPE, whole).hex() == expected["share_commitment_of_A"]
    assert PLACE.aad(1).decode() == expected["aad_1"]


def assert_stream(row, expected_keys):
    layout, size = Layout(row.get("segment", stream.SEGMENT)), row["size"]
    plain = bytes((7 * i + size) % 256 for i in range(size))
    secrets = StreamSecrets(
        SCHEDULE.stream_key(1),
        PLACE.aad(1),
        bytes.fromhex(expected_keys["salt"]),
        bytes.fromhex(expected_keys["prefix"]),
    )
    segments = list(stream.encrypt([plain], secrets, layout))
    sealed = b"".join(segments)
    assert len(segments) == layout.segments(size)
    assert layout.cipher_size(size) == row["ct_size"] == len(sealed)
    assert layout.plain_size_of(len(sealed)) == size
    assert sha256(sealed).hexdigest() == row["ct_sha256"]
    assert stream.cipher_root([sealed], layout).hex() == row["ct_root"]
    chunks = [sealed[at : at + 65537] for at in range(0, len(sealed), 65537)]
    assert b"".join(stream.decrypt(chunks, secrets.key, secrets.aad, layout)) == plain
    assert stream.hash_plaintext([plain], size, layout).value.hex() == row["pt_sha256"]
    tree = merkle.root(sha256(part).digest() for _, part, _ in stream.cut([plain], layout.plain_size))
    assert tree.hex() == row["pt_tree"]
    commitment = SCHEDULE.plaintext_commitment(1, stream.FLAT, bytes.fromhex(row["pt_sha256"]))
    assert commitment.hex() == row["pt_commit_sha256"]


def test_key_schedule_vectors():
    assert_keys(KEYS)
    assert SCHEDULE.plaintext_salt(1).hex() == KEYS["pt_salt_1"]


@pytest.mark.parametrize(
    "row", json.loads((FOLDER / "streams.json").read_text()), ids=lambda r: f"{r['segment']}-{r['size']}"
)
def test_stream_vectors(row):
    assert_stream(row, KEYS)


def test_tree_vectors():
    roots = json.loads((FOLDER / "trees.json").read_text())["roots"]
    assert {n: merkle.root(bytes([i % 256]) for i in range(int(n))).hex() for n in roots} == roots


SHAMIR = json.loads((FOLDER / "shamir.json").read_text())


@pytest.mark.parametrize("sharing", SHAMIR["sharings"], ids=lambda s: f"{s['m']}-of-{s['n']}")
def test_shamir_vectors(sharing):
    secret = bytes.fromhex(SHAMIR["secret"])
    shares = [bytes.fromhex(share) for share in sharing["shares"]]
    assert {shamir.combine(chosen) for chosen in combinations(shares, sharing["m"])} == {secret}
    counter = iter(range(1, sharing["m"]))
    fixed = shamir.split(secret, sharing["m"], sharing["n"], lambda n: bytes([16 * next(counter) + 5]) * n)
    assert fixed == shares


def test_vectors_are_what_their_script_builds():
    script = Path(__file__).parents[2] / "tools" / "build_sealing_vectors.py"
    assert subprocess.run([sys.executable, script, "--check"], check=False).returncode == 0


def test_independent_vectors_agree():
    folder = os.environ.get("PLI_TEST_SEALING_VECTORS")
    if not folder:
        pytest.skip("PLI_TEST_SEALING_VECTORS names no folder with an independent vectors.json")
    vectors = json.loads((Path(folder) / "vectors.json").read_text())
    assert_keys(vectors)
    for row in vectors["streams"]:
        assert_stream(row, vectors)
