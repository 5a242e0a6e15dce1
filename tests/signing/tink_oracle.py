"""PyPI tink as a second implementation of the streams."""

import io

import tink
from tink import secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2, common_pb2, tink_pb2

TYPE_URL = "type.googleapis.com/google.crypto.tink.AesGcmHkdfStreamingKey"


def primitive(key: bytes, segment: int = 1 << 20) -> streaming_aead.StreamingAead:
    streaming_aead.register()
    message = aes_gcm_hkdf_streaming_pb2.AesGcmHkdfStreamingKey(version=0, key_value=key)
    message.params.ciphertext_segment_size = segment
    message.params.derived_key_size = 32
    message.params.hkdf_hash_type = common_pb2.SHA256
    keyset = tink_pb2.Keyset(primary_key_id=1)
    entry = keyset.key.add(key_id=1, status=tink_pb2.ENABLED, output_prefix_type=tink_pb2.RAW)
    entry.key_data.type_url = TYPE_URL
    entry.key_data.value = message.SerializeToString()
    entry.key_data.key_material_type = tink_pb2.KeyData.SYMMETRIC
    handle = tink.proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return handle.primitive(streaming_aead.StreamingAead)


def decrypt(key: bytes, aad: bytes, sealed: bytes, segment: int = 1 << 20) -> bytes:
    with primitive(key, segment).new_decrypting_stream(io.BytesIO(sealed), aad) as stream:
        return stream.read()


def encrypt(key: bytes, aad: bytes, plain: bytes, segment: int = 1 << 20) -> bytes:
    kept = io.BytesIO()
    kept.close = lambda: None
    with primitive(key, segment).new_encrypting_stream(kept, aad) as stream:
        stream.write(plain)
    return kept.getvalue()
