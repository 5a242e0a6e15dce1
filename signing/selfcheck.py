"""Sign and verify one kilobyte: lxml and xmlsec share a C library, and a wrong pair fails late and strangely."""

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

#: The pair that works; both as wheels, never one from wheels and one built here.
PAIR = "lxml>=6.0,<6.2 with xmlsec>=1.3.17,<1.4"
_ID = "pli-selfcheck"


class SelfCheckFailed(RuntimeError):
    """Say that XML signatures cannot be made or checked here, with the versions found and those to install."""


def run() -> dict[str, str]:
    """Sign 1 KB of XML with a key of the moment, verify it, and see an altered byte refused.

    Returns the versions of the libraries. Raises SelfCheckFailed.
    """
    try:
        _round_trip()
    except Exception as error:  # whatever a wrong pair raises is the finding
        raise SelfCheckFailed(
            f"XML signatures do not work here ({type(error).__name__}: {error}). Found: {_found()}. "
            f"Install {PAIR}, both as wheels."
        ) from error
    return versions()


def versions() -> dict[str, str]:
    """Return the installed version of each library that signatures lean on."""
    found = {}
    for name in ("lxml", "xmlsec", "cryptography", "pyHanko"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


def _found() -> str:
    return ", ".join(f"{name} {number}" for name, number in versions().items())


def _round_trip() -> None:
    from lxml import etree

    xmlsec: Any = import_module("xmlsec")
    key = _key(xmlsec)
    document = etree.fromstring(f'<a Id="{_ID}">{"é" * 500}</a>'.encode())
    node = xmlsec.template.create(document, xmlsec.Transform.EXCL_C14N, xmlsec.Transform.ECDSA_SHA256)
    reference = xmlsec.template.add_reference(node, xmlsec.Transform.SHA256, uri="")
    xmlsec.template.add_transform(reference, xmlsec.Transform.ENVELOPED)
    document.append(node)
    context = xmlsec.SignatureContext()
    context.key = key
    context.sign(node)
    if not _verifies(xmlsec, node, key):
        raise ValueError("a good signature is refused")
    document.text = "e" + (document.text or "")[1:]
    if _verifies(xmlsec, node, key):
        raise ValueError("an altered document is accepted")


def _key(xmlsec: Any) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    made = ec.generate_private_key(ec.SECP256R1())
    pem = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return xmlsec.Key.from_memory(pem, xmlsec.KeyFormat.PEM, None)


def _verifies(xmlsec: Any, node: Any, key: Any) -> bool:
    context = xmlsec.SignatureContext()
    context.key = key
    try:
        context.verify(node)
    except xmlsec.VerificationError:
        return False
    return True
