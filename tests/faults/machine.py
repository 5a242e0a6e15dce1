"""The real server as its operator runs it, gunicorn and the job worker, started and killed by a test."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settings_for(folder: Path, url: str, port: int) -> dict[str, str]:
    return {
        "pli.environment": "test",
        "pli.base_url": f"http://127.0.0.1:{port}",
        "pli.data_directory": str(folder / "data"),
        "sqlalchemy.url": url,
        "pli.secret_key": "fault-tests-" * 4,
        "pli.storage": "files",
        "pli.mail": "outbox",
        "pli.timestamp": "development",
        "pli.clock": "sandbox",
        "pli.rate_limits": "false",
        "pli.operator_name": "Service d'essai",
    }


class Machine:
    """One master, its one worker process, and ``pli worker``; each dies by SIGKILL and comes back."""

    def __init__(self, folder: Path, ini: dict[str, str], port: int) -> None:
        self.folder = folder
        self.port = port
        self.ini = folder / "test.ini"
        lines = "\n".join(f"{key} = {value.replace('%', '%%')}" for key, value in ini.items())
        self.ini.write_text(f"[app:main]\n{lines}\n")
        self.log = (folder / "server.log").open("ab")
        self._lock = threading.Lock()
        self._server: subprocess.Popen[bytes] | None = None
        self._worker: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._server = self._start_server()
        self._worker = self._start_worker()

    def kill_process(self) -> None:
        """Kill the process that answers requests; its master starts another at once."""
        with self._lock:
            for child in self._children():
                _kill(child)

    def kill_machine(self) -> None:
        """Kill master, server process and job worker together, as a power cut does, and start them again."""
        with self._lock:
            children = self._children()
            for process in (self._server, self._worker):
                assert process is not None
                process.kill()
            for child in children:
                _kill(child)
            self._wait()
            self._server = self._start_server()
            self._worker = self._start_worker()

    def stop(self) -> None:
        with self._lock:
            children = self._children()
            for process in (self._server, self._worker):
                if process is not None:
                    process.kill()
            for child in children:
                _kill(child)
            self._wait()
        self.log.close()

    def _wait(self) -> None:
        for process in (self._server, self._worker):
            if process is not None:
                process.wait(_PATIENCE)

    def _children(self) -> list[int]:
        if self._server is None or self._server.poll() is not None:
            return []
        path = Path(f"/proc/{self._server.pid}/task/{self._server.pid}/children")
        return [int(child) for child in path.read_text().split()]

    def _start_server(self) -> "subprocess.Popen[bytes]":
        return self._start(
            "gunicorn", "--config", str(Path(__file__).with_name("gunicorn_conf.py")), "--worker-class", "gthread",
            "--workers", "1", "--threads", "8", "--bind", f"127.0.0.1:{self.port}", "--graceful-timeout", "120",
            "--timeout", "0", "--no-control-socket", "procurement.wsgi:application()",
        )  # fmt: skip

    def _start_worker(self) -> "subprocess.Popen[bytes]":
        return self._start("procurement.cli", "worker", "--config", str(self.ini))

    def _start(self, module: str, *arguments: str) -> "subprocess.Popen[bytes]":
        environment: dict[str, Any] = {**os.environ, "PLI_CONFIG": str(self.ini)}
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", module, *arguments],
            cwd=_ROOT, env=environment, stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
