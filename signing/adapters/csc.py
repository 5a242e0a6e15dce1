"""A key at a remote signature service, by the API of the Cloud Signature Consortium, version 2.

The service gets digests only, never a document. Before it signs, it is asked to authorise exactly these digests
(Signature Activation Data, SCAL2): what it answers is good for them alone, once.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography import x509

from signing.adapters.holder import ordered
from signing.produce.keys import digest
from signing.produce.params import Encoding, Mechanism, SignatureValue
from signing.produce.refusals import ProductionRefused
from signing.timestamp import DIGEST_OIDS

#: Posts a JSON object to a path such as ``credentials/info`` of the service, with the caller's access token, and
#: returns the JSON answer. Raises OSError when there is none, ProductionRefused ``produce.csc_refused`` on an error.
Post = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]

#: What an answer of another form provokes; JSON has infinite numbers in Python.
_MISSHAPEN = (LookupError, ValueError, TypeError, AttributeError, OverflowError, RecursionError)

#: The algorithm of a signature, for ``signAlgo`` (RFC 8017, RFC 5758).
SIGN_OIDS = {
    "rsa-pkcs1-sha256": "1.2.840.113549.1.1.11",
    "rsa-pkcs1-sha384": "1.2.840.113549.1.1.12",
    "rsa-pkcs1-sha512": "1.2.840.113549.1.1.13",
    "ecdsa-sha256": "1.2.840.10045.4.3.2",
    "ecdsa-sha384": "1.2.840.10045.4.3.3",
    "ecdsa-sha512": "1.2.840.10045.4.3.4",
}


@dataclass(frozen=True, slots=True)
class Credential:
    """A key at the service: its certificates (DER, the signer's first) and how many digests one consent signs."""

    id: str
    chain: tuple[bytes, ...] = field(repr=False)
    multisign: int
    enabled: bool


class CscService:
    """The calls of the service that signing needs."""

    def __init__(self, post: Post) -> None:
        self._post = post

    def info(self) -> Mapping[str, Any]:
        """Return what the service says of itself (``info``)."""
        return self._call("info", {})

    def credentials(self) -> list[str]:
        """Return the identifiers of the user's keys (``credentials/list``)."""
        found = self._call("credentials/list", {}).get("credentialIDs")
        if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
            raise ProductionRefused("produce.csc_unreadable", "credentialIDs")
        return found

    def credential(self, identifier: str) -> Credential:
        """Return one key with its certificates (``credentials/info``)."""
        asked = {"credentialID": identifier, "certificates": "chain", "certInfo": True, "authInfo": True}
        answer = self._call("credentials/info", asked)
        try:
            given = [base64.b64decode(one, validate=True) for one in answer["cert"]["certificates"]]
            leaf, *others = [x509.load_der_x509_certificate(one) for one in given]
            most, status = int(answer.get("multisign", 1)), answer["key"]["status"]
        except _MISSHAPEN as error:
            raise ProductionRefused("produce.csc_unreadable", f"credentials/info: {error}") from error
        return Credential(identifier, ordered(leaf, others), most, status == "enabled")

    def authorize(
        self,
        credential: Credential,
        hashes: Sequence[bytes],
        algorithm: str,
        consent: Sequence[Mapping[str, str]],
    ) -> str:
        """Return the activation data for exactly these digests (``credentials/authorize``).

        ``consent`` is ``authData``: what the signer proves himself with, such as ``{"id": "PIN", "value": "..."}``.
        """
        asked = {
            "credentialID": credential.id,
            "numSignatures": len(hashes),
            "hashes": [_text(one) for one in hashes],
            "hashAlgorithmOID": DIGEST_OIDS[algorithm],
            "authData": [dict(one) for one in consent],
        }
        activation = self._call("credentials/authorize", asked).get("SAD")
        if not isinstance(activation, str) or not activation:
            raise ProductionRefused("produce.csc_unreadable", "SAD")
        return activation

    def sign_hashes(
        self, credential: Credential, activation: str, hashes: Sequence[bytes], mechanism: Mechanism
    ) -> list[bytes]:
        """Return one signature value per digest (``signatures/signHash``)."""
        asked = {
            "credentialID": credential.id,
            "SAD": activation,
            "hashes": [_text(one) for one in hashes],
            "hashAlgorithmOID": DIGEST_OIDS[mechanism.digest],
            "signAlgo": SIGN_OIDS[mechanism.name],
        }
        answer = self._call("signatures/signHash", asked)
        try:
            values = [base64.b64decode(one, validate=True) for one in answer["signatures"]]
        except _MISSHAPEN as error:
            raise ProductionRefused("produce.csc_unreadable", f"signatures: {error}") from error
        if len(values) != len(hashes):
            raise ProductionRefused("produce.csc_unreadable", f"{len(values)} values for {len(hashes)}")
        return values

    def _call(self, path: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            answer = self._post(path, asked)
        except OSError as error:
            raise ProductionRefused("produce.csc_refused", f"{path}: {error}", reason=path) from error
        if not isinstance(answer, Mapping):
            raise ProductionRefused("produce.csc_unreadable", path)
        return answer


class CscHolder:
    """One key at a service, as a ``KeyHolder``; ``consent`` is asked for each authorisation."""

    def __init__(
        self,
        service: CscService,
        identifier: str,
        consent: Callable[[], Sequence[Mapping[str, str]]],
        *,
        encoding: Encoding = Encoding.DER,
    ) -> None:
        """Read the credential; ``encoding`` is how the service writes ECDSA values.

        Raises ProductionRefused ``produce.csc_refused`` (a key that is not enabled included) or
        ``produce.csc_unreadable``.
        """
        self._service, self._consent, self._encoding = service, consent, encoding
        self._credential = service.credential(identifier)
        if not self._credential.enabled:
            raise ProductionRefused("produce.csc_refused", "the key is disabled", reason="disabled")

    @property
    def chain(self) -> tuple[bytes, ...]:
        """Return the signer's certificate, then those above it that the service gave."""
        return self._credential.chain

    def sign(self, data: bytes, mechanism: Mechanism) -> SignatureValue:
        """Have one signature made."""
        return self.sign_all([data], mechanism)[0]

    def sign_all(self, items: Sequence[bytes], mechanism: Mechanism) -> list[SignatureValue]:
        """Have several signatures made with as few consents as the service allows, in the same order."""
        hashes = [digest(mechanism.digest, item) for item in items]
        most = max(self._credential.multisign, 1)
        values = [
            value
            for start in range(0, len(hashes), most)
            for value in self._batch(hashes[start : start + most], mechanism)
        ]
        return [SignatureValue(value, self._encoding) for value in values]

    def _batch(self, hashes: Sequence[bytes], mechanism: Mechanism) -> list[bytes]:
        activation = self._service.authorize(self._credential, hashes, mechanism.digest, self._consent())
        return self._service.sign_hashes(self._credential, activation, hashes, mechanism)


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
