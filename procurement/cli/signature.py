"""``pli signature``: verify the signatures of a file with the trust of this installation, given anchors, or frozen evidence."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from procurement.cli import signature_evidence
from procurement.cli import signature_inputs as inputs
from procurement.cli.signature_evidence import Vouched, Witnesses
from procurement.cli.signature_inputs import Material, Refused
from procurement.cli.signature_texts import tell
from procurement.core.settings import DEFAULT_INI
from procurement.core.text import _
from signing.policy import DEFAULT, Policy
from signing.report import Report, as_json, exit_code
from signing.summary_fr import sentence
from signing.trust import TrustSnapshot
from signing.types import Bytes, Fetcher

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
    witnesses: Witnesses
    offline: bool
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
@click.option(
    "--evidence-sha256", "digest", help="Digest that the frozen archive must have, from the journal."
)
@click.option(
    "--evidence-stamp",
    "stamp",
    type=_FILE,
    help="Time-stamp over the frozen archive (TimeStampResp); by default EVIDENCE.tsr when it is there.",
)
@click.option(
    "--tsa-ca",
    "authorities",
    multiple=True,
    type=_FILE,
    help="Certificate (PEM or DER) that the time-stamp over the archive must chain to.",
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
    digest: str | None,
    stamp: Path | None,
    authorities: tuple[Path, ...],
    offline: bool,
    detail: bool,
    ini: str,
    as_object: bool,
) -> None:
    """Verify FILE: exit 0 when every signature is TOTAL-PASSED, 1 for any other verdict, 2 for what cannot be read.

    Revocation data come from FILE and from --evidence; they are fetched only with the setting signing_fetch = true, and
    never for the frozen evidence of a verdict, which is found again under the rules and the trust of its day.
    """
    witnesses = Witnesses(digest, stamp, authorities)
    try:
        report = _verified(Asked(file, contents, anchors, signer, at, evidence, witnesses, offline, ini))
    except Refused as refused:
        _stop(file.name, refused, as_object=as_object)
    if as_object:
        click.echo(json.dumps(as_json(report, detail=detail), ensure_ascii=False))
    if report.error is not None:
        click.echo(sentence(report.error.finding), err=True)
    else:
        tell(report, err=as_object)
    raise SystemExit(exit_code(report))


def _verified(asked: Asked) -> Report:
    data = inputs.read(asked.file)
    contents = tuple(Bytes(path.name, inputs.read(path)) for path in asked.contents)
    signer = inputs.certificates(asked.signer) if asked.signer else ()
    at = _instant(asked.at) if asked.at else datetime.now(UTC)
    material = inputs.material(asked.evidence, data) if asked.evidence else Material()
    vouched = _vouched(asked, material)
    trust, policy = _trust(asked, vouched)
    from signing.api import verify as judge

    report = judge(
        data,
        name=asked.file.name,
        contents=contents,
        extra_certs=signer,
        trust=trust,
        policy=policy,
        evidence=material.evidence,
        at=at,
        poe=vouched.frozen.poe if vouched else (),
        fetch=_fetcher(asked, vouched),
    )
    if vouched:
        for line in (*vouched.said, signature_evidence.compared(report, vouched.frozen)):
            click.echo(line, err=True)
        report = replace(report, findings=(*report.findings, *vouched.doubts))
    return report


def _vouched(asked: Asked, material: Material) -> Vouched | None:
    if material.frozen is None or material.archive is None or asked.evidence is None:
        return None
    return signature_evidence.vouched(asked.evidence, material.archive, material.frozen, asked.witnesses)


def _trust(asked: Asked, vouched: Vouched | None) -> tuple[TrustSnapshot, Policy]:
    """Return the anchors given, the trust frozen with the evidence, or that of this installation, in this order."""
    if asked.anchors:
        return inputs.anchors(asked.anchors), DEFAULT
    if vouched is not None:
        return vouched.frozen.trust, vouched.frozen.policy
    return inputs.stored_trust(asked.ini)


def _fetcher(asked: Asked, vouched: Vouched | None) -> Fetcher | None:
    """Return what may use the network: nothing offline, nor for a verdict that is found again."""
    if asked.offline or vouched is not None:
        return None
    return inputs.fetcher(asked.ini, lambda: datetime.now(UTC))


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
