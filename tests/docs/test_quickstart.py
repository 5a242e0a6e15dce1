"""The vendor's quick-start, from its own lines: a sandbox, the blocks in order, a person in a real browser between them.

A block in a language whose interpreter is not here is skipped by that language's name.
"""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page
from standardwebhooks import Webhook, WebhookVerificationError

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "tutorial" / "first-dume-by-api.md"
BLOCK = re.compile(r"^```(\w+) run\n(.*?)^```$", re.DOTALL | re.MULTILINE)
#: Seconds that the whole page may take: the five minutes it promises a person, on however busy a machine.
WHOLE = 300
PATIENCE = 90
INTERPRETERS = {
    "sh": ("bash", "-euo", "pipefail", "-c"),
    "python": (sys.executable, "-W", "ignore", "-c"),
    "javascript": ("node", "--input-type=module", "-e"),
    "php": ("php",),
}
COMPANY = {
    "telephone": "0102030405", "email": "contact@complet.example", "contact": "Alice Complet",
}  # fmt: skip


@dataclass
class Sandbox:
    """A running sandbox and the empty folder of the person who reads the page."""

    folder: Path
    address: str
    back: str

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PLI_", "PYTEST_"))}
        return kept | {"PLI": self.address, "BACK": self.back}

    def run(self, language: str, source: str) -> str:
        command = list(INTERPRETERS[language])
        text = source if language == "php" else None
        arguments = command if language == "php" else [*command, source]
        done = subprocess.run(
            arguments, cwd=self.folder, env=self.environment, capture_output=True, text=True, input=text,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{source}\n--- stdout\n{done.stdout}\n--- stderr\n{done.stderr}"
        return done.stdout

    def read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Run what ``make run`` runs, without its demonstration data."""
    home, port = tmp_path_factory.mktemp("sandbox"), free_port()
    (home / "development.ini").write_text((ROOT / "development.ini").read_text())
    line = [sys.executable, "-W", "ignore", "-m", "procurement.cli", "run", "--no-demo", "--port", str(port)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLI_")}
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(line, cwd=home, env=kept, stdout=log, stderr=subprocess.STDOUT)
    found = Sandbox(
        tmp_path_factory.mktemp("reader"), f"http://localhost:{port}", f"http://localhost:{free_port()}"
    )
    try:
        yield found
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)
        stop(found.folder)


def stop(folder: Path) -> None:
    """End what the blocks left running."""
    for file in folder.glob("*.pid"):
        try:
            os.kill(int(file.read_text()), signal.SIGTERM)
        except (ProcessLookupError, ValueError):
            continue


def blocks() -> list[tuple[str, str]]:
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def expect(told: str, printed: str) -> None:
    pattern = ".*".join(re.escape(part) for part in told.strip().split("…"))
    assert re.fullmatch(pattern, printed.strip(), re.DOTALL), f"expected:\n{told}\nprinted:\n{printed}"


@pytest.mark.browser
def test_quickstart_runs_as_written_with_a_person_in_the_browser(sandbox: Sandbox, chromium: Browser) -> None:
    began, printed, skipped = time.monotonic(), "", False
    heard: list[tuple[bytes, dict[str, str]]] = []
    for language, source in blocks():
        if language == "text":
            assert skipped or expect(source, printed) is None
            continue
        skipped = language in {"php", "javascript"}  # Each has a test of its own.
        if skipped:
            continue
        if "parcours.completed events.jsonl" in source:
            with listening(sandbox, heard) as secret:
                complete(sandbox, chromium)
                wait_for(heard, 2)
            check_signatures(heard, secret)
        printed = sandbox.run(language, source)
    assert time.monotonic() - began < WHOLE
    check_events(sandbox)
    refuse_elsewhere(sandbox)


def complete(sandbox: Sandbox, chromium: Browser) -> None:
    """Answer the DUME as the person whom the link is for; the link is dead then, for everybody."""
    link = sandbox.read("link.json")["url"]
    context = chromium.new_context(reduced_motion="reduce", locale="fr-FR")
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.goto(link)
    page.get_by_role("button", name="Commencer").click()
    answer_company(page, link)
    for address in parts_of(page, link):
        answer_part(page, address)
    page.goto(f"{link}/relire")
    page.get_by_role("button", name="Valider le DUME").click()
    page.get_by_role("button", name="Terminer et revenir à votre plateforme").click()
    page.get_by_role("link", name="Revenir à votre plateforme").click()
    assert page.url == f"{sandbox.back}/retour?dossier=42"
    assert page.inner_text("body") == "back at the marketplace"
    for visitor in (page, chromium.new_context().new_page()):
        answer = visitor.goto(link)
        assert answer is not None
        assert answer.status == 410
        visitor.context.close()


def answer_company(page: Page, link: str) -> None:
    """Complete what the registers proposed of the company: they are asked on their own, and answer in a moment."""
    for _try in range(40):
        page.goto(f"{link}/changements")
        if "Menuiseries Complet" in page.inner_text("main"):
            break
        page.wait_for_timeout(250)
    page.goto(f"{link}/entreprise")
    page.get_by_role("button", name="Confirmer ce qui est coché").click()
    form = page.locator("form.pl-form")
    assert "Menuiseries Complet" in form.locator("[name=name]").input_value()
    for name, value in COMPANY.items():
        form.locator(f"[name={name}]").fill(value)
    for control in form.locator("[name^=people-][name$=-family_name]").all():
        if control.input_value():
            name = str(control.get_attribute("name")).replace("family_name", "country")
            choose(form.locator(f"[name='{name}']"), "FRA")
    form.get_by_role("button", name="Enregistrer et continuer").click()
    assert not page.locator(".pl-error-summary").count(), page.inner_text("main")


def choose(control: Locator, value: str) -> None:
    if control.evaluate("one => one.tagName") == "SELECT":
        control.select_option(value)
    else:
        control.fill(value)


def parts_of(page: Page, link: str) -> list[str]:
    page.goto(link)
    found = page.locator(".pl-tasks a[href*='/partie/']").all()
    return [f"{link}{str(one.get_attribute('href')).rpartition('/parcours/')[2][43:]}" for one in found]


def answer_part(page: Page, address: str) -> None:
    """Answer each question that waits in a part, then those which that brings up; confirm what is proposed."""
    for _round in range(6):
        page.goto(f"{address}?controle=1")
        for item in page.locator(".pl-field--error").all():
            answer(item)
        proposed = "Cette valeur est juste" in page.inner_text("main")
        page.locator(f"button[name=puis][value={'confirmer' if proposed else 'liste'}]").first.click()
        if "appellent d’autres questions" not in page.inner_text("main"):
            return


def answer(item: Locator) -> None:
    for control in item.locator("input, select, textarea").all():
        name, kind = str(control.get_attribute("name")), str(control.get_attribute("type"))
        if name in {"None", "confirme"} or name.endswith("|currency") or not control.is_visible():
            continue
        if kind == "radio":
            item.locator("input[value=no]").first.check()
            return
        if kind == "date":
            control.fill("2025-12-31" if name.endswith("end") else "2025-01-01")
        elif control.evaluate("one => one.tagName") == "SELECT":
            control.select_option(index=control.locator("option").count() - 1)
        else:
            control.fill("2025" if control.get_attribute("inputmode") else "Sans objet")


@contextmanager
def listening(sandbox: Sandbox, heard: list[tuple[bytes, dict[str, str]]]) -> Iterator[str]:
    """Hear the two events beside the page's own receiver; give the secret they are signed with."""

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.append((body, {name.lower(): value for name, value in self.headers.items()}))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    url = f"http://localhost:{server.server_port}/"
    made = ask(sandbox, "/api/v1/webhooks", {"url": url, "events": ["dume.validated", "parcours.completed"]})
    try:
        yield str(made["secret"])
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def wait_for(heard: list[Any], count: int) -> None:
    for _try in range(300):
        if len(heard) >= count:
            return
        time.sleep(0.1)
    raise AssertionError(heard)


def check_signatures(heard: list[tuple[bytes, dict[str, str]]], secret: str) -> None:
    """The reference library finds each message genuine, and none that was changed."""
    library = Webhook(secret)
    told = [library.verify(body, headers) for body, headers in heard]
    assert sorted(one["type"] for one in told) == ["dume.validated", "parcours.completed"]
    body, headers = heard[0]
    with pytest.raises(WebhookVerificationError):
        library.verify(body.replace(b"validated", b"replaced "), headers)


def ask(sandbox: Sandbox, path: str, body: dict[str, Any]) -> Any:
    headers = {
        "Authorization": f"Bearer {sandbox.read('token.json')['access_token']}",
        "Content-Type": "application/json",
    }
    call = urllib.request.Request(sandbox.address + path, json.dumps(body).encode(), headers, method="POST")
    with urllib.request.urlopen(call) as got:
        return json.load(got)


def check_events(sandbox: Sandbox) -> None:
    """The events are about this DUME, and a library of others finds a message of ours genuine."""
    told = [json.loads(line) for line in (sandbox.folder / "events.jsonl").read_text().splitlines()]
    id_dume = sandbox.read("link.json")["id_dume"]
    mine = sorted(one["type"] for one in told if one["data"]["id_dume"] == id_dume)
    assert mine == ["dume.validated", "parcours.completed"]
    both = {("dume.validated", "delivered"), ("parcours.completed", "delivered")}
    limit = time.monotonic() + 60
    while (seen := _deliveries(sandbox)) != both and time.monotonic() < limit:
        time.sleep(0.2)  # The server is another process: only asking again tells when its worker is done.
    assert seen == both


def _deliveries(sandbox: Sandbox) -> set[tuple[str, str]]:
    listed = get(sandbox, f"/api/v1/webhooks/{sandbox.read('hook.json')['id']}/deliveries")["items"]
    return {(one["event"], one["state"]) for one in listed}


def get(sandbox: Sandbox, path: str) -> Any:
    headers = {"Authorization": f"Bearer {sandbox.read('token.json')['access_token']}"}
    with urllib.request.urlopen(urllib.request.Request(sandbox.address + path, headers=headers)) as got:
        return json.load(got)


def refuse_elsewhere(sandbox: Sandbox) -> None:
    """A return address that is not registered is refused."""
    body = {
        "kind": "oe", "siret": "00000001800010", "return_url": "https://elsewhere.example/retour",
        "consultation": {"ref": "MP-2027-001", "title": "Travaux de voirie"},
    }  # fmt: skip
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(sandbox, "/api/v1/parcours", body)
    assert (refused.value.code, json.load(refused.value)["code"]) == (422, "dume.return_url_not_registered")


@pytest.mark.parametrize("language", ["php", "javascript"])
def test_block_of_another_language_runs(sandbox: Sandbox, language: str) -> None:
    if shutil.which(INTERPRETERS[language][0]) is None:
        pytest.skip(f"{language}: {INTERPRETERS[language][0]} is not installed here")
    found = blocks()
    for kind, source in found[: next(at for at, one in enumerate(found) if "key.json" in one[1]) + 1]:
        if kind == "sh":
            sandbox.run(kind, source)
    place = next(at for at, one in enumerate(found) if one[0] == language)
    # The public request of the consultation is made by the page's first call; here it may not be there yet.
    source = found[place][1].replace("2099-12-01T11:00:00Z'],", "2099-12-01T11:00:00Z', 'buyer' => ['siret' => '21990410900010', 'name' => 'Ville']],")  # fmt: skip
    source = source.replace('2099-12-01T11:00:00Z" },', '2099-12-01T11:00:00Z", buyer: { siret: "21990410900010", name: "Ville" } },')  # fmt: skip
    expect(found[place + 1][1], sandbox.run(language, source))
