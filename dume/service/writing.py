"""Put down what a DUME says, and what happens to it: identifier, row, revision, journal, news."""

import hashlib
import json
import re
import secrets
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dume import errors, rules
from dume.espd import codec
from dume.espd.importing import Imported
from dume.espd.model import Document, Kind
from dume.models import Dume, DumeRevision
from dume.queries.content import lots_of, purpose, revision, write
from dume.queries.rows import facts
from dume.rules import Owner, OwnerKind, Status, Verb
from procurement.core import ids, journal
from procurement.core.security import Identity
from procurement.core.text import refused_character
from procurement.core.vault import KeyVault

#: Names the keys of what a client holds for a company: one for each pair.
_CLIENTS = uuid.UUID("6f3c2f0e-5a7d-4c0b-9a57-0d1f7f6f0d75")
#: Longest title a list shows; the document keeps the whole.
_TITLE = 300
#: What XML 1.0 has no place for (section 2.2), as JSON writes it: control characters escaped, the others themselves.
_UNWRITABLE = re.compile(r"(?<!\\)(?:\\\\)*(\\(?:u00[01][0-9a-f]|[bf])|[\ud800-\udfff\ufffe\uffff])")


def new_id_dume(session: Session) -> str:
    """Return a public identifier that nobody has; the unique constraint has the last word."""
    while True:
        text = "".join(secrets.choice(rules.ALPHABET) for _ in range(rules.ID_LENGTH))
        if session.scalar(select(Dume.id).where(Dume.id_dume == text)) is None:
            return text


def new_row(owner: Owner, kind: Kind, id_dume: str, *, by: Identity | None, now: datetime) -> Dume:
    """Return the row of a new DUME, not yet in the session: the caller ties it and writes its first revision."""
    dume_id = ids.uuid7()
    expires_at = now + rules.UTILITY_LIFE if owner.kind is OwnerKind.LINK else None
    return Dume(
        id=dume_id, id_dume=id_dume, kind=kind, owner_kind=owner.kind, organisation_id=owner.organisation_id,
        client_id=owner.client_id, secret_hash=owner.secret_hash or None, siret=owner.siret,
        vault_owner=_vault_owner(owner, dume_id), title="", lots=[], revision=1, edition=0, consultation_ref="",
        buyer_siret="", opened_by="", created_at=now, created_by=by.person_id if by else None,
        edited_at=now, expires_at=expires_at,
    )  # fmt: skip


def _vault_owner(owner: Owner, dume_id: uuid.UUID) -> uuid.UUID:
    """Return whose key seals a DUME; a link's draft has a key of its own, destroyed with it."""
    if owner.kind is OwnerKind.ORGANISATION:
        assert owner.organisation_id is not None
        return owner.organisation_id
    if owner.kind is OwnerKind.CLIENT:
        return uuid.uuid5(_CLIENTS, f"{owner.client_id}:{owner.siret}")
    return dume_id


def lock(session: Session, row: Dume) -> None:
    """Keep other transactions from changing this DUME until this one ends, and see it as it is now."""
    session.refresh(row, with_for_update=True)


def check(row: Dume, verb: Verb) -> None:
    """Refuse a move that the status does not allow."""
    current = facts(row)
    if rules.allowed(current, verb):
        return
    status = rules.status(current)
    if verb is Verb.EDIT:
        raise errors.not_draft(str(status))
    if verb is Verb.PUBLISH and status is Status.DRAFT:
        raise errors.not_validated(str(status))
    raise errors.move_refused(str(status), str(verb))


def require(row: Dume, kind: Kind) -> None:
    """Refuse a deed that is not for this kind of DUME."""
    if row.kind is not kind:
        raise errors.wrong_kind("OE" if kind is Kind.RESPONSE else "acheteur")


def put(
    session: Session,
    vault: KeyVault,
    row: Dume,
    what: Document,
    *,
    by: Identity | None,
    now: datetime,
    imported: tuple[bytes, Imported] | None = None,
) -> DumeRevision:
    """Write what a DUME says: over the revision in preparation, or into a new one once that is validated."""
    check(row, Verb.EDIT)
    found = _in_preparation(session, row, by=by, now=now)
    row.title = _title(row, what)
    row.edition += 1
    row.edited_at = now
    row.validated_at = None
    if row.owner_kind is OwnerKind.LINK:
        row.expires_at = now + rules.UTILITY_LIFE
    lots = lots_of(row)
    # One document is written at once, for it is what is read most; a set of lots only when it is validated.
    fill(session, vault, row, found, what, lots if len(lots) == 1 else ())
    if imported is not None:
        _keep_source(session, vault, row, found, *imported)
    # Whole before they are added: reading a key of the vault must not write them half-made.
    session.add_all((row, found))
    session.flush()
    return found


def _title(row: Dume, what: Document) -> str:
    """Return what lists show; nothing of what a link holds, for it is nobody's list and lies sealed."""
    title = "" if row.owner_kind is OwnerKind.LINK else what.procedure.title.strip()
    return title if len(title) <= _TITLE else title[: _TITLE - 1] + "…"


def _in_preparation(session: Session, row: Dume, *, by: Identity | None, now: datetime) -> DumeRevision:
    known = None if row.edition == 0 else revision(session, row)
    if known is not None and known.validated_at is None:
        return known
    if known is not None:
        row.revision += 1
    return DumeRevision(
        dume_id=row.id, number=row.revision, sealed=rules.is_sealed(row.kind, row.owner_kind), created_at=now,
        created_by=by.person_id if by else None, source=None, source_sha256="", report=None, proposals=None,
    )  # fmt: skip


def fill(
    session: Session,
    vault: KeyVault,
    row: Dume,
    found: DumeRevision,
    what: Document,
    lots: tuple[str, ...],
) -> None:
    """Put the model and the documents of these lots into a revision, sealed where they must be."""
    model = _model(what)
    pieces: list[bytes] = []
    parts: list[dict[str, Any]] = []
    for lot in lots:
        content = write(what, lot)
        start = sum(map(len, pieces))
        digest = hashlib.sha256(content).hexdigest()
        parts.append({"lot": lot, "start": start, "length": len(content), "sha256": digest})
        pieces.append(content)
    whole = b"".join(pieces)
    found.parts = parts
    found.sha256 = hashlib.sha256(whole).hexdigest() if parts else ""
    found.xml = seal(session, vault, row, found, "xml", whole)
    found.model = seal(session, vault, row, found, "model", model)


def _model(what: Document) -> bytes:
    """Return a document as it is kept; refuse a character that no XML can hold (``text.character``)."""
    text = json.dumps(codec.dump(what), ensure_ascii=False, separators=(",", ":"))
    unwritable = _UNWRITABLE.search(text)
    if unwritable is not None:
        raise refused_character(json.loads(f'"{unwritable[1]}"'))
    return text.encode()


def _keep_source(
    session: Session, vault: KeyVault, row: Dume, found: DumeRevision, data: bytes, imported: Imported
) -> None:
    """Keep the file that was imported, byte for byte, and the report of what became of it."""
    report = json.dumps(imported.report.as_json(), ensure_ascii=False).encode()
    found.source = seal(session, vault, row, found, "source", data)
    found.source_sha256 = imported.sha256
    found.report = seal(session, vault, row, found, "report", report)


def seal(
    session: Session, vault: KeyVault, row: Dume, found: DumeRevision, column: str, content: bytes
) -> bytes:
    """Return the bytes of a column as they are stored: sealed where they must be."""
    if not found.sealed or not content:
        return content
    return vault.seal(session, row.vault_owner, purpose(row, found.number, column), content)


def note(
    session: Session,
    row: Dume,
    verb: str,
    *,
    by: Identity | None,
    now: datetime,
    data: dict[str, Any] | None = None,
) -> None:
    """Keep a deed in the journal; never an answer. What is held by a link concerns nobody and leaves no line."""
    if row.owner_kind is OwnerKind.LINK:
        return
    journal.append(
        session,
        at=now,
        actor=by,
        action=f"dume:document:{verb}",
        subject=row.id,
        data={"id_dume": row.id_dume, "kind": str(row.kind), **(data or {})},
        organisation_id=row.organisation_id,
    )
