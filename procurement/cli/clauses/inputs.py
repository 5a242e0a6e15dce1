"""What the commands of clauses share: where a library comes from, facts in a file, problems on stderr, files written whole."""

import json
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click
from sqlalchemy.orm import Session

from clauses.files.faults import Faults, LibraryFaults
from clauses.files.nodes import raw, read_yaml
from clauses.queries import Edition, edition, free_edition, in_force, releases
from clauses.render.errors import PdfUnavailable
from procurement.accounts import queries as accounts
from procurement.accounts.acl import BUYER
from procurement.accounts.rules import OrganisationKind, Role, effective_roles
from procurement.core import ids
from procurement.core.errors import DomainError, Invalid, NotFound
from procurement.core.permissions import Permission
from procurement.core.runtime import Runtime, bootstrap
from procurement.core.security import Identity
from procurement.core.text import _, for_count

FOUND, BAD_INPUT, UNAVAILABLE = 1, 2, 3
#: The library that is shipped.
STARTER = Path(__file__).resolve().parents[3] / "clauses" / "starter"
#: Refusals that are findings, not bad input.
_REFUSALS = frozenset({"clauses.archive_refused", "clauses.release_refused", "clauses.version_taken"})
_Deed = TypeVar("_Deed", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)
OUT = click.Path(dir_okay=False, path_type=Path)
library_option = click.option(
    "--library", "source", type=PATH, help="Directory or archive of the library; the shipped one without it."
)
release_option = click.option("--release", "version", help="Use this release of the installation instead.")
facts_option = click.option("--facts", "facts_file", type=PATH, required=True, help="YAML file: fact: value.")
on_option = click.option("--on", "day", help="Reference date (YYYY-MM-DD); today without it.")


@dataclass(frozen=True)
class Wanted:
    """Which library a command works on."""

    source: Path | None = None
    version: str | None = None
    ini: str = ""


def told(deed: _Deed) -> _Deed:
    """Turn every refusal into sentences on stderr and its exit code."""

    @wraps(deed)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return deed(*args, **kwargs)
        except LibraryFaults as faults:
            for line in str(faults).splitlines():
                click.echo(line, err=True)
            sys.exit(BAD_INPUT)
        except PdfUnavailable as error:
            click.echo(error.message, err=True)
            sys.exit(UNAVAILABLE)
        except DomainError as error:
            refused(error)

    return run  # type: ignore[return-value]  # the same arguments as the deed


def refused(error: DomainError) -> NoReturn:
    """Say a refusal and each of its details, then exit: 2 for what was given, 1 for what stands in the way."""
    for detail in getattr(error, "errors", ()):
        text = detail.message % detail.params if detail.params else detail.message
        click.echo(f"{detail.field}: {detail.code}: {text}", err=True)
    click.echo(f"pli: {error}", err=True)
    given = isinstance(error, Invalid | NotFound) and error.code not in _REFUSALS
    sys.exit(BAD_INPUT if given else FOUND)


def stop(code: int, message: str, **params: object) -> NoReturn:
    """Say one sentence on stderr and exit."""
    click.echo(f"pli: {message % params if params else message}", err=True)
    sys.exit(code)


def counted(count: int, one: str, many: str) -> str:
    """Return a count with its word."""
    return f"{count} {for_count(count, one, many)}"


def clauses(count: int) -> str:
    """Return a number of clauses with its word."""
    return counted(count, "clause", "clauses")


def show(result: Mapping[str, Any], sentence: str, *, as_json: bool) -> None:
    """Print a result as JSON, or its sentence."""
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else sentence)


def files_of(source: Path) -> dict[str, bytes]:
    """Return the files of a directory or an archive; raise LibraryFaults or ``clauses.archive_refused``."""
    from clauses.files.archive import MAX_ARCHIVE, unpack
    from clauses.files.reader import directory_files

    if source.is_dir():
        faults = Faults()
        found = directory_files(source, faults)
        faults.raise_if_any()
        return found
    if not source.is_file():
        stop(BAD_INPUT, _("%(path)s : ni dossier ni archive de bibliothèque."), path=source)
    with source.open("rb") as stream:
        return unpack(stream.read(MAX_ARCHIVE + 1))


def edition_of(wanted: Wanted) -> Edition:
    """Return the library that a command works on, ready for use."""
    from clauses.files.reader import read_library

    if wanted.version is None:
        return free_edition(read_library(files_of(wanted.source or STARTER)))
    with installation(wanted.ini) as runtime, runtime.database.read() as session:
        for one in releases(session):
            if one.version == wanted.version:
                return edition(session, one.id)
    stop(BAD_INPUT, _("La version %(version)s n’est pas dans cette installation."), version=wanted.version)


def release_id(runtime: Runtime, version: str | None) -> uuid.UUID:
    """Return a release of the installation: of a version, else the one in force."""
    with runtime.database.read() as session:
        if version is None:
            found = in_force(session, runtime.clock.now().date())
        else:
            found = next((one for one in releases(session) if one.version == version), None)
    if found is None:
        stop(
            FOUND,
            _("Cette installation n’a pas cette bibliothèque : chargez-la avec « pli clauses import »."),
        )
    return found.id


@contextmanager
def installation(ini: str) -> Iterator[Runtime]:
    """Give the application of a settings file, and let go of its database afterwards."""
    runtime = bootstrap(ini)
    try:
        yield runtime
    finally:
        runtime.database.dispose()


def facts_from(path: Path, found: Edition) -> dict[str, Any]:
    """Return the facts of a YAML file as text, read as strictly as a library, each known and of its type.

    Exit with every fault at its line and column.
    """
    from clauses.rules.facts import parse_facts

    if not path.is_file():
        stop(BAD_INPUT, _("Le fichier %(path)s n’existe pas."), path=path)
    faults = Faults()
    keys = read_yaml(path.read_bytes(), str(path), faults)
    faults.raise_if_any()
    assert keys is not None
    given = {key: raw(node) for key, node in keys.entries.items()}
    try:
        parse_facts(found.library.facts, given)
    except Invalid as refusal:
        for one in refusal.errors:
            line, column = keys.key_places.get(one.field, keys.place)
            text = one.message % one.params if one.params else one.message
            click.echo(f"{path}:{line}:{column}: {one.code}: {text}", err=True)
        sys.exit(BAD_INPUT)
    return given


def day_of(text: str | None) -> date:
    """Return a day, today's without one."""
    from procurement.core.clock import SystemClock

    if text is None:
        return SystemClock().now().date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        stop(BAD_INPUT, _("« %(text)s » n’est pas une date : écrivez 2026-09-01."), text=text)


def write(path: Path, data: bytes) -> None:
    """Write beside, then rename: a file that is there is whole."""
    unfinished = path.with_name(f".{path.name}.part")
    try:
        unfinished.write_bytes(data)
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        stop(BAD_INPUT, _("%(path)s ne peut pas être écrit : %(why)s."), path=path, why=error.strerror)


def acting(
    session: Session, siret: str, email: str, needed: Permission, refusal: str, *, limited: bool = False
) -> Identity:
    """Return somebody of an organisation who holds a permission there, or exit with the marked ``refusal``.

    ``limited``: a role that is limited to a service is enough.
    """
    found = accounts.organisation_by_siret(session, ids.siret(siret), OrganisationKind.BUYER)
    person = accounts.person_by_email(session, email)
    if found is None or person is None:
        stop(BAD_INPUT, _("Cette organisation ou cette personne n’existe pas ici."))
    roles = effective_roles(accounts.grants_of(session, person.id, found.id), mfa=True)
    held = [BUYER[Role(role.partition("@")[0])] for role in roles if limited or "@" not in role]
    if not any(needed in permissions for permissions in held):
        stop(UNAVAILABLE, refusal)
    return Identity(
        person_id=person.id, name=person.name, email=person.email, organisation_id=found.id,
        organisation_name=found.legal_name, organisation_kind=str(found.kind), siret=found.siret, roles=roles,
    )  # fmt: skip
