"""Documents to sign: admitted before anybody is asked to sign them, stored, read again whole."""

import hashlib
import logging
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from procurement.core.db import Database
from procurement.core.storage import Storage, StorageError
from procurement.signatures.errors import NoFile, NotSignable, TooManyFiles, TooMuch
from procurement.signatures.models import SignatureFile
from procurement.signatures.rules import JOB_LEVELS
from procurement.signatures.service import MOST_BYTES, MOST_CONTENTS
from signing.errors import Unverifiable
from signing.produce.params import Level, Profile, SignParams
from signing.produce.prepare import check_documents
from signing.produce.refusals import ProductionRefused
from signing.types import Bytes

_PREFIX = "signing"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file under a key of the store that no row names yet."""

    name: str
    size: int
    sha256: str
    key: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """Documents that can be signed in this form and level; the only way to them is ``admit``."""

    profile: Profile
    level: Level
    files: tuple[StoredFile, ...]


def admit(
    storage: Storage, documents: Sequence[Bytes], *, profile: Profile, level: Level, now: datetime
) -> Admitted:
    """Make sure that documents can be signed, then store them; call it before the transaction that opens the jobs.

    Raises NoFile, TooManyFiles, TooMuch, or NotSignable with the reason: a PDF certified against any change (DocMDP, P = 1) is
    refused here, before anybody signs.
    """
    if not documents:
        raise NoFile
    if len(documents) > MOST_CONTENTS:
        raise TooManyFiles(MOST_CONTENTS)
    if sum(len(document.data) for document in documents) > MOST_BYTES:
        raise TooMuch(MOST_BYTES >> 20)
    try:
        _check(documents, profile, level, now)
    except ProductionRefused as refusal:
        raise NotSignable(refusal) from refusal
    return Admitted(profile, level, store(storage, documents))


def _check(documents: Sequence[Bytes], profile: Profile, level: Level, now: datetime) -> None:
    if level not in JOB_LEVELS:
        raise ProductionRefused("produce.level_unavailable", str(level), level=level, format=profile)
    try:
        check_documents(documents, SignParams(profile, now, level))
    except Unverifiable as error:
        raise ProductionRefused("produce.documents", str(error)) from error


def store(storage: Storage, documents: Iterable[Bytes]) -> tuple[StoredFile, ...]:
    """Write files under fresh keys; they are durable on return."""
    kept: list[StoredFile] = []
    try:
        for document in documents:
            key = f"{_PREFIX}/{uuid.uuid4().hex}"
            kept.append(StoredFile(document.name, len(document.data), sha256(document.data), key))
            storage.put(key, [document.data])
    except BaseException:
        _removed(storage, kept)
        raise
    return tuple(kept)


@contextmanager
def unless_named(storage: Storage, database: Database, files: Sequence[StoredFile]) -> Iterator[None]:
    """Remove files when the transaction inside fails and no row names them.

    A connection that is lost during COMMIT leaves it open whether the rows were written: they are looked for, and where
    nobody can tell the files stay. A file too many harms nobody; a row without its file is a signature that is lost.
    """
    try:
        yield
    except BaseException:
        _removed(storage, _nameless(database, files))
        raise


def discarding(storage: Storage, database: Database, admitted: Admitted) -> AbstractContextManager[None]:
    """Remove admitted documents when the transaction inside does not come to its end: nothing would ever name them."""
    return unless_named(storage, database, admitted.files)


def _nameless(database: Database, files: Sequence[StoredFile]) -> list[StoredFile]:
    """Return the files that no row names; none of them where the database does not answer."""
    keys = [file.key for file in files]
    query = select(SignatureFile.storage_key).where(SignatureFile.storage_key.in_(keys))
    try:
        with database.read() as session:
            named = set(session.scalars(query))
    except SQLAlchemyError:
        _log.exception(
            "whether these files are named by a row is not known, so they stay: %s", ", ".join(keys)
        )
        return []
    return [file for file in files if file.key not in named]


def _removed(storage: Storage, files: Iterable[StoredFile]) -> None:
    """Remove files that nothing names; one that cannot be removed stays, and hides no other failure."""
    for file in files:
        try:
            storage.delete(file.key)
        except StorageError:
            _log.exception("%s stays, and nothing names it", file.key)


def load(storage: Storage, files: Iterable[SignatureFile]) -> list[Bytes]:
    """Return files whole; raise StorageError where the store gives other bytes than those it was given."""
    loaded = []
    for file in files:
        data = b"".join(storage.open(file.storage_key))
        if sha256(data) != file.sha256:
            raise StorageError(f"{file.storage_key} is not what was stored")
        loaded.append(Bytes(file.name, data))
    return loaded


def sha256(data: bytes) -> str:
    """Return a SHA-256 in lower-case hex."""
    return hashlib.sha256(data).hexdigest()
