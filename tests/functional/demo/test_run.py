"""``pli run``: one command brings everything up, answers, and stops both processes when told to."""

import json
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answer(url: str, process: "subprocess.Popen[str]") -> dict[str, object]:
    """Wait for the server by asking; its end would be the test's."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                found: dict[str, object] = json.load(response)
                return found
        except (urllib.error.URLError, ConnectionError):
            continue
    raise AssertionError(process.communicate()[0])


def test_run_serves_and_stops_on_sigterm(tmp_path: Path) -> None:
    (tmp_path / "development.ini").write_text((ROOT / "development.ini").read_text())
    port = _free_port()
    line = [sys.executable, "-W", "ignore", "-m", "procurement.cli", "run", "--no-demo", "--port", str(port)]
    process = subprocess.Popen(
        line, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert _answer(f"http://127.0.0.1:{port}/healthz", process) == {"status": "ok"}
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert "Server and worker on" in output


def test_run_with_an_unknown_setting_says_so_and_exits_2(tmp_path: Path) -> None:
    text = (ROOT / "development.ini").read_text() + "pli.mail_prot = 25\n"
    (tmp_path / "development.ini").write_text(text)
    line = [sys.executable, "-W", "ignore", "-m", "procurement.cli", "run"]
    done = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.strip() == "pli: Unknown setting pli.mail_prot. Did you mean pli.mail_port?"
