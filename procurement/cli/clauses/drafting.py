"""``pli clauses draft|explain|readback``: documents from a library and a file of facts, without a server."""

import hashlib
import sys
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import click

from clauses.queries import Desk, free_desk
from clauses.render.readback import ReadBack
from clauses.rules.evaluate import Outcome
from clauses.rules.states import ArtefactFormat
from procurement.cli import options
from procurement.cli.clauses import inputs
from procurement.cli.clauses.inputs import BAD_INPUT, FOUND, Wanted
from procurement.core.text import _


@click.command()
@click.option("--canvas", required=True, help="rc, ae, ccap, ccp, cctp, annexe_rgpd or rapport.")
@inputs.facts_option
@click.option("--format", "form", type=click.Choice([one.value for one in ArtefactFormat]), required=True)
@click.option("-o", "--output", type=inputs.OUT, required=True, help="Where to write.")
@click.option("--reference", default="", help="Reference of the consultation, for the cover.")
@click.option("--allow-incomplete", is_flag=True, help="Write although clauses hang on answers that lack.")
@inputs.on_option
@inputs.library_option
@inputs.release_option
@options.config
@options.as_json
@inputs.told
def draft(  # noqa: PLR0913  # an option each
    *,
    canvas: str,
    facts_file: Path,
    form: str,
    output: Path,
    reference: str,
    allow_incomplete: bool,
    day: str | None,
    source: Path | None,
    version: str | None,
    ini: str,
    as_json: bool,
) -> None:
    """Write a contract document from a file of facts.

    Exit codes: 0 written, 1 clauses hang on answers that lack (nothing written), 2 bad input, 3 the format cannot be made.
    """
    found = inputs.edition_of(Wanted(source, version, ini))
    facts = inputs.facts_from(facts_file, found)
    desk = free_desk(found, canvas, facts, inputs.day_of(day), reference=reference)
    unknown = [key for key, one in desk.outcomes.items() if one is Outcome.UNKNOWN]
    if unknown and not allow_incomplete:
        _incomplete(desk, unknown)
    content = _content(desk, ArtefactFormat(form))
    inputs.write(output, content)
    result = _written(desk, unknown, form, content) | {"out": str(output)}
    missing = inputs.counted(len(result["missing"]), "réponse manquante", "réponses manquantes")
    sentence = f"{output}: {inputs.clauses(len(result['included']))}, {missing}"
    inputs.show(result, sentence, as_json=as_json)


def _incomplete(desk: Desk, unknown: list[str]) -> None:
    for key in unknown:
        click.echo(f"pli: {_('réponse manquante pour la clause')} {key}", err=True)
    asked = ", ".join(one.fact for one in desk.questions)
    message = _("Rien n’est écrit : répondez d’abord à %(asked)s, ou ajoutez --allow-incomplete.")
    inputs.stop(FOUND, message, asked=asked)


def _content(desk: Desk, form: ArtefactFormat) -> bytes:
    from clauses.service.exporting import write

    # Dated by the reference date: the same facts give the same bytes.
    moment = datetime.combine(desk.draft.reference_date, time(12), UTC)
    return write(desk.document, form, date=moment)


def _written(desk: Desk, unknown: list[str], form: str, content: bytes) -> dict[str, Any]:
    pending = [key for key, one in desk.included.items() if not one.legal_status.validated]
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "format": form,
        "release": desk.edition.release.version,
        "included": list(desk.included),
        "excluded": sum(one is Outcome.EXCLUDED for one in desk.outcomes.values()),
        "unknown": unknown,
        "missing": list(desk.document.missing),
        "derogations": [
            {"ccag": one.ccag, "article": one.article, "clause": one.clause} for one in desk.departures
        ],
        "warnings": [f"clauses.to_validate: {len(pending)}"] if pending else [],
    }


@click.command()
@click.argument("clause")
@inputs.facts_option
@click.option("--canvas", help="Explain within this document.")
@inputs.on_option
@inputs.library_option
@inputs.release_option
@options.config
@options.as_json
@inputs.told
def explain(  # noqa: PLR0913  # an option each
    *,
    clause: str,
    facts_file: Path,
    canvas: str | None,
    day: str | None,
    source: Path | None,
    version: str | None,
    ini: str,
    as_json: bool,
) -> None:
    """Say why CLAUSE is in a document or not, for a file of facts.

    Exit codes: 0 explained, 2 no such clause, or facts that cannot be read.
    """
    from clauses.rules.explain import explain as explained

    found = inputs.edition_of(Wanted(source, version, ini))
    facts = inputs.facts_from(facts_file, found)
    if canvas is not None and canvas not in found.library.canvases:
        inputs.stop(BAD_INPUT, _("Le canevas « %(canvas)s » n’existe pas ici."), canvas=canvas)
    if clause not in (found.library.canvases[canvas].clause_ids if canvas else found.library.clauses):
        inputs.stop(BAD_INPUT, _("La clause « %(clause)s » n’existe pas ici."), clause=clause)
    said = explained(
        found.compiled, clause, found.typed(facts), inputs.day_of(day), canvas=canvas,
        version=f"sha256:{found.hashes[clause]}",
    )  # fmt: skip
    inputs.show(said.as_json(), said.sentence, as_json=as_json)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--canvas", help="The document that FILE was written from, with --facts.")
@click.option("--facts", "facts_file", type=inputs.PATH, help="The facts that FILE was written from.")
@click.option(
    "--draft", "draft_id", type=click.UUID, help="The draft of this installation that FILE comes from."
)
@click.option(
    "--apply",
    "accepted",
    multiple=True,
    help="Take over this clause into the draft; repeat, or « all » that only FILE changed.",
)
@inputs.on_option
@inputs.library_option
@inputs.release_option
@options.config
@options.as_json
@inputs.told
def readback(  # noqa: PLR0913  # an option each
    *,
    file: Path,
    canvas: str | None,
    facts_file: Path | None,
    draft_id: uuid.UUID | None,
    accepted: tuple[str, ...],
    day: str | None,
    source: Path | None,
    version: str | None,
    ini: str,
    as_json: bool,
) -> None:
    """Read an edited DOCX back and say, clause by clause, what was changed; nothing is applied without --apply.

    Exit codes: 0 nothing changed or taken over, 1 changes to look at, 2 the file is refused.
    """
    data = file.read_bytes()
    if draft_id is not None:
        result = _of_draft(draft_id, data, accepted, ini)
    elif canvas is not None and facts_file is not None:
        from clauses.render.readback import read_back

        found = inputs.edition_of(Wanted(source, version, ini))
        facts = inputs.facts_from(facts_file, found)
        result = _shown(read_back(data, free_desk(found, canvas, facts, inputs.day_of(day)).document))
    else:
        inputs.stop(BAD_INPUT, _("Dites d’où vient ce fichier : --draft, ou --canvas et --facts."))
    changed = [one for one in result["clauses"] if one["outcome"] != "unchanged"]
    sentence = "\n".join(f"{one['outcome']}: {one['clause']}" for one in changed)
    inputs.show(result, sentence, as_json=as_json)
    sys.exit(FOUND if (changed or result["outside"]) and not accepted else 0)


def _of_draft(draft_id: uuid.UUID, data: bytes, accepted: tuple[str, ...], ini: str) -> dict[str, Any]:
    from clauses import queries, service

    with inputs.installation(ini) as runtime:
        with runtime.database.read() as session:
            revision = queries.view(session, draft_id).revision
            back = service.look(session, draft_id, data)
        result = _shown(back)
        if accepted:
            chosen = [one.id for one in back.proposed] if "all" in accepted else list(accepted)
            now = runtime.clock.now()
            with runtime.database.write() as session:
                taken = service.apply_readback(
                    session, draft_id, back, chosen, revision=revision, by=None, now=now
                )
            result |= {
                "taken": list(taken.taken),
                "refused": [{"clause": clause, "code": code} for clause, code in taken.refused],
            }
        return result


def _shown(back: ReadBack) -> dict[str, Any]:
    def one(clause: Any) -> Mapping[str, Any]:
        return {
            "clause": clause.id,
            "outcome": clause.outcome.value,
            "moved": clause.moved,
            "title": clause.title,
            "text": [list(part) for part in clause.diff],
            "since": [list(part) for part in clause.since],
            "proposed": clause.proposed,
        }

    return {
        "clauses": [one(clause) for clause in back.clauses],
        "outside": [{"text": text.text, "after": text.after} for text in back.outside],
        "comments": [
            {"author": remark.author, "clause": remark.clause, "text": remark.text}
            for remark in back.comments
        ],
        "authors": list(back.revision_authors),
        "provenance": back.provenance.value,
    }
