"""Each check finds what it is there for, on a real installation."""

import json
import os
import socket
import ssl
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from procurement.cli import cli
from procurement.core import jobs, pdf, services, xmlsignatures
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.doctor import (
    CHECKS,
    Check,
    Installation,
    Report,
    Status,
    data,
    examine,
    machine,
    peers,
    site,
)
from procurement.core.mail import Mailer, SmtpMailer
from procurement.core.runtime import Runtime
from procurement.core.seal import Sealer
from procurement.core.settings import Settings, SettingsError
from procurement.core.storage import Storage
from procurement.core.timestamp import Rfc3161Timestamper, Timestamper
from procurement.core.worker import Worker
from signing import selfcheck


@pytest.fixture(autouse=True)
def _typesetters() -> Iterator[None]:
    yield
    pdf.close()


@pytest.fixture
def installation(runtime: Runtime) -> Installation:
    return Installation(runtime, {})


def using(installation: Installation, **changes: Any) -> Installation:
    settings = replace(installation.runtime.settings, **changes)
    return replace(installation, runtime=replace(installation.runtime, settings=settings))


def found(checks: list[Check]) -> dict[str, tuple[Status, object]]:
    return {check.id: (check.status, check.value) for check in checks}


def statuses(report: Report) -> dict[str, str]:
    return {check.id: str(check.status) for check in report.checks}


def test_examine_finds_a_test_installation_in_order_but_for_its_shortcuts(
    runtime: Runtime, worker: Worker
) -> None:
    worker._beat()
    runtime.settings.data_directory.chmod(0o750)
    kept = os.umask(0o027)
    try:
        report = examine(runtime, {})
    finally:
        os.umask(kept)
    expected = dict.fromkeys(
        ("timestamp.qualified", "trust.lists", "site.secret_key", "site.legal_pages"), "warn"
    )
    if runtime.database.dialect == "postgresql" and "PLI_TEST_DATABASE_URL" not in os.environ:
        expected["database.fsync"] = "fail"  # The embedded server runs without, for speed.
    assert {name: status for name, status in statuses(report).items() if status != "ok"} == expected
    assert all(check.fix for check in report.checks if check.status is not Status.OK)


def test_every_sentence_can_be_shown(runtime: Runtime) -> None:
    for language in ("fr", "en"):
        for check in examine(runtime, {}).as_json(language)["checks"]:
            assert "%(" not in check["fix"]


def test_broken_check_is_a_finding_and_others_run(runtime: Runtime, tmp_path: Path) -> None:
    away = Database(f"sqlite:///{tmp_path}/empty.sqlite")
    report = examine(replace(runtime, database=away), {})
    away.dispose()
    checks = {check.id: check for check in report.checks}
    assert checks["worker.alive"].status is Status.FAIL
    assert checks["worker.alive"].value == "OperationalError"
    assert checks["store.roundtrip"].status is Status.OK
    assert checks["database.schema"].status is Status.FAIL
    assert report.status is Status.FAIL


@pytest.mark.parametrize(
    ("given", "expected"),
    [((), Status.OK), ((Status.OK, Status.WARN), Status.WARN), ((Status.FAIL, Status.WARN), Status.FAIL)],
)
def test_report_is_as_bad_as_its_worst(given: tuple[Status, ...], expected: Status) -> None:
    assert Report(tuple(Check("x", status) for status in given)).status is expected


def test_durability_is_measured(installation: Installation) -> None:
    checks = found(data.durability(installation))
    if installation.runtime.database.dialect == "sqlite":
        assert checks == {
            "database.journal_mode": (Status.OK, "wal"),
            "database.synchronous": (Status.OK, "2"),
        }
    else:
        assert checks["database.synchronous_commit"] == (Status.OK, "on")
        assert set(checks) == {"database.synchronous_commit", "database.fsync"}


def test_sqlite_on_another_journal_mode_fails(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/x.sqlite")
    check = data._pragma(database, "journal_mode", "memory")
    database.dispose()
    assert (check.status, check.value, check.limit) == (Status.FAIL, "wal", "memory")


def test_postgresql_without_durable_commits_fails(fresh_postgres_url: str) -> None:
    database = Database(f"{fresh_postgres_url}&options=-csynchronous_commit%3Doff")
    check = data._parameter(database, "synchronous_commit", {"on"})
    database.dispose()
    assert (check.status, check.value) == (Status.FAIL, "off")


@pytest.mark.parametrize(
    ("environ", "count"),
    [
        ({}, 1),
        ({"WEB_CONCURRENCY": "4"}, 4),
        ({"GUNICORN_CMD_ARGS": "--bind 0.0.0.0 --workers=3"}, 3),
        ({"GUNICORN_CMD_ARGS": "-w 2"}, 2),
        ({"GUNICORN_CMD_ARGS": "--threads 8"}, 1),
    ],
)
def test_several_processes_only_on_postgresql(
    installation: Installation, environ: dict[str, str], count: int
) -> None:
    check = data.processes(replace(installation, environ=environ))[0]
    refused = count > 1 and installation.runtime.database.dialect == "sqlite"
    assert (check.status, check.value) == (Status.FAIL if refused else Status.OK, count)


def test_worker_alive_until_it_is_silent_for_a_minute(
    installation: Installation, worker: Worker, clock: SandboxClock
) -> None:
    assert found(data.worker(installation))["worker.alive"] == (Status.FAIL, None)
    worker._beat()
    assert found(data.worker(installation))["worker.alive"] == (Status.OK, 0.0)
    clock.advance(seconds=61)
    assert found(data.worker(installation))["worker.alive"] == (Status.FAIL, 61.0)


def test_waiting_and_dead_jobs(installation: Installation, database: Database, clock: SandboxClock) -> None:
    with database.write() as session:
        jobs.enqueue(session, "core.none", {}, now=clock.now())
        dead = jobs.enqueue(session, "core.none", {}, now=clock.now())
        dead.state = jobs.JobState.DEAD
    clock.advance(seconds=301)
    checks = found(data.worker(installation))
    assert checks["jobs.oldest"] == (Status.WARN, 301.0)
    assert checks["jobs.dead"] == (Status.WARN, 1)


@pytest.mark.parametrize(
    ("fail", "warn", "status"), [(0, 0, "ok"), (0, 1 << 62, "warn"), (1 << 62, 1 << 62, "fail")]
)
def test_disk(
    installation: Installation, monkeypatch: pytest.MonkeyPatch, fail: int, warn: int, status: str
) -> None:
    monkeypatch.setattr(machine, "DISK_FAIL", fail)
    monkeypatch.setattr(machine, "DISK_WARN", warn)
    assert machine.disk(installation)[0].status == status
    assert machine.disk(using(installation, storage="s3"))[0].status == status


def test_readable_key_is_named(installation: Installation) -> None:
    secret = installation.runtime.settings.keys_directory / "tsa" / "tsa.key"
    assert found(machine.permissions(installation))["keys.permissions"] == (Status.OK, 0)
    secret.chmod(0o644)
    try:
        check = machine.permissions(installation)[0]
    finally:
        secret.chmod(0o600)
    assert (check.status, check.value, check.params["path"]) == (Status.FAIL, 1, str(secret))


def test_vault_key_elsewhere_is_looked_at(installation: Installation, tmp_path: Path) -> None:
    key = tmp_path / "vault"
    key.write_text("x")
    key.chmod(0o640)
    checks = machine.permissions(using(installation, vault_key_file=key))
    assert found(checks)["keys.permissions"] == (Status.FAIL, 1)


@pytest.mark.parametrize(("mask", "status"), [(0o022, Status.WARN), (0o027, Status.OK), (0o077, Status.OK)])
def test_umask(mask: int, status: Status) -> None:
    kept = os.umask(mask)
    try:
        assert machine._umask().status is status
    finally:
        assert os.umask(kept) == mask


def tool(folder: Path, name: str, answer: str, code: int = 0) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\ncat <<'EOF'\n{answer}\nEOF\nexit {code}\n")
    path.chmod(0o755)


CHRONY = "C0A80001,ntp.example,2,1799658000.1,{offset},0.0001,0.0002,1.2,0.0,0.1,0.02,0.001,64.2,Normal"


@pytest.mark.parametrize(
    ("tools", "expected"),
    [
        ({"chronyc": CHRONY.format(offset="-0.000123")}, (Status.OK, -0.000123)),
        ({"chronyc": CHRONY.format(offset="2.5")}, (Status.FAIL, 2.5)),
        ({"chronyc": "7F7F0101,,0,0.0,0.0", "timedatectl": "yes"}, (Status.OK, "synchronised")),
        ({"chronyc": "506 Cannot talk to daemon", "timedatectl": "no"}, (Status.FAIL, None)),
        ({"timedatectl": "yes"}, (Status.OK, "synchronised")),
        ({}, (Status.WARN, None)),
    ],
)
def test_clock_by_the_machines_tools(
    installation: Installation,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tools: dict[str, str],
    expected: tuple[Status, object],
) -> None:
    for name, answer in tools.items():
        tool(tmp_path, name, answer)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin" if tools else str(tmp_path))
    if "timedatectl" not in tools:
        tool(tmp_path, "timedatectl", "", code=1)
    checks = machine.clock(using(installation, clock="system"))
    assert (checks[0].status, checks[0].value) == expected


def test_sandbox_clock_is_not_measured(installation: Installation) -> None:
    assert machine.clock(installation)[0].value == "sandbox"


class Overwriting:
    """A store that breaks the promise."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def put(self, key: str, chunks: list[bytes]) -> None:
        self.held[key] = b"".join(chunks)

    def open(self, key: str) -> Iterator[bytes]:
        return iter([self.held[key]])

    def delete(self, key: str) -> None:
        self.held.pop(key)


@pytest.fixture
def swap(runtime: Runtime) -> Iterator[Any]:
    kept = {
        protocol: services.find(runtime.registry, protocol) for protocol in (Storage, Mailer, Timestamper)
    }

    def put(protocol: type, implementation: object) -> None:
        services.register(runtime.registry, protocol, implementation)

    yield put
    for protocol, implementation in kept.items():
        put(protocol, implementation)


def test_store_that_overwrites_fails(installation: Installation, swap: Any) -> None:
    swap(Storage, Overwriting())
    assert found(peers.store(installation)) == {
        "store.roundtrip": (Status.OK, True),
        "store.write_once": (Status.FAIL, False),
    }


def test_store_leaves_nothing_behind(installation: Installation, runtime: Runtime) -> None:
    peers.store(installation)
    assert list(services.find(runtime.registry, Storage).keys("doctor/")) == []


def test_mail_server_away_fails(installation: Installation, swap: Any) -> None:
    settings = Settings(mail_host="127.0.0.1", mail_port=9)
    swap(Mailer, SmtpMailer(settings))
    check = peers.mail(using(installation, mail="smtp", mail_host="127.0.0.1", mail_port=9))[0]
    assert (check.status, check.value) == (Status.FAIL, "127.0.0.1:9")
    assert "refused" in check.params["error"]


def test_timestamp_authority_away_fails(installation: Installation, swap: Any) -> None:
    swap(Timestamper, Rfc3161Timestamper(["http://127.0.0.1:9/"], [b""], qualified=False, timeout=1))
    assert found(peers.timestamp(installation)) == {"timestamp.reachable": (Status.FAIL, None)}


@pytest.mark.parametrize(("seconds", "status"), [(0, Status.OK), (2, Status.OK), (2.5, Status.FAIL)])
def test_times_of_authority_and_machine(seconds: float, status: Status) -> None:
    assert peers._agreement(seconds).status is status


def test_certificate_of_the_authority_runs_out(installation: Installation, clock: SandboxClock) -> None:
    certificates = installation.runtime.find(Timestamper).certificates()
    end = x509.load_der_x509_certificate(certificates[0]).not_valid_after_utc
    for left, status in ((31, Status.OK), (29, Status.WARN), (-1, Status.FAIL)):
        clock.move_to(end - timedelta(days=left), frozen=True)
        assert peers._expiry(installation, certificates).status is status


def test_seal_that_runs_out_is_told_60_days_before(installation: Installation, clock: SandboxClock) -> None:
    end = x509.load_der_x509_certificate(installation.runtime.find(Sealer).chain()[0]).not_valid_after_utc
    for left, status in ((61, Status.OK), (59, Status.WARN)):
        clock.move_to(end - timedelta(days=left), frozen=True)
        assert found(peers.seal(installation))["seal.certificate"] == (status, left)
    clock.move_to(end + timedelta(days=1), frozen=True)
    assert found(peers.seal(installation)) == {"seal.usable": (Status.FAIL, False)}


def test_seal_file_that_others_may_read_is_named(installation: Installation, tmp_path: Path) -> None:
    seal, secret = tmp_path / "cachet.p12", tmp_path / "phrase"
    for path in (seal, secret):
        path.touch(0o600)
    site = using(installation, seal_file=seal, seal_passphrase_file=secret)
    assert found(machine.permissions(site))["keys.permissions"] == (Status.OK, 0)
    seal.chmod(0o644)
    secret.chmod(0o640)
    check = machine.permissions(site)[0]
    assert (check.status, check.value, check.params["path"]) == (Status.FAIL, 2, str(seal))


def test_pdf_missing_warns(installation: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "available", lambda: False)
    assert found(peers.pdf_renderer(installation)) == {"pdf.available": (Status.WARN, False)}


@pytest.mark.parametrize(
    ("environment", "url", "status"),
    [
        ("test", "http://localhost:6543", Status.OK),
        ("test", "http://pli.example", Status.WARN),
        ("production", "http://localhost:6543", Status.FAIL),
        ("production", "http://pli.example", Status.FAIL),
    ],
)
def test_base_url(installation: Installation, environment: str, url: str, status: Status) -> None:
    check = site.base_url(using(installation, environment=environment, base_url=url))[0]
    assert (check.status, check.value) == (status, url)


def certificate(folder: Path, days: float) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=100))
        .not_valid_after(datetime.now(UTC) + timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    (folder / "c.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "k.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "c.pem", folder / "k.pem")
    return context


@pytest.mark.parametrize(
    ("days", "trusted", "status"),
    [(60, True, Status.OK), (10, True, Status.WARN), (60, False, Status.FAIL), (-5, True, Status.FAIL)],
)
def test_tls_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, *, trusted: bool, status: Status
) -> None:
    context = certificate(tmp_path, days)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "c.pem"))
    listener = socket.create_server(("localhost", 0))

    def serve() -> None:
        plain, _address = listener.accept()
        with plain:
            try:
                context.wrap_socket(plain, server_side=True).close()
            except OSError:
                return

    thread = threading.Thread(target=serve)
    thread.start()
    check = site._tls("localhost", listener.getsockname()[1])
    thread.join()
    listener.close()
    assert check.status is status
    assert check.fix if status is not Status.OK else not check.fix


def test_development_on_a_public_address_fails(installation: Installation) -> None:
    checks = site.shortcuts(using(installation, base_url="https://pli.example"))
    assert found(checks)["site.environment"] == (Status.FAIL, "test")


def test_debug_settings_fail_in_production(installation: Installation, runtime: Runtime) -> None:
    runtime.registry.settings["pyramid.reload_templates"] = "true"
    try:
        checks = site.shortcuts(using(installation, environment="production"))
    finally:
        del runtime.registry.settings["pyramid.reload_templates"]
    assert found(checks)["site.debug"] == (Status.FAIL, 1)
    assert found(site.shortcuts(using(installation, environment="production")))["site.debug"] == (
        Status.OK,
        0,
    )


@pytest.mark.parametrize(
    ("secret", "status"),
    [
        ("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c", Status.OK),
        ("a" * 40, Status.FAIL),
        ("changeme" * 5, Status.FAIL),
    ],
)
def test_secret_of_an_example_fails_in_production(
    installation: Installation, secret: str, status: Status
) -> None:
    checks = site.shortcuts(using(installation, environment="production", secret_key=secret))
    assert found(checks)["site.secret_key"][0] is status


def test_blank_legal_pages_fail_in_production(installation: Installation) -> None:
    check = site.legal_pages(using(installation, environment="production"))[0]
    assert check.status is Status.FAIL
    assert "mentions-legales" in check.params["pages"]
    assert "plan-du-site" not in check.params["pages"]


def test_unknown_setting_is_the_whole_report(tmp_path: Path) -> None:
    ini = tmp_path / "x.ini"
    ini.write_text("[app:main]\npli.storrage = files\npli.secret_key = " + "k" * 32 + "\n")
    done = CliRunner().invoke(cli, ["doctor", "--config", str(ini), "--json"])
    report = json.loads(done.stdout)
    assert done.exit_code == 1
    assert [(check["id"], check["status"]) for check in report["checks"]] == [("settings", "fail")]
    assert "Did you mean pli.storage?" in report["checks"][0]["fix"]


def test_names_of_checks_are_those_reported(runtime: Runtime) -> None:
    reported = {check.id for check in examine(runtime, {}).checks}
    assert set(CHECKS) - {"database.durability"} <= reported


def test_libraries_of_signatures_are_named_or_found_wanting(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    (good,) = machine.signatures(installation)
    assert (good.status, str(good.value).startswith("lxml ")) == (Status.OK, True)
    monkeypatch.setattr(selfcheck, "_verifies", lambda *_given: False)
    (bad,) = machine.signatures(installation)
    assert (bad.status, bad.value) == (Status.FAIL, False)
    assert selfcheck.PAIR in bad.params["error"]


def test_application_does_not_start_where_xml_signatures_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    xmlsignatures.checked.cache_clear()
    monkeypatch.setattr(selfcheck, "_verifies", lambda *_given: True)
    with pytest.raises(SettingsError, match="an altered document is accepted"):
        xmlsignatures.includeme(None)
    monkeypatch.undo()
    xmlsignatures.includeme(None)
