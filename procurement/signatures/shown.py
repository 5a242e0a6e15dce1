"""The one model of a report that screen, PDF and print share: plain JSON, in the reader's language."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from procurement.core.text import _
from procurement.core.web.filters import instant_in, size_in
from procurement.signatures import rules, wording
from procurement.signatures.rules import Outcome
from procurement.signatures.service import About
from procurement.signatures.trusted import Basis
from signing.report import Report, SignatureReport, StampReport
from signing.summary_fr import sentences
from signing.trust import age
from signing.types import CHECKS, Check, Finding, Scope

#: A label and its value.
Line = tuple[str, str]
#: Signatures, and things that one signs, that are shown.
_MOST = 300
#: How the code of a sentence that says what to do ends.
_ADVICE = ".advice"


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: the language, how sentences are put into it, and when."""

    language: str
    translate: Callable[..., str]
    now: datetime

    def said(self, finding: Finding) -> str:
        """Return the sentence of a finding."""
        return self.translate(sentences()[finding.code], **finding.params)

    def instant(self, moment: datetime) -> str:
        """Return an instant in full."""
        return instant_in(moment, self.language)


def present(report: Report, about: About, basis: Basis, reader: Reader) -> dict[str, Any]:
    """Return the whole report as JSON values that a template or a PDF lays out."""
    found = rules.overall(report)
    return {
        "name": about.name,
        "file": _file(report, about, reader),
        "verified_at": reader.instant(reader.now),
        "outcome": str(found),
        **_verdict(report, found, reader),
        "error": None if report.error is None else reader.said(report.error.finding),
        "findings": [reader.said(finding) for finding in report.findings],
        "signatures": [
            _signature(one, number, reader) for number, one in enumerate(report.signatures[:_MOST], 1)
        ],
        "stamps": [_stamp(stamp, reader) for stamp in report.timestamps],
        "trust": _trust(basis, reader),
    }


def _verdict(report: Report, found: Outcome, reader: Reader) -> dict[str, Any]:
    if report.error is not None:
        return {"word": reader.translate(_("Fichier non lisible")), "kind": "err", "means": "", "next": ""}
    word, kind, means = wording.OUTCOMES[found]
    if len(report.signatures) > 1:
        word = _several(report, found)
    more = {"count": len(report.signatures)} if len(report.signatures) > 1 else {}
    return {
        "word": reader.translate(word, **more),
        "kind": kind,
        "means": reader.translate(means) if len(report.signatures) < 2 else "",  # noqa: PLR2004  # each says its own
        "next": reader.translate(wording.NEXT[found]) if found is Outcome.NONE else "",
    }


def _several(report: Report, found: Outcome) -> str:
    if found is Outcome.VALID:
        return _("%(count)s signatures, toutes valables")
    good = any(rules.outcome(one) is Outcome.VALID for one in report.signatures)
    return (
        _("%(count)s signatures, une au moins n’est pas valable ou reste à voir")
        if good
        else _("%(count)s signatures, aucune n’est valable sans réserve")
    )


def _file(report: Report, about: About, reader: Reader) -> list[Line]:
    rows = [(_("Fichier"), about.name)]
    if report.container is not None:
        rows.append((_("Type"), reader.translate(wording.CONTAINERS[report.container])))
    rows.append((_("Taille"), size_in(about.size, reader.language)))
    rows += [(_("Document donné à côté"), name) for name in about.beside]
    rows.append(("SHA-256", about.sha256))
    return [(reader.translate(label), value) for label, value in rows]


def _signature(one: SignatureReport, number: int, reader: Reader) -> dict[str, Any]:
    found = rules.outcome(one)
    word, kind, means = wording.OUTCOMES[found]
    advice = [reader.said(finding) for finding in one.errors if finding.code.endswith(_ADVICE)]
    return {
        "number": number,
        "id": one.id,
        "outcome": str(found),
        "word": reader.translate(word),
        "kind": kind,
        "means": reader.translate(means),
        "reasons": [reader.said(finding) for finding in one.errors if not finding.code.endswith(_ADVICE)],
        "next": " ".join(advice) or reader.translate(wording.NEXT[found]),
        "who": [(reader.translate(label), value) for label, value in _who(one)],
        "when": [(reader.translate(label), value) for label, value in _when(one, reader)],
        "checks": [_check(name, one.checks[name], reader) for name in CHECKS if name in one.checks],
        "scope": [_scope(entry, reader) for entry in one.scope[:_MOST]],
        "warnings": [reader.said(finding) for finding in one.warnings],
        "stamps": [_stamp(stamp, reader) for stamp in one.stamps],
        "details": [(reader.translate(label), value) for label, value in _details(one, reader)],
    }


def _who(one: SignatureReport) -> Iterator[Line]:
    signer = one.signer
    if signer is None:
        yield _("Nom"), "–"
        return
    yield _("Nom"), signer.common_name or signer.subject
    if signer.organization:
        yield _("Organisation"), signer.organization
    if signer.organization_id:
        yield _("Identifiant de l’organisation"), signer.organization_id
    yield _("Certificat délivré par"), signer.issuer


def _when(one: SignatureReport, reader: Reader) -> Iterator[Line]:
    if one.signing_time is not None:
        yield _("Date déclarée par le signataire"), reader.instant(one.signing_time)
    proved = any(stamp.facts.sound and stamp.trusted for stamp in one.stamps)
    label = _("Date prouvée") if proved else _("Date retenue")
    yield label, reader.instant(one.best_signature_time)


def _check(name: str, check: Check, reader: Reader) -> dict[str, str]:
    word, kind = wording.ANSWERS[check.status]
    return {
        "name": name,
        "question": reader.translate(wording.QUESTIONS[name]),
        "word": reader.translate(word),
        "kind": kind,
        "sentence": reader.said(check.finding),
    }


def _scope(entry: Scope, reader: Reader) -> dict[str, str]:
    word, kind = wording.COVERAGES[entry.coverage]
    return {
        "name": entry.name,
        "what": reader.translate(wording.KINDS[entry.kind]),
        "word": reader.translate(word),
        "kind": kind,
        "note": reader.said(entry.note) if entry.note else "",
        "digest": f"{entry.digest[0]} {entry.digest[1]}" if entry.digest else "",
    }


def _stamp(stamp: StampReport, reader: Reader) -> dict[str, str]:
    facts = stamp.facts
    good = facts.sound and stamp.trusted
    return {
        "when": reader.instant(facts.gen_time) if facts.gen_time else "–",
        "authority": stamp.authority or "–",
        "word": reader.translate(_("Horodatage retenu") if good else _("Horodatage non retenu")),
        "kind": "ok" if good else "warn",
        "note": " ".join(reader.said(finding) for finding in facts.findings),
    }


def _details(one: SignatureReport, reader: Reader) -> Iterator[Line]:
    yield _("Format"), f"{one.format} {one.level}"
    yield (
        _("Indication (EN 319 102-1)"),
        " / ".join(str(part) for part in (one.indication, one.subindication) if part),
    )
    if one.qualification:
        yield _("Qualification"), reader.translate(wording.QUALIFICATIONS[one.qualification])
    yield _("Identifiant dans le fichier"), one.id
    signer = one.signer
    if signer is not None:
        yield _("Titulaire du certificat"), signer.subject
        yield _("Numéro de série"), signer.serial
        yield _("Certificat valable du"), reader.instant(signer.not_before)
        yield _("Certificat valable jusqu’au"), reader.instant(signer.not_after)
        yield _("Empreinte du certificat (SHA-256)"), signer.sha256


def _trust(basis: Basis, reader: Reader) -> dict[str, Any]:
    trust, most = basis.snapshot, basis.policy.list_age.days
    said = [age.stated(info, trust, reader.now) for info in trust.lists]
    return {
        "lists": [reader.said(finding) for finding in said],
        "warnings": [reader.said(finding) for finding in age.warnings(trust, reader.now, most_days=most)],
        "id": trust.id,
    }
