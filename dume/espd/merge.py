"""Start a new response from an older one: the buyer's part from the request, the answers from the response.

An answer is carried where criterion, property and type are the same. It keeps its origin and its age. It is to review
when the buyer now requires something else, when its proof has expired, or when its lot is gone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import NAMESPACE_URL, uuid5

from dume.espd.complete import response
from dume.espd.errors import ESPDError
from dume.espd.model import (
    Answer,
    AnswerStatus,
    Document,
    EconomicOperator,
    Evidence,
    Group,
    Header,
    Identifier,
    Kind,
    Property,
    PropertyType,
    Provenance,
    Role,
    Value,
)
from procurement.core.text import _

# What the buyer requires around a question: the paths and values of the requirements above it.
Requirements = tuple[tuple[str, Value | None], ...]


class MergeRefused(ESPDError):
    """The two documents are not a request and an older response."""


@dataclass(frozen=True, slots=True)
class Merged:
    """The new response, and what became of each old answer (property ids; `unmatched`: those of the old document).

    Each old answer is in exactly one of the three: carried as it was, carried but to review, or left behind.
    """

    document: Document
    carried: tuple[str, ...] = ()
    to_review: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Question:
    """A question of a document: its property, its criterion and what the buyer requires around it."""

    property: Property
    criterion: str
    requirements: Requirements


def merge(request: Document, old: Document, *, today: date) -> Merged:
    """Merge a buyer's request and an older response into a response to that request.

    Raise MergeRefused (``dume.merge_needs_request``, ``dume.merge_needs_response``) for two documents of one kind.
    """
    _check(request, old)
    document = _begin(request, old, today)
    new, before = _questions(document), _questions(old)
    lots = frozenset(lot.id for lot in document.lots)
    answers: list[Answer] = []
    told: dict[str, list[str]] = {"carried": [], "to_review": [], "unmatched": []}
    for each in old.answers:
        asked, was = new.get(each.property), before.get(each.property)
        if asked is None or not _same(asked, was) or _lot_gone(each, asked, lots):
            told["unmatched"].append(each.property)
            continue
        carried = _carry(each, old)
        kept_lots = tuple(lot for lot in each.lots if lot in lots)
        doubtful = (
            (was is not None and was.requirements != asked.requirements)
            or _expired(carried.provenance, today)
            or kept_lots != each.lots
        )
        status = AnswerStatus.TO_REVIEW if doubtful else each.status
        answers.append(replace(carried, lots=kept_lots, status=status))
        told["to_review" if status is AnswerStatus.TO_REVIEW else "carried"].append(each.property)
    document = replace(document, answers=tuple(answers), evidences=_evidences(old, answers))
    return Merged(document, tuple(told["carried"]), tuple(told["to_review"]), tuple(told["unmatched"]))


def _check(request: Document, old: Document) -> None:
    """Refuse two requests or two responses."""
    if request.kind is not Kind.REQUEST:
        raise MergeRefused("dume.merge_needs_request", _("Le premier document doit être un DUME acheteur."))
    if old.kind is not Kind.RESPONSE:
        raise MergeRefused(
            "dume.merge_needs_response", _("Le second document doit être un DUME d’opérateur économique.")
        )


def _begin(request: Document, old: Document, today: date) -> Document:
    """Give the skeleton of the new response, in the role the operator had."""
    operator = old.economic_operator or EconomicOperator()
    name = f"urn:espd:merge:{_name(request.header)}:{_name(old.header)}:{today.isoformat()}"
    uuid = str(uuid5(NAMESPACE_URL, name))
    agency = request.header.id.agency
    header = Header(Identifier(uuid, agency), uuid, folder=request.header.folder, issue_date=today)
    answered = {each.property for each in old.answers}
    relied_on = frozenset(
        question.criterion for name, question in _questions(old).items() if name in answered
    )
    return response(request, operator.role or Role.SOLE, operator, header=header, relied_on=relied_on)


def _name(header: Header) -> str:
    return header.uuid or header.id.value


def _questions(document: Document) -> dict[str, _Question]:
    """Index the questions of a document by identifier."""
    return {
        question.property.id: question
        for criterion in document.criteria
        for group in criterion.groups
        for question in _below(group, criterion.code, ())
    }


def _below(group: Group, criterion: str, above: Requirements) -> Iterator[_Question]:
    here = tuple(
        (each.path, each.expected)
        for each in group.properties
        if each.type is PropertyType.REQUIREMENT and each.value_type != "LOT_IDENTIFIER"
    )
    around = above + here
    for each in group.properties:
        if each.type is not PropertyType.REQUIREMENT:
            yield _Question(each, criterion, around)
    siblings = tuple((each.path, each.expected) for inner in group.groups for each in _required(inner))
    for inner in group.groups:
        yield from _below(inner, criterion, around + tuple(each for each in siblings if each not in around))


def _required(group: Group) -> Iterator[Property]:
    """Yield the requirements of a group that asks nothing itself: they hold for the questions beside it."""
    if all(each.type is not PropertyType.QUESTION for each in group.properties):
        yield from (each for each in group.properties if each.type is PropertyType.REQUIREMENT)


def _same(asked: _Question, was: _Question | None) -> bool:
    """Tell whether a question asks what the old one asked: the same path and the same type."""
    if was is None:
        return False
    one, other = asked.property, was.property
    return asked.criterion == was.criterion and (one.path, one.value_type) == (other.path, other.value_type)


def _lot_gone(answer: Answer, asked: _Question, lots: frozenset[str]) -> bool:
    """Tell whether an answer is about lots the new procedure does not have."""
    if asked.property.value_type == "LOT_IDENTIFIER":
        return getattr(answer.value, "value", "") not in lots
    return bool(answer.lots) and not set(answer.lots) & lots


def _carry(answer: Answer, old: Document) -> Answer:
    """Give an answer its origin and its age: its own, or the old document and its date."""
    if answer.provenance is not None:
        return answer
    as_of = old.header.issue_date.isoformat() if old.header.issue_date else ""
    return replace(answer, provenance=Provenance(source=f"dume:{_name(old.header)}", as_of=as_of))


def _expired(provenance: Provenance | None, today: date) -> bool:
    """Tell whether what proves an answer is no longer valid."""
    until = provenance.valid_until[:10] if provenance else ""
    return bool(until) and until < today.isoformat()


def _evidences(old: Document, answers: list[Answer]) -> tuple[Evidence, ...]:
    """Keep the proofs that a carried answer points to."""
    named: Mapping[str, None] = dict.fromkeys(
        name
        for each in answers
        for name in (*each.evidences, getattr(each.value, "value", ""))
        if isinstance(name, str)
    )
    return tuple(each for each in old.evidences if each.id.value in named)
