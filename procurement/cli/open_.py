"""``pli open``: open an export file with a holder's key, on a machine of the holder's choice."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import click

from procurement.core.text import _
from signing import jcs
from signing.certificates import Recipient, fingerprint, read_certificates, read_recipient
from signing.errors import SealedError
from signing.messages import sentence
from signing.private_keys import LoadedKey, load
from signing.sealed import rehearsal
from signing.sealed.container import Container
from signing.sealed.extracting import Extracted, HolderKey, extract
from signing.sealed.keys import KEY_BYTES
from signing.strict import Fields, b64encode

NOT_YET = frozenset({"bid.half_missing", "bid.quorum_missing"})
HALF_CODE = "bid.half_invalid"


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    "keys",
    required=True,
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option(
    "--cert", "certificates", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--half", "halves", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--rehearsal", "rehearse", is_flag=True, help="FILE is a rehearsal: print its nonce.")
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Folder to open into.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    file: Path,
    keys: tuple[Path, ...],
    certificates: tuple[Path, ...],
    halves: tuple[Path, ...],
    *,
    passphrase_file: Path | None,
    output: Path | None,
    **how: bool,
) -> None:
    """Open FILE with private keys (PKCS#8 or PKCS#12) into a folder."""
    try:
        holders = _holders(keys, certificates, passphrase_file)
        if how["rehearse"]:
            _answer(file, holders[0], as_json=how["as_json"])
            return
        if output is None:
            raise click.UsageError(_("Dites par -o dans quel dossier ouvrir le pli."))
        with Container(file) as container:
            results = extract(container, holders, dict(map(_half, halves)), output)
    except SealedError as error:
        click.echo(sentence(error), err=True)
        raise SystemExit(1) from error
    if how["as_json"]:
        click.echo(
            json.dumps({"envelopes": [_envelope_json(result) for result in results]}, ensure_ascii=False)
        )
    for result in results:
        click.echo(_result_text(result), err=True)
    raise SystemExit(_exit_code(results))


def _holders(
    keys: Sequence[Path], certificates: Sequence[Path], passphrase_file: Path | None
) -> list[HolderKey]:
    named = [found for path in certificates for found in read_certificates(path.read_bytes())]
    holders = []
    for path in keys:
        loaded = _load(path, passphrase_file)
        candidates = [*named, *([] if loaded.certificate is None else [loaded.certificate])]
        holders.append(HolderKey(loaded.private_key, _own(loaded, candidates)))
    return holders


def _load(path: Path, passphrase_file: Path | None) -> LoadedKey:
    data = path.read_bytes()
    if passphrase_file is not None:
        return load(data, passphrase_file.read_bytes().rstrip(b"\r\n"))
    try:
        return load(data)
    except SealedError as error:
        if error.code != "bid.passphrase_needed" or not sys.stdin.isatty():
            raise
    typed: str = click.prompt(
        _("Phrase de passe de %(name)s") % {"name": path.name}, hide_input=True, err=True
    )
    return load(data, typed.encode())


def _own(loaded: LoadedKey, certificates: Sequence[bytes]) -> Recipient | None:
    """Find the certificate of a key; without one every packet entry of its kind is tried."""
    public_numbers = loaded.private_key.public_key().public_numbers()
    recipients = {fingerprint(found): read_recipient(found) for found in certificates}
    return next((r for r in recipients.values() if r.public_key.public_numbers() == public_numbers), None)


def _half(path: Path) -> tuple[UUID, bytes]:
    try:
        fields = Fields(jcs.loads(path.read_bytes()), code=HALF_CODE, where=path.name)
        fields.one_of("v", ["pli/1"])
        half = fields.uuid("envelope"), fields.binary("value", size=KEY_BYTES)
        fields.done()
    except SealedError as error:
        raise SealedError(HALF_CODE, error.detail, path=path.name) from error
    return half


def _answer(file: Path, holder: HolderKey, *, as_json: bool) -> None:
    nonce = b64encode(rehearsal.answer(file.read_bytes(), holder.private_key, holder.recipient))
    click.echo(json.dumps({"nonce": nonce}) if as_json else nonce)
    click.echo(_("L’épreuve est ouverte : recopiez ce code sur la page de la clé."), err=True)


def _envelope_json(result: Extracted) -> dict[str, object]:
    return {
        "envelope": str(result.envelope),
        "lot": result.lot,
        "kind": result.kind.value,
        "result": "opened" if result.error is None else "failed",
        "cause": None if result.error is None else result.error.code,
        "files": [
            {
                "n": file.n,
                "name": file.name,
                "path": file.path,
                "size": file.size,
                "pt": {"alg": file.algorithm, "value": file.value.hex()},
            }
            for file in result.files
        ],
    }


def _result_text(result: Extracted) -> str:
    place = {"lot": result.lot, "kind": result.kind.value, "files": len(result.files)}
    if result.error is None:
        return _("Lot %(lot)s, %(kind)s : ouvert, fichiers : %(files)s.") % place
    return _("Lot %(lot)s, %(kind)s : non ouvert.") % place + " " + sentence(result.error)


def _exit_code(results: Sequence[Extracted]) -> int:
    causes = {result.error.code for result in results if result.error is not None}
    if not causes:
        return 0
    return 3 if causes <= NOT_YET else 1
