"""``pli doctor``: name what is wrong with an installation, and how to mend it."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout

import click

from procurement.cli import options
from procurement.core import doctor, i18n
from procurement.core.doctor import Report, Status
from procurement.core.logging import quiet
from procurement.core.runtime import bootstrap
from procurement.core.settings import SettingsError
from procurement.core.text import _

_WORDS = {
    Status.OK: (_("bon"), "green"),
    Status.WARN: (_("à voir"), "yellow"),
    Status.FAIL: (_("défaut"), "red"),
}
_SUMMARY = {
    Status.OK: _("Tout est en ordre."),
    Status.WARN: _("Le service peut fonctionner ; des points sont à voir."),
    Status.FAIL: _("Des défauts sont à corriger avant d’ouvrir le service."),
}


@click.command()
@options.config
@options.as_json
@click.option("--language", type=click.Choice(i18n.LANGUAGES), default=i18n.DEFAULT, show_default=True)
def command(ini: str, as_json: bool, language: str) -> None:
    """Check the installation; exit 1 when something must be mended."""
    with _messages_aside():
        try:
            runtime = bootstrap(ini)
            quiet()
            report = doctor.examine(runtime, os.environ)
            runtime.database.dispose()
        except SettingsError as error:
            report = doctor.refused(str(error))
        except Exception as error:  # noqa: BLE001  # what keeps the application from starting is the finding
            report = doctor.refused(f"{type(error).__name__}: {error}")
    if as_json:
        click.echo(json.dumps(report.as_json(language), ensure_ascii=False))
    else:
        _show(report, language)
    raise SystemExit(1 if report.status is Status.FAIL else 0)


@contextmanager
def _messages_aside() -> Iterator[None]:
    """Send what libraries log to standard error: standard output holds the report alone."""
    with redirect_stdout(sys.stderr):
        yield


def _show(report: Report, language: str) -> None:
    for check in report.checks:
        word, colour = _WORDS[check.status]
        state = click.style(i18n.translate(word, language).ljust(8), fg=colour)
        value = "" if check.value is None else f" {check.value}"
        limit = "" if check.limit is None else f" ({check.limit})"
        click.echo(f"{state} {check.id}{value}{limit}")
        if check.fix:
            click.echo(f"         {i18n.translate(check.fix, language, **check.params)}")
    click.echo(i18n.translate(_SUMMARY[report.status], language))
