"""Read a bare public key out of ds:KeyInfo (XML Signature 1.1, 4.5.2 and 4.5.10)."""

from typing import Any

from lxml import etree

from signing.xml import algorithms
from signing.xml.algorithms import Key
from signing.xml.core import named
from signing.xml.parse import elements, local
from signing.xml.transforms import decoded

_CURVES = {
    "1.2.840.10045.3.1.7": "SECP256R1",
    "1.3.132.0.34": "SECP384R1",
    "1.3.132.0.35": "SECP521R1",
    "1.3.36.3.3.2.8.1.1.7": "BrainpoolP256R1",
    "1.3.36.3.3.2.8.1.1.11": "BrainpoolP384R1",
    "1.3.36.3.3.2.8.1.1.13": "BrainpoolP512R1",
}


def keys(key_info: "etree._Element | None") -> list[Key]:
    """Return the keys that KeyInfo states by value; one that cannot be read is left out."""
    values = [child for value in named(key_info, "KeyValue") for child in elements(value)]
    found = [_read(value) for value in values]
    found.extend(decoded(one.text) for one in elements(key_info) if local(one) == "DEREncodedKeyValue")
    read = (algorithms.key(spki) for spki in found if spki)
    return [key for key in read if key.kind is not None]


def _read(value: "etree._Element") -> bytes | None:
    readers = {"RSAKeyValue": _rsa, "DSAKeyValue": _dsa, "ECKeyValue": _ec}
    reader = readers.get(local(value))
    if reader is None:
        return None
    try:
        return _spki(reader(value))
    except (ValueError, TypeError, KeyError):
        return None


def _spki(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _number(parent: "etree._Element", name: str) -> int:
    found = next(child for child in [*elements(parent), None] if child is None or local(child) == name)
    data = None if found is None else decoded(found.text)
    if not data:
        raise ValueError(name)
    return int.from_bytes(data, "big")


def _rsa(value: "etree._Element") -> Any:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

    return RSAPublicNumbers(_number(value, "Exponent"), _number(value, "Modulus")).public_key()


def _dsa(value: "etree._Element") -> Any:
    from cryptography.hazmat.primitives.asymmetric.dsa import DSAParameterNumbers, DSAPublicNumbers

    parameters = DSAParameterNumbers(*(_number(value, name) for name in ("P", "Q", "G")))
    return DSAPublicNumbers(_number(value, "Y"), parameters).public_key()


def _ec(value: "etree._Element") -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec

    parts = {local(child): child for child in elements(value)}
    curve = _CURVES[parts["NamedCurve"].get("URI", "").removeprefix("urn:oid:")]
    point = decoded(parts["PublicKey"].text) or b""
    return ec.EllipticCurvePublicKey.from_encoded_point(getattr(ec, curve)(), point)
