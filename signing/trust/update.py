"""Judge the lists that an operator gives: which may be stored, which are refused and why. Pure; nothing is written here.

The list of the lists comes first: it says who signs the national lists that come with it. A list that does not hold, or that is
older than the stored one, is refused by name and changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from signing.errors import Unverifiable
from signing.trust import signature
from signing.trust.lists import ParsedList, parse
from signing.trust.model import ListInfo
from signing.trust.signature import Judgement
from signing.trust.store import Accepted
from signing.types import Finding


@dataclass(frozen=True, slots=True)
class Incoming:
    """A document, and where it came from: a file name or an address."""

    origin: str
    data: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """Return the last part of the origin, by which pivots are recognised."""
        return self.origin.replace("\\", "/").rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that is not taken, and why; ``territory`` is empty when it could not be read."""

    origin: str
    finding: Finding
    territory: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an update would do."""

    accepted: tuple[Accepted, ...] = ()
    #: Lists that are stored already, byte for byte.
    unchanged: tuple[ListInfo, ...] = ()
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Basis:
    """What lists are judged against."""

    #: Certificates that may sign the list of the lists (Official Journal).
    official: Sequence[bytes] = field(repr=False)
    #: Stored lists by kind and territory.
    stored: Mapping[tuple[str, str], ListInfo] = field(default_factory=dict)
    #: Stored lists of the lists, parsed; they were verified when they were loaded.
    lotls: Sequence[ParsedList] = ()
    #: Certificates that the operator says must have signed: nothing else is then believed.
    signers: Sequence[bytes] = field(default=(), repr=False)
    allow_older: bool = False


@dataclass(frozen=True, slots=True)
class _Read:
    incoming: Incoming
    parsed: ParsedList

    @property
    def key(self) -> tuple[str, str]:
        return self.parsed.kind, self.parsed.territory


def plan(incoming: Iterable[Incoming], basis: Basis) -> Plan:
    """Judge documents together; pivots of a list of the lists may be among them."""
    read, refused = _read(incoming)
    lists, pivots = _apart(read)
    accepted: list[Accepted] = []
    unchanged: list[ListInfo] = []
    lotls = list(basis.lotls)
    seen: set[tuple[str, str]] = set()
    for one in sorted(lists, key=lambda found: not found.parsed.lotl):
        judged = _judged(one, basis, lotls, pivots)
        finding = _twice(one, seen) or judged.refusal or _older(one, basis)
        if finding is not None or judged.signer is None:
            found = finding or Finding("trust.unsigned")
            refused.append(Refused(one.incoming.origin, found, one.parsed.territory))
            continue
        if one.parsed.lotl:
            lotls = [one.parsed, *(known for known in lotls if known.territory != one.parsed.territory)]
        stored = basis.stored.get(one.key)
        if stored is not None and stored.sha256 == one.parsed.sha256:
            unchanged.append(stored)
        else:
            accepted.append(Accepted(one.parsed, one.incoming.data, one.incoming.origin, judged.signer))
    return Plan(tuple(accepted), tuple(unchanged), tuple(refused))


def expected_signers(
    parsed: ParsedList, lotls: Sequence[ParsedList], signers: Sequence[bytes] = ()
) -> tuple[bytes, ...]:
    """Return who may sign a national list: the operator's word first, else what the lists of the lists say."""
    if signers:
        return tuple(signers)
    return tuple(
        certificate for lotl in lotls for certificate in signature.signers_of(lotl, parsed.territory)
    )


def _read(incoming: Iterable[Incoming]) -> tuple[list[_Read], list[Refused]]:
    read: list[_Read] = []
    refused: list[Refused] = []
    for one in incoming:
        try:
            read.append(_Read(one, parse(one.data)))
        except Unverifiable as error:
            refused.append(Refused(one.origin, Finding(error.reason, error.params)))
    return read, refused


def _apart(read: list[_Read]) -> tuple[list[_Read], dict[str, bytes]]:
    """Set the pivots of the lists of the lists aside, by address; they are recognised by the last part of their name."""
    addresses = {
        address.rpartition("/")[2]: address
        for one in read
        if one.parsed.lotl
        for address in one.parsed.pivots
    }
    newest = {
        one.parsed.territory: max(
            other.parsed.sequence for other in read if other.parsed.lotl and other.key == one.key
        )
        for one in read
        if one.parsed.lotl
    }
    pivots = {
        addresses[one.incoming.name]: one.incoming.data
        for one in read
        if one.parsed.lotl and one.incoming.name in addresses
    }
    lists = [
        one
        for one in read
        if not one.parsed.lotl
        or one.incoming.name not in addresses
        or one.parsed.sequence == newest[one.parsed.territory]
    ]
    return lists, pivots


def _twice(one: _Read, seen: set[tuple[str, str]]) -> Finding | None:
    if one.key in seen:
        return Finding("trust.twice", {"territory": one.parsed.territory})
    seen.add(one.key)
    return None


def _judged(one: _Read, basis: Basis, lotls: Sequence[ParsedList], pivots: Mapping[str, bytes]) -> Judgement:
    parsed, data = one.parsed, one.incoming.data
    if parsed.lotl and not basis.signers:
        stored = next((lotl for lotl in basis.lotls if lotl.territory == parsed.territory), None)
        return signature.verify_lotl(data, parsed, base=basis.official, stored=stored, pivots=pivots)
    expected = expected_signers(parsed, lotls, basis.signers)
    if not expected:
        return Judgement(refusal=Finding("trust.no_signers", {"territory": parsed.territory}))
    return signature.verify(data, expected)


def _older(one: _Read, basis: Basis) -> Finding | None:
    """Refuse to go back: a lower number, or the same number issued earlier."""
    stored, parsed = basis.stored.get(one.key), one.parsed
    if stored is None or basis.allow_older:
        return None
    if (parsed.sequence, parsed.issued_at) >= (stored.sequence, stored.issued_at):
        return None
    return Finding(
        "trust.older",
        {"territory": parsed.territory, "sequence": parsed.sequence, "stored": stored.sequence},
    )
