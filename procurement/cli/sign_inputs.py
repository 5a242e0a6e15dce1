"""What the commands that sign and time-stamp share: secrets, authorities, refusals, files written whole."""

import http.client
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import SplitResult, urlsplit

import click

from procurement.cli import signature_inputs as inputs
from procurement.cli.signature_inputs import Refused
from procurement.core import timestamp
from procurement.core.text import _
from signing.errors import SealedError, Unverifiable
from signing.messages import SENTENCES, sentence
from signing.summary_fr import sentence as worded
from signing.timestamps.client import Authority, TimestampClient
from signing.types import Finding

#: Seconds that an authority has.
_TIMEOUT = 10.0
_SECRET_BYTES = 4096
#: What was given is at fault: exit 2. Every other refusal is exit 1.
_BAD_INPUT = frozenset(
    f"produce.{name}"
    for name in [
        "certificate_unreadable",
        "documents",
        "document_name",
        "key_refused",
        "level_unavailable",
        "one_document",
        "p12_passphrase",
        "p12_refused",
        "pdf_unreadable",
        "pkcs11_missing",
        "token_absent",
        "token_key",
        "token_pin",
        "xml_refused",
        "not_signed",
    ]
)

urls = click.option(
    "--timestamp-url", "urls", multiple=True, help="Time-stamp authority (RFC 3161); repeat for a second one."
)
authority = click.option(
    "--timestamp-ca",
    "authorities",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Certificate (PEM or DER) that its tokens must chain to; without it the chain is left to verification.",
)


class Declined(Refused):
    """Stop with a sentence and exit 1: what was given is right, and something else stands in the way."""


def secret(descriptor: int | None, question: str, *, option: str = "--secret-fd") -> str:
    """Return a passphrase or PIN from a file descriptor, else from the keyboard; it never stands on a command line."""
    if descriptor is None:
        if not sys.stdin.isatty():
            message = _("Donnez le secret par %(option)s, ou lancez la commande dans un terminal.")
            raise Refused("BAD_OPTION", message % {"option": option})
        typed: str = click.prompt(question, hide_input=True, err=True)
        return typed
    try:
        read = os.read(descriptor, _SECRET_BYTES)
        return read.rstrip(b"\r\n").decode()
    except (OSError, UnicodeDecodeError):
        message = _("Le descripteur %(number)s ne donne pas de secret lisible.")
        raise Refused("BAD_OPTION", message % {"number": descriptor}) from None


def client(addresses: Sequence[str], anchors: Sequence[Path]) -> TimestampClient | None:
    """Return a client of the authorities in the order given, None without any."""
    trusted = tuple(der for path in anchors for der in inputs.certificates(path)) if anchors else None
    found = [_authority(urlsplit(address), trusted) for address in addresses]
    return TimestampClient(found) if found else None


def _authority(url: SplitResult, trusted: tuple[bytes, ...] | None) -> Authority:
    if url.scheme not in {"http", "https"} or not url.hostname:
        message = _("« %(url)s » n’est pas une adresse http(s) d’autorité d’horodatage.")
        raise Refused("BAD_OPTION", message % {"url": url.geturl()})
    return Authority(url.hostname, partial(_post, url), trusted)


def _post(url: SplitResult, query: bytes) -> bytes:
    try:
        return timestamp.post(url, query, _TIMEOUT)
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error


def write(output: Path, data: bytes) -> None:
    """Write a new file whole, or not at all; one that is there is never replaced."""
    try:
        handle, work = tempfile.mkstemp(prefix=".signing-", dir=output.parent)
        try:
            with os.fdopen(handle, "wb") as target:
                target.write(data)
            os.link(work, output)
        finally:
            Path(work).unlink(missing_ok=True)
    except FileExistsError:
        message = _("Le fichier « %(name)s » existe déjà : il n’est pas remplacé.")
        raise Refused("BAD_OPTION", message % {"name": output.name}) from None
    except OSError as error:
        message = _("Le fichier « %(name)s » ne peut pas être écrit (%(reason)s).")
        raise Refused("BAD_OPTION", message % {"name": output.name, "reason": error.strerror or ""}) from None


def run(deed: Callable[[], tuple[dict[str, Any], str]], *, as_json: bool) -> None:
    """Show what a deed returned; a refusal is a French sentence, exit 2 for what was given, 1 for what stands in the way."""
    try:
        result, text = deed()
    except Declined as error:
        _stop(error.code, error.message, 1, as_json=as_json)
    except Refused as error:
        _stop(error.code, error.message, 2, as_json=as_json)
    except Unverifiable as error:
        _stop(error.code, worded(Finding(error.reason, error.params)), 2, as_json=as_json)
    except SealedError as error:
        _stop(error.code, _sentence(error), 2 if error.code in _BAD_INPUT else 1, as_json=as_json)
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else text)


def _sentence(error: SealedError) -> str:
    known = error.code in SENTENCES
    return sentence(error) if known else worded(Finding(error.code, error.params))


def _stop(code: str, message: str, status: int, *, as_json: bool) -> NoReturn:
    if as_json:
        click.echo(json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False))
    click.echo(message, err=True)
    raise SystemExit(status)
