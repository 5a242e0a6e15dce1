"""``pli receipt``: check a deposit receipt offline."""

import json
from pathlib import Path
from typing import NoReturn

import click

from procurement.core.text import _
from signing.certificates import read_certificates
from signing.errors import SealedError
from signing.messages import sentence
from signing.receipt import Check
from signing.receipt import verify as verify_archive
from signing.receipt.archive import MAX_ARCHIVE_BYTES

NAMES = {
    "receipt": _("Reçu"),
    "timestamp": _("Horodatage"),
    "pdf": _("Copie PDF"),
    "seal": _("Cachet de la plateforme"),
    "log": _("Journal des dépôts"),
    "commitments": _("Empreintes privées"),
    "files": _("Fichiers comparés"),
}


@click.group()
def command() -> None:
    """Check a deposit receipt."""


@command.command("verify")
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--tsa-ca",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Trusted certificate of the time-stamping authority (PEM or DER).",
)
@click.option(
    "--seal-ca",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Trusted certificate above the platform's seal (PEM or DER); without it nobody vouches for the seal.",
)
@click.option("--log-key", help="Verification key of the deposit log.")
@click.option(
    "--files", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Files to compare."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def verify(
    archive: Path,
    tsa_ca: Path,
    seal_ca: Path | None,
    log_key: str | None,
    files: Path | None,
    *,
    as_json: bool,
) -> None:
    """Check ARCHIVE and its proofs; exit 1 when anything present does not hold."""
    try:
        authorities = read_certificates(tsa_ca.read_bytes())
        sealers = read_certificates(seal_ca.read_bytes()) if seal_ca else []
    except SealedError as error:
        _usage(sentence(error))
    if archive.stat().st_size > MAX_ARCHIVE_BYTES:
        _usage(_("Ce fichier est trop grand pour être un reçu."))
    checks = verify_archive(
        archive.read_bytes(), tsa_ca=authorities, seal_ca=sealers, files_dir=files, log_key=log_key
    )
    ok = all(check.ok is not False for check in checks)
    if as_json:
        rows = [{"name": check.name, "ok": check.ok, "detail": check.detail} for check in checks]
        click.echo(json.dumps({"ok": ok, "checks": rows}, ensure_ascii=False))
    for check in checks:
        click.echo(_check_text(check), err=True)
    raise SystemExit(0 if ok else 1)


def _check_text(check: Check) -> str:
    verdicts = {True: _("vérifié"), False: _("REFUSÉ"), None: _("non vérifié")}
    return f"{NAMES[check.name]} : {verdicts[check.ok]} ({check.detail})"


def _usage(message: str) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(2)
