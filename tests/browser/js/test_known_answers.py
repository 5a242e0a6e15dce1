"""The modules give the answers two independent implementations agreed on."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from signing import merkle
from signing.sealed import shamir

pytestmark = pytest.mark.browser

OWN = Path(__file__).resolve().parents[2] / "vectors" / "sealing"


def vector_files():
    named = os.environ.get("PLI_TEST_SEALING_VECTORS")
    return ([Path(named) / "vectors.json"] if named else []) + sorted(OWN.glob("vectors.json"))


STREAM = """
  const bytes = await load("bytes"), { Layout, StreamCipher, openStream } = await load("stream");
  const { sealBytes } = await load("transfer"), { root } = await load("tree");
  const plain = Uint8Array.from({ length: given.size }, (_, i) => (7 * i + given.size) & 255);
  const layout = new Layout(given.size), key = bytes.fromHex(given.key), aad = bytes.utf8(given.aad);
  const cipher = await StreamCipher.create({ key, aad, layout, salt: bytes.fromHex(given.salt), prefix: bytes.fromHex(given.prefix) });
  const parts = [], leaves = [], plains = [];
  for (let j = 0; j < layout.count; j += 1) {
    const piece = plain.subarray(...layout.plainRange(j));
    parts.push(await cipher.encrypt(j, piece));
    leaves.push(await bytes.sha256(parts[j]));
    plains.push(await bytes.sha256(piece));
  }
  const sealed = bytes.concat(...parts);
  const opened = await openStream(key, aad, sealed);
  return { ct_size: sealed.length, ct_sha256: bytes.toHex(await bytes.sha256(sealed)), ct_root: bytes.toHex(await root(leaves)),
           pt_sha256: bytes.toHex(await bytes.sha256(plain)), pt_tree: bytes.toHex(await root(plains)), same: bytes.equal(opened, plain),
           planned: layout.cipherSize };
"""


@pytest.mark.parametrize("path", vector_files(), ids=lambda path: path.parent.name)
def test_vectors_streams(js, path):
    vectors = json.loads(path.read_text())
    for row in vectors["streams"]:
        found = js(
            STREAM,
            {
                "size": row["size"],
                "key": vectors["file_key_1"],
                "aad": vectors["aad_1"],
                "salt": vectors["salt"],
                "prefix": vectors["prefix"],
            },
        )
        assert found.pop("same") is True
        assert found.pop("planned") == row["ct_size"]
        assert found == {name: row[name] for name in found}


@pytest.mark.parametrize("path", vector_files(), ids=lambda path: path.parent.name)
def test_vectors_key_schedule(js, path):
    vectors = json.loads(path.read_text())
    found = js(
        """
        const bytes = await load("bytes"), keys = await load("keys");
        const K = bytes.fromHex(given.K), B = bytes.fromHex(given.B), A = keys.xor(K, B), E = given.envelope;
        const schedule = await keys.KeySchedule.create(K, E);
        const place = { consultation: given.consultation, lot: given.lot, kind: given.kind, envelope: E };
        const pt = await schedule.plaintextCommitment(1, "sha256", bytes.fromHex(given.streams[1].pt_sha256));
        return { A: bytes.toHex(A), file_key_1: bytes.toHex(await schedule.streamKey(1)), file_key_2: bytes.toHex(await schedule.streamKey(2)),
          manifest_key: bytes.toHex(await schedule.streamKey(0)), key_commitment: bytes.toHex(await schedule.keyCommitment()),
          half_commitment: bytes.toHex(await keys.halfCommitment(E, B)), share_commitment_of_A: bytes.toHex(await keys.shareCommitment(E, A)),
          aad_1: bytes.fromUtf8(keys.associatedData(place, 1)), pt: bytes.toHex(pt) };
        """,
        vectors,
    )
    assert found.pop("pt") == vectors["streams"][1]["pt_commit_sha256"]
    assert found == {name: vectors[name] for name in found}


@pytest.mark.parametrize("size", [*range(10), 700, 1000])
def test_tree_root_equals_python(js, size):
    found = js(
        """const { root } = await load("tree"), { toHex, be32 } = await load("bytes");
        return toHex(await root(Array.from({ length: given }, (_, i) => be32(i))));""",
        size,
    )
    assert found == merkle.root(index.to_bytes(4, "big") for index in range(size)).hex()


@pytest.mark.parametrize(("m", "n"), [(1, 1), (2, 3), (3, 5)])
def test_shamir_shares_cross_the_border(js, m, n):
    secret = hashlib.sha256(b"secret").digest()
    shares = [share.hex() for share in shamir.split(secret, m, n)]
    found = js(
        """const { split, combine } = await load("shamir"), { fromHex, toHex } = await load("bytes");
        return { combined: toHex(combine(given.shares.slice(-given.m).map(fromHex))),
                 shares: split(fromHex(given.secret), given.m, given.n).map(toHex) };""",
        {"shares": shares, "m": m, "n": n, "secret": secret.hex()},
    )
    assert found["combined"] == secret.hex()
    assert shamir.combine([bytes.fromhex(share) for share in found["shares"][-m:]]) == secret


@pytest.mark.parametrize("shares", [[], ["00" * 33, "00" * 33], ["0101", "010203"]])
def test_shamir_bad_shares_are_refused(js, shares):
    code = js(
        """const { combine } = await load("shamir"), { fromHex } = await load("bytes");
        try { combine(given.map(fromHex)); return null; } catch (error) { return error.code; }""",
        shares,
    )
    assert code == "bid.bad_share"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a":1,"a":2}', "not_canonical"),
        ('{"b":1,"a":2}', "not_canonical"),
        ('{"a": 1}', "not_canonical"),
        ('{"a":1.5}', "integer"),
        ('{"a":1e2}', "not_canonical"),
        ('{"a":9007199254740993}', "integer"),
        ('{"é":1}', "key"),
        ('{"a":"\\ud800"}', "surrogate"),
        ("{", "syntax"),
    ],
)
def test_jcs_other_spellings_are_refused(js, text, reason):
    found = js(
        """const { parse } = await load("jcs"), { utf8 } = await load("bytes");
        try { parse(utf8(given)); return null; } catch (error) { return [error.code, error.params.reason]; }""",
        text,
    )
    assert found == ["json.refused", reason]


def test_jcs_writes_what_python_writes(js):
    from signing import jcs

    value = {"b": [1, -2, 0, True, None], "a": 'é"\\\n\u2028\U0001f600', "c": {"z": "", "y": 2**53 - 1}}
    found = js(
        'const { dumps } = await load("jcs"), { fromUtf8 } = await load("bytes"); return fromUtf8(dumps(given));',
        value,
    )
    assert found.encode() == jcs.dumps(value)


def test_selftest_passes_in_this_browser(js):
    assert js('const { selfTest } = await load("selftest"); await selfTest(); return "ok";') == "ok"


def test_passphrase_has_six_words_and_seventy_bits(js):
    found = js(
        'const p = await load("passphrase"); return { bits: p.BITS, all: Array.from({ length: 50 }, p.generate) };'
    )
    assert found["bits"] >= 70
    assert len(set(found["all"])) == 50
    assert all(len(phrase.split()) == 6 and len(phrase) >= 14 for phrase in found["all"])
