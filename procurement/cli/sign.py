"""``pli sign``: sign a file with a key in a PKCS#12 file or on a token."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from procurement.cli import options, sign_inputs
from procurement.cli import signature_inputs as inputs
from procurement.cli.signature_inputs import Refused
from procurement.core.text import _
from signing.adapters.holder import KeyHolder, sign
from signing.produce.params import Level, Profile, SignParams
from signing.types import Bytes, Evidence

_FILE = click.Path(path_type=Path)
_FORMATS = ("xades", "cades", "pades", "asic")
_PDF_HEADER = 1024


@dataclass(frozen=True, slots=True)
class Key:
    """Where the key is, as the command line says it."""

    p12: Path | None
    pkcs11: str | None
    token: str | None
    key_id: str | None
    secret_fd: int | None


@click.command()
@click.argument("file", type=_FILE)
@click.option("--p12", type=_FILE, help="Sign with the key of this PKCS#12 file.")
@click.option("--pkcs11", help="Sign with a card or token, by its PKCS#11 library.")
@click.option("--token", help="Label of the token, with --pkcs11.")
@click.option("--key-id", help="CKA_ID of the key in hexadecimal, where the token has several.")
@click.option(
    "--secret-fd",
    type=click.IntRange(min=0),
    help="File descriptor that gives the passphrase or PIN; without it, it is asked for.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    help="By default pades for a PDF, asic for an ASiC-E, else xades.",
)
@click.option(
    "--detached", is_flag=True, help="With xades, sign an XML document beside it rather than inside."
)
@click.option("--level", type=click.Choice([str(one) for one in Level]), default="B-B", show_default=True)
@sign_inputs.urls
@sign_inputs.authority
@click.option(
    "--evidence",
    type=_FILE,
    help="Certificates, CRLs and OCSP answers for B-LT and B-LTA: a ZIP archive, or one PEM or DER file.",
)
@click.option("--reason", help="Reason, shown by PDF readers.")
@click.option("--out", required=True, type=_FILE, help="New file for the result.")
@options.as_json
def command(  # noqa: PLR0913  # an option each
    *,
    file: Path,
    p12: Path | None,
    pkcs11: str | None,
    token: str | None,
    key_id: str | None,
    secret_fd: int | None,
    urls: tuple[str, ...],
    authorities: tuple[Path, ...],
    as_json: bool,
    **asked: Any,
) -> None:
    """Sign FILE with a key of your own; the key never leaves its file or its token.

    The signed file, or the signature beside it (cades, detached xades), goes to --out.
    """
    key = Key(p12, pkcs11, token, key_id, secret_fd)

    def deed() -> tuple[dict[str, Any], str]:
        timestamper = sign_inputs.client(urls, authorities)
        if asked["out"].exists():
            message = _("Le fichier « %(name)s » existe déjà : il n’est pas remplacé.")
            raise Refused("BAD_OPTION", message % {"name": asked["out"].name})
        document = Bytes(file.name, inputs.read(file))
        evidence = _evidence(asked["evidence"], document.data)
        params = _params(document, asked)
        # Shown before the key is asked for: the signer sees what is signed.
        digest = sha256(document.data).hexdigest()
        click.echo(
            _("À signer : %(name)s, SHA-256 %(digest)s") % {"name": file.name, "digest": digest}, err=True
        )
        holder = _holder(key)
        made = sign(document, holder, params, timestamper=timestamper, evidence=evidence)
        sign_inputs.write(asked["out"], made)
        return _told(document, digest, params, holder, made, asked["out"])

    sign_inputs.run(deed, as_json=as_json)


def _told(
    document: Bytes, digest: str, params: SignParams, holder: KeyHolder, made: bytes, out: Path
) -> tuple[dict[str, Any], str]:
    from cryptography import x509

    leaf = x509.load_der_x509_certificate(holder.chain[0])
    result = {
        "file": document.name,
        "sha256": digest,
        "profile": str(params.profile),
        "level": str(params.level),
        "signer": leaf.subject.rfc4514_string(),
        "certificate_sha256": sha256(holder.chain[0]).hexdigest(),
        "out": str(out),
        "out_sha256": sha256(made).hexdigest(),
    }
    text = _("Signature %(profile)s %(level)s de %(name)s écrite dans %(out)s.")
    return result, text % {
        "profile": params.profile,
        "level": params.level,
        "name": document.name,
        "out": out,
    }


def _params(document: Bytes, asked: dict[str, Any]) -> SignParams:
    return SignParams(
        profile=_profile(document, asked["form"], detached=asked["detached"]),
        signing_time=datetime.now(UTC),
        level=Level(asked["level"]),
        reason=asked["reason"],
    )


def _profile(document: Bytes, form: str | None, *, detached: bool) -> Profile:
    from signing.produce.asic import is_container

    if form is None:
        form = "asic" if is_container(document.data) else "xades"
        form = "pades" if b"%PDF-" in document.data[:_PDF_HEADER] else form
    if form == "xades":
        inside = document.name.lower().endswith(".xml") and not detached
        return Profile.XADES_ENVELOPED if inside else Profile.XADES_DETACHED
    return {"cades": Profile.CADES_DETACHED, "pades": Profile.PADES, "asic": Profile.ASIC_E}[form]


def _evidence(path: Path | None, document: bytes) -> Evidence | None:
    return None if path is None else inputs.material(path, document).evidence


def _holder(key: Key) -> KeyHolder:
    if (key.p12 is None) == (key.pkcs11 is None) or (key.pkcs11 is None) != (key.token is None):
        raise Refused(
            "BAD_OPTION", _("Dites où est la clé : --p12 FICHIER, ou --pkcs11 MODULE avec --token LIBELLÉ.")
        )
    if key.p12 is not None:
        from signing.adapters.p12 import P12Holder

        data = inputs.read(key.p12)
        question = _("Phrase secrète de %(name)s") % {"name": key.p12.name}
        return P12Holder(data, sign_inputs.secret(key.secret_fd, question).encode())
    return _token(key)


def _token(key: Key) -> KeyHolder:
    from signing.adapters.pkcs11 import Pkcs11Holder

    assert key.pkcs11 is not None
    assert key.token is not None
    question = _("Code PIN de %(name)s") % {"name": key.token}
    pin = sign_inputs.secret(key.secret_fd, question)
    try:
        chosen = None if key.key_id is None else bytes.fromhex(key.key_id)
    except ValueError:
        raise Refused("BAD_OPTION", _("--key-id s’écrit en hexadécimal.")) from None
    return Pkcs11Holder(key.pkcs11, key.token, lambda: pin, key_id=chosen)
