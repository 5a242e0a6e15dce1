"""Encrypt at rest what the database must not hold in clear: drafts, TOTP secrets, webhook secrets.

One random data key per owner (organisation or person), wrapped by a master key that lives outside the
database in a file of mode 0600. Everything is AES-256-GCM. The owner, the purpose and the format are
authenticated with the text: a value moved to another row does not open. Destroying an owner's row makes all
that was sealed for him unreadable, backups of the values included.
"""

import hashlib
import secrets
import uuid
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import String, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from procurement.core import private_files, services
from procurement.core.db import Base
from procurement.core.settings import Settings, SettingsError

_FORMAT = b"\x01"
_NONCE = 12
_KEY_BYTES = 32


class VaultError(Exception):
    """Say that a value cannot be opened: altered, moved, destroyed, or sealed under another key file."""


class VaultKey(Base):
    """The data key of one owner, wrapped by the master key whose fingerprint is ``master``."""

    __tablename__ = "core_vault_key"

    owner: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    master: Mapped[str] = mapped_column(String(16))
    wrapped: Mapped[bytes]


class KeyVault(Protocol):
    """Seal and open small values for an owner; the keys are chosen by the settings."""

    def seal(self, session: Session, owner: uuid.UUID, purpose: str, plaintext: bytes) -> bytes:
        """Encrypt for an owner and a purpose; the owner's key is made at first use, in a write session."""
        ...

    def open(self, session: Session, owner: uuid.UUID, purpose: str, sealed: bytes) -> bytes:
        """Decrypt, or raise VaultError."""
        ...

    def destroy(self, session: Session, owner: uuid.UUID) -> None:
        """Destroy the owner's key: nothing sealed for him can be opened again."""
        ...


class FileVault:
    """A vault whose master key is a file."""

    def __init__(self, master: bytes) -> None:
        self._master = AESGCM(master)
        self.fingerprint = hashlib.sha256(b"pli vault master\0" + master).hexdigest()[:16]

    def seal(self, session: Session, owner: uuid.UUID, purpose: str, plaintext: bytes) -> bytes:
        """Encrypt for an owner and a purpose."""
        key = self._find(session, owner) or self._create(session, owner)
        return _encrypt(key, plaintext, _label(owner, purpose))

    def open(self, session: Session, owner: uuid.UUID, purpose: str, sealed: bytes) -> bytes:
        """Decrypt what was sealed for this owner and purpose."""
        key = self._find(session, owner)
        if key is None:
            raise VaultError(f"no key for {owner}: it was never made, or destroyed")
        return _decrypt(key, sealed, _label(owner, purpose))

    def destroy(self, session: Session, owner: uuid.UUID) -> None:
        """Delete the owner's key."""
        session.execute(delete(VaultKey).where(VaultKey.owner == owner))

    def _find(self, session: Session, owner: uuid.UUID) -> AESGCM | None:
        row = session.execute(
            select(VaultKey.master, VaultKey.wrapped).where(VaultKey.owner == owner)
        ).one_or_none()
        if row is None:
            return None
        if row.master != self.fingerprint:
            raise VaultError(
                f"key of {owner}: wrapped by key file {row.master}, the one in use is {self.fingerprint}"
            )
        return AESGCM(_decrypt(self._master, row.wrapped, _label(owner, "data key")))

    def _create(self, session: Session, owner: uuid.UUID) -> AESGCM:
        """Make the owner's key; of two transactions that do so at once, both use the first one's."""
        wrapped = _encrypt(self._master, secrets.token_bytes(_KEY_BYTES), _label(owner, "data key"))
        insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        values = {"owner": owner, "master": self.fingerprint, "wrapped": wrapped}
        session.execute(insert(VaultKey).values(values).on_conflict_do_nothing())
        key = self._find(session, owner)
        assert key is not None
        return key


def _label(owner: uuid.UUID, purpose: str) -> bytes:
    return b"pli-vault-1\0" + owner.bytes + purpose.encode()


def _encrypt(key: AESGCM, plaintext: bytes, label: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return _FORMAT + nonce + key.encrypt(nonce, plaintext, label)


def _decrypt(key: AESGCM, sealed: bytes, label: bytes) -> bytes:
    if sealed[:1] != _FORMAT:
        raise VaultError("this is not a value sealed by the vault")
    nonce, ciphertext = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    try:
        return key.decrypt(nonce, ciphertext, label)
    except (InvalidTag, ValueError):
        raise VaultError(
            "the sealed value does not open: altered, or sealed for another owner or purpose"
        ) from None


def key_file(settings: Settings) -> Path:
    """Return where the master key lies."""
    return settings.vault_key_file or settings.keys_directory / "vault"


def load_master(settings: Settings) -> bytes:
    """Read the master key; in development and tests it is made at the first start."""
    path = key_file(settings)
    if not path.exists() and settings.development:
        create_master(path)
    try:
        mode = path.stat().st_mode & 0o777
        master = bytes.fromhex(path.read_text().strip())
    except FileNotFoundError:
        raise SettingsError(
            f"The vault's key file {path} is missing. If this is a new installation, make it once with: "
            f"(umask 077; openssl rand -hex 32 > {path}). If not, put back the copy kept apart from the "
            "backups: without it, what is sealed in the database cannot be read."
        ) from None
    except (ValueError, OSError) as error:
        raise SettingsError(
            f"The vault's key file {path} cannot be read as 64 hexadecimal digits ({error})."
        ) from None
    if len(master) != _KEY_BYTES:
        raise SettingsError(
            f"The vault's key file {path} holds {len(master)} bytes; it takes 32, as 64 hexadecimal digits."
        )
    if mode & 0o077:
        raise SettingsError(
            f"The vault's key file {path} may be read by others (mode {mode:04o}). Run: chmod 600 {path}"
        )
    return master


def create_master(path: Path) -> None:
    """Write a new random master key, readable by its owner alone; one that exists is left as it is."""
    private_files.write_once(path, secrets.token_hex(_KEY_BYTES).encode() + b"\n")


def includeme(config: Any) -> None:
    """Read the master key and register the vault."""
    settings: Settings = services.find(config.registry, Settings)
    services.register(config.registry, KeyVault, FileVault(load_master(settings)))
