"""``pli dume``: check, convert, merge, show and prefill European Single Procurement Documents, without a server."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import click

from dume.espd.errors import ESPDError
from dume.espd.model import Kind, Version
from procurement.cli import options
from procurement.core import i18n
from procurement.core.clock import SystemClock
from procurement.core.errors import DomainError
from procurement.core.text import _

#: What a file may be, once for all commands.
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUT = click.Path(dir_okay=False, path_type=Path)
language = click.option(
    "--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="Of the sentences."
)


@click.group()
def command() -> None:
    """Check, convert, merge, show and prefill DUME (ESPD) files."""


@command.command()
@click.argument("file", type=FILE)
@click.option(
    "--kit",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Run the official XSD and Schematron of this folder instead of the native rules.",
)
@language
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
def validate(file: Path, kit: Path | None, language: str, *, as_json: bool) -> None:
    """Check FILE against the official rules of its version.

    Exit codes: 0 valid, 1 invalid or of a version that is not read, 2 not a readable DUME, 3 the kit's tools are missing.
    """
    verdict = _verdict(_bytes(file), kit, language).as_json(language)
    if as_json:
        click.echo(json.dumps(verdict, ensure_ascii=False))
    else:
        for finding in verdict["findings"]:
            click.echo("{severity} {rule}: {message} ({path})".format(**finding))
        click.echo(i18n.translate(_("Valide.") if verdict["valid"] else _("Non valide."), language), err=True)
    if verdict["kind"] is None:
        sys.exit(2)
    sys.exit(0 if verdict["valid"] else 1)


def _verdict(data: bytes, kit: Path | None, language: str) -> Any:
    from dume.espd import validate as native

    if kit is None:
        return native.validate(data)
    from dume import kit as official

    try:
        return official.validate(data, kit)
    except DomainError as error:
        _stop(3, i18n.translate(error.message, language, **error.params))


@command.command()
@click.argument("file", type=FILE)
@click.option("--to", "target", type=click.Choice(["4.1.0", "2.1.1", "1.0.2"]), required=True)
@click.option("-o", "--output", type=_OUT, help="Where to write; standard output without it.")
@click.option("--report", "report_file", type=_OUT, help="Where to write what became of every value (JSON).")
@language
def convert(file: Path, target: str, output: Path | None, report_file: Path | None, language: str) -> None:
    """Write FILE in another version, and say what was kept, changed or lost.

    Exit codes: 0 converted, 1 the result is not valid (written all the same), 2 not a readable DUME.
    """
    from dume.espd.export import export
    from dume.espd.validate import validate as native

    imported = _read(file, language)
    try:
        exported = export(imported.document, Version(target))
    except ESPDError as error:
        _refuse(error, language)
    if len(exported.files) > 1 and output is None:
        _stop(2, _("Ce document donne un fichier par lot : indiquez où les écrire avec -o."), language)
    for name, data in exported.files:
        _write(data, _place(output, name, several=len(exported.files) > 1))
    report = imported.report.as_json()
    if target != Version.V4_1_0:
        report["export"] = exported.report.as_json()
    if report_file is not None:
        report_file.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    counts = i18n.translate(
        _("Valeurs reprises : %(kept)s ; changées : %(changed)s ; perdues : %(lost)s."),
        language,
        **report["summary"],
    )
    click.echo(counts, err=True)
    sys.exit(0 if all(native(data).valid for _name, data in exported.files) else 1)


def _place(output: Path | None, name: str, *, several: bool) -> Path | None:
    """Give each lot's file a name of its own beside the one asked for."""
    if output is None or not several:
        return output
    return output.with_name(f"{output.stem}-{Path(name).stem}{output.suffix or '.xml'}")


@command.command()
@click.argument("request", type=FILE)
@click.argument("response", type=FILE)
@click.option("-o", "--output", type=_OUT, required=True, help="Where to write the new response.")
@language
def merge(request: Path, response: Path, output: Path, language: str) -> None:
    """Answer REQUEST with what the older RESPONSE says, and list what is to be looked at again.

    Exit codes: 0 merged, 2 not a request and a response.
    """
    from dume.espd import write_v41
    from dume.espd.merge import merge as merged_with

    asked, old = _read(request, language).document, _read(response, language).document
    if asked.kind is not Kind.REQUEST or old.kind is not Kind.RESPONSE:
        _stop(2, _("Donnez d’abord le DUME de l’acheteur, puis une réponse."), language)
    found = merged_with(asked, old, today=SystemClock().now().date())
    _write(write_v41.write(found.document), output)
    said = i18n.translate(
        _("Réponses reprises : %(carried)s ; à revoir : %(review)s ; sans place : %(unmatched)s."),
        language,
        carried=len(found.carried),
        review=len(found.to_review),
        unmatched=len(found.unmatched),
    )
    for line in (said, *found.to_review, *found.unmatched):
        click.echo(line, err=True)


@command.command()
@click.argument("file", type=FILE)
@click.option("--format", "form", type=click.Choice(["pdf", "html", "json"]), required=True)
@click.option("-o", "--output", type=_OUT, help="Where to write; standard output without it.")
@language
def render(file: Path, form: str, output: Path | None, language: str) -> None:
    """Show FILE as a page, a PDF with the XML attached, or JSON.

    Exit codes: 0 written, 2 not a readable DUME, 3 PDF asked for without the extra ``pdf``.
    """
    from dume.rendering import pages
    from procurement.core.pdf import PdfUnavailable

    document = _read(file, language).document
    try:
        writers: dict[str, Callable[[], bytes]] = {
            "html": lambda: pages.html(document, language).encode(),
            "json": lambda: pages.to_json(document, language).encode(),
            "pdf": lambda: pages.to_pdf(document, _bytes(file), language, date=SystemClock().now()),
        }
        _write(writers[form](), output)
    except PdfUnavailable as error:
        _stop(3, error.message, language)


@command.command()
@click.option("--siret", required=True, help="The company.")
@click.option(
    "--level", type=click.IntRange(1, 2), default=1, show_default=True, help="2: protected data too."
)
@click.option("--recipient", help="SIRET of the buyer who asks; from the settings without it.")
@click.option("--object", "reference", help="Reference of the consultation.")
@options.config
@options.as_json
@language
def prefill(
    siret: str,
    level: int,
    recipient: str | None,
    reference: str | None,
    ini: str,
    language: str,
    *,
    as_json: bool,
) -> None:
    """Ask what the State knows of a company, and show which answers it would propose.

    Exit codes: 0 asked (each source says how it went), 2 the SIRET cannot be accepted.
    """
    from dume.registry import command as registry

    try:
        found = registry.prefill_from(ini, siret, level=level, recipient=recipient, reference=reference)
    except DomainError as error:
        _stop(2, i18n.translate(error.message, language, **error.params))
    options.show(found, registry.sentences(found, language), as_json=as_json)


def _read(file: Path, language: str) -> Any:
    from dume.espd.importing import read

    try:
        return read(_bytes(file))
    except ESPDError as error:
        _refuse(error, language)


def _bytes(file: Path) -> bytes:
    """Read a file; of one that is too big, no more than shows it."""
    from dume.espd.parse import MAX_BYTES

    with file.open("rb") as source:
        return source.read(MAX_BYTES + 1)


def _refuse(error: ESPDError, language: str) -> NoReturn:
    """Stop with the sentence of the findings for a file that cannot be read."""
    from dume.espd.validate import message, refusal

    _stop(2, message(refusal(error), language), language)


def _write(data: bytes, output: Path | None) -> None:
    """Write beside, then rename: a file that is there is whole."""
    if output is None:
        sys.stdout.buffer.write(data)
        return
    unfinished = output.with_name(f".{output.name}.part")
    unfinished.write_bytes(data)
    unfinished.replace(output)


def _stop(code: int, message: str, language: str = "fr") -> NoReturn:
    click.echo(f"pli: {i18n.translate(message, language)}", err=True)
    sys.exit(code)
