"""Where the key of ``pli sign`` is: a PKCS#12 file, a token, or a remote service (CSC)."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from procurement.cli import sign_http, sign_inputs
from procurement.cli import signature_inputs as inputs
from procurement.cli.signature_inputs import Refused
from procurement.core.text import _
from signing.adapters.csc import CscHolder, CscService
from signing.adapters.holder import KeyHolder
from signing.produce.params import Mechanism, SignatureValue
from signing.produce.refusals import ProductionRefused

#: Names of a refusal's reason, as the service writes it, that are shown.
_REASON = 80


@dataclass(frozen=True, slots=True)
class Key:
    """Where the key is, as the command line says it."""

    p12: Path | None
    pkcs11: str | None
    token: str | None
    csc: str | None
    key_id: str | None
    secret_fd: int | None
    access_fd: int | None

    def check(self) -> None:
        """Refuse options that name no place of a key, or several."""
        places = [self.p12, self.pkcs11, self.csc]
        if sum(place is not None for place in places) != 1 or (self.pkcs11 is None) != (self.token is None):
            message = _(
                "Dites où est la clé : --p12 FICHIER, --pkcs11 MODULE avec --token LIBELLÉ, ou --csc ADRESSE."
            )
            raise Refused("BAD_OPTION", message)
        if self.csc is not None:
            sign_http.checked(self.csc)
        elif self.pkcs11 is not None and self.key_id is not None:
            _hexadecimal(self.key_id)


def reach(key: Key) -> KeyHolder:
    """Ask for the secret and reach the key; called once the signer has seen what is signed."""
    if key.csc is not None:
        return _remote(key, key.csc)
    if key.p12 is not None:
        from signing.adapters.p12 import P12Holder

        data = inputs.read(key.p12)
        question = _("Phrase secrète de %(name)s") % {"name": key.p12.name}
        return P12Holder(data, sign_inputs.secret(key.secret_fd, question).encode())
    return _token(key)


def sign_all(holder: KeyHolder, items: list[bytes], mechanism: Mechanism) -> list[SignatureValue]:
    """Sign several things, with as few consents as the place of the key allows."""
    if isinstance(holder, CscHolder):
        return holder.sign_all(items, mechanism)
    return [holder.sign(item, mechanism) for item in items]


def _token(key: Key) -> KeyHolder:
    from signing.adapters.pkcs11 import Pkcs11Holder

    assert key.pkcs11 is not None
    assert key.token is not None
    chosen = None if key.key_id is None else _hexadecimal(key.key_id)
    question = _("Code PIN de %(name)s") % {"name": key.token}
    pin = sign_inputs.secret(key.secret_fd, question)
    return Pkcs11Holder(key.pkcs11, key.token, lambda: pin, key_id=chosen)


def _hexadecimal(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise Refused("BAD_OPTION", _("--key-id s’écrit en hexadécimal.")) from None


def _remote(key: Key, url: str) -> KeyHolder:
    access = sign_inputs.secret(
        key.access_fd, _("Jeton d’accès au service de signature"), option="--access-fd"
    )
    service = CscService(partial(_post, url.rstrip("/"), access))
    name = _chosen(service, key.key_id)
    pin = sign_inputs.secret(key.secret_fd, _("Code PIN de %(name)s") % {"name": name})
    return CscHolder(service, name, lambda: [{"id": "PIN", "value": pin}])


def _chosen(service: CscService, wanted: str | None) -> str:
    if wanted is not None:
        return wanted
    found = service.credentials()
    if len(found) != 1:
        message = _("Ce service de signature a %(count)s clés : choisissez avec --key-id (%(names)s).")
        names = ", ".join(found)
        raise Refused("BAD_OPTION", message % {"count": len(found), "names": names})
    return found[0]


def _post(url: str, access: str, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Call the service as ``signing.adapters.csc.Post`` says."""
    with sign_http.client() as http:
        try:
            answer = http.post(
                f"{url}/{path}", json=dict(body), headers={"Authorization": f"Bearer {access}"}
            )
            read = answer.json()
        except httpx.HTTPError as error:
            raise OSError(type(error).__name__) from error
        except (ValueError, RecursionError):
            read = None
    if not answer.is_success:
        told = str(read.get("error", "")) if isinstance(read, dict) else ""
        reason = (told or f"HTTP {answer.status_code}")[:_REASON]
        raise ProductionRefused("produce.csc_refused", f"{path}: {reason}", reason=reason)
    if not isinstance(read, dict):
        raise ProductionRefused("produce.csc_unreadable", path)
    return read
