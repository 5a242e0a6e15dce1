"""``pli clauses layer list|open|adapt|drift|acknowledge|take-back|publish``: what a ministry or an entity makes of the library.

Every act is somebody's: ``--by`` names a person who keeps the library of the organisation, as the pages ask for.
"""

import sys
import uuid
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from clauses import queries, service
from clauses.queries import Adapted, AdaptedState, LibraryView
from clauses.queries.layers import DEFAULT_VALUE, MODES
from clauses.rules.model import Layer
from procurement.accounts import queries as accounts
from procurement.accounts.rules import OrganisationKind
from procurement.cli import options
from procurement.cli.clauses import inputs
from procurement.cli.clauses.inputs import BAD_INPUT, FOUND
from procurement.core import ids
from procurement.core.permissions import Permission
from procurement.core.seal import Sealer
from procurement.core.security import Identity
from procurement.core.text import _

_organisation = click.option("--organisation", "siret", required=True, help="SIRET of the organisation.")
_by = click.option("--by", "email", required=True, help="Address of the person who does it.")


@click.group("layer")
def command() -> None:
    """Adapt the library to a ministry or an entity."""


@command.command("list")
@click.option("--organisation", "siret", help="Only this organisation's layer, with its adaptations.")
@options.config
@options.as_json
@inputs.told
def show(siret: str | None, ini: str, *, as_json: bool) -> None:
    """List the layers of this installation, or the adaptations of one with their state.

    Exit codes: 0 listed, 2 no such organisation or layer.
    """
    with inputs.installation(ini) as runtime, runtime.database.read() as session:
        today = runtime.clock.now().date()
        if siret is not None:
            view = queries.layer_view(session, _layer(session, siret).id, on=today)
            rows = [one.as_json() for one in view.rows]
            lines = [f"{one['state']}: {one['clause']} ({one['mode']})" for one in rows]
            inputs.show(view.as_json() | {"overrides": rows}, "\n".join(lines), as_json=as_json)
            return
        views = [queries.layer_view(session, one.id, on=today) for one in queries.lower_layers(session)]
        lines = [f"{one.library.title} ({one.library.layer})" for one in views]
        inputs.show({"layers": [one.as_json() for one in views]}, "\n".join(lines), as_json=as_json)


@command.command("open")
@_organisation
@click.option(
    "--as", "layer", type=click.Choice([Layer.MINISTRY.value, Layer.ENTITY.value]), default=Layer.ENTITY.value,
    show_default=True, help="What the organisation is.",
)  # fmt: skip
@click.option("--on", "above", help="SIRET of the ministry above; the interministerial library without it.")
@_by
@options.config
@options.as_json
@inputs.told
def open_(
    siret: str, layer: str, above: str | None, email: str, ini: str, *, as_json: bool
) -> None:  # an option each
    """Begin the layer of an organisation, or put it under another one.

    Exit codes: 0 done, 1 it may not stand there, 2 no such organisation, 3 the person does not keep its library.
    """
    with inputs.installation(ini) as runtime, runtime.database.write() as session:
        by, now = _keeper(session, siret, email), runtime.clock.now()
        parent_id = _layer(session, above).id if above else _interministerial(session, now.date())
        kept = service.ensure_layer(
            session, Layer(layer), parent_id=parent_id, title=by.organisation_name, by=by, now=now
        )
        kept = service.stand_on(session, kept.id, parent_id, by=by, now=now)
        view = queries.layer_view(session, kept.id, on=now.date())
        inputs.show(view.as_json(), f"{kept.title}: {kept.layer}, {view.parent.title}", as_json=as_json)


@command.command()
@click.argument("clause")
@_organisation
@click.option("--mode", type=click.Choice(MODES), required=True, help="What the layer makes of the clause.")
@click.option("--text", "source", type=inputs.PATH, help="File with the words, for replace and append.")
@click.option("--fact", default="", help="The question that has a usual answer, for default_value.")
@click.option("--value", default="", help="That answer, as files of facts write it.")
@_by
@options.config
@options.as_json
@inputs.told
def adapt(  # noqa: PLR0913  # an option each
    *,
    clause: str,
    siret: str,
    mode: str,
    source: Path | None,
    fact: str,
    value: str,
    email: str,
    ini: str,
    as_json: bool,
) -> None:
    """Say what the layer makes of CLAUSE; it serves new documents once it is published.

    Exit codes: 0 kept, 1 the lock of the clause forbids it, 2 no such clause or words that cannot be read, 3 not permitted.
    """
    if source is not None and not source.is_file():
        inputs.stop(BAD_INPUT, _("Le fichier %(path)s n’existe pas."), path=source)
    words = source.read_text(encoding="utf-8") if source else ""
    wording = service.Wording(
        clause=clause, mode=mode, body=value if mode == DEFAULT_VALUE else words, fact=fact
    )
    with inputs.installation(ini) as runtime, runtime.database.write() as session:
        by, now = _keeper(session, siret, email), runtime.clock.now()
        kept = service.adapt(session, _layer(session, siret).id, wording, on=now.date(), by=by, now=now)
    result = {"override": str(kept.id), "clause": kept.clause, "mode": kept.mode, "base_hash": kept.base_hash}
    inputs.show(result, f"{kept.clause}: {kept.mode}", as_json=as_json)


@command.command()
@_organisation
@options.config
@options.as_json
@inputs.told
def drift(siret: str, ini: str, *, as_json: bool) -> None:
    """Say what the layer above changed under the adaptations, word by word.

    Exit codes: 0 nothing that was not acknowledged, 1 something to look at, 2 no such layer.
    """
    with inputs.installation(ini) as runtime, runtime.database.read() as session:
        view = queries.layer_view(session, _layer(session, siret).id, on=runtime.clock.now().date())
        moved = [one for one in view.rows if one.state is not AdaptedState.CURRENT]
        lines = [f"{one.state}: {one.adaptation.clause} {_words(one)}".rstrip() for one in moved]
        inputs.show({"drift": [one.as_json() for one in moved]}, "\n".join(lines), as_json=as_json)
    waiting = [one for one in moved if one.state is not AdaptedState.ACKNOWLEDGED]
    sys.exit(FOUND if waiting else 0)


@command.command()
@click.argument("clause")
@_organisation
@_by
@options.config
@options.as_json
@inputs.told
def acknowledge(clause: str, siret: str, email: str, ini: str, *, as_json: bool) -> None:
    """Say that what changed above CLAUSE was seen, and that its adaptations are kept.

    Exit codes: 0 noted, 1 nothing has changed above, 2 no such adaptation, 3 not permitted.
    """

    def deed(session: Session, layer: LibraryView, one: Adapted, by: Identity, now: Any) -> None:
        assert one.adaptation.id is not None
        if one.state is not AdaptedState.CURRENT:
            service.acknowledge_drift(session, layer.id, one.adaptation.id, on=now.date(), by=by, now=now)

    done = _each(clause, siret, email, ini, deed)
    if all(one.state is AdaptedState.CURRENT for one in done):
        inputs.stop(FOUND, _("Cette adaptation suit déjà la version en vigueur."))
    inputs.show({"acknowledged": [str(one.adaptation.id) for one in done]}, clause, as_json=as_json)


@command.command("take-back")
@click.argument("clause")
@_organisation
@_by
@options.config
@options.as_json
@inputs.told
def take_back(clause: str, siret: str, email: str, ini: str, *, as_json: bool) -> None:
    """Take back the adaptations of CLAUSE: it is again what the layer above says.

    Exit codes: 0 taken back, 2 no such adaptation, 3 not permitted.
    """

    def deed(session: Session, layer: LibraryView, one: Adapted, by: Identity, now: Any) -> None:
        assert one.adaptation.id is not None
        service.take_back(session, layer.id, one.adaptation.id, by=by, now=now)

    done = _each(clause, siret, email, ini, deed)
    inputs.show({"taken_back": [str(one.adaptation.id) for one in done]}, clause, as_json=as_json)


@command.command()
@_organisation
@click.option("--version", "version", required=True, help="Name of the release; used once.")
@click.option("--valid-from", "day", help="First day it serves new drafts (YYYY-MM-DD); today without it.")
@_by
@options.config
@options.as_json
@inputs.told
def publish(
    siret: str, version: str, day: str | None, email: str, ini: str, *, as_json: bool
) -> None:  # an option each
    """Check the adapted library, seal its release and store it: new drafts of the organisation follow it.

    Exit codes: 0 published (what drifted is told on stderr), 1 refused, 2 no such layer, 3 not permitted.
    """
    with inputs.installation(ini) as runtime:
        now = runtime.clock.now()
        # Signing may wait for a time-stamp authority: no write transaction is open meanwhile.
        with runtime.database.read() as session:
            by, layer = _keeper(session, siret, email), _layer(session, siret)
            valid_from = inputs.day_of(day) if day else now.date()
            made = service.sign_layer(session, layer.id, version, valid_from, sealer=runtime.find(Sealer))
        with runtime.database.write() as session:
            found = service.publish_layer(session, made, by=by, now=now)
    for one in found.warnings:
        click.echo(f"{one['clause']}: {one['code']}: {one['message']}", err=True)
    result = {
        "version": found.version, "manifest_sha256": found.manifest_sha256, "signature": "XAdES",
        "signer": found.signer, "items": len(made.adaptations), "warnings": list(found.warnings),
    }  # fmt: skip
    count = inputs.counted(len(made.adaptations), "adaptation", "adaptations")
    inputs.show(result, f"{found.version}: {count}", as_json=as_json)


def _each(clause: str, siret: str, email: str, ini: str, deed: Callable[..., None]) -> list[Adapted]:
    """Do something with each adaptation of a clause."""
    with inputs.installation(ini) as runtime, runtime.database.write() as session:
        by, now, layer = _keeper(session, siret, email), runtime.clock.now(), _layer(session, siret)
        rows = queries.layer_view(session, layer.id, on=now.date()).rows
        found = [one for one in rows if one.adaptation.clause == clause]
        if not found:
            inputs.stop(BAD_INPUT, _("Cette adaptation n’existe pas, ou a été retirée."))
        for one in found:
            deed(session, layer, one, by, now)
    return found


def _layer(session: Session, siret: str) -> LibraryView:
    """Return the layer of an organisation, or exit."""
    found = accounts.organisation_by_siret(session, ids.siret(siret), OrganisationKind.BUYER)
    layer = queries.layer_of(session, found.id) if found else None
    if layer is None:
        inputs.stop(BAD_INPUT, _("L’organisation %(siret)s n’a pas de couche ici."), siret=siret)
    return layer


def _interministerial(session: Session, day: date) -> uuid.UUID:
    """Return the interministerial library in force, or exit."""
    found = queries.in_force(session, day)
    if found is None:
        inputs.stop(
            FOUND,
            _("Cette installation n’a pas cette bibliothèque : chargez-la avec « pli clauses import »."),
        )
    return found.library_id


def _keeper(session: Session, siret: str, email: str) -> Identity:
    """Return the person as who keeps the library of the organisation, or exit."""
    refusal = _("Cette personne ne tient pas la bibliothèque de l’organisation.")
    return inputs.acting(session, siret, email, Permission.CLAUSE_LIBRARY_EDIT, refusal)


def _words(one: Adapted) -> str:
    marks = {"-": "[-%s-]", "+": "{+%s+}"}
    return "".join(marks.get(mark, "%s") % text for mark, text in one.drift)
