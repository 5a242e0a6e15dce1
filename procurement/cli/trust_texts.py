"""What ``pli trust`` prints, as JSON and as French sentences."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from procurement.cli import options
from procurement.core.text import _
from signing.summary_fr import sentence
from signing.trust import age, store
from signing.trust.codec import instant_text
from signing.trust.lists import ParsedList
from signing.trust.model import ListInfo, TrustSnapshot
from signing.trust.signature import Judgement
from signing.trust.update import Plan, Refused


def inspected(file: Path, parsed: ParsedList, judged: Judgement | None) -> dict[str, Any]:
    """Return what is said of a list that was looked at."""
    findings = [*([judged.refusal] if judged and judged.refusal else []), *parsed.errors]
    verdict = "NOT_VERIFIED" if judged is None else "INVALID" if judged.refusal else "VALID"
    return {
        "file": str(file),
        "kind": parsed.kind,
        "version": parsed.version,
        "territory": parsed.territory,
        "sequence": parsed.sequence,
        "issue_date": instant_text(parsed.issued_at),
        "next_update": instant_text(parsed.next_update) if parsed.next_update else None,
        "signature": verdict,
        "pointers": len(parsed.pointers),
        "ca_qc_services": parsed.ca_qc_services,
        "errors": [{"code": finding.code, "message": sentence(finding)} for finding in findings],
    }


def inspected_text(parsed: ParsedList, result: dict[str, Any]) -> str:
    """Return the same in French."""
    verdicts = {
        "VALID": _("signature valable"),
        "INVALID": _("signature REFUSÉE"),
        "NOT_VERIFIED": _("signature non vérifiée : rien ne dit qui devait signer"),
    }
    kind = _("Liste des listes") if parsed.lotl else _("Liste de confiance")
    due = parsed.next_update.date().isoformat() if parsed.next_update else "-"
    lines = [
        f"{kind} {parsed.territory} n° {parsed.sequence} ({parsed.operator}), version {parsed.version}",
        f"  {parsed.issued_at.date().isoformat()} → {due} ; {verdicts[result['signature']]}",
        f"  {len(parsed.pointers)} renvois, {len(parsed.services)} services, {parsed.ca_qc_services} autorités CA/QC",
    ]
    return "\n".join([*lines, *(f"  {error['message']}" for error in result["errors"])])


def show_update(plan: Plan, snapshot: TrustSnapshot, *, stored: bool, as_json: bool) -> None:
    """Print what an update did, or why it did nothing."""
    fresh = [one.info for one in plan.accepted] if stored else []
    result = {
        "stored": [_info_json(info) for info in fresh],
        "unchanged": [_info_json(info) for info in plan.unchanged],
        "refused": [_refused_json(one) for one in plan.refused],
        "snapshot": snapshot.id,
    }
    lines = [f"{_('chargée')} : {_info_line(info)}" for info in fresh]
    lines += [f"{_('déjà là')} : {_info_line(info)}" for info in plan.unchanged]
    if as_json or lines:
        options.show(result, "\n".join(lines), as_json=as_json)
    for one in plan.refused:
        click.echo(f"{one.origin} : {sentence(one.finding)}", err=True)
    if plan.refused and not stored:
        click.echo(_("Rien n’a été changé."), err=True)


def _refused_json(one: Refused) -> dict[str, Any]:
    return {
        "origin": one.origin,
        "territory": one.territory or None,
        "code": one.finding.code,
        "message": sentence(one.finding),
    }


def _info_json(info: ListInfo) -> dict[str, Any]:
    return {
        "territory": info.territory,
        "kind": info.kind,
        "version": info.version,
        "sequence": info.sequence,
        "issue_date": instant_text(info.issued_at),
        "next_update": instant_text(info.next_update) if info.next_update else None,
        "sha256": info.sha256,
        "origin": info.origin,
        "operator": info.operator,
        "services": info.services,
    }


def _info_line(info: ListInfo) -> str:
    return f"{info.kind} {info.territory} n° {info.sequence} ({info.operator}, {info.services} services)"


def loaded_json(loaded: store.Loaded, snapshot: TrustSnapshot, at: datetime) -> dict[str, Any]:
    """Return a stored list with its age."""
    days = age.days_old(loaded.info, snapshot, at)
    more = {"age_days": days, "signer": loaded.signer, "loaded_at": instant_text(loaded.loaded_at)}
    return {**_info_json(loaded.info), **more}


def loaded_line(loaded: store.Loaded, snapshot: TrustSnapshot, at: datetime) -> str:
    """Return the same in French."""
    return f"{_info_line(loaded.info)} : {sentence(age.stated(loaded.info, snapshot, at))}"


def anchor_json(anchor: store.Anchor) -> dict[str, Any]:
    """Return a certificate trusted by hand, without its bytes."""
    return {
        "sha256": anchor.sha256,
        "subject": anchor.subject,
        "reason": anchor.reason,
        "added_at": instant_text(anchor.added_at),
    }


def anchor_line(anchor: store.Anchor) -> str:
    """Return the same in French."""
    return f"{_('point de confiance')} {anchor.sha256[:16]} {anchor.subject} : {anchor.reason}"


def show_anchors(anchors: Sequence[store.Anchor], *, as_json: bool) -> None:
    """Print the anchors that were added or removed."""
    result = {"anchors": [anchor_json(anchor) for anchor in anchors]}
    options.show(result, "\n".join(anchor_line(anchor) for anchor in anchors), as_json=as_json)
