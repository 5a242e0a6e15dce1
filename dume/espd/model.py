"""A European Single Procurement Document as plain values: what every reader gives and every writer takes.

The shape follows ESPD-EDM 4.1.0 (UBL 2.3 QualificationApplicationRequest and -Response). Identifiers of groups and
properties are taxonomy paths such as ``C29_SC_gen-year-to/RG1/RSG1/QSG2/Q2``; a path repeated in one document is told
apart by its occurrence. All values are immutable; amounts are exact decimals, dates are dates.
"""

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum


class Kind(StrEnum):
    """Who speaks: the buyer asks, the economic operator answers."""

    REQUEST = "request"
    RESPONSE = "response"


class Version(StrEnum):
    """The five versions that can be read; only the first, second and last can be written."""

    V1_0_2 = "1.0.2"
    V2_1_1 = "2.1.1"
    V3_3_0 = "3.3.0"
    V4_0_0 = "4.0.0"
    V4_1_0 = "4.1.0"


class Condition(StrEnum):
    """When a group is shown; the indicator is the one just above the group (list property-group-type)."""

    ALWAYS = "ON*"
    ON_TRUE = "ONTRUE"
    ON_FALSE = "ONFALSE"


class PropertyType(StrEnum):
    """What a property is (list criterion-element-type)."""

    CAPTION = "CAPTION"
    REQUIREMENT = "REQUIREMENT"
    QUESTION = "QUESTION"


class Role(StrEnum):
    """The part an economic operator plays (list eo-role-type)."""

    SOLE = "sole-tenderer"
    LEAD = "group-lead"
    MEMBER = "group-mem"
    RELIED_UPON = "oeron"
    SUBCONTRACTOR = "subcont"


class AnswerStatus(StrEnum):
    """Where an answer stands: a proposed value is nobody's claim until a person confirms it."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    TO_REVIEW = "to_review"


# A document without allotment has this one lot.
NO_LOT = "LOT-0000"


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier with the agency or scheme that gave it; both may be empty."""

    value: str
    agency: str = ""
    scheme: str = ""


@dataclass(frozen=True, slots=True)
class Amount:
    """Money: an exact decimal and an ISO 4217 code."""

    value: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit code; the unit may be empty."""

    value: Decimal
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """A span of days; either end may be unknown, and words may stand in for them ("five years")."""

    start: date | None = None
    end: date | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Code:
    """A value of a code list, with the list's own identifier as the document wrote it."""

    value: str
    list_id: str = ""


# Shapes by value type: bool INDICATOR; str DESCRIPTION, URL, identifiers; Code CODE*; Amount AMOUNT, MINIMUM_AMOUNT, ...;
# Quantity QUANTITY*; Decimal PERCENTAGE; date DATE; time TIME; Period PERIOD; Identifier EVIDENCE_IDENTIFIER, LOT_IDENTIFIER, ...
Value = bool | str | Decimal | date | time | Code | Amount | Quantity | Period | Identifier


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; the country is an ISO 3166-1 alpha-3 code, empty when unknown."""

    street: str = ""
    city: str = ""
    postcode: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom to write to or call."""

    name: str = ""
    telephone: str = ""
    telefax: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A representative of the operator and what the power of attorney says."""

    first_name: str = ""
    family_name: str = ""
    birth_date: date | None = None
    birth_place: str = ""
    role: str = ""
    address: Address = Address()
    contact: Contact = Contact()


@dataclass(frozen=True, slots=True)
class Party:
    """A buyer, an economic operator or a service provider."""

    identifiers: tuple[Identifier, ...] = ()
    name: str = ""
    website: str = ""
    endpoint: Identifier | None = None
    address: Address = Address()
    contact: Contact = Contact()


@dataclass(frozen=True, slots=True)
class Buyer:
    """The contracting body and, when another service writes for it, that service."""

    party: Party = Party()
    profile_uri: str = ""
    service_provider: Party | None = None


@dataclass(frozen=True, slots=True)
class EconomicOperator:
    """The company that answers: its party, its role, its size, its people."""

    party: Party = Party()
    role: Role | None = None
    role_text: str = ""
    size: str = ""
    representatives: tuple[Person, ...] = ()
    group_name: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A document another one refers to: a notice, a request, a certificate."""

    id: Identifier
    type_code: str = ""
    issue_date: date | None = None
    issue_time: time | None = None
    uri: str = ""
    title: str = ""
    descriptions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """What identifies a document."""

    id: Identifier
    uuid: str = ""
    copy: bool = False
    folder: Identifier = Identifier("")
    issue_date: date | None = None
    issue_time: time | None = None
    previous_version: str = ""
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot of the procedure; the id is ``LOT-0001`` or ``LOT-0000`` without allotment."""

    id: str
    title: str = ""
    description: str = ""
    cpv: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Procedure:
    """What is procured."""

    code: str = ""
    title: str = ""
    description: str = ""
    cpv: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Legislation:
    """A legal base a criterion quotes."""

    id: str
    title: str = ""
    description: str = ""
    level: str = ""
    article: str = ""
    uri: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Property:
    """A caption, a requirement of the buyer or a question to the operator.

    `id` is the identifier in this document (for a repeated group: the path and ``/R<i>``), unique in it; `path` is the
    taxonomy's, so that ``id`` starts with ``path``. `expected` is the buyer's value of a requirement.
    """

    id: str
    path: str
    type: PropertyType
    value_type: str
    description: str = ""
    name: str = ""
    expected: Value | None = None
    certification_level: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Properties and groups that are shown together; `occurrence` counts equal paths under one parent from 1."""

    path: str
    condition: Condition = Condition.ALWAYS
    occurrence: int = 1
    properties: tuple[Property, ...] = ()
    groups: tuple["Group", ...] = ()


@dataclass(frozen=True, slots=True)
class Criterion:
    """An exclusion ground, a selection criterion or another question, with the lots it holds for (none: all)."""

    id: str
    code: str
    tag: str
    name: str = ""
    description: str = ""
    lots: tuple[str, ...] = ()
    legislations: tuple[Legislation, ...] = ()
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a value comes from and what proves it (times in ISO 8601, UTC)."""

    source: str
    obtained_at: str = ""
    as_of: str = ""
    valid_until: str = ""
    proof: str = ""
    proof_sha256: str = ""
    confirmed_by: str = ""
    confirmed_at: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A value given to a property: once per occurrence of the repeatable groups above it.

    `property` is a `Property.id`; `occurrence` holds one index from 1 for each repeatable level, in the order of the
    path; `lots` are the lots it holds for (none: all); a hidden answer stays in the draft and is not exported.
    `id` is the response's own identifier when it is not the one the pattern gives.
    """

    property: str
    value: Value
    occurrence: tuple[int, ...] = ()
    lots: tuple[str, ...] = ()
    status: AnswerStatus = AnswerStatus.CONFIRMED
    provenance: Provenance | None = None
    id: str = ""
    evidences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """A proof the operator points to."""

    id: Identifier
    confidentiality: str = ""
    reference: Reference | None = None
    issuer: Party | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class Extra:
    """A valid element the model has no word for: kept with its place and written back.

    `parent` is the path of its parent in a 4.1.0 document, empty for the root: ``/cac:TenderingCriterion[3]`` counts the
    criteria of the model from 1. `position` counts the extras of one parent from 0; among the parent's other children
    the schema's sequence gives the place. `xml` is exclusive canonical XML (W3C xml-exc-c14n).
    """

    parent: str
    position: int
    xml: str


@dataclass(frozen=True, slots=True)
class Document:
    """A request or a response, whatever version it came from."""

    kind: Kind
    header: Header
    version: Version = Version.V4_1_0
    buyer: Buyer = Buyer()
    procedure: Procedure = Procedure()
    lots: tuple[Lot, ...] = ()
    criteria: tuple[Criterion, ...] = ()
    economic_operator: EconomicOperator | None = None
    answers: tuple[Answer, ...] = ()
    evidences: tuple[Evidence, ...] = ()
    extras: tuple[Extra, ...] = ()
