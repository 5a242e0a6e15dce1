"""Look at signatures before a bid is sealed: signature material and digests come in, a document only when the bidder says so.

The bid is sealed in the bidder's browser, so that the service cannot read it. Detached signatures (and the CMS of a signed
PDF) are small and tell nothing of the offer; with the digests of the documents they are enough for a verdict. Where a
signature cannot be judged without its document (XML that holds its signature, ASiC, PDF with later revisions), the bidder may
choose to send that very document: it is read in memory, kept nowhere, and the receipt says that it was (``content``).
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from procurement.core.text import _
from procurement.signatures.pairing import Gathered, gather, status_of
from procurement.signatures.service import judged
from procurement.signatures.tickets import Ticket, Tickets
from procurement.signatures.trusted import Basis
from signing.report import as_json
from signing.sealed.inventory import SignatureStatus
from signing.types import Digests, Finding, Indication

#: Files of one request, signatures in all of them, and bytes of one signature.
MOST_FILES, MOST_SIGNATURES = 200, 200
TOKEN_BYTES = 1 << 20
#: The largest request: few bids hold more than a dozen signatures.
BODY_BYTES = 16 << 20

#: On what a status of the receipt rests.
BASES: dict[str | None, str] = {
    "digests": _("Vérifié au dépôt sur la signature et des empreintes, sans le document."),
    "content": _("Vérifié au dépôt sur le document, que le candidat a choisi d’envoyer au service."),
    None: "",
}
SENTENCES: dict[SignatureStatus, str] = {
    SignatureStatus.SIGNED_VALID: _("Signé : la signature est valable et le certificat est qualifié."),
    SignatureStatus.SIGNED_INVALID: _(
        "Signé, mais la signature n’est pas valable. Signez de nouveau ce document avant de sceller."
    ),
    SignatureStatus.SIGNED_UNDETERMINED: _(
        "Signé, mais le service ne peut pas dire si la signature sera acceptée. L’acheteur la vérifiera à l’ouverture."
    ),
    SignatureStatus.NOT_SIGNED: _(
        "Pas de signature. Elle n’est due qu’à l’attribution, sauf si le règlement la demande dès le dépôt."
    ),
    SignatureStatus.ORPHAN_TOKEN: _(
        "Signature sans document : aucun fichier du pli n’a l’empreinte signée. Le fichier a-t-il changé après la signature ?"
    ),
    SignatureStatus.PRESENT_NOT_CHECKED: _(
        "Une signature est présente, et n’est pas vérifiée ici : il faudrait lire le document. L’acheteur la vérifiera."
    ),
}


@dataclass(frozen=True, slots=True)
class Looked:
    """One file of the bid as the browser sees it; ``token`` is a detached signature, ``inside`` that of a PDF.

    ``present`` says that the browser saw a signature that it cannot take out of the document; ``document`` is the whole
    file, where the bidder chose to send it.
    """

    name: str
    digests: Mapping[str, str]
    token: bytes | None = field(default=None, repr=False)
    inside: tuple["Inside", ...] = ()
    present: bool = False
    document: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Inside:
    """The CMS of a signed PDF and the digests of the bytes it covers; ``whole`` tells that nothing was added after it."""

    cms: bytes = field(repr=False)
    digests: Mapping[str, str]
    whole: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What is said of one file; ``basis`` is ``digests`` or ``content``, or None when only the browser looked."""

    name: str
    status: SignatureStatus
    basis: str | None
    reasons: tuple[Finding, ...]
    ticket: str


def look(files: Sequence[Looked], *, basis: Basis, now: datetime, tickets: Tickets) -> tuple[Found, ...]:
    """Return what is found of each file, in their order; nothing is kept."""
    states = [Gathered() for _file in files]
    for place, file in enumerate(files):
        # A file that is a token and was sent as well is judged once; a token that is not that file, beside it.
        for whole in dict.fromkeys(one for one in (file.document, file.token) if one is not None):
            _whole(place, whole, files, states, basis=basis, now=now)
        if file.document is None:
            _inside(file, states[place], basis=basis, now=now)
    return tuple(_concluded(file, state, now, tickets) for file, state in zip(files, states, strict=True))


def _whole(  # what it looks at, and what it does so with
    place: int,
    data: bytes,
    files: Sequence[Looked],
    states: list[Gathered],
    *,
    basis: Basis,
    now: datetime,
) -> None:
    """Judge a detached signature, or a document that was sent, against every other file of the bid, paired by digest."""
    known = [Digests(file.name, file.digests) for file in files]
    others = [one for number, one in enumerate(known) if number != place]
    report = judged(data, name=files[place].name, contents=others, basis=basis, now=now)
    gather(place, report, known, states)
    if report.error is not None:
        states[place].outcomes.append(SignatureStatus.SIGNED_INVALID)
        states[place].reasons.append(report.error.finding)


def _inside(file: Looked, state: Gathered, *, basis: Basis, now: datetime) -> None:
    """Judge what the browser took out of a document, and note what it could not."""
    for inside in file.inside:
        _embedded(file, inside, state, basis=basis, now=now)
    if file.present:
        state.outcomes.append(SignatureStatus.PRESENT_NOT_CHECKED)


def _embedded(file: Looked, inside: Inside, state: Gathered, *, basis: Basis, now: datetime) -> None:
    """Judge the CMS of a PDF on the digest of what it covers; what was added after it needs the document."""
    covered = [Digests(file.name, inside.digests)]
    report = judged(inside.cms, name=f"{file.name}.p7s", contents=covered, basis=basis, now=now)
    state.reports.append(report)
    for one in report.signatures:
        known = inside.whole or one.indication is Indication.TOTAL_FAILED
        state.outcomes.append(status_of(one) if known else SignatureStatus.PRESENT_NOT_CHECKED)
        state.reasons += one.errors if known else ()


def _concluded(file: Looked, state: Gathered, now: datetime, tickets: Tickets) -> Found:
    reports = json.dumps([as_json(report) for report in state.reports], sort_keys=True)
    basis = _basis(file, state)
    ticket = Ticket(
        file=tickets.mark(file.digests["sha256"]),
        status=state.status.value,
        basis=basis,
        report_sha256=hashlib.sha256(reports.encode()).hexdigest(),
        at=now,
    )
    return Found(file.name, state.status, basis, tuple(state.reasons), tickets.issue(ticket))


def _basis(file: Looked, state: Gathered) -> str | None:
    if file.document is not None:
        return "content"
    return "digests" if state.reports and not file.present else None
