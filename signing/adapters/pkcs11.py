"""A key on a card, a USB token or a security module, by its PKCS#11 library (extra ``pkcs11``).

The digest is made here and the token signs it with its raw mechanism: CKM_ECDSA and CKM_RSA_PKCS are what every
token has; CKM_ECDSA_SHA256 is missing from many.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from cryptography import x509

from signing import der
from signing.adapters.holder import ordered
from signing.produce.keys import digest
from signing.produce.params import Encoding, Mechanism, SignatureValue
from signing.produce.refusals import ProductionRefused
from signing.timestamp import DIGEST_OIDS


class Pkcs11Holder:
    """One signing key of a token, with the certificates that stand on it.

    ``pin`` is asked each time the session has to be opened; it is kept nowhere here. ``key_id`` (CKA_ID) chooses
    among several keys; without it the first key that has a certificate is taken.
    """

    def __init__(
        self, library: str, label: str, pin: Callable[[], str], *, key_id: bytes | None = None
    ) -> None:
        """Open a session and read the certificates.

        Raises ProductionRefused: ``produce.pkcs11_missing``, ``produce.token_absent``, ``produce.token_pin``,
        ``produce.token_key``.
        """
        self._library, self._label, self._pin = library, label, pin
        self._id = key_id
        self._session: Any = None
        self._key: Any = None
        self._lock = Lock()
        with self._lock:
            self._open()
            try:
                self._id, self._chain = self._certificates()
            except ProductionRefused:
                self.forget()
                raise

    @property
    def chain(self) -> tuple[bytes, ...]:
        """Return the signer's certificate, then those above it on the token."""
        return self._chain

    def sign(self, data: bytes, mechanism: Mechanism) -> SignatureValue:
        """Sign bytes; after the token was taken out and put back, the session is opened again, once.

        Raises ProductionRefused ``produce.token_signing`` and as the constructor.
        """
        with self._lock, _refusals(self._label):
            if self._session is not None:
                try:
                    return self._signed(data, mechanism)
                except _gone():
                    self.forget()
            self._open()
            return self._signed(data, mechanism)

    def forget(self) -> None:
        """Let the session go; the next signature opens another."""
        session, self._session = self._session, None
        if session is not None:
            from pkcs11.exceptions import PKCS11Error

            try:
                session.close()
            except PKCS11Error:  # It died with the token.
                return

    def _open(self) -> None:
        with _refusals(self._label):
            token = _library(self._library).get_token(token_label=self._label)
            self._session, self._key = _logged_in(token, self._pin()), None

    def _certificates(self) -> tuple[bytes, tuple[bytes, ...]]:
        from pkcs11 import Attribute, ObjectClass

        with _refusals(self._label):
            wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
            keys = {key[Attribute.ID] for key in self._session.get_objects(wanted)}
            found = [
                (item[Attribute.ID], x509.load_der_x509_certificate(item[Attribute.VALUE]))
                for item in self._session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE})
            ]
        for identifier, leaf in found:
            if identifier in keys and self._id in (None, identifier):
                return identifier, ordered(leaf, [other for _identifier, other in found])
        raise ProductionRefused("produce.token_key", "no key with a certificate", label=self._label)

    def _signed(self, data: bytes, mechanism: Mechanism) -> SignatureValue:
        from pkcs11 import Attribute, ObjectClass
        from pkcs11 import Mechanism as Native

        hashed = digest(mechanism.digest, data)
        if self._key is None:
            wanted = {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: self._id}
            (self._key,) = self._session.get_objects(wanted)
        if mechanism.key == "ec":
            return SignatureValue(self._key.sign(hashed, mechanism=Native.ECDSA), Encoding.RAW)
        info = digest_info(hashed, mechanism.digest)
        return SignatureValue(self._key.sign(info, mechanism=Native.RSA_PKCS))


def _logged_in(token: Any, pin: str) -> Any:
    """Open a session; a process is logged in to a token as a whole, so another holder's login serves this one."""
    from pkcs11.exceptions import UserAlreadyLoggedIn

    try:
        return token.open(user_pin=pin)
    except UserAlreadyLoggedIn:
        return token.open()


def digest_info(hashed: bytes, algorithm: str) -> bytes:
    """Return the DigestInfo that RSA signs (RFC 8017, 9.2, note 1)."""
    return der.sequence(der.sequence(der.oid(DIGEST_OIDS[algorithm]), der.null()), der.octets(hashed))


def _library(path: str) -> Any:
    """Load a library, or get the one of this process; its module-wide state is python-pkcs11's."""
    import pkcs11

    try:
        return pkcs11.lib(path)
    except (pkcs11.PKCS11Error, RuntimeError) as error:
        raise ProductionRefused("produce.pkcs11_missing", str(error), reason=str(error)) from error


def _gone() -> tuple[type[Exception], ...]:
    """Return what a library raises when the session died with its token; a wrong PIN is not among them."""
    from pkcs11 import exceptions as given

    return (
        given.SessionHandleInvalid,
        given.SessionClosed,
        given.TokenNotPresent,
        given.DeviceRemoved,
        given.DeviceError,
        given.UserNotLoggedIn,
        given.KeyHandleInvalid,
        given.ObjectHandleInvalid,
        given.SlotIDInvalid,
        ValueError,  # No key any more: the session sees another token, or is not logged in.
    )


@contextmanager
def _refusals(label: str) -> Iterator[None]:
    """Turn what a token answers into refusals; a PIN is never tried twice, since tokens lock themselves."""
    try:
        from pkcs11 import exceptions as given
    except ImportError as error:
        reason = "pip install 'pli[pkcs11]'"
        raise ProductionRefused("produce.pkcs11_missing", str(error), reason=reason) from error
    try:
        yield
    except ProductionRefused:
        raise
    except (
        given.PinIncorrect,
        given.PinLocked,
        given.PinInvalid,
        given.PinLenRange,
        given.PinExpired,
    ) as error:
        raise ProductionRefused("produce.token_pin", type(error).__name__) from error
    except (given.NoSuchToken, given.TokenNotPresent, given.TokenNotRecognised, given.DeviceRemoved) as error:
        raise ProductionRefused("produce.token_absent", type(error).__name__, label=label) from error
    except (given.PKCS11Error, ValueError) as error:
        reason = type(error).__name__
        raise ProductionRefused("produce.token_signing", f"{reason} {error}", reason=reason) from error
