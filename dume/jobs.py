"""Background work of DUMEs; every handler may run twice."""

import logging
import uuid
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from dume import queries
from dume.models import DumeSource
from dume.service import links
from dume.service.evidence import PREFIX, SWEEP
from dume.service.freshness import Freshener
from dume.service.opening import OPENED
from dume.service.prefill import FRESHNESS, PREFILL, check_freshness
from dume.service.proposing import Prefiller
from procurement.core.jobs import JobContext
from procurement.core.storage import KeyMissing, Storage, StorageError
from procurement.core.vault import KeyVault

#: A stored proof that no row names may be that of a transaction about to commit; after this it is an orphan.
ORPHAN_AFTER = timedelta(hours=48)
_log = logging.getLogger(__name__)


def prefill(context: JobContext, payload: dict[str, Any]) -> None:
    """Ask the sources of a prefilling, then propose what they gave."""
    Prefiller(context).run(uuid.UUID(payload["dume"]), uuid.UUID(payload["prefill"]))


def freshness(context: JobContext, payload: dict[str, Any]) -> None:
    """Ask the sources of an opened response again, for its buyer; the response stays as it is."""
    Freshener(context).run(uuid.UUID(payload["dume"]))


def opened(context: JobContext, payload: dict[str, Any]) -> None:
    """Have every response to a request checked again once its vendor has stated the opening."""
    now = context.clock.now()
    with context.database.write() as session:
        for row in queries.responses_to(session, uuid.UUID(payload["request"])):
            if row.deposit_id is None:
                check_freshness(session, row, now=now)


def purge(context: JobContext, payload: dict[str, Any]) -> None:
    """Destroy the drafts without an account whose day is over, then their proofs, and see to the next."""
    del payload
    now = context.clock.now()
    vault: KeyVault = context.find(KeyVault)
    with context.database.write() as session:
        gone, keys = links.purge(session, vault, now=now)
        links.next_purge(session, now=now)
    storage: Storage = context.find(Storage)
    for key in keys:
        # Sealed under a key that is no more: should the store fail here, the sweep takes it later.
        storage.delete(key)
    if gone:
        _log.info("drafts without an account destroyed: %d", gone)


def sweep(context: JobContext, payload: dict[str, Any]) -> None:
    """Remove the proofs that no row has named for 48 hours: detached ones, and those of a crash."""
    del payload
    storage: Storage = context.find(Storage)
    for key in list(storage.keys(f"{PREFIX}/")):
        with context.database.read() as session:
            named = session.scalar(select(DumeSource.id).where(DumeSource.document_key == key))
        try:
            if named is None and storage.age(key) > ORPHAN_AFTER:
                storage.delete(key)
        except (KeyMissing, StorageError) as error:
            _log.warning("a proof could not be removed: %s", error)


HANDLERS = {
    PREFILL: prefill,
    FRESHNESS: freshness,
    OPENED: opened,
    links.PURGE: purge,
    SWEEP: sweep,
}
