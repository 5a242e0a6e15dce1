"""``pli seal``: seal a folder offline into an export file, without the platform's JavaScript."""

import json
import mimetypes
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn
from uuid import UUID

import click

from procurement.core.text import _
from signing import preflight
from signing.detection import notes
from signing.errors import SealedError
from signing.messages import sentence
from signing.preflight import Finding
from signing.sealed import container
from signing.sealed.descriptor import MAX_LOT, SIRET, Candidate, Kind, Relation
from signing.sealed.keyset import SealingTerms, parse_terms
from signing.sealed.sealing import Client, EnvelopePlan, Sealing, SourceFile

FINDINGS = {
    "too_large": _("dépasse la taille acceptée par fichier"),
    "too_many": _("Il y a plus de fichiers que la consultation n’en accepte."),
    "total_too_large": _("L’ensemble dépasse la taille acceptée par pli."),
    "empty": _("est vide"),
    "unreadable": _("ne peut pas être lu"),
    "type_forbidden": _("n’est pas d’un format accepté par la consultation"),
    "pdf_corrupt": _("semble être un PDF endommagé : ouvrez-le et enregistrez-le à nouveau"),
    "pdf_locked": _("est un PDF protégé : l’acheteur risque de ne pas pouvoir le lire"),
    "zip_unreadable": _("est une archive illisible"),
    "zip_encrypted": _("est une archive protégée par mot de passe"),
    "macro": _("contient des macros, que l’acheteur peut refuser d’ouvrir"),
    "name_odd": _("porte un nom trop long ou avec des caractères invisibles"),
    "duplicate": _("est identique à un autre fichier"),
}
_LOT_FOLDER = re.compile(r"lot-([0-9]{1,5})")


@dataclass(frozen=True, slots=True)
class Choice:
    """What the command line says of the envelopes, beside the folder itself."""

    lot: int
    kind: str | None
    relation: str
    refers_to: tuple[UUID, ...]
    deposit: UUID | None = None


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--consultation", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path))
@click.option("--siret", required=True, help="SIRET of the candidate, or of the group's lead.")
@click.option("--member", "members", multiple=True, help="SIRET of another member of the group.")
@click.option("--lot", default=0, type=click.IntRange(0, MAX_LOT), help="Lot of a flat folder's files.")
@click.option(
    "--kind", type=click.Choice([kind.value for kind in Kind]), help="Kind of a flat folder's files."
)
@click.option(
    "--relation", default=Relation.PREMIER.value, type=click.Choice([relation.value for relation in Relation])
)
@click.option("--refers-to", "refers_to", multiple=True, type=click.UUID, help="Earlier envelope.")
@click.option(
    "--deposit", type=click.UUID, help="Number that the platform gave, for a bid sent over the API."
)
@click.option("--copie-de-sauvegarde", "backup", is_flag=True, help="Seal a backup copy.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def command(
    folder: Path, consultation: Path, output: Path, *, backup: bool, as_json: bool, **chosen: object
) -> None:
    """Seal FOLDER (lot-N/kind/files, kind/files, or files with --kind) for a consultation."""
    choice, candidate = _choice(chosen)
    terms = _terms(consultation)
    plans = [_plan(lot, kind, paths, choice) for (lot, kind), paths in _envelopes(folder, choice)]
    findings = preflight.check([file.path for plan in plans for file in plan.files], terms.limits)
    for finding in findings:
        click.echo(_finding_text(finding), err=True)
    if any(finding.blocking for finding in findings):
        raise SystemExit(1)
    if choice.relation not in terms.relations:
        _usage(_("La consultation n’admet pas cette relation avec un pli antérieur."))
    client = Client("pli seal (copie de sauvegarde)" if backup else "pli seal", version("pli"))
    files, deposit = _with_warnings(plans, findings), choice.deposit
    try:
        sealing = Sealing(terms.key_set, candidate, client, files, at=datetime.now(UTC), deposit=deposit)
        result = _write(sealing, output)
    except SealedError as error:
        click.echo(sentence(error), err=True)
        raise SystemExit(1) from error
    result["warnings"] = [{"code": f.code, "file": None if f.path is None else f.path.name} for f in findings]
    _report(result, output, backup=backup, as_json=as_json)


def _choice(chosen: dict[str, object]) -> tuple[Choice, Candidate]:
    lead, members = str(chosen["siret"]), chosen["members"]
    assert isinstance(members, tuple)
    if not all(re.fullmatch(SIRET, siret) for siret in (lead, *members)) or lead in members:
        _usage(_("Un SIRET compte 14 chiffres, et chaque membre du groupement est nommé une fois."))
    lot, kind, refers_to = chosen["lot"], chosen["kind"], chosen["refers_to"]
    assert isinstance(lot, int)
    assert isinstance(refers_to, tuple)
    deposit = chosen["deposit"]
    assert deposit is None or isinstance(deposit, UUID)
    choice = Choice(lot, None if kind is None else str(kind), str(chosen["relation"]), refers_to, deposit)
    if (choice.relation == Relation.PREMIER) != (not refers_to):
        _usage(_("Un pli qui remplace ou complète désigne l’enveloppe antérieure par --refers-to."))
    return choice, Candidate(lead, tuple(sorted(set(members))))


def _terms(path: Path) -> SealingTerms:
    try:
        return parse_terms(path.read_bytes())
    except SealedError as error:
        _usage(sentence(error))


def _envelopes(folder: Path, choice: Choice) -> Iterator[tuple[tuple[int, Kind], list[Path]]]:
    """Yield the envelopes that a folder describes, each with its files."""
    entries = _visible(folder)
    if not entries:
        _usage(_("Le dossier est vide."))
    if all(entry.is_file() for entry in entries):
        if choice.kind is None:
            _usage(_("Dites par --kind ce que contiennent ces fichiers : candidature, offre ou anonymat."))
        yield (choice.lot, Kind(choice.kind)), entries
        return
    for entry in entries:
        lot = _LOT_FOLDER.fullmatch(entry.name)
        if entry.is_dir() and lot:
            for inner in _visible(entry):
                yield _kind_folder(int(lot[1]), inner)
        else:
            yield _kind_folder(0, entry)


def _kind_folder(lot: int, folder: Path) -> tuple[tuple[int, Kind], list[Path]]:
    if not folder.is_dir() or folder.name not in list(Kind):
        misplaced = _(
            "%(path)s n’est pas à sa place : rangez les fichiers dans lot-N/offre ou lot-N/candidature."
        )
        _usage(misplaced % {"path": folder})
    files = _visible(folder)
    if not files or not all(file.is_file() for file in files):
        nested = _("%(path)s doit contenir des fichiers, et pas de sous-dossier.")
        _usage(nested % {"path": folder})
    return (lot, Kind(folder.name)), files


def _visible(folder: Path) -> list[Path]:
    """List a folder without the hidden files that desktops leave behind."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _plan(lot: int, kind: Kind, paths: list[Path], choice: Choice) -> EnvelopePlan:
    files = [SourceFile(path, path.name, _media_type(path)) for path in paths]
    return EnvelopePlan(lot, kind, files, Relation(choice.relation), choice.refers_to)


def _with_warnings(plans: list[EnvelopePlan], findings: list[Finding]) -> list[EnvelopePlan]:
    """Note overridden findings in the sealed manifest, and what is seen of signatures in the inventory."""
    codes: dict[Path | None, tuple[str, ...]] = {}
    for finding in findings:
        codes[finding.path] = (*codes.get(finding.path, ()), finding.code)
    return [
        EnvelopePlan(
            plan.lot,
            plan.kind,
            [
                SourceFile(
                    file.path, file.name, file.media_type, signature=note, warnings=codes.get(file.path, ())
                )
                for file, note in zip(plan.files, notes([f.path for f in plan.files]), strict=True)
            ],
            plan.relation,
            plan.refers_to,
        )
        for plan in plans
    ]


def _media_type(path: Path) -> str:
    return mimetypes.guess_type(path.name)[0] or "application/octet-stream"


def _write(sealing: Sealing, output: Path) -> dict[str, object]:
    """Write the export file under another name first: a bid is whole or not there."""
    handle, work = tempfile.mkstemp(prefix=".sealing-", dir=output.parent)
    try:
        with os.fdopen(handle, "wb") as target:
            deposit = container.write(target, sealing)
        Path(work).replace(output)
    finally:
        Path(work).unlink(missing_ok=True)
    sizes = [file.ct_size for envelope in deposit.descriptor.envelopes for file in envelope.files]
    return {"deposit": str(deposit.descriptor.deposit), "files": len(sizes), "ct_bytes": sum(sizes)}


def _report(result: dict[str, object], output: Path, *, backup: bool, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False))
    click.echo(_("Pli scellé dans %(path)s.") % {"path": output}, err=True)
    if backup:
        click.echo(
            _("Remettez-le avant la date limite, avec la mention lisible « copie de sauvegarde »."), err=True
        )


def _finding_text(finding: Finding) -> str:
    text = FINDINGS[finding.code]
    level = _("Bloquant") if finding.blocking else _("Attention")
    return f"{level} : {text if finding.path is None else f'{finding.path.name} {text}.'}"


def _usage(message: str) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(2)
