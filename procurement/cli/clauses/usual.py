"""``pli clauses usual list|keep|forget``: a person's own usual answers, as his page « Mes réponses habituelles » shows them.

They are the person's: ``--by`` names whose they are and who acts. No release is made of them.
"""

import click
from sqlalchemy.orm import Session

from clauses import queries, service
from clauses.queries import UsualAnswer
from procurement.cli import options
from procurement.cli.clauses import inputs
from procurement.core.permissions import Permission
from procurement.core.security import Identity
from procurement.core.text import _

_organisation = click.option(
    "--organisation", "siret", required=True, help="SIRET of the organisation he acts for."
)
_by = click.option("--by", "email", required=True, help="Address of the person whose answers they are.")


@click.group("usual")
def command() -> None:
    """Keep a person's own usual answers."""


@command.command("list")
@_organisation
@_by
@options.config
@options.as_json
@inputs.told
def show(siret: str, email: str, ini: str, *, as_json: bool) -> None:
    """List the usual answers of a person.

    Exit codes: 0 listed, 2 no such organisation or person, 3 the person writes no documents there.
    """
    with inputs.installation(ini) as runtime, runtime.database.read() as session:
        found = _of(session, _writer(session, siret, email))
    rows = [{"fact": key, "value": one.value, "since": one.since.isoformat()} for key, one in found.items()]
    lines = [f"{one['fact']}: {one['value']}" for one in rows]
    inputs.show({"usual": rows}, "\n".join(lines), as_json=as_json)


@command.command()
@click.argument("fact")
@click.option("--value", required=True, help="The usual answer, as files of facts write it.")
@_organisation
@_by
@options.config
@options.as_json
@inputs.told
def keep(fact: str, value: str, siret: str, email: str, ini: str, *, as_json: bool) -> None:  # an option each
    """Make a value the usual answer to the question FACT: it serves the documents begun from now on.

    Exit codes: 0 kept, 1 the question has no usual answer, 2 no such question or a value it does not take, 3 not permitted.
    """
    with inputs.installation(ini) as runtime, runtime.database.write() as session:
        by, now = _writer(session, siret, email), runtime.clock.now()
        service.keep_usual(session, fact, value, on=now.date(), by=by, now=now)
    inputs.show({"fact": fact, "value": value}, f"{fact}: {value}", as_json=as_json)


@command.command()
@click.argument("fact")
@_organisation
@_by
@options.config
@options.as_json
@inputs.told
def forget(fact: str, siret: str, email: str, ini: str, *, as_json: bool) -> None:
    """Have no usual answer to the question FACT any more; the documents that began with it keep theirs.

    Exit codes: 0 done, 2 there was none, 3 not permitted.
    """
    with inputs.installation(ini) as runtime, runtime.database.write() as session:
        by, now = _writer(session, siret, email), runtime.clock.now()
        service.forget_usual(session, fact, by=by, now=now)
    inputs.show({"forgotten": fact}, fact, as_json=as_json)


def _of(session: Session, by: Identity) -> dict[str, UsualAnswer]:
    assert by.organisation_id is not None
    assert by.person_id is not None
    return queries.usual_answers(session, by.organisation_id, by.person_id)


def _writer(session: Session, siret: str, email: str) -> Identity:
    """Return the person as one who writes documents of the organisation, if only of one of its services, or exit."""
    refusal = _("Cette personne ne rédige pas les documents de l’organisation.")
    return inputs.acting(session, siret, email, Permission.CLAUSE_DRAFT_EDIT, refusal, limited=True)
