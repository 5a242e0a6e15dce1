"""``pli trust``: load trusted lists, look at them, trust a certificate by hand."""

import getpass
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import click

from procurement.cli import options
from procurement.cli import trust_texts as texts
from procurement.core.runtime import settings_from
from procurement.core.settings import DEFAULT_INI, Settings, SettingsError
from procurement.core.text import _
from signing.errors import SealedError, Unverifiable
from signing.summary_fr import sentence
from signing.trust import age, signature, store, update
from signing.trust.lists import ParsedList, parse
from signing.trust.signature import Judgement
from signing.trust.update import Basis, Incoming, Plan, Refused
from signing.types import Finding

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_signers = click.option(
    "--signer", "signers", multiple=True, type=_FILE, help="Certificate (PEM or DER) that must have signed."
)


@click.group()
def command() -> None:
    """Load trusted lists, inspect them, trust certificates by hand."""


@command.command("update")
@click.option("--from", "source", required=True, help="File, folder of .xml files, or address of a list.")
@_signers
@click.option(
    "--territory",
    "territories",
    multiple=True,
    help="Fetch this national list alone (with an address); repeatable.",
)
@click.option("--allow-older", is_flag=True, help="Accept a lower sequence number than the stored one.")
@click.option("--partial", is_flag=True, help="Store the lists that hold even when others are refused.")
@options.config
@options.as_json
def update_(source: str, ini: str, *, as_json: bool, **chosen: Any) -> None:
    """Verify lists and store them, all or none; with a list of the lists, national lists are verified against it.

    Exit codes: 0 stored or already there, 1 a list is refused (nothing changes unless --partial), 2 the source or the
    certificate cannot be read.
    """
    directory, at = _settings(ini).trusted_lists_directory, datetime.now(UTC)
    signers = _certificates(chosen["signers"])
    try:
        before = store.state(directory)
        basis = _basis(directory, before, signers, allow_older=chosen["allow_older"])
        incoming, missing = _gathered(source, basis, frozenset(chosen["territories"]))
        plan = update.plan(incoming, basis)
        plan = Plan(plan.accepted, plan.unchanged, (*plan.refused, *missing))
        if plan.accepted and (chosen["partial"] or not plan.refused):
            store.replace_lists(directory, plan.accepted, basis=before, at=at, by=getpass.getuser())
            stored = True
        else:
            stored = False
        snapshot = store.load_snapshot(directory)
    except Unverifiable as error:
        _refuse(Finding(error.reason, error.params))
    except store.StoreChanged:
        click.echo(
            _("Une autre mise à jour a changé le dossier entre-temps : relancez la commande."), err=True
        )
        raise SystemExit(1) from None
    texts.show_update(plan, snapshot, stored=stored, as_json=as_json)
    unreadable = plan.refused and not any(one.territory for one in plan.refused) and not stored
    raise SystemExit((2 if unreadable and not missing else 1) if plan.refused else 0)


@command.command("list")
@options.config
@options.as_json
def list_(ini: str, *, as_json: bool) -> None:
    """Print the stored lists with their age, and the certificates trusted by hand."""
    settings, at = _settings(ini), datetime.now(UTC)
    directory, most = settings.trusted_lists_directory, settings.trust_list_days
    try:
        found, snapshot = store.state(directory), store.load_snapshot(directory)
    except Unverifiable as error:
        _refuse(Finding(error.reason, error.params))
    findings = age.warnings(snapshot, at, most_days=most)
    result = {
        "snapshot": snapshot.id,
        "lists": [texts.loaded_json(loaded, snapshot, at) for loaded in found.lists],
        "anchors": [texts.anchor_json(anchor) for anchor in found.anchors],
        "warnings": [{"code": finding.code, "message": sentence(finding)} for finding in findings],
    }
    lines = [texts.loaded_line(loaded, snapshot, at) for loaded in found.lists]
    lines += [texts.anchor_line(anchor) for anchor in found.anchors]
    lines += [sentence(finding) for finding in findings]
    options.show(result, "\n".join(lines) or sentence(Finding("trust.no_list")), as_json=as_json)


@command.command("inspect")
@click.argument("file", type=click.Path(path_type=Path))
@_signers
@click.option(
    "--config", "ini", default=DEFAULT_INI, show_default=True, help="Settings file, for the stored lists."
)
@options.as_json
def inspect(file: Path, signers: tuple[Path, ...], ini: str, *, as_json: bool) -> None:
    """Say what a trusted list states and whether its signature holds; nothing is stored.

    A list of the lists is judged against the certificates of the Official Journal, a national list against the stored list
    of the lists, either against --signer. Exit codes: 0 readable and not invalid, 1 invalid signature, 2 unreadable.
    """
    given = _certificates(signers)
    try:
        data = file.read_bytes()
        parsed = parse(data)
        judged = _judge(data, parsed, given, ini)
    except OSError:
        _unreadable(file, Finding("trust.unreadable"), as_json=as_json)
    except Unverifiable as error:
        _unreadable(file, Finding(error.reason, error.params), as_json=as_json)
    result = texts.inspected(file, parsed, judged)
    options.show(result, texts.inspected_text(parsed, result), as_json=as_json)
    raise SystemExit(1 if result["signature"] == "INVALID" else 0)


@command.group("anchor")
def anchor_() -> None:
    """Trust certificates by hand, beside the lists; every change is kept with its reason."""


_reason = click.option("--reason", required=True, help="Why, in a few words; kept in the store's log.")


@anchor_.command("add")
@click.argument("certificate", type=_FILE)
@_reason
@options.config
@options.as_json
def anchor_add(certificate: Path, reason: str, ini: str, *, as_json: bool) -> None:
    """Trust the certificates of a file (PEM or DER) for every purpose.

    Exit codes: 0 done, 1 trusted already, 2 no certificate in the file, or no reason.
    """
    directory, at = _settings(ini).trusted_lists_directory, datetime.now(UTC)
    why, by = _reason_given(reason), getpass.getuser()
    done = []
    for found in _certificates([certificate]):
        try:
            done.append(store.add_anchor(directory, found, reason=why, at=at, by=by))
        except store.AnchorKnown:
            _refuse(Finding("trust.anchor_known"), code=1)
    texts.show_anchors(done, as_json=as_json)


@anchor_.command("remove")
@click.argument("certificate")
@_reason
@options.config
@options.as_json
def anchor_remove(certificate: str, reason: str, ini: str, *, as_json: bool) -> None:
    """Stop trusting a certificate, given as a file or by its SHA-256.

    Exit codes: 0 done, 1 it was not trusted, 2 no certificate in the file, or no reason.
    """
    directory, at = _settings(ini).trusted_lists_directory, datetime.now(UTC)
    why, by = _reason_given(reason), getpass.getuser()
    done = []
    for digest in _digests(certificate):
        try:
            done.append(store.remove_anchor(directory, digest, reason=why, at=at, by=by))
        except store.AnchorUnknown:
            _refuse(Finding("trust.anchor_unknown"), code=1)
    texts.show_anchors(done, as_json=as_json)


def _settings(ini: str) -> Settings:
    return settings_from(ini)


def _basis(
    directory: Path, found: store.State, signers: Sequence[bytes], *, allow_older: bool = False
) -> Basis:
    from signing._pyhanko_trust import official_signers

    return Basis(
        official=official_signers(),
        stored={(loaded.info.kind, loaded.info.territory): loaded.info for loaded in found.lists},
        lotls=[
            parse(store.raw_list(directory, loaded.info.sha256))
            for loaded in found.lists
            if loaded.info.kind == "LOTL"
        ],
        signers=signers,
        allow_older=allow_older,
    )


def _gathered(source: str, basis: Basis, territories: frozenset[str]) -> tuple[list[Incoming], list[Refused]]:
    if "://" in source:
        from procurement.cli import trust_download as download

        try:
            with download.client() as http:
                return download.gather(source, download.fetcher(http), basis, territories)
        except download.NotFetched as error:
            _refuse(error.finding)
    path = Path(source)
    files = sorted(path.glob("*.xml")) if path.is_dir() else [path]
    try:
        found = [Incoming(file.name, file.read_bytes()) for file in files]
    except OSError:
        found = []
    if not found:
        _refuse(Finding("trust.nothing"))
    return found, []


def _judge(data: bytes, parsed: ParsedList, given: Sequence[bytes], ini: str) -> Judgement | None:
    """Return the answer on a list's signature, None when nothing says who may sign it."""
    if given:
        return signature.verify(data, given)
    basis = _stored_basis(ini)
    if parsed.lotl:
        stored = next((lotl for lotl in basis.lotls if lotl.territory == parsed.territory), None)
        return signature.verify_lotl(data, parsed, base=basis.official, stored=stored)
    expected = update.expected_signers(parsed, basis.lotls)
    return signature.verify(data, expected) if expected else None


def _stored_basis(ini: str) -> Basis:
    """Return what is stored; a machine without settings has no store, and a list can be inspected there all the same."""
    try:
        directory = settings_from(ini).trusted_lists_directory
        return _basis(directory, store.state(directory), ())
    except (SettingsError, Unverifiable):
        return _basis(Path(), store.State(), ())


def _unreadable(file: Path, finding: Finding, *, as_json: bool) -> NoReturn:
    if as_json:
        keys = ("kind", "version", "territory", "sequence", "issue_date", "next_update", "signature")
        empty = dict.fromkeys((*keys, "pointers", "ca_qc_services"))
        error = {"code": finding.code, "message": sentence(finding)}
        click.echo(json.dumps({"file": str(file), **empty, "errors": [error]}, ensure_ascii=False))
    _refuse(finding)


def _certificates(paths: Sequence[Path]) -> tuple[bytes, ...]:
    from signing.certificates import read_certificates

    try:
        return tuple(found for path in paths for found in read_certificates(path.read_bytes()))
    except (SealedError, OSError):
        _refuse(Finding("trust.certificate"))


def _digests(certificate: str) -> list[str]:
    from hashlib import sha256

    if re.fullmatch(r"[0-9a-f]{64}", certificate.lower()):
        return [certificate.lower()]
    return [sha256(found).hexdigest() for found in _certificates([Path(certificate)])]


def _reason_given(reason: str) -> str:
    if not reason.strip():
        _refuse(Finding("trust.no_reason"))
    return reason.strip()


def _refuse(finding: Finding, *, code: int = 2) -> NoReturn:
    click.echo(sentence(finding), err=True)
    raise SystemExit(code)
