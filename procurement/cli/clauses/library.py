"""``pli clauses check|diff|impact|search|simulate``: look at libraries."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clauses.rules.model import Finding, Library
from procurement.cli import options
from procurement.cli.clauses import inputs
from procurement.cli.clauses.inputs import BAD_INPUT, FOUND, Wanted
from procurement.core.text import _

if TYPE_CHECKING:
    from clauses.queries.reviews import ImpactedOrganisation


@click.command()
@click.argument("source", type=inputs.PATH, metavar="DIR")
@options.as_json
@inputs.told
def check(source: Path, *, as_json: bool) -> None:
    """Check the library in DIR (or an archive): its files, then everything that the analysis finds.

    Exit codes: 0 clean, 1 findings, 2 no such library.
    """
    from clauses.files.reader import read
    from clauses.rules.analyse import analyse

    reading = read(inputs.files_of(source))
    faults = list(reading.faults.found)
    result: dict[str, Any] = {"clauses": len(reading.library.clauses)}
    findings: list[Finding] = faults
    if not faults:
        found = analyse(reading.library)
        findings = list(found.findings)
        result |= {
            "examples": {"run": found.examples_run, "failed": found.examples_failed},
            "epochs": found.epochs,
        }
    result |= {"findings": [_finding(one) for one in findings], "clean": not findings}
    for one in findings:
        click.echo(f"{one.file}:{one.line}:{one.column}: {one.code}: {one.text}", err=True)
    sentence = f"{inputs.clauses(result['clauses'])}, {inputs.counted(len(findings), 'constat', 'constats')}"
    inputs.show(result, sentence, as_json=as_json)
    sys.exit(FOUND if findings else 0)


def _finding(one: Finding) -> dict[str, Any]:
    from clauses.rules.facts import print_value

    return {
        "code": one.code,
        "severity": one.severity.value,
        "file": one.file,
        "line": one.line,
        "column": one.column,
        "clause": one.clause,
        "message": one.text,
        "witness": {key: print_value(value) for key, value in one.witness.items()},
    }


@click.command()
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@options.config
@options.as_json
@inputs.told
def diff(before: str, after: str, ini: str, *, as_json: bool) -> None:
    """Compare two libraries: directories, archives, or versions released in this installation.

    Exit codes: 0 compared, 2 one of them cannot be read.
    """
    one, other = (_library(text, ini) for text in (before, after))
    result = _differences(one, other)
    lines = [f"+ {key}" for key in result["added"]] + [f"- {key}" for key in result["removed"]]
    lines += [f"~ {change['clause']} ({', '.join(change['fields'])})" for change in result["changed"]]
    lines += [f"~ {key}" for key in result["parameters"]]
    inputs.show(result, "\n".join(lines), as_json=as_json)


def _library(text: str, ini: str) -> Library:
    path = Path(text)
    wanted = Wanted(source=path) if path.exists() else Wanted(version=text, ini=ini)
    return inputs.edition_of(wanted).library


def _differences(one: Library, other: Library) -> dict[str, Any]:
    both = [key for key in one.clauses if key in other.clauses]
    figures = [_figures(library) for library in (one, other)]
    return {
        "added": [key for key in other.clauses if key not in one.clauses],
        "removed": [key for key in one.clauses if key not in other.clauses],
        "changed": [_change(one, other, key) for key in both if one.clauses[key] != other.clauses[key]],
        "parameters": sorted(
            key for key in {*figures[0], *figures[1]} if figures[0].get(key) != figures[1].get(key)
        ),
    }


def _figures(library: Library) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for one in library.parameters:
        found.setdefault(one.key, []).append(one)
    return found


def _change(one: Library, other: Library, key: str) -> dict[str, Any]:
    from clauses.files.printer import sha256
    from clauses.render.words import text_changes

    before, after = one.clauses[key], other.clauses[key]
    fields = [
        name
        for name in before.__dataclass_fields__
        if name != "origin" and getattr(before, name) != getattr(after, name)
    ]
    text = text_changes(before.body, after.body) if "body" in fields else []
    return {
        "clause": key,
        "from": f"sha256:{sha256(before)}",
        "to": f"sha256:{sha256(after)}",
        "fields": fields,
        "text": [list(part) for part in text],
    }


@click.command()
@click.option("--articles", required=True, help="Articles, comma separated; @FILE or - for one a line.")
@inputs.library_option
@inputs.release_option
@options.config
@options.as_json
@inputs.told
def impact(articles: str, source: Path | None, version: str | None, ini: str, *, as_json: bool) -> None:
    """List what changed articles of the law oblige to review.

    With --library the clauses of that library alone; else this installation's, its adaptations and its open drafts.
    Exit codes: 0 listed, 1 the installation has no library, 2 the list cannot be read.
    """
    changed = _articles(articles)
    if source is not None:
        from clauses.rules import coverage

        offline = coverage.impact(inputs.edition_of(Wanted(source=source)).library, changed)
        from clauses.queries.reviews import Impact

        found = Impact(offline.articles, offline.unknown, offline.clauses, offline.parameters)
    else:
        from clauses import queries

        with inputs.installation(ini) as runtime:
            chosen = inputs.release_id(runtime, version)
            with runtime.database.read() as session:
                found = queries.impact_by_organisation(session, chosen, changed)
    for text in found.unknown:
        click.echo(f"pli: {_('article non reconnu')} : {text}", err=True)
    lines = [f"{one.clause} ({', '.join(one.articles)})" for one in found.clauses]
    lines += [_organisation(one) for one in found.organisations]
    inputs.show(found.as_json(), "\n".join(lines), as_json=as_json)


def _organisation(one: "ImpactedOrganisation") -> str:
    documents = inputs.counted(one.drafts, "document", "documents")
    adaptations = inputs.counted(one.overrides, "adaptation", "adaptations")
    name = one.name or _("programmes des éditeurs")
    return f"{name} : {documents}, {adaptations}"


def _articles(text: str) -> list[str]:
    if text == "-":
        return sys.stdin.read().splitlines()
    if text.startswith("@"):
        path = Path(text[1:])
        if not path.is_file():
            inputs.stop(BAD_INPUT, _("Le fichier %(path)s n’existe pas."), path=path)
        return path.read_text(encoding="utf-8").splitlines()
    return text.split(",")


@click.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--document", default="", help="Only clauses of this document: RC, AE, CCAP, CCP, CCTP.")
@inputs.release_option
@options.config
@options.as_json
@inputs.told
def search(words: tuple[str, ...], document: str, version: str | None, ini: str, *, as_json: bool) -> None:
    """Find clauses of a release of this installation by their words or their articles.

    Exit codes: 0 found, 1 nothing found or no library.
    """
    from clauses import queries, service
    from clauses import search as finding

    asked = " ".join(words)
    with inputs.installation(ini) as runtime:
        chosen = inputs.release_id(runtime, version)
        with runtime.database.write() as session:
            if finding.outdated(session):
                service.reindex(session)
            synonyms = queries.edition(session, chosen).library.synonyms
            rows = finding.search(session, [chosen], asked, synonyms=synonyms, document=document)
    results = [
        {
            "clause": one.key,
            "title": one.title,
            "documents": list(one.documents),
            "version": f"sha256:{one.sha256}",
        }
        for one in rows
    ]
    lines = [f"{one.key}: {one.title}" for one in rows]
    inputs.show({"query": asked, "count": len(rows), "results": results}, "\n".join(lines), as_json=as_json)
    sys.exit(0 if rows else FOUND)


@click.command()
@click.option("--n", "draws", type=click.IntRange(1, 1_000_000), default=2000, show_default=True)
@click.option("--seed", type=int, default=7, show_default=True)
@inputs.library_option
@inputs.release_option
@options.config
@options.as_json
@inputs.told
def simulate(  # an option each
    draws: int, seed: int, source: Path | None, version: str | None, ini: str, *, as_json: bool
) -> None:
    """Try a library on random purchases, and say which clauses none of them included.

    Exit codes: 0 every clause was included, 1 some never, 2 the library cannot be read.
    """
    from clauses.rules.simulate import simulate as drawn

    compiled = inputs.edition_of(Wanted(source, version, ini)).compiled
    found = drawn(compiled, draws, seed)
    for key in found.never:
        click.echo(f"pli: {_('jamais incluse')} : {key}", err=True)
    never = inputs.counted(len(found.never), "clause jamais incluse", "clauses jamais incluses")
    sentence = f"{inputs.counted(draws, 'achat tiré', 'achats tirés')}, {never}"
    inputs.show(found.as_json(), sentence, as_json=as_json)
    sys.exit(FOUND if found.never else 0)
