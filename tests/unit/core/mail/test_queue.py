from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from webtest import TestApp

from procurement.core import services
from procurement.core.clock import SandboxClock
from procurement.core.db import Database
from procurement.core.jobs import Job, JobState
from procurement.core.mail import Mailer, MailMessage, SmtpMailer, queue, recent, rendering, sent_about
from procurement.core.runtime import Runtime
from procurement.core.settings import Settings
from procurement.core.worker import Worker
from tests.peers.smtp import SmtpPeer

CONTEXT = {"name": "Claire <Martin>", "link": "https://pli.example/invitation/abc?x=1&y=2"}


@pytest.fixture(autouse=True)
def _templates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Templates of the test's own, beside none of a room's."""
    folder = tmp_path / "emails"
    folder.mkdir()
    (folder / "x.subject.txt").write_text("{{ _('Bonjour') }}\n {{ name }}\n")
    (folder / "x.txt").write_text("{{ site.site_name }} {{ name }}\n{{ link }}\n{{ now | instant_text }}")
    (folder / "x.html").write_text(
        '<html lang="{{ lang }}"><p>{{ name }}</p><a href="{{ link }}">x</a></html>'
    )
    monkeypatch.setattr(rendering, "_folder", lambda: tmp_path)
    rendering._environment.cache_clear()
    yield
    rendering._environment.cache_clear()


def put(database: Database, clock: SandboxClock, **changes: object) -> MailMessage:
    values = {
        "to": "claire.martin@rouen.example",
        "template": "emails/x",
        "context": CONTEXT | {"now": clock.now()},
        "language": "fr",
        "now": clock.now(),
        "about": "person:1",
    }
    with database.write() as session:
        return queue(session, **(values | changes))


def stored(database: Database) -> MailMessage:
    with database.read() as session:
        return session.scalars(select(MailMessage)).one()


def test_message_is_built_in_the_transaction(database: Database, clock: SandboxClock) -> None:
    message = put(database, clock)
    assert message.subject == "Bonjour Claire <Martin>"
    assert (
        message.text
        == f"Pli Claire <Martin>\n{CONTEXT['link']}\nlundi 11 janvier 2027 à 10:00:00 (heure de Paris)\n"
    )
    assert "<p>Claire &lt;Martin&gt;</p>" in message.html
    assert 'lang="fr"' in message.html
    assert (message.created_at, message.sent_at, message.attempts) == (clock.now(), None, 0)


def test_rollback_leaves_no_message_and_no_job(database: Database, clock: SandboxClock) -> None:
    def interrupted() -> None:
        with database.write() as session:
            context = CONTEXT | {"now": clock.now()}
            queue(
                session,
                to="a@b.example",
                template="emails/x",
                context=context,
                language="fr",
                now=clock.now(),
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    with database.read() as session:
        assert session.scalars(select(MailMessage)).all() == []
        assert session.scalars(select(Job)).all() == []


def test_missing_value_is_an_error_not_a_hole(database: Database, clock: SandboxClock) -> None:
    with pytest.raises(Exception, match="link"):
        put(database, clock, context={"name": "x", "now": clock.now()})


def test_outbox_marks_sent(database: Database, clock: SandboxClock, worker: Worker) -> None:
    put(database, clock)
    assert worker.run_all() == 1
    assert (stored(database).sent_at, stored(database).attempts) == (clock.now(), 1)


@pytest.fixture
def by_smtp(runtime: Runtime, smtp_server: SmtpPeer) -> Iterator[SmtpPeer]:
    kept = services.find(runtime.registry, Mailer)
    settings = Settings(environment="test", mail_host=smtp_server.host, mail_port=smtp_server.port)
    services.register(runtime.registry, Mailer, SmtpMailer(settings))
    yield smtp_server
    services.register(runtime.registry, Mailer, kept)


def test_smtp_sends_once(by_smtp: SmtpPeer, database: Database, clock: SandboxClock, worker: Worker) -> None:
    put(database, clock)
    worker.run_all()
    worker.run_all()
    assert [message["To"] for message in by_smtp.messages] == ["claire.martin@rouen.example"]
    assert stored(database).sent_at == clock.now()


def test_delay_is_tried_again(
    by_smtp: SmtpPeer, database: Database, clock: SandboxClock, worker: Worker
) -> None:
    by_smtp.replies["claire.martin@rouen.example"] = "451 4.7.1 try later"
    put(database, clock)
    worker.run_all()
    waiting = stored(database)
    assert (waiting.sent_at, waiting.failed_at, waiting.error, waiting.attempts) == (
        None,
        None,
        "451 4.7.1 try later",
        1,
    )
    by_smtp.replies.clear()
    clock.advance(minutes=1)
    worker.run_all()
    sent = stored(database)
    assert (sent.sent_at, sent.error, sent.attempts) == (clock.now(), None, 2)


def test_refusal_is_kept_and_not_tried_again(
    by_smtp: SmtpPeer, database: Database, clock: SandboxClock, worker: Worker
) -> None:
    by_smtp.replies["claire.martin@rouen.example"] = "550 5.1.1 no such user"
    put(database, clock)
    worker.run_all()
    failed_at = clock.now()
    clock.advance(days=1)
    assert worker.run_all() == 0
    failed = stored(database)
    assert (failed.failed_at, failed.sent_at, failed.error) == (failed_at, None, "550 5.1.1 no such user")
    with database.read() as session:
        assert session.scalars(select(Job.state)).all() == [JobState.DONE]


def test_lists(database: Database, clock: SandboxClock) -> None:
    for number in range(3):
        put(database, clock, about=f"person:{number % 2}", to=f"{number}@b.example")
        clock.advance(seconds=1)
    with database.read() as session:
        assert [message.recipient[0] for message in recent(session)] == ["2", "1", "0"]
        assert [message.recipient[0] for message in recent(session, limit=1)] == ["2"]
        assert [message.recipient[0] for message in sent_about(session, "person:0")] == ["0", "2"]


def test_outbox_page_lists_and_links(
    app: TestApp, database: Database, clock: SandboxClock, worker: Worker
) -> None:
    message = put(database, clock)
    page = app.get("/boite-envoi")
    assert "claire.martin@rouen.example" in page
    assert "En attente" in page
    worker.run_all()
    page = app.get("/boite-envoi").click("Bonjour Claire")
    assert page.request.path == f"/boite-envoi/{message.id}"
    assert page.html.find("a", href=CONTEXT["link"]).text == CONTEXT["link"]
    assert "Déposé ici" in page


@pytest.mark.parametrize("path", ["not-a-uuid", "01890000-0000-7000-8000-000000000000"])
def test_outbox_unknown_message(app: TestApp, path: str) -> None:
    app.get(f"/boite-envoi/{path}", status=404)
