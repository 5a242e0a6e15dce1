"""The typesetter process: one JSON job per line on standard input, one PDF per job on standard output.

An answer is a line ``ok <bytes>`` or ``error <bytes>`` followed by that many bytes. The process ends with its
input. Only fonts that come with Typst are used, so that a document is the same on every machine.
"""

import json
import sys
from typing import Any

#: Archiving with attachments, and accessibility: both are required of receipts and minutes.
STANDARDS = ["ua-1", "a-3a"]


def typeset(typst: Any, job: dict[str, Any]) -> bytes:
    """Compile one document."""
    found: bytes = typst.compile(
        f"{job['folder']}/{job['template']}",
        root=job["folder"],
        ignore_system_fonts=True,
        sys_inputs={"data": job["data"], "meta": job["meta"]},
        pdf_standards=STANDARDS,
        timestamp=job["timestamp"],
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
