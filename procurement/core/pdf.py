"""Turn a template and data into a PDF/UA-1 document: PDF/A-3a with files attached, or PDF/A-2a alone.

Typst runs in processes of its own (``procurement.core.typesetting``): a document that takes too long or
breaks the compiler costs that process only, never the server. Each document is laid out in a folder of its
own that holds the templates, the data and the attachments, and nothing else is readable from there.
"""

import atexit
import json
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from procurement.core.errors import Unavailable
from procurement.core.text import _

#: Processes kept; a document takes about 20 ms.
POOL = 2
#: Longest time for one document, in seconds.
TIMEOUT = 60.0
#: Archiving with any file attached, or without: PDF/A-2 takes no attachment. Both are accessible.
WITH_ATTACHMENTS = ("ua-1", "a-3a")
ALONE = ("ua-1", "a-2a")
_TYPES = {
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".tsr": "application/timestamp-reply",
    ".txt": "text/plain",
    ".xml": "application/xml",
    ".zip": "application/zip",
}


class PdfUnavailable(Unavailable):
    """Say that PDF cannot be made here, and what to use instead."""

    def __init__(self) -> None:
        super().__init__(
            "pdf.unavailable",
            _("Ce service ne produit pas de PDF. La page imprimable contient les mêmes informations."),
        )


class PdfError(Exception):
    """Carry what the compiler said about a template or its data: a defect of ours."""


def available() -> bool:
    """Tell whether the extra ``pdf`` is installed."""
    return find_spec("typst") is not None


def render(
    template: str,
    data: Mapping[str, Any],
    *,
    title: str,
    language: str,
    date: datetime,
    attachments: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return the PDF of ``templates/pdf/<template>.typ`` with ``data`` (JSON values).

    ``date`` (aware) is the document's date: the same input gives the same bytes. ``attachments`` maps file
    names to contents; a JSON file comes first when it is the source of the page. Raises PdfUnavailable
    without the extra.
    """
    files = dict(attachments or {})
    meta = {
        "title": title,
        "language": language,
        "attachments": [{"name": file, "type": _TYPES.get(Path(file).suffix, _OTHER)} for file in files],
    }
    job = {"template": template, "standards": list(WITH_ATTACHMENTS)}
    return _typeset(job, data, meta, date, {f"attachments/{name}": one for name, one in files.items()})


def render_archival(
    template: str,
    data: Mapping[str, Any],
    *,
    title: str,
    language: str,
    date: datetime,
    pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """Return a PDF/A-2a and PDF/UA-1 without attachments; ``pictures`` are files that the template shows."""
    meta = {"title": title, "language": language, "attachments": []}
    job = {"template": template, "standards": list(ALONE)}
    return _typeset(job, data, meta, date, pictures or {})


def _typeset(
    job: Mapping[str, Any],
    data: Mapping[str, Any],
    meta: Mapping[str, Any],
    date: datetime,
    files: Mapping[str, bytes],
) -> bytes:
    """Lay the files of one job out in a folder of its own, and have it typeset."""
    if not available():
        raise PdfUnavailable
    with tempfile.TemporaryDirectory(prefix="pli-pdf-") as name:
        _lay_out(Path(name), files)
        moment = date.astimezone(UTC)
        dated = {**meta, "date": [moment.year, moment.month, moment.day]}
        whole = {
            **job,
            "folder": name,
            "template": f"{job['template']}.typ",
            "data": json.dumps(data, ensure_ascii=False),
            "meta": json.dumps(dated, ensure_ascii=False),
            "timestamp": int(moment.timestamp()),
        }
        with _pool.typesetter() as typesetter:
            return _run(typesetter, whole)


def _run(typesetter: "_Typesetter", job: dict[str, Any]) -> bytes:
    """Typeset; characters that the fonts lack, or that PDF/A forbids, are spelled by their code point.

    Names come from bidders: one picture in one of them must not keep anybody's receipt or minutes from being made.
    """
    for _round in range(_ROUNDS):
        try:
            return typesetter.run(job)
        except PdfError as error:
            missing = _unprintable(str(error))
            if not missing:
                raise
            for part in ("data", "meta"):
                spelled = _spelled(json.loads(str(job[part])), missing)
                job[part] = json.dumps(spelled, ensure_ascii=False)
    return typesetter.run(job)


#: How often a document is tried again; the compiler tells all the characters it lacks at once.
_ROUNDS = 4
_MISSING = re.compile(r'the (?:text|codepoint) `"((?:[^"\\]|\\.)*)"`')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]{1,6})\}")


def _unprintable(message: str) -> dict[int, str]:
    """Return what to write for each character that the compiler says it cannot show."""
    texts = [_ESCAPED.sub(lambda code: chr(int(code[1], 16)), text) for text in _MISSING.findall(message)]
    return {ord(char): f"[U+{ord(char):04X}]" for text in texts for char in text if not "!" <= char <= "~"}


def _spelled(value: Any, missing: dict[int, str]) -> Any:
    if isinstance(value, str):
        return value.translate(missing)
    if isinstance(value, list):
        return [_spelled(item, missing) for item in value]
    if isinstance(value, dict):
        return {key: _spelled(item, missing) for key, item in value.items()}
    return value


_OTHER = "application/octet-stream"


def _lay_out(folder: Path, files: Mapping[str, bytes]) -> None:
    source = Path(__file__).resolve().parents[1] / "templates" / "pdf"
    if not source.is_dir():  # In the tree, templates lie beside the package.
        source = Path(__file__).resolve().parents[2] / "templates" / "pdf"
    for path in source.glob("*.typ"):
        shutil.copy(path, folder)
    (folder / "attachments").mkdir()
    for place, content in files.items():
        if Path(place).name != place.removeprefix("attachments/"):
            raise ValueError(f"{place!r} is not a file name")
        (folder / place).write_bytes(content)


class _Typesetter:
    """One process that typesets documents one after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "procurement.core.typesetting"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def run(self, job: Mapping[str, Any]) -> bytes:
        """Return the PDF, or raise PdfError; a process that is silent for too long is killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        watch = threading.Timer(TIMEOUT, self._process.kill)
        watch.start()
        try:
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            self._process.stdin.flush()
            head = self._process.stdout.readline()
            state, _space, size = head.partition(b" ")
            body = self._process.stdout.read(int(size or b"0"))
        except OSError as error:
            raise PdfError(f"the typesetter ended: {error}") from error
        finally:
            watch.cancel()
        if state != b"ok":
            raise PdfError(body.decode() if head else "the typesetter ended without an answer")
        return body

    def alive(self) -> bool:
        """Tell whether the process can take a document."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the process."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # What was left to write to a process that ended.
                    pipe.close()
        self._process.wait(TIMEOUT)


class _Pool:
    """Lend typesetters; they are started when first needed and replaced when they end."""

    def __init__(self) -> None:
        self._idle: queue.LifoQueue[_Typesetter | None] = queue.LifoQueue()
        for _place in range(POOL):
            self._idle.put(None)

    @contextmanager
    def typesetter(self) -> Iterator[_Typesetter]:
        """Lend one; the lender waits its turn when all are busy."""
        held = self._idle.get()
        try:
            if held is not None and not held.alive():
                held.close()
                held = None
            held = held or _Typesetter()
            yield held
        finally:
            self._idle.put(held)

    def close(self) -> None:
        """End the idle processes; the next document starts one again."""
        for _place in range(self._idle.qsize()):
            held = self._idle.get()
            if held is not None:
                held.close()
            self._idle.put(None)


_pool = _Pool()
close = _pool.close
atexit.register(close)
