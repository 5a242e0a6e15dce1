"""What ``pli signature verify`` says to a person: the verdicts, the five checks and the time-stamps, in French."""

from collections.abc import Iterator
from datetime import UTC, datetime

import click

from procurement.core.text import _
from signing.facts import StampFacts
from signing.report import Report, SignatureReport, StampReport
from signing.summary_fr import sentence
from signing.types import CheckStatus, Container, Coverage

#: The five checks of article 5, and how each is answered. The room's own words stand beside tables that a command does not need.
CHECKS = {
    "identity": _("Qui a signé"),
    "certificate_category": _("Certificat qualifié"),
    "format": _("Format admis (XAdES, CAdES, PAdES)"),
    "validity_at_signing": _("Certificat valable à la date de signature"),
    "integrity": _("Document inchangé"),
}
ANSWERS = {
    CheckStatus.PASSED: _("oui"),
    CheckStatus.FAILED: _("non"),
    CheckStatus.UNKNOWN: _("pas de réponse"),
    CheckStatus.HUMAN: _("à vous de le dire"),
}
COVERAGES = {
    Coverage.FULL: _("Signé en entier"),
    Coverage.PARTIAL: _("Signé en partie"),
    Coverage.NONE: _("Non signé"),
}


def tell(report: Report, *, err: bool) -> None:
    """Say the verdicts, one block per signature, then the time-stamps that stand alone."""
    for line in lines(report):
        click.echo(line, err=err)


def lines(report: Report) -> Iterator[str]:
    """Yield what is said of a file."""
    for finding in report.findings:
        yield sentence(finding)
    if not report.signatures:
        yield _nothing(report)
    for one in report.signatures:
        yield from _signature(one)
    for stamp in report.timestamps:
        yield from _stamp(stamp)


def _nothing(report: Report) -> str:
    if report.container is Container.TIMESTAMP:
        return _("Ce fichier est un jeton d’horodatage ; il ne contient pas de signature d’une personne.")
    return _("Aucune signature électronique dans ce fichier.")


def _signature(one: SignatureReport) -> Iterator[str]:
    who = one.signer.common_name or one.signer.subject if one.signer else _("signataire inconnu")
    what = " / ".join(str(part) for part in (one.indication, one.subindication) if part)
    yield f"{one.id} : {what} ({one.format} {one.level}), {who}"
    for finding in one.errors:
        yield f"  {sentence(finding)}"
    for name, check in one.checks.items():
        yield f"  {CHECKS[name]} : {ANSWERS[check.status]}. {sentence(check.finding)}"
    for entry in one.scope:
        yield f"  {COVERAGES[entry.coverage]} : {entry.name}"
    for finding in one.warnings:
        yield f"  {sentence(finding)}"
    for stamp in one.stamps:
        yield from (f"  {line}" for line in _stamp(stamp))


def _stamp(stamp: StampReport) -> Iterator[str]:
    facts = stamp.facts
    good = facts.sound and stamp.trusted
    word = _("retenu") if good else _("non retenu")
    reason = f" ({stamp.subindication})" if stamp.subindication else ""
    yield _("Horodatage %(word)s%(reason)s : %(when)s, par %(who)s") % {
        "word": word,
        "reason": reason,
        "when": instant(facts.gen_time) if facts.gen_time else _("date illisible"),
        "who": stamp.authority or _("une autorité inconnue"),
    }
    yield f"  {_stamped(facts)}"
    if facts.policy:
        yield f"  {_('Politique')} : {facts.policy}"
    if facts.serial is not None:
        yield f"  {_('Numéro de série')} : {facts.serial:#x}"
    for finding in facts.findings:
        yield f"  {sentence(finding)}"


def _stamped(facts: StampFacts) -> str:
    if not facts.data_found:
        return _("Le document horodaté n’est pas là : donnez-le avec --content pour comparer son empreinte.")
    algorithm = {"algorithm": (facts.imprint_algorithm or "?").upper()}
    if facts.imprint_intact:
        return _("L’empreinte (%(algorithm)s) est celle du document.") % algorithm
    return (
        _("L’empreinte (%(algorithm)s) n’est pas celle du document : il a changé, ou c’en est un autre.")
        % algorithm
    )


def instant(moment: datetime) -> str:
    """Return an instant to the second, in universal time."""
    return moment.astimezone(UTC).strftime("%d/%m/%Y %H:%M:%S UTC")
