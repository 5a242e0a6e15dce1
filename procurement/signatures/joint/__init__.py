"""Documents that one or several parties sign, each with a key of his own; every signature is valid alone.

Words: the documents and their parties are a *joint signing*; what one party has to do is a *job*; a *code*, given to somebody of the
party and good once, hands the job to ``pli sign``, which then holds a *token*; a *turn* is a claimed job.

For another room: ``admit`` the documents before the transaction, ``open_signing_jobs`` in it (within ``discarding``), show the party ``give_code``, read
``progress``, and record ``confirm_identity``; ``progress(...).settled`` says that nothing is left to do. A PDF gets one revision per
party, an ASiC-E one ``signatures00n.xml`` each; CAdES and detached XAdES stand side by side. Nothing is ever replaced.
"""

from procurement.signatures.joint.documents import Admitted, admit, discarding
from procurement.signatures.joint.opening import (
    OneTimeCode,
    Opened,
    Party,
    confirm_identity,
    give_code,
    open_signing_jobs,
)
from procurement.signatures.joint.progress import (
    FileSeen,
    JobSeen,
    Progress,
    file_of,
    of_job,
    of_subject,
    progress,
)

__all__ = [
    "Admitted",
    "FileSeen",
    "JobSeen",
    "OneTimeCode",
    "Opened",
    "Party",
    "Progress",
    "admit",
    "confirm_identity",
    "discarding",
    "file_of",
    "give_code",
    "of_job",
    "of_subject",
    "open_signing_jobs",
    "progress",
]
