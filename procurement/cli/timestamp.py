"""``pli timestamp``: have an authority state that a file existed (RFC 3161)."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import click

from procurement.cli import options, sign_inputs
from procurement.cli import signature_inputs as inputs
from procurement.cli.signature_inputs import Refused
from procurement.core.text import _

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("file", type=_FILE)
@sign_inputs.urls
@sign_inputs.authority
@click.option("--out", required=True, type=_FILE, help="New file for the token (DER).")
@options.as_json
def command(
    *, file: Path, urls: tuple[str, ...], authorities: tuple[Path, ...], out: Path, as_json: bool
) -> None:
    """Have FILE time-stamped: only its SHA-256 leaves this machine.

    Check the token with: openssl ts -verify -token_in -in OUT -data FILE -CAfile PEM, or pli signature verify.
    """

    def deed() -> tuple[dict[str, Any], str]:
        from signing.produce.stamping import checked

        client = sign_inputs.client(urls, authorities)
        if client is None:
            raise Refused("BAD_OPTION", _("Donnez l’adresse d’une autorité d’horodatage : --timestamp-url."))
        digest = sha256(inputs.read(file)).digest()
        stamped = checked(client.stamp(digest, "sha256"), digest)
        sign_inputs.write(out, stamped.token)
        at = stamped.gen_time.isoformat().replace("+00:00", "Z")
        result = {"file": file.name, "sha256": digest.hex(), "gen_time": at, "out": str(out)}
        text = _("Jeton d’horodatage de %(name)s, du %(at)s, écrit dans %(out)s.")
        return result, text % {"name": file.name, "at": at, "out": out}

    sign_inputs.run(deed, as_json=as_json)
