"""The clause library of the demonstration: the shipped one, released and signed by the platform's own seal."""

from datetime import date

from clauses import service
from clauses.files.reader import read_library
from clauses.service.checking import ANALYSER
from procurement.cli.clauses.inputs import STARTER, files_of
from procurement.core.runtime import Runtime
from procurement.core.seal import Sealer

#: Before everything that the demonstration plays.
_VALID_FROM = date(2026, 1, 1)
_VERSION = "2026.1"


def load(runtime: Runtime) -> int:
    """Release the shipped library; return how many clauses it has."""
    said = service.Announcement(
        version=_VERSION,
        valid_from=_VALID_FROM,
        analyser=ANALYSER,
        changelog=("Bibliothèque de départ, à valider par un juriste.",),
    )
    library = read_library(files_of(STARTER))
    signed = service.sign(library, said, sealer=runtime.find(Sealer))
    with runtime.database.write() as session:
        service.publish(session, signed, by=None, now=runtime.clock.now())
    return len(library.clauses)
