"""A key in a PKCS#12 file: parsed once, since deriving the key from the passphrase is slow on purpose."""

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12

from signing.adapters.holder import ordered
from signing.produce.keys import HASHES
from signing.produce.params import Encoding, Mechanism, SignatureValue
from signing.produce.refusals import ProductionRefused


class P12Holder:
    """The key and certificates of a PKCS#12 file (RFC 7292)."""

    def __init__(self, data: bytes, passphrase: bytes | None) -> None:
        """Open the file. Raises ProductionRefused ``produce.p12_passphrase`` or ``produce.p12_refused``."""
        try:
            store = load_pkcs12(data, passphrase)
        except ValueError as error:
            code = "produce.p12_passphrase" if "password" in str(error).lower() else "produce.p12_refused"
            raise ProductionRefused(code, str(error)) from error
        key, leaf = store.key, store.cert
        if leaf is None or not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
            raise ProductionRefused("produce.p12_refused", "no key, no certificate, or a key of another kind")
        self._key = key
        self._chain = ordered(leaf.certificate, [other.certificate for other in store.additional_certs])

    @property
    def chain(self) -> tuple[bytes, ...]:
        """Return the signer's certificate, then those above it in the file."""
        return self._chain

    def sign(self, data: bytes, mechanism: Mechanism) -> SignatureValue:
        """Sign bytes; RSA with PKCS#1 v1.5."""
        algorithm = HASHES[mechanism.digest]
        if isinstance(self._key, rsa.RSAPrivateKey):
            return SignatureValue(self._key.sign(data, padding.PKCS1v15(), algorithm))
        return SignatureValue(self._key.sign(data, ec.ECDSA(algorithm)), Encoding.DER)
