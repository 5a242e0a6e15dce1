import threading
import uuid
from pathlib import Path

import pytest
from sqlalchemy import select

from procurement.core.db import Database
from procurement.core.settings import Settings, SettingsError
from procurement.core.vault import FileVault, VaultError, VaultKey, create_master, key_file, load_master

OWNER, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
SECRET = b"JBSWY3DPEHPK3PXP"


@pytest.fixture
def vault() -> FileVault:
    return FileVault(b"m" * 32)


def test_sealed_value_opens(vault: FileVault, database: Database) -> None:
    with database.write() as session:
        sealed = vault.seal(session, OWNER, "totp", SECRET)
    with database.read() as session:
        assert vault.open(session, OWNER, "totp", sealed) == SECRET


def test_sealed_value_hides_the_text_and_differs_each_time(vault: FileVault, database: Database) -> None:
    with database.write() as session:
        first, second = (vault.seal(session, OWNER, "totp", SECRET) for _ in range(2))
    assert first != second
    assert SECRET not in first


def test_one_key_per_owner(vault: FileVault, database: Database) -> None:
    with database.write() as session:
        for owner in (OWNER, OTHER, OWNER):
            vault.seal(session, owner, "totp", SECRET)
        wrapped = session.scalars(select(VaultKey.wrapped)).all()
    assert len(wrapped) == 2
    assert len(set(wrapped)) == 2


@pytest.mark.parametrize(("owner", "purpose"), [(OTHER, "totp"), (OWNER, "draft")])
def test_moved_value_does_not_open(
    vault: FileVault, database: Database, owner: uuid.UUID, purpose: str
) -> None:
    with database.write() as session:
        sealed = vault.seal(session, OWNER, "totp", SECRET)
        vault.seal(session, OTHER, "totp", b"x")
        with pytest.raises(VaultError):
            vault.open(session, owner, purpose, sealed)


def test_every_altered_byte_is_noticed(vault: FileVault, database: Database) -> None:
    with database.write() as session:
        sealed = vault.seal(session, OWNER, "totp", SECRET)
        for at in range(len(sealed)):
            altered = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
            with pytest.raises(VaultError):
                vault.open(session, OWNER, "totp", altered)
        for size in range(len(sealed)):
            with pytest.raises(VaultError):
                vault.open(session, OWNER, "totp", sealed[:size])


def test_destroyed_owner_cannot_be_read(vault: FileVault, database: Database) -> None:
    with database.write() as session:
        sealed = vault.seal(session, OWNER, "totp", SECRET)
        vault.destroy(session, OWNER)
        with pytest.raises(VaultError, match="destroyed"):
            vault.open(session, OWNER, "totp", sealed)
        vault.seal(session, OWNER, "totp", b"new")
        with pytest.raises(VaultError):
            vault.open(session, OWNER, "totp", sealed)


def test_other_key_file_is_named(vault: FileVault, database: Database) -> None:
    other = FileVault(b"n" * 32)
    with database.write() as session:
        sealed = vault.seal(session, OWNER, "totp", SECRET)
        with pytest.raises(VaultError, match=f"{vault.fingerprint}.*{other.fingerprint}"):
            other.open(session, OWNER, "totp", sealed)


def test_moved_key_row_does_not_open(vault: FileVault, database: Database) -> None:
    with database.write() as session:
        vault.seal(session, OWNER, "totp", SECRET)
        kept = session.get_one(VaultKey, OWNER)
        session.add(VaultKey(owner=OTHER, master=kept.master, wrapped=kept.wrapped))
        session.flush()
        with pytest.raises(VaultError):
            vault.seal(session, OTHER, "totp", SECRET)


def test_first_seals_at_once_share_one_key(vault: FileVault, database: Database) -> None:
    sealed: list[bytes] = []
    start = threading.Barrier(4)

    def seal(text: bytes) -> None:
        start.wait()
        with database.write() as session:
            sealed.append(vault.seal(session, OWNER, "totp", text))

    threads = [threading.Thread(target=seal, args=(str(number).encode(),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as session:
        assert sorted(vault.open(session, OWNER, "totp", value) for value in sealed) == [
            b"0",
            b"1",
            b"2",
            b"3",
        ]


def settings(tmp_path: Path, environment: str = "test") -> Settings:
    return Settings(environment=environment, data_directory=tmp_path)


def test_key_file_is_made_once_in_development(tmp_path: Path) -> None:
    master = load_master(settings(tmp_path, "development"))
    assert len(master) == 32
    assert key_file(settings(tmp_path)).stat().st_mode & 0o777 == 0o600
    assert key_file(settings(tmp_path)).parent.stat().st_mode & 0o777 == 0o700
    assert load_master(settings(tmp_path, "production")) == master


def test_key_file_that_exists_is_kept(tmp_path: Path) -> None:
    master = load_master(settings(tmp_path))
    create_master(key_file(settings(tmp_path)))
    assert load_master(settings(tmp_path)) == master
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["vault"]


def test_missing_key_file_stops_production(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"is missing.*openssl rand -hex 32"):
        load_master(settings(tmp_path, "production"))


@pytest.mark.parametrize(
    ("content", "message"),
    [("not hex", "64 hexadecimal digits"), ("ab" * 16, "holds 16 bytes"), ("", "holds 0 bytes")],
)
def test_bad_key_file_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = key_file(settings(tmp_path))
    path.parent.mkdir()
    path.write_text(content)
    with pytest.raises(SettingsError, match=message):
        load_master(settings(tmp_path))


def test_readable_key_file_is_refused(tmp_path: Path) -> None:
    load_master(settings(tmp_path))
    key_file(settings(tmp_path)).chmod(0o640)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_master(settings(tmp_path))
