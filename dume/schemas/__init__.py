"""Bodies of the vendor API, as pydantic reads them; ``openapi.yaml`` is the contract they keep."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dume.espd.complete import Mode
from dume.rules import Role

Siret = Annotated[str, Field(min_length=9, max_length=20)]
IdDume = Annotated[str, Field(pattern="^[a-z0-9]{8}$")]
LotId = Annotated[str, Field(min_length=1, max_length=40)]
Lots = Annotated[list[LotId], Field(max_length=500)]
Text = Annotated[str, Field(max_length=10_000)]
Short = Annotated[str, Field(max_length=400)]
#: XML in base64: 20 MiB of it.
Xml = Annotated[str, Field(max_length=28_000_000)]
#: A part of the document as the document's own JSON writes it.
Part = dict[str, Any]


class Body(BaseModel):
    """A body without members that nobody asked for."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Body):
    """A body that says nothing."""


class LotBody(Body):
    """A lot of the procedure."""

    id: LotId
    title: Short = ""
    description: Text = ""
    cpv: Annotated[list[Short], Field(max_length=50)] = []


class ProcedureBody(Body):
    """What is procured."""

    code: Annotated[str, Field(max_length=60)] = ""
    title: Short = ""
    description: Text = ""
    cpv: Annotated[list[Short], Field(max_length=50)] = []


class RequirementsBody(Body):
    """Values required for these lots, by taxonomy path, each in the JSON form of its value."""

    lots: Lots = []
    values: Annotated[dict[str, Any], Field(max_length=200)] = {}


class CriterionBody(Body):
    """A criterion asked for, by code."""

    code: Annotated[str, Field(max_length=60)]
    lots: Lots = []
    requirements: Annotated[list[RequirementsBody], Field(max_length=200)] = []


Criteria = Annotated[list[CriterionBody], Field(max_length=62)]


class ConsultationBody(Body):
    """The consultation a request goes with."""

    ref: Annotated[str, Field(min_length=1, max_length=255)]
    title: Short = ""
    closes_at: AwareDatetime | None = None
    lots: Annotated[list[LotBody], Field(max_length=500)] = []


class BuyerBody(Body):
    """The buyer by its SIRET, and what else the document says of it."""

    siret: Siret
    name: Short = ""


class RequestBody(Body):
    """A new request: from choices, or from the XML of one, never both."""

    siret: Siret
    name: Short = ""
    buyer: Part | None = None
    procedure: ProcedureBody = ProcedureBody()
    lots: Annotated[list[LotBody], Field(max_length=500)] = []
    mode: Mode = Mode.STANDARD
    criteria: Criteria = []
    consultation: ConsultationBody | None = None
    xml: Xml = ""


class RequestPatch(Body):
    """What changes of a request (RFC 7396)."""

    buyer: Part | None = None
    procedure: Part | None = None
    lots: Annotated[list[LotBody], Field(max_length=500)] | None = None


class CriteriaBody(Body):
    """The criteria of a request, all of them."""

    mode: Mode = Mode.STANDARD
    criteria: Criteria = []


class PublishBody(Body):
    """The consultation a request is published with; a response takes none."""

    consultation: ConsultationBody | None = None
    lots: Lots = []


class OpeningBody(Body):
    """The vendor's statement that the opening took place."""

    opened_at: AwareDatetime
    by: Annotated[str, Field(min_length=1, max_length=200)]


class ResponseBody(Body):
    """A new response: to a published request, or to the XML of one, never both."""

    id_dume_acheteur: IdDume | None = None
    xml: Xml = ""
    siret: Siret
    role: Role = Role.SOLE
    lots: Lots = []
    relied_on: Annotated[list[Short], Field(max_length=62)] = []
    operator: Part | None = None
    prefill: Literal["none", 1, 2] = "none"
    recipient: Annotated[str, Field(max_length=20)] = ""
    reuse: IdDume | None = None


class ResponsePatch(Body):
    """What changes of a response besides its answers (RFC 7396)."""

    operator: Part | None = None
    lots: Lots | None = None


class AnswerBody(Body):
    """An answer, or ``null`` to take one back."""

    property: Annotated[str, Field(min_length=1, max_length=400)]
    occurrence: Annotated[list[Annotated[int, Field(ge=1, le=10_000)]], Field(max_length=12)] = []
    lots: Lots = []
    value: Any = None
    evidences: Annotated[list[Short], Field(max_length=50)] = []


class AnswersBody(Body):
    """Answers, all set or none."""

    answers: Annotated[list[AnswerBody], Field(max_length=5000)]


class PlaceBody(Body):
    """Where an answer stands."""

    property: Annotated[str, Field(min_length=1, max_length=400)]
    occurrence: Annotated[list[Annotated[int, Field(ge=1, le=10_000)]], Field(max_length=12)] = []
    lots: Lots = []


class ConfirmBody(Body):
    """The answers that a person has read and makes the company's own, as they stood at ``edition``."""

    paths: Annotated[list[PlaceBody], Field(min_length=1, max_length=5000)]
    edition: Annotated[int, Field(ge=1, le=1_000_000_000)]


class PrefillBody(Body):
    """What to ask the registers."""

    level: Literal[1, 2] = 1
    sources: Annotated[list[Short], Field(max_length=60)] = []
    recipient: Annotated[str, Field(max_length=20)] = ""


class DocumentsBody(Body):
    """The responses to read after the opening."""

    ids: Annotated[list[IdDume], Field(min_length=1, max_length=200)]


class MergeBody(Body):
    """A request and an older response: by identifier or as XML, never both."""

    id_dume_acheteur: IdDume | None = None
    id_dume_oe: IdDume | None = None
    request_xml: Xml = ""
    response_xml: Xml = ""


class FileBody(Body):
    """A file to look at; nothing of it is kept."""

    xml: Xml


class ConversionBody(FileBody):
    """A file to write in another version."""

    to: Literal["4.1.0", "2.1.1", "1.0.2"] = "4.1.0"


class RenderingBody(FileBody):
    """A file to show."""

    format: Literal["html", "pdf", "json"] = "html"


class ConsortiumBody(Body):
    """A consortium around the response of its lead."""

    id_dume: IdDume
    name: Annotated[str, Field(min_length=1, max_length=200)]


class MemberBody(Body):
    """A company to invite."""

    role: Role
    email: Annotated[str, Field(min_length=3, max_length=254)]
    name: Short = ""
    siret: Annotated[str, Field(max_length=20)] = ""
    criteria: Annotated[list[Short], Field(max_length=62)] = []


class HandoverConsultation(ConsultationBody):
    """The consultation of a hand-over, with what has to be known where a request is made for it."""

    procedure: Annotated[str, Field(min_length=1, max_length=60)] = "open"
    buyer: BuyerBody | None = None


class HandoverBody(Body):
    """A person to be taken over: whose DUME, for what, and where he goes back to."""

    kind: Literal["acheteur", "oe"]
    consultation: HandoverConsultation
    siret: Siret
    name: Short = ""
    role: Role = Role.SOLE
    lots: Lots = []
    return_url: Annotated[str, Field(min_length=1, max_length=2000)]
    prefill: Literal["none", 1, 2] = "none"
    id_dume_acheteur: IdDume | None = None


def instant(value: datetime | None) -> str | None:
    """Write an instant in UTC, to the millisecond."""
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z") if value else None
