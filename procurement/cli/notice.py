"""``pli notice``: turn a notice into a draft consultation."""

import sys
from pathlib import Path
from typing import Any

import click

from procurement.accounts import queries as accounts
from procurement.accounts.rules import OrganisationKind
from procurement.cli import options
from procurement.consultations.service import limits_of
from procurement.core import i18n, ids
from procurement.core.errors import DomainError, Invalid, NotFound
from procurement.core.runtime import Runtime, bootstrap
from procurement.notices import rules, service
from procurement.notices.reader import MAX_BYTES, Item, ItemKind

#: The kinds that somebody must look at before publication.
_TO_CHECK = (ItemKind.TO_SET_AGAIN, ItemKind.DOUBTFUL)


@click.group()
def command() -> None:
    """Import eForms notices."""


@command.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organisation", required=True, help="SIRET of the buyer the draft belongs to.")
@click.option(
    "--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="Of the report."
)
@options.config
@options.as_json
def import_(file: Path, organisation: str, language: str, ini: str, *, as_json: bool) -> None:
    """Begin a draft with what FILE says, and print what became of each piece of it.

    Exit codes: 0 imported, 1 no such organisation, 2 the file or the SIRET cannot be accepted.
    """
    try:
        imported = _import(bootstrap(ini), file, organisation)
    except DomainError as error:
        click.echo(f"pli: {error.code}: {i18n.translate(error.message, language, **error.params)}", err=True)
        sys.exit(2 if isinstance(error, Invalid) else 1)
    lines = [_line(item, language) for item in imported.report]
    reference = imported.consultation.reference
    result = {"reference": reference, "notice_id": str(imported.notice_id), "report": lines}
    options.show(result, _sentences(reference, lines), as_json=as_json)


def _import(runtime: Runtime, file: Path, organisation: str) -> service.ImportedNotice:
    siret, now = ids.siret(organisation), runtime.clock.now()
    with file.open("rb") as stream:
        read = service.read_file(file.name, stream.read(MAX_BYTES + 1), now=now)
    with runtime.database.write() as session:
        buyer = accounts.organisation_by_siret(session, siret, OrganisationKind.BUYER)
        if buyer is None:
            raise NotFound(
                "cli.organisation_missing", "No such buyer: run pli account create-organisation first."
            )
        limits = limits_of(runtime.settings)
        return service.import_notice(session, read, by=None, now=now, organisation_id=buyer.id, limits=limits)


def _line(item: Item, language: str) -> dict[str, Any]:
    return {
        "kind": str(item.kind),
        "field": item.field,
        "lot": rules.lot_number(item.field),
        "label": i18n.translate(item.label, language),
        "sentence": i18n.translate(item.message, language, **item.params),
        "path": item.path,
        "value": item.value,
        "count": item.count,
    }


def _sentences(reference: str, lines: list[dict[str, Any]]) -> str:
    counts = {kind: sum(line["kind"] == kind for line in lines) for kind in ItemKind}
    figures = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in counts.items())
    shown = [
        f"  {_subject(line)}: {line['sentence']} {line['value']}".rstrip()
        for line in lines
        if line["kind"] in _TO_CHECK
    ]
    return "\n".join((f"Draft {reference} created ({figures}).", *shown))


def _subject(line: dict[str, Any]) -> str:
    subject = line["label"] or line["path"]
    return f"Lot {line['lot']}: {subject}" if line["lot"] else subject
