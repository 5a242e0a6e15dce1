"""``pli sign``: sign a file, or a signing job of a server, with a key in a file, on a token or at a remote service."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from procurement.cli import options, sign_inputs, sign_keys
from procurement.cli import signature_inputs as inputs
from procurement.cli.sign_keys import Key
from procurement.cli.signature_inputs import Refused
from procurement.core.text import _
from signing.adapters.holder import KeyHolder, sign
from signing.produce.params import Level, Profile, SignParams
from signing.types import Bytes, Evidence

_FILE = click.Path(path_type=Path)
_FORMATS = ("xades", "cades", "pades", "asic")
_PDF_HEADER = 1024


@click.command()
@click.argument("file", type=_FILE, required=False)
@click.option("--server", help="Sign a job of this server instead of a file; with --code.")
@click.option("--code", help="The one-time code that the server shows for the job.")
@click.option("--p12", type=_FILE, help="Sign with the key of this PKCS#12 file.")
@click.option("--pkcs11", help="Sign with a card or token, by its PKCS#11 library.")
@click.option("--token", help="Label of the token, with --pkcs11.")
@click.option(
    "--csc", help="Sign with a key at a remote service, by the address of its API (CSC, version 2)."
)
@click.option(
    "--key-id",
    help="CKA_ID of the key in hexadecimal where the token has several; with --csc, the credential.",
)
@click.option(
    "--secret-fd",
    type=click.IntRange(min=0),
    help="File descriptor that gives the passphrase or PIN; without it, it is asked for.",
)
@click.option(
    "--access-fd",
    type=click.IntRange(min=0),
    help="File descriptor that gives the access token of the remote service; without it, it is asked for.",
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
@click.option("--level", type=click.Choice([str(one) for one in Level]), help="By default B-B.")
@sign_inputs.urls
@sign_inputs.authority
@click.option(
    "--evidence",
    type=_FILE,
    help="Certificates, CRLs and OCSP answers for B-LT and B-LTA: a ZIP archive, or one PEM or DER file.",
)
@click.option("--reason", help="Reason, shown by PDF readers.")
@click.option("--out", type=_FILE, help="New file for the result, with FILE.")
@options.as_json
def command(  # noqa: PLR0913  # an option each
    *,
    file: Path | None,
    server: str | None,
    code: str | None,
    p12: Path | None,
    pkcs11: str | None,
    token: str | None,
    csc: str | None,
    key_id: str | None,
    secret_fd: int | None,
    access_fd: int | None,
    as_json: bool,
    **asked: Any,
) -> None:
    """Sign FILE, or a job of a server, with a key of your own; the key never leaves its file, token or service.

    The signed file, or the signature beside it (cades, detached xades), goes to --out. With --server, the documents come from there,
    are shown with their digests before the key is asked for, and the signature goes back; a server never gets a bare digest signed.
    """
    key = Key(p12, pkcs11, token, csc, key_id, secret_fd, access_fd)

    def deed() -> tuple[dict[str, Any], str]:
        if server is not None and code is not None and file is None and not any(asked.values()):
            from procurement.cli import sign_job

            return sign_job.run(server, code, key)
        if file is None or server is not None or code is not None or asked["out"] is None:
            message = _(
                "Donnez un fichier avec --out, ou bien --server avec --code : le serveur choisit alors le format et le niveau."
            )
            raise Refused("BAD_OPTION", message)
        return _file(file, key, asked)

    sign_inputs.run(deed, as_json=as_json)


def _file(file: Path, key: Key, asked: dict[str, Any]) -> tuple[dict[str, Any], str]:
    timestamper = sign_inputs.client(asked["urls"], asked["authorities"])
    if asked["out"].exists():
        message = _("Le fichier « %(name)s » existe déjà : il n’est pas remplacé.")
        raise Refused("BAD_OPTION", message % {"name": asked["out"].name})
    document = Bytes(file.name, inputs.read(file))
    evidence = _evidence(asked["evidence"], document.data)
    params = _params(document, asked)
    key.check()
    # Shown before the key is asked for: the signer sees what is signed.
    digest = sha256(document.data).hexdigest()
    shown = _("À signer : %(name)s, SHA-256 %(digest)s") % {"name": file.name, "digest": digest}
    click.echo(shown, err=True)
    holder = sign_keys.reach(key)
    made = sign(document, holder, params, timestamper=timestamper, evidence=evidence)
    sign_inputs.write(asked["out"], made)
    return _told(document, digest, params, holder, made, asked["out"])


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
        level=Level(asked["level"] or Level.B_B),
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
