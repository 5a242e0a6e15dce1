"""Add what 4.1.0 demands and older versions did not ask, say so in the report, and leave it to a person to review."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import NAMESPACE_URL, UUID, uuid5

from dume.espd.migrate.codes import PROCEDURES
from dume.espd.model import (
    Answer,
    AnswerStatus,
    Buyer,
    Condition,
    Criterion,
    Document,
    EconomicOperator,
    Group,
    Header,
    Identifier,
    Kind,
    Period,
    Property,
    PropertyType,
    Role,
    Value,
)
from dume.espd.report import Ledger
from dume.espd.taxonomy import taxonomy

TO_COMPLETE = "À compléter"
NEW_QUESTION = "Question que la version d’origine ne posait pas : réponse à compléter."
# When this is true in an older version, the questions below it were answered as if the second were true too.
REGISTERED = "C58_OT_registered/QG1/QSG1/Q1"
_EMPTY: dict[str, Value] = {
    "DESCRIPTION": TO_COMPLETE,
    "ECONOMIC_OPERATOR_IDENTIFIER": Identifier(TO_COMPLETE),
    "URL": "https://a-completer.invalid/",
    "PERIOD": Period(description=TO_COMPLETE),
}


def finish(document: Document, ledger: Ledger) -> Document:
    """Give the document with what 4.1.0 demands of one of its kind."""
    document = replace(document, header=_identified(document.header, ledger), criteria=_lots(document))
    document = replace(document, buyer=_provider(document.buyer, ledger))
    if document.kind is Kind.REQUEST:
        return _procedure(document, ledger)
    document = replace(document, economic_operator=_operator(document, ledger))
    return replace(document, answers=(*document.answers, *_missing(document, ledger)))


def _identified(header: Header, ledger: Ledger) -> Header:
    """Give the document a UUID: its own, its identifier when that is one (1.0.2), or one derived from it."""
    if header.uuid:
        return header
    try:
        uuid = str(UUID(header.id.value.strip()))
    except ValueError:
        uuid = str(uuid5(NAMESPACE_URL, f"urn:espd:{header.id.value}"))
    ledger.defaulted("/*", "header.uuid", "Le document n’avait pas d’UUID.", uuid)
    return replace(header, uuid=uuid)


def _provider(buyer: Buyer, ledger: Ledger) -> Buyer:
    """Give a service provider without a country the buyer's (BR-REQ-20-07)."""
    provider, country = buyer.service_provider, buyer.party.address.country
    if provider is None or provider.address.country or not country:
        return buyer
    why = "Le pays du prestataire n’était pas dit : celui de l’acheteur est repris."
    ledger.defaulted("/*", "buyer.service_provider.address.country", why, country)
    return replace(
        buyer, service_provider=replace(provider, address=replace(provider.address, country=country))
    )


def _lots(document: Document) -> tuple[Criterion, ...]:
    """Name the lots of each selection criterion: all of them when it names none (BR-LOT-41)."""
    everything = tuple(lot.id for lot in document.lots)
    selection = {entry.code for entry in taxonomy().criteria if entry.kind == "selection"}
    return tuple(
        replace(each, lots=tuple(lot for lot in each.lots if lot in everything) or everything)
        if each.code in selection
        else replace(each, lots=())
        for each in document.criteria
    )


def _procedure(document: Document, ledger: Ledger) -> Document:
    """Say the procedure in the codes of 4.1.0; a request without one says "other, in one stage"."""
    old = document.procedure.code
    new = PROCEDURES.get(old, old) or "oth-single"
    path = next((leaf for leaf in ledger.paths() if leaf.endswith("ProcedureCode")), "/*")
    if not old:
        ledger.defaulted("/*", "procedure.code", "La procédure n’était pas dite : à préciser.", new)
    elif new != old:
        ledger.renamed(path, "procedure.code", f"En 4.1.0 : {new}")
    return replace(document, procedure=replace(document.procedure, code=new))


def _operator(document: Document, ledger: Ledger) -> EconomicOperator:
    """Give the operator a role: 1.0.2 only tells it by the question on taking part with others."""
    operator = document.economic_operator or EconomicOperator()
    if operator.role is not None:
        return operator
    together = any(
        each.value is True and each.property == "C59_OT_eo-group/QG1/Q1" for each in document.answers
    )
    role = Role.MEMBER if together else Role.SOLE
    ledger.defaulted("/*", "economic_operator.role", "Le rôle n’était pas dit : à vérifier.", role.value)
    return replace(operator, role=role)


@dataclass(frozen=True, slots=True)
class _Answers:
    """What was answered, by property."""

    by_property: dict[str, list[Answer]]

    def says(self, indicators: tuple[str, ...], *, value: bool) -> bool:
        return any(each.value is value for name in indicators for each in self.by_property.get(name, ()))


def _missing(document: Document, ledger: Ledger) -> Iterator[Answer]:
    """Yield an answer to complete for each question that an answered indicator makes compulsory (BR-TCR-06-01)."""
    by_property: dict[str, list[Answer]] = {}
    for each in document.answers:
        by_property.setdefault(each.property, []).append(each)
    answers = _Answers(by_property)
    for criterion in document.criteria:
        for group in criterion.groups:
            yield from _below(group, (), answers, ledger)


def _below(group: Group, above: tuple[str, ...], answers: _Answers, ledger: Ledger) -> Iterator[Answer]:
    shown = {
        Condition.ALWAYS: False,
        Condition.ON_TRUE: answers.says(above, value=True),
        Condition.ON_FALSE: answers.says(above, value=False),
    }[group.condition]
    for each in group.properties:
        value = _to_complete(each) if shown and each.id not in answers.by_property else None
        if value is not None:
            answer = Answer(each.id, value, _first(each), status=AnswerStatus.TO_REVIEW)
            answers.by_property[each.id] = [answer]
            ledger.defaulted(
                "/*", each.id, NEW_QUESTION, str(value if isinstance(value, bool) else TO_COMPLETE)
            )
            yield answer
    indicators = tuple(each.id for each in group.properties if each.value_type == "INDICATOR")
    for inner in group.groups:
        yield from _below(inner, indicators or above, answers, ledger)


def _to_complete(each: Property) -> Value | None:
    """Give a value that claims nothing; nothing for a type that has none."""
    # The official rules want an answer to a caption that a false indicator shows (BR-TCR-07-01 on C58).
    if each.type is not PropertyType.QUESTION:
        return "Sans objet" if each.type is PropertyType.CAPTION else None
    if each.path == REGISTERED:
        return True
    return _EMPTY.get(each.value_type)


def _first(each: Property) -> tuple[int, ...]:
    entry = taxonomy().property(each.path)
    return (1,) * max(entry.levels if entry else 1, 1)
