"""What a DUME says: its revisions, opened with the vault's key when they are sealed."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session, undefer

from dume import errors
from dume.espd import codec, complete, write_v41
from dume.espd.export import lot_names
from dume.espd.model import NO_LOT, Document
from dume.models import Dume, DumeRevision
from dume.rules import Kind
from procurement.core.vault import KeyVault

#: Files of a ZIP carry this date: the same content gives the same bytes.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def revision(session: Session, row: Dume, number: int | None = None, *columns: str) -> DumeRevision:
    """Return a revision, the latest unless a number is given, with the named columns read along."""
    wanted = {"dume": row.id, "wanted": number or row.revision}
    found = session.scalars(_revision_with(columns), wanted).one_or_none()
    if found is None:
        raise errors.not_found()
    return found


@cache
def _revision_with(columns: tuple[str, ...]) -> Select[DumeRevision]:
    """Return the query of one revision, written once for each set of columns."""
    query = select(DumeRevision).where(
        DumeRevision.dume_id == bindparam("dume"), DumeRevision.number == bindparam("wanted")
    )
    return query.options(*(undefer(getattr(DumeRevision, column)) for column in columns))


def purpose(row: Dume, number: int, column: str) -> str:
    """Return what a sealed value is bound to: it opens in its own row and column only."""
    return f"dume.{column}:{row.id}:{number}"


def open_bytes(session: Session, vault: KeyVault, row: Dume, found: DumeRevision, column: str) -> bytes:
    """Return the bytes of a column, in clear."""
    content: bytes = getattr(found, column)
    if not found.sealed or not content:
        return content
    return vault.open(session, row.vault_owner, purpose(row, found.number, column), content)


def document(session: Session, vault: KeyVault, row: Dume, number: int | None = None) -> Document:
    """Return what a revision says, as the model."""
    found = revision(session, row, number, "model")
    return codec.load(json.loads(open_bytes(session, vault, row, found, "model")))


def lots_of(row: Dume) -> tuple[str, ...]:
    """Return the lots that have a document of their own: one document for a request, one per lot for a response."""
    if row.kind is Kind.REQUEST:
        return ("",)
    return tuple(row.lots) or (NO_LOT,)


def write(what: Document, lot: str) -> bytes:
    """Return the XML for one lot, or of the whole when no lot is named."""
    return write_v41.write(complete.for_lot(what, lot) if lot else what)


def xml(
    session: Session, vault: KeyVault, row: Dume, *, lot: str = "", number: int | None = None
) -> tuple[bytes, str]:
    """Return the XML of one lot (the first when none is named) and its SHA-256; raise ``dume.lot_unknown``."""
    found = revision(session, row, number, "xml")
    wanted = lot or lots_of(row)[0]
    part = next((one for one in found.parts if one["lot"] == wanted), None)
    if part is not None:
        whole = open_bytes(session, vault, row, found, "xml")
        return whole[part["start"] : part["start"] + part["length"]], part["sha256"]
    if wanted not in lots_of(row):
        raise errors.lot_unknown(wanted)
    written = write(document(session, vault, row, number), wanted)
    return written, hashlib.sha256(written).hexdigest()


def documents(
    session: Session, vault: KeyVault, row: Dume, number: int | None = None
) -> tuple[tuple[str, bytes], ...]:
    """Return lot and XML of every document of a revision, in the order of the lots."""
    found = revision(session, row, number, "xml")
    if [part["lot"] for part in found.parts] == list(lots_of(row)):
        whole = open_bytes(session, vault, row, found, "xml")
        return tuple(
            (part["lot"], whole[part["start"] : part["start"] + part["length"]]) for part in found.parts
        )
    what = document(session, vault, row, number)
    return tuple((lot, write(what, lot)) for lot in lots_of(row))


def export_zip(session: Session, vault: KeyVault, row: Dume, number: int | None = None) -> bytes:
    """Return a ZIP of one XML per lot and ``manifest.json``, which names them with their SHA-256."""
    found = documents(session, vault, row, number)
    names = lot_names([lot or "acheteur" for lot, _content in found])
    files = [
        (f"{row.id_dume}-{name}.xml", lot, content) for name, (lot, content) in zip(names, found, strict=True)
    ]
    manifest = {
        "id_dume": row.id_dume,
        "kind": str(row.kind),
        "revision": number or row.revision,
        "documents": [
            {"file": name, "lot": lot or None, "sha256": hashlib.sha256(content).hexdigest()}
            for name, lot, content in files
        ],
    }
    listed = json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True).encode()
    return zipped([*((name, content) for name, _lot, content in files), ("manifest.json", listed)])


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """Return a ZIP of named files; the same content gives the same bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, _ZIP_DATE), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def source_file(session: Session, vault: KeyVault, row: Dume, number: int | None = None) -> bytes | None:
    """Return the file a revision was imported from, byte for byte, or nothing."""
    found = revision(session, row, number, "source")
    return None if found.source is None else open_bytes(session, vault, row, found, "source")


def report(session: Session, vault: KeyVault, row: Dume, number: int | None = None) -> dict[str, Any] | None:
    """Return the report of an import as JSON, or nothing for what was not imported."""
    found = revision(session, row, number, "report")
    if found.report is None:
        return None
    read: dict[str, Any] = json.loads(open_bytes(session, vault, row, found, "report"))
    return read
