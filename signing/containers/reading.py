"""What all readers of containers share: the reading they give back, and the facts of a signature that cannot be read."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from signing.containers.zipindex import printable
from signing.errors import Unverifiable
from signing.facts import SignatureFacts, SignerStatus, StampFacts
from signing.types import Container, Coverage, Finding, Format, Scope, ScopeKind


@dataclass(frozen=True, slots=True)
class AsicReading:
    """What a container holds: signatures, time-stamps that belong to none, and what is to be said of the whole.

    ``findings`` are warnings on the container; they are not repeated in each signature.
    """

    container: Container
    signatures: list[SignatureFacts] = field(default_factory=list)
    stamps: list[StampFacts] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def unreadable_signature(
    file: str, format_: Format, error: Unverifiable, name: str = "sig-1"
) -> SignatureFacts:
    """Return the facts of a signature file that cannot be read: it stays in the report, as a failure of format."""
    return SignatureFacts(
        id=name,
        format=format_,
        level="NOT-ETSI",
        structure_errors=(
            Finding(error.reason, dict(error.params)),
            Finding("containers.signature_unreadable", {"name": printable(file)}),
        ),
        signer_status=SignerStatus.MISSING,
        certificate=None,
        signing_certificate_reference_present=False,
        signing_certificate_digest_match=None,
        references=(),
        value_intact=None,
        value=b"",
    )


def uncovered(
    names: Iterable[str], covered: Iterable[str], kind: ScopeKind = ScopeKind.ASIC_ENTRY
) -> list[Scope]:
    """Return one NONE entry for each document that a signature is not over."""
    known = set(covered)
    note = Finding("containers.entry_uncovered")
    return [Scope(printable(name), kind, Coverage.NONE, note=note) for name in names if name not in known]


def numbered(groups: Sequence[Sequence[SignatureFacts]], files: Sequence[str]) -> list[SignatureFacts]:
    """Give every signature of several files an id of its own.

    ``sig-N`` goes on from file to file; an XML Id that stands in two files is told apart by its file. The id of a
    counter-signature begins with that of the signature it is on, which stands before it.
    """
    taken: set[str] = set()
    done: list[SignatureFacts] = []
    for group, file in zip(groups, files, strict=True):
        names: dict[str, str] = {}
        for facts in group:
            above = facts.counter_of
            if above is not None and above in names:
                names[facts.id] = names[above] + facts.id.removeprefix(above)
                above = names[above]
            elif re.fullmatch(r"sig-\d+", facts.id):
                names[facts.id] = f"sig-{1 + sum(facts.counter_of is None for facts in done)}"
            else:
                names[facts.id] = facts.id if facts.id not in taken else f"{facts.id} ({printable(file)})"
            taken.add(names[facts.id])
            done.append(replace(facts, id=names[facts.id], counter_of=above))
    return done
