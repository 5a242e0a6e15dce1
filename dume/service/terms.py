"""The values that the verbs take and give."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from dume.espd.complete import Choice
from dume.espd.findings import Finding
from dume.espd.model import Address, Buyer, EconomicOperator, Lot, Person, Procedure, Value
from dume.models import Consortium, ConsortiumMember, Dume, Handover
from dume.rules import Mode, Role


@dataclass(frozen=True, kw_only=True)
class Tie:
    """The consultation a request goes with, as plain values: this room knows none.

    ``lots`` are ids of the document (``LOT-0001``); none means all of it. ``closes_at`` is the deadline of the bids.
    """

    reference: str
    consultation_id: uuid.UUID | None = None
    lots: tuple[str, ...] = ()
    closes_at: datetime | None = None
    buyer_organisation_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class RequestDraft:
    """What a buyer begins with; in simplified mode the choices are made for it."""

    buyer: Buyer
    procedure: Procedure
    lots: tuple[Lot, ...] = ()
    mode: Mode = Mode.STANDARD
    choices: tuple[Choice, ...] = ()
    lang: str = "fr"


@dataclass(frozen=True, kw_only=True)
class RequestEdits:
    """What changes in a request besides its criteria; nothing stays as it was."""

    buyer: Buyer | None = None
    procedure: Procedure | None = None
    lots: tuple[Lot, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class ResponseDraft:
    """What a company begins with: the published request it answers, or the XML of one, never both.

    ``lots`` are those it tenders for, none meaning all of the request's; ``relied_on`` the codes of the selection
    criteria that a company relied upon answers; ``reuse`` a response of its own whose answers are taken over.
    """

    role: Role
    request: Dume | None = None
    request_xml: bytes = field(default=b"", repr=False)
    operator: EconomicOperator = field(default=EconomicOperator(), repr=False)
    lots: tuple[str, ...] = ()
    relied_on: frozenset[str] = frozenset()
    reuse: Dume | None = None
    consortium_id: uuid.UUID | None = None


@dataclass(frozen=True, kw_only=True)
class ResponseEdits:
    """What changes in a response besides its answers."""

    operator: EconomicOperator | None = field(default=None, repr=False)
    lots: tuple[str, ...] | None = None
    representatives: tuple[Person, ...] | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where an answer stands: a property, an index per repeatable level, and the lots it is limited to."""

    property: str
    occurrence: tuple[int, ...] = ()
    lots: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Given:
    """An answer as it comes in: JSON-safe data, or None to take an answer back."""

    place: Place
    value: Any = field(default=None, repr=False)
    evidences: tuple[str, ...] = ()


class Why(StrEnum):
    """Why an answer is to be looked at."""

    TO_REVIEW = "to_review"
    PROPOSED = "proposed"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One line of « Ce qui a changé »."""

    place: Place
    why: Why
    criterion: str = ""
    value: Value | Address | Person | None = field(default=None, repr=False)
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a person has to look at; ``newer`` is a request that took the place of the one answered, offered for a merge."""

    items: tuple[Change, ...]
    newer: Dume | None = None


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What a check found; ``valid`` is the official verdict, ``ready`` that nothing of ours blocks either."""

    valid: bool
    ready: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class Published:
    """A publication, and the DUMEs that it replaced."""

    dume: Dume
    replaced: tuple[Dume, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Linked:
    """A draft that is held by a secret link; the secret is shown once and kept nowhere."""

    dume: Dume
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class HandedOver:
    """A hand-over just made; the token goes into the link and nowhere else."""

    handover: Handover
    token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A hand-over taken up by a browser, which keeps the secret."""

    handover: Handover
    secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Guest:
    """A company to be invited into a consortium."""

    role: Role
    email: str
    name: str = ""
    siret: str = ""
    criteria: tuple[str, ...] = ()
    language: str = "fr"


@dataclass(frozen=True, kw_only=True)
class Invited:
    """An invitation just made; the token goes into the mail, or to the client that asked for it."""

    consortium: Consortium
    member: ConsortiumMember
    token: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class StoredProof:
    """A proof that lies sealed in the store, waiting for its row."""

    key: str
    sha256: str
    size: int
    media_type: str
    name: str = field(repr=False)
