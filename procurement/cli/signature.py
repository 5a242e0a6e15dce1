"""``pli signature``: verify the signatures of a file, offline, with the trust of this installation or given anchors."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from procurement.cli import signature_inputs as inputs
from procurement.cli.signature_inputs import Material, Refused
from procurement.core.settings import DEFAULT_INI
from procurement.core.text import _
from signing.policy import DEFAULT, Policy
from signing.report import Report, SignatureReport, as_json, exit_code
from signing.summary_fr import sentence
from signing.trust import TrustSnapshot
from signing.types import Bytes

_FILE = click.Path(path_type=Path)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked on the command line, as it was written."""

    file: Path
    contents: tuple[Path, ...]
    anchors: tuple[Path, ...]
    signer: Path | None
    at: str | None
    evidence: Path | None
    ini: str


@click.group()
def command() -> None:
    """Verify electronic signatures (XAdES, CAdES, PAdES, ASiC)."""


@command.command("verify")
@click.argument("file", type=_FILE)
@click.option("--content", "contents", multiple=True, type=_FILE, help="Document that FILE is detached from.")
@click.option(
    "--trust-anchor",
    "anchors",
    multiple=True,
    type=_FILE,
    help="Trust these certificates (PEM or DER) and nothing else; /dev/null: trust nobody.",
)
@click.option("--signer-cert", "signer", type=_FILE, help="Certificate of the signer, where FILE lacks it.")
@click.option("--at", help="Verify as of this instant (ISO 8601).")
@click.option(
    "--evidence", type=_FILE, help="Revocation data and certificates: a ZIP archive, or one PEM or DER file."
)
@click.option("--offline", is_flag=True, help="Use no network whatever the settings say.")
@click.option("--detail", is_flag=True, help="Add the facts and the time-stamps to the JSON.")
@click.option("--config", "ini", default=DEFAULT_INI, show_default=True, help="Settings file.")
@click.option("--json", "as_object", is_flag=True, help="Print one JSON object on stdout.")
def verify(  # noqa: PLR0913  # an option each
    *,
    file: Path,
    contents: tuple[Path, ...],
    anchors: tuple[Path, ...],
    signer: Path | None,
    at: str | None,
    evidence: Path | None,
    offline: bool,
    detail: bool,
    ini: str,
    as_object: bool,
) -> None:
    """Verify FILE: exit 0 when every signature is TOTAL-PASSED, 1 for any other verdict, 2 for what cannot be read.

    Nothing is fetched: revocation data come from FILE and from --evidence.
    """
    del offline  # Nothing here reaches the network.
    try:
        report = _verified(Asked(file, contents, anchors, signer, at, evidence, ini))
    except Refused as refused:
        _stop(file.name, refused, as_object=as_object)
    if as_object:
        click.echo(json.dumps(as_json(report, detail=detail), ensure_ascii=False))
    if report.error is not None:
        click.echo(sentence(report.error.finding), err=True)
    else:
        _tell(report, err=as_object)
    raise SystemExit(exit_code(report))


def _verified(asked: Asked) -> Report:
    data = inputs.read(asked.file)
    contents = tuple(Bytes(path.name, inputs.read(path)) for path in asked.contents)
    signer = inputs.certificates(asked.signer) if asked.signer else ()
    at = _instant(asked.at) if asked.at else datetime.now(UTC)
    material = inputs.material(asked.evidence, data) if asked.evidence else Material()
    trust, policy = _trust(asked, material)
    from signing.api import verify as judge

    return judge(
        data,
        name=asked.file.name,
        contents=contents,
        extra_certs=signer,
        trust=trust,
        policy=policy,
        evidence=material.evidence,
        at=at,
        poe=material.poe,
    )


def _trust(asked: Asked, material: Material) -> tuple[TrustSnapshot, Policy]:
    """Return the anchors given, the trust frozen with the evidence, or that of this installation, in this order."""
    if asked.anchors:
        return inputs.anchors(asked.anchors), DEFAULT
    if material.trust is not None:
        # Whoever makes an archive writes what it trusts: the digest is to be compared with the one that was noted.
        message = _(
            "Verdict rendu d’après le dossier de preuves d’empreinte %(sha256)s : comparez-la à celle du journal."
        )
        click.echo(message % {"sha256": material.sha256}, err=True)
        return material.trust, material.policy
    return inputs.stored_trust(asked.ini)


def _instant(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        message = _("« %(text)s » n’est pas un instant ISO 8601, par exemple 2027-01-11T12:00:00Z.")
        raise Refused("BAD_OPTION", message % {"text": text}) from None


def _stop(name: str, refused: Refused, *, as_object: bool) -> NoReturn:
    if as_object:
        error = {"code": refused.code, "message": refused.message, "offset": refused.offset}
        found: dict[str, object] = {"file": name, "container": None, "signatures": [], "error": error}
        click.echo(json.dumps(found, ensure_ascii=False))
    click.echo(refused.message, err=True)
    raise SystemExit(2)


def _tell(report: Report, *, err: bool) -> None:
    """Say the verdicts in French, one block per signature."""
    for finding in report.findings:
        click.echo(sentence(finding), err=err)
    if not report.signatures:
        click.echo(_("Aucune signature électronique dans ce fichier."), err=err)
    for one in report.signatures:
        for line in _lines(one):
            click.echo(line, err=err)


def _lines(one: SignatureReport) -> list[str]:
    who = one.signer.common_name or one.signer.subject if one.signer else _("signataire inconnu")
    what = " / ".join(str(part) for part in (one.indication, one.subindication) if part)
    rows = [f"{one.id} : {what} ({one.format} {one.level}), {who}"]
    rows += [f"  {sentence(finding)}" for finding in one.errors]
    rows += [f"  {name} : {check.status}. {sentence(check.finding)}" for name, check in one.checks.items()]
    return rows
