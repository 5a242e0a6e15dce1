"""Streams cross the border to Google's tink, both ways; damaged ones are refused."""

import base64
import io

import pytest
import tink
from tink import secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

pytestmark = pytest.mark.browser

KEY = bytes(range(32))
AAD = b"pli/1|11111111-1111-4111-8111-111111111111|3|offre|22222222-2222-4222-8222-222222222222|1"
S = 4096
SIZES = [(S, size) for size in (0, 1, S - 56, S - 55, 2 * S - 72, 2 * S - 71, 3 * S + 5)] + [
    (1 << 20, (1 << 20) - 55),
    (4 << 20, 5),
]


def primitive(segment):
    streaming_aead.register()
    key = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(version=0, key_value=KEY)
    key.params.ciphertext_segment_size = segment
    key.params.derived_key_size = 32
    key.params.hkdf_hash_type = common_pb2.SHA256
    keyset = tink_pb2.Keyset(primary_key_id=1)
    entry = keyset.key.add(key_id=1, status=tink_pb2.ENABLED, output_prefix_type=tink_pb2.RAW)
    entry.key_data.type_url = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"
    entry.key_data.value = key.SerializeToString()
    entry.key_data.key_material_type = tink_pb2.KeyData.SYMMETRIC
    handle = tink.proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


class Sink(io.BytesIO):
    """Keep the bytes once tink has closed its stream."""

    def close(self):
        self.kept = self.getvalue()
        super().close()


def tink_encrypt(plain, segment):
    sink = Sink()
    with primitive(segment).new_encrypting_stream(sink, AAD) as stream:
        stream.write(plain)
    return sink.kept


def tink_decrypt(sealed, segment):
    with primitive(segment).new_decrypting_stream(io.BytesIO(sealed), AAD) as stream:
        return stream.read()


SEAL = """
  const { StreamCipher, Layout } = await load("stream"), { concat, fromBase64, toBase64 } = await load("bytes");
  const plain = fromBase64(given.data), layout = new Layout(plain.length, given.segment), parts = [];
  const cipher = await StreamCipher.create({ key: fromBase64(given.key), aad: fromBase64(given.aad), layout });
  for (let j = 0; j < layout.count; j += 1) parts.push(await cipher.encrypt(j, plain.subarray(...layout.plainRange(j))));
  return toBase64(concat(...parts));
"""
OPEN = """
  const { openStream } = await load("stream"), { fromBase64, toBase64 } = await load("bytes");
  try { return toBase64(await openStream(fromBase64(given.key), fromBase64(given.aad), fromBase64(given.data), given.segment)); }
  catch (error) { return error.code; }
"""


def given(data, segment, aad=AAD):
    text = {
        name: base64.b64encode(value).decode() for name, value in (("data", data), ("key", KEY), ("aad", aad))
    }
    return {**text, "segment": segment}


@pytest.mark.parametrize(("segment", "size"), SIZES)
def test_streams_cross_both_ways(js, segment, size):
    plain = bytes((7 * i + size) & 255 for i in range(size))
    assert tink_decrypt(base64.b64decode(js(SEAL, given(plain, segment))), segment) == plain
    assert base64.b64decode(js(OPEN, given(tink_encrypt(plain, segment), segment))) == plain


DAMAGE = {
    "bit": lambda b: b[:100] + bytes([b[100] ^ 1]) + b[101:],
    "header": lambda b: b"\x29" + b[1:],
    "salt": lambda b: b[:1] + bytes([b[1] ^ 1]) + b[2:],
    "cut at an edge": lambda b: b[:S],
    "cut": lambda b: b[:-1],
    "appended": lambda b: b + bytes(20),
    "swapped": lambda b: b[:S] + b[2 * S : 3 * S] + b[S : 2 * S] + b[3 * S :],
    "empty": lambda _: b"",
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damaged_streams_are_refused(js, name):
    sealed = tink_encrypt(bytes(3 * S), S)
    assert js(OPEN, given(DAMAGE[name](sealed), S)) == "bid.damaged"


def test_stream_of_another_place_is_refused(js):
    assert js(OPEN, given(tink_encrypt(b"prix", S), S, AAD + b"0")) == "bid.damaged"
