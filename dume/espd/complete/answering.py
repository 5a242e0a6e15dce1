"""Begin a company's response to a request, and set its answers, all or none. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dume.espd.complete.lots import rehung
from dume.espd.complete.showing import below, levels
from dume.espd.model import (
    Answer,
    Criterion,
    Document,
    EconomicOperator,
    Extra,
    Header,
    Identifier,
    Kind,
    Property,
    PropertyType,
    Reference,
    Role,
)
from dume.espd.taxonomy import taxonomy
from dume.espd.value_codec import shape
from dume.espd.write_v41 import value_types
from dume.espd.write_v41.values import named
from procurement.core.errors import FieldError, Invalid
from procurement.core.text import _, for_count

#: The criteria about who takes part with the tenderer: another company is not asked them.
_TOGETHER = frozenset(("eo-group", "relied", "subco-ent"))
_OTHERS = frozenset((Role.SUBCONTRACTOR, Role.RELIED_UPON))
#: What stands at the root of a request and has no business in a response: its signatures and notes.
_FOLLOWS = "/cac:"
_PROOF = "EVIDENCE_IDENTIFIER"
_UNKNOWN = _("Cette question n’existe pas dans ce DUME.")
_WRONG_VALUE = _("Cette valeur n’est pas de la forme attendue pour cette question.")
_WRONG_PLACE = _("Cette question ne se répète pas ainsi.")
_NO_LOT = _("Ce lot n’est pas dans ce DUME.")
_TWICE = _("Cette réponse est donnée deux fois.")


def response(
    request: Document,
    role: Role,
    operator: EconomicOperator,
    *,
    header: Header,
    relied_on: frozenset[str] = frozenset(),
) -> Document:
    """Return a response to a request without answers yet.

    A subcontractor is not asked selection criteria; a company relied upon only those in ``relied_on`` (codes).
    """
    kept = [(place, each) for place, each in enumerate(request.criteria, 1) if _asked(each, role, relied_on)]
    its = Reference(
        Identifier(request.header.id.value, request.header.id.agency), "ESPD_REQUEST",
        request.header.issue_date, request.header.issue_time,
    )  # fmt: skip
    return Document(
        Kind.RESPONSE,
        replace(header, references=(*request.header.references, its)),
        buyer=request.buyer,
        procedure=request.procedure,
        lots=request.lots,
        criteria=tuple(each for _place, each in kept),
        economic_operator=replace(operator, role=role),
        extras=_followed(request.extras, [place for place, _each in kept]),
    )


def _asked(criterion: Criterion, role: Role, relied_on: frozenset[str]) -> bool:
    """Tell whether a criterion is asked of a company in this role."""
    known = taxonomy().by_code.get(criterion.code)
    kind = known.kind if known is not None else ""
    if role not in _OTHERS:
        return True
    if kind == "selection":
        return role is Role.RELIED_UPON and criterion.code in relied_on
    return criterion.code not in _TOGETHER


def _followed(extras: tuple[Extra, ...], kept: list[int]) -> tuple[Extra, ...]:
    """Return what the response takes over of the request's unknown elements: those about criteria, buyer and project."""
    heads = ("/cac:TenderingCriterion", "/cac:ContractingParty", "/cac:ProcurementProject")
    return tuple(each for each in rehung(extras, kept) if each.parent.startswith(heads))


def refusal(errors: Sequence[FieldError]) -> Invalid:
    """Return the refusal of answers that are not right, with what is wrong with each."""
    one = _("%(count)s réponse ne convient pas. Aucune réponse n’a été enregistrée.")
    many = _("%(count)s réponses ne conviennent pas. Aucune réponse n’a été enregistrée.")
    message = for_count(len(errors), one, many)
    return Invalid("dume.answers_refused", message, errors=tuple(errors), count=len(errors))


def with_answers(document: Document, answers: Sequence[Answer]) -> Document:
    """Return the document with these answers set, each in the place of the one with its property, occurrence and lots.

    Answers stand in the order of the questions. Raise Invalid ``dume.answers_refused`` with a JSON pointer into
    ``answers`` for each that does not fit; then nothing is set.
    """
    known = _questions(document)
    errors: list[FieldError] = []
    fresh: dict[tuple[str, tuple[int, ...], tuple[str, ...]], Answer] = {}
    for index, each in enumerate(answers):
        entry = known.get(each.property)
        ready = _normal(each, entry)
        found = list(_errors(ready, entry, document))
        if _place(ready) in fresh:
            found.append(FieldError("", "dume.answer_twice", _TWICE))
        errors += [replace(error, field=f"/{index}{error.field}") for error in found]
        fresh[_place(ready)] = ready
    if errors:
        raise refusal(errors)
    merged = {_place(each): each for each in document.answers} | fresh
    order = {identifier: place for place, identifier in enumerate(known)}
    last = len(order)
    in_order = sorted(
        merged.values(), key=lambda each: (order.get(each.property, last), each.occurrence, each.lots)
    )
    return replace(document, answers=tuple(in_order))


def _place(answer: Answer) -> tuple[str, tuple[int, ...], tuple[str, ...]]:
    return answer.property, answer.occurrence, answer.lots


def _questions(document: Document) -> dict[str, Property]:
    """Return the questions of a document by id, in order; those of national sub-criteria last."""
    found = {
        entry.id: entry
        for criterion in document.criteria
        for group in criterion.groups
        for entry in below(group)
        if entry.type is PropertyType.QUESTION
    }
    national = value_types((), document.extras)
    for identifier, value_type in national.items():
        found.setdefault(identifier, Property(identifier, identifier, PropertyType.QUESTION, value_type))
    return found


def _normal(answer: Answer, entry: Property | None) -> Answer:
    """Return an answer with all its indexes, the list of its code, and the proof it names when it names one."""
    if entry is None:
        return answer
    value = named(answer.value, entry.path, entry.value_type)
    occurrence = (*answer.occurrence, *(1,) * (levels(entry) - len(answer.occurrence)))
    if entry.value_type == _PROOF and isinstance(answer.value, Identifier):
        return replace(answer, occurrence=occurrence, evidences=(answer.value.value,))
    return replace(answer, occurrence=occurrence, value=value)


def _errors(answer: Answer, entry: Property | None, document: Document) -> Iterator[FieldError]:
    """Yield what does not fit in one answer."""
    if entry is None:
        yield FieldError("/property", "dume.property_unknown", _UNKNOWN)
        return
    if type(answer.value) is not shape(entry.value_type):
        yield FieldError("/value", "dume.value_refused", _WRONG_VALUE)
    if not _repeats(answer, entry):
        yield FieldError("/occurrence", "dume.occurrence_refused", _WRONG_PLACE)
    if not {lot.id for lot in document.lots}.issuperset(answer.lots):
        yield FieldError("/lots", "dume.lot_unknown", _NO_LOT)


def _repeats(answer: Answer, entry: Property) -> bool:
    """Tell whether a property may be answered at this occurrence."""
    if any(index < 1 for index in answer.occurrence):
        return False
    known = taxonomy().property(entry.path)
    if known is None:
        return True
    if len(answer.occurrence) != levels(entry):
        return False
    return known.max is None or answer.occurrence[-1] == 1
