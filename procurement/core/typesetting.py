"""The typesetter process: one JSON job per line on standard input, one PDF per job on standard output.

An answer is a line ``ok <bytes>`` or ``error <bytes>`` followed by that many bytes. The process ends with its
input. Only fonts that come with Typst are used, so that a document is the same on every machine.
"""

import json
import sys
from typing import Any


def typeset(typst: Any, job: dict[str, Any]) -> bytes:
    """Compile one document."""
    source = f"{job['folder']}/{job['template']}"
    place = {"root": job["folder"], "ignore_system_fonts": True}
    inputs = {"data": job["data"], "meta": job["meta"]}
    found: bytes = typst.compile(
        source, sys_inputs=inputs, pdf_standards=job["standards"], timestamp=job["timestamp"], **place
    )
    return found


def main() -> None:
    """Answer jobs until the input ends."""
    import typst

    for line in sys.stdin.buffer:
        job = json.loads(line)
        try:
            state, body = b"ok", typeset(typst, job)
        except (RuntimeError, ValueError, OSError) as error:
            detail = getattr(error, "diagnostic", "") or str(error)
            state, body = b"error", f"{job['template']}: {detail}".encode()
        sys.stdout.buffer.write(state + b" %d\n" % len(body) + body)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
