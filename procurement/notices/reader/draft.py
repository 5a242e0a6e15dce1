"""What an imported notice brings to a draft consultation: plain values, nothing of the store."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from procurement.notices.reader.report import Item, ItemKind

__all__ = [
    "Address",
    "Amount",
    "Buyer",
    "Criterion",
    "Document",
    "Duration",
    "Lot",
    "Moment",
    "NoticeDraft",
    "NoticeHead",
    "Procedure",
    "Project",
]


@dataclass(frozen=True)
class Amount:
    """An amount without tax, in the currency of the notice."""

    value: Decimal
    currency: str


@dataclass(frozen=True)
class Moment:
    """An instant of the notice; ``past`` when it has gone by and must be set again before publication."""

    at: datetime
    past: bool


@dataclass(frozen=True)
class Duration:
    """How long a contract lasts: a number of ``DAY``, ``WEEK``, ``MONTH`` or ``YEAR``, or dates, or a code."""

    value: int | None = None
    unit: str = ""
    starts: date | None = None
    ends: date | None = None
    other: str = ""


@dataclass(frozen=True)
class Address:
    """Where an organisation is; the country in three letters (ISO 3166-1 alpha-3)."""

    street: str = ""
    postcode: str = ""
    city: str = ""
    nuts: str = ""
    country: str = ""


@dataclass(frozen=True)
class Buyer:
    """A buyer of the notice; ``siret`` only when the identifier given is a valid one."""

    reference: str
    name: str = ""
    siret: str | None = None
    company_id: str = ""
    address: Address = Address()
    contact: str = ""
    email: str = ""
    telephone: str = ""
    website: str = ""
    profile_url: str = ""
    legal_type: str = ""
    activity: str = ""


@dataclass(frozen=True)
class Criterion:
    """An award criterion; ``kind`` is price, cost or quality, ``weight`` a percentage or points as ``scale`` says."""

    kind: str
    name: str
    description: str = ""
    weight: Decimal | None = None
    scale: str = ""


@dataclass(frozen=True)
class Document:
    """Where the tender documents are."""

    url: str
    restricted: bool = False
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Project:
    """What is bought, as the notice says it of the whole and of each lot."""

    internal_id: str = ""
    title: str = ""
    description: str = ""
    note: str = ""
    nature: str = ""
    cpv: str = ""
    additional_cpv: tuple[str, ...] = ()
    nuts: tuple[str, ...] = ()
    estimated: Amount | None = None
    framework_maximum: Amount | None = None


@dataclass(frozen=True, kw_only=True)
class Lot(Project):
    """A lot, or the part of a planning notice. ``LOT-0000`` is a contract that is not divided."""

    identifier: str
    duration: Duration = Duration()
    renewals: int | None = None
    criteria: tuple[Criterion, ...] = ()
    offers_close: Moment | None = None
    requests_close: Moment | None = None
    questions_close: Moment | None = None
    opens: Moment | None = None
    validity: Duration = Duration()
    documents: tuple[Document, ...] = ()
    submission_url: str = ""
    languages: tuple[str, ...] = ()
    variants: str = ""
    reserved: str = ""
    reserved_execution: bool = False
    framework: str = ""
    dynamic_purchasing: str = ""

    @property
    def undivided(self) -> bool:
        """Whether this stands for a contract that is not divided in lots."""
        return self.identifier.endswith("-0000")


@dataclass(frozen=True, kw_only=True)
class NoticeHead:
    """What identifies a notice."""

    identifier: str
    version: str
    procedure_id: str
    subtype: str
    sdk: str
    form: str
    kind: str
    legal_basis: str
    dispatched: datetime | None
    planned: date | None
    languages: tuple[str, ...]
    changes: str = ""


@dataclass(frozen=True, kw_only=True)
class Procedure(Project):
    """The whole purchase; ``code`` is one of our procedure codes, empty when the notice leaves it open."""

    code: str = ""
    eforms_code: str = ""
    accelerated: bool = False
    features: str = ""
    lots_per_bidder: int | None = None
    lots_per_winner: int | None = None


@dataclass(frozen=True)
class NoticeDraft:
    """A notice as read, with the account of every piece of the file."""

    head: NoticeHead
    procedure: Procedure
    buyers: tuple[Buyer, ...]
    lots: tuple[Lot, ...]
    report: tuple[Item, ...]

    @property
    def title(self) -> str:
        """The subject of the purchase; a notice without one lends that of its first lot."""
        return self.procedure.title or next((lot.title for lot in self.lots if lot.title), "")

    @property
    def techniques(self) -> frozenset[str]:
        """``framework`` and ``dps`` when a lot uses them (L2125-1)."""
        used = {
            "framework": any(lot.framework not in {"", "none"} for lot in self.lots),
            "dps": any(lot.dynamic_purchasing not in {"", "none"} for lot in self.lots),
        }
        return frozenset(name for name, is_used in used.items() if is_used)

    def items(self, kind: ItemKind) -> tuple[Item, ...]:
        """Return the lines of the report of one kind."""
        return tuple(item for item in self.report if item.kind is kind)
