"""Checks of the database and of the worker."""

import shlex
from datetime import timedelta
from itertools import pairwise

from sqlalchemy import func, select

from procurement.core import jobs
from procurement.core.db import Database, schema
from procurement.core.doctor.report import Check, Installation, Status, ok
from procurement.core.health import JOB_PATIENCE
from procurement.core.jobs import Job, JobState, WorkerBeat
from procurement.core.text import _

#: A worker signs every ten seconds; one that did not for this long is dead or stuck.
BEAT = timedelta(minutes=1)


def reachable(site: Installation) -> list[Check]:
    """Ask the database for anything at all."""
    site.runtime.database.ping()
    return [ok("database.reachable", site.runtime.database.dialect)]


def schema_head(site: Installation) -> list[Check]:
    """Compare the schema with the one of this version."""
    head, current = schema.head(), schema.current(site.runtime.database)
    if head == current:
        return [ok("database.schema", current, head)]
    fix = _(
        "Le schéma de la base n’est pas celui de cette version. Sauvegardez, puis lancez : pli db upgrade"
    )
    return [Check("database.schema", Status.FAIL, current, head, fix)]


def durability(site: Installation) -> list[Check]:
    """Check that a commit survives a power cut: otherwise a receipt could outlive its bid."""
    if site.runtime.database.dialect == "sqlite":
        return [_pragma(site.runtime.database, "journal_mode", "wal"), _synchronous(site.runtime.database)]
    return [
        _parameter(site.runtime.database, name, accepted)
        for name, accepted in (("synchronous_commit", {"on", "remote_apply"}), ("fsync", {"on"}))
    ]


def _pragma(database: Database, name: str, wanted: str) -> Check:
    with database.write_engine.connect() as connection:
        value = str(connection.exec_driver_sql(f"PRAGMA {name}").scalar())
    if value == wanted:
        return ok(f"database.{name}", value, wanted)
    fix = _(
        "SQLite ne tient pas le mode %(wanted)s sur ce disque (partage réseau ?). Placez la base sur un disque "
        "local ou passez à PostgreSQL."
    )
    return Check(f"database.{name}", Status.FAIL, value, wanted, fix, {"wanted": wanted})


def _synchronous(database: Database) -> Check:
    return _pragma(database, "synchronous", "2")  # 2 is FULL.


def _parameter(database: Database, name: str, accepted: set[str]) -> Check:
    with database.read_engine.connect() as connection:
        value = str(connection.exec_driver_sql(f"SHOW {name}").scalar())
    if value in accepted:
        return ok(f"database.{name}", value, "on")
    fix = _(
        "Réglez %(name)s = on dans postgresql.conf et rechargez PostgreSQL : sinon une coupure de courant peut "
        "perdre un dépôt dont le reçu est parti."
    )
    return Check(f"database.{name}", Status.FAIL, value, "on", fix, {"name": name})


def processes(site: Installation) -> list[Check]:
    """Refuse several server processes on SQLite: the fair queue of writers lives in one process."""
    count = _announced_processes(site)
    if site.runtime.database.dialect != "sqlite" or count <= 1:
        return [ok("server.processes", count)]
    fix = _(
        "SQLite sert un seul processus : retirez WEB_CONCURRENCY ou --workers de l’environnement, ou passez à "
        "PostgreSQL."
    )
    return [Check("server.processes", Status.FAIL, count, 1, fix)]


def _announced_processes(site: Installation) -> int:
    """Return how many processes gunicorn's environment variables ask for."""
    arguments = shlex.split(site.environ.get("GUNICORN_CMD_ARGS", ""))
    for here, following in pairwise([*arguments, ""]):
        if here in {"-w", "--workers"} and following.isdigit():
            return int(following)
        if here.startswith("--workers="):
            return int(here.partition("=")[2])
    return int(site.environ.get("WEB_CONCURRENCY", "1"))


def worker(site: Installation) -> list[Check]:
    """Look for a worker's sign of life, for jobs that wait and for jobs that died."""
    now = site.runtime.clock.now()
    with site.runtime.database.read() as session:
        seen = session.scalar(select(func.max(WorkerBeat.seen_at)))
        since = jobs.oldest_due(session, now=now)
        dead = session.scalar(select(func.count()).where(Job.state == JobState.DEAD)) or 0
    silence = None if seen is None else round((now - seen).total_seconds(), 1)
    waiting = round((now - since).total_seconds(), 1) if since else 0.0
    return [_alive(silence), _oldest(waiting), _dead(dead)]


def _alive(silence: float | None) -> Check:
    limit = BEAT.total_seconds()
    if silence is not None and silence <= limit:
        return ok("worker.alive", silence, limit)
    fix = _(
        "Aucun service de tâches ne travaille : ni courriels, ni horodatages, ni ouvertures. Lancez : pli worker"
    )
    return Check("worker.alive", Status.FAIL, silence, limit, fix)


def _oldest(waiting: float) -> Check:
    if waiting <= JOB_PATIENCE:
        return ok("jobs.oldest", waiting, JOB_PATIENCE)
    fix = _(
        "Une tâche attend depuis %(seconds)s s. Vérifiez que le service de tâches tourne et lisez son journal."
    )
    return Check("jobs.oldest", Status.WARN, waiting, JOB_PATIENCE, fix, {"seconds": waiting})


def _dead(count: int) -> Check:
    if count == 0:
        return ok("jobs.dead", count, 0)
    fix = _(
        "%(count)s tâches ont été abandonnées après six essais : lisez leur erreur dans la table core_job, "
        "corrigez la cause."
    )
    return Check("jobs.dead", Status.WARN, count, 0, fix, {"count": count})
