"""Draw DUMEs of 4.1.0 that nobody would think of: any criteria, any words, any answers, elements the model does not know."""

from dataclasses import replace
from datetime import UTC, date, time, timedelta, timezone
from decimal import Decimal

from hypothesis import strategies as st

from dume.espd.complete import Choice, Requirements, request
from dume.espd.model import (
    Address,
    Amount,
    Answer,
    Buyer,
    Code,
    Contact,
    Criterion,
    Document,
    EconomicOperator,
    Evidence,
    Extra,
    Header,
    Identifier,
    Kind,
    Legislation,
    Lot,
    Party,
    Period,
    Person,
    Procedure,
    Property,
    PropertyType,
    Quantity,
    Reference,
    Role,
    Value,
)
from dume.espd.taxonomy import TaxonomyProperty, taxonomy
from dume.espd.value_codec import shape
from dume.espd.write_v41.values import named

_CBC = 'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"'
_FIRST, _LAST = date(1900, 1, 1), date(2100, 12, 31)
#: What XML 1.0 can hold; a carriage return must come back as one.
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"], exclude_characters="\ufffe\uffff").filter(
    lambda character: character >= " " or character in "\t\n\r"
), max_size=12)  # fmt: skip
tokens = st.text("AZaz09-_./:é&<\"'", min_size=1, max_size=8)
identifiers = st.builds(
    Identifier, tokens, st.sampled_from(("", "PLI", "SIRET")), st.sampled_from(("", "VAT"))
)
days = st.dates(_FIRST, _LAST)
clocks = st.times(timezones=st.sampled_from((None, UTC, timezone(timedelta(hours=-5, minutes=-30)))))
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=4)
amounts = st.builds(Amount, decimals, st.sampled_from(("EUR", "USD")))
periods = st.builds(Period, st.none() | days, st.none() | days)
addresses = st.builds(Address, words, words, words, st.sampled_from(("", "FRA", "BEL")))
contacts = st.builds(Contact, words, words, words, words)
parties = st.builds(
    Party, st.lists(identifiers, max_size=2).map(tuple), words, words, st.none() | identifiers, addresses, contacts
)  # fmt: skip
persons = st.builds(Person, words, words, st.none() | days, words, words, addresses, contacts)
references = st.builds(
    Reference, identifiers, st.sampled_from(("", "TED_CN", "ESPD_REQUEST")), st.none() | days, st.none() | clocks,
    words, words, st.lists(words, max_size=2).map(tuple),
)  # fmt: skip
headers = st.builds(
    Header, identifiers, st.uuids().map(str), st.booleans(), identifiers, st.none() | days, st.none() | clocks, tokens,
    st.lists(references, max_size=1).map(tuple),
)  # fmt: skip
operators = st.builds(
    EconomicOperator, parties, st.none() | st.sampled_from(Role), words, st.sampled_from(("", "sme", "large")),
    st.lists(persons, max_size=2).map(tuple), words,
)  # fmt: skip
legislations = st.builds(Legislation, tokens, words, words, words, words, words, st.sampled_from(("", "FRA")))


@st.composite
def evidences(draw: st.DrawFn) -> Evidence:
    """Draw a proof; only a proof with a document can have an issuer."""
    reference = draw(st.none() | references)
    issuer = draw(st.none() | parties) if reference is not None else None
    return Evidence(draw(identifiers), draw(st.sampled_from(("", "PUBLIC"))), reference, issuer, draw(words))


_VALUES: dict[type, st.SearchStrategy[Value]] = {
    bool: st.booleans(),
    str: words,
    Decimal: decimals,
    date: days,
    time: clocks,
    Code: st.builds(Code, tokens),
    Amount: amounts,
    Quantity: st.builds(Quantity, decimals),
    Period: periods,
    Identifier: identifiers,
}


def _value(draw: st.DrawFn, path: str, value_type: str) -> Value:
    """Draw a value of a type, as a document read back would hold it."""
    value = named(draw(_VALUES[shape(value_type)]), path, value_type)
    if isinstance(value, Quantity) and value_type.endswith("_YEAR"):
        return Quantity(value.value, "YEAR")
    return value


def _required(draw: st.DrawFn, entries: list[TaxonomyProperty]) -> dict[str, Value]:
    open_ones = [each for each in entries if each.value_type != "LOT_IDENTIFIER"]
    chosen = draw(st.lists(st.sampled_from(open_ones), max_size=3, unique=True)) if open_ones else []
    return {each.path: _value(draw, each.path, each.value_type) for each in chosen}


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """Draw a request or a response."""
    lots = tuple(Lot(f"LOT-{n:04d}", draw(words), draw(words)) for n in range(1, draw(st.integers(1, 3)) + 1))
    known = draw(st.lists(st.sampled_from(taxonomy().criteria), min_size=1, max_size=4, unique=True))
    choices = []
    for each in known:
        asked = [entry for entry in each.properties() if entry.type is PropertyType.REQUIREMENT]
        sets = tuple(
            Requirements((lot.id,), _required(draw, asked)) for lot in lots[: draw(st.integers(0, 2))]
        )
        choices.append(Choice(each.code, requirements=sets))
    procedure = draw(
        st.builds(Procedure, st.sampled_from(("", "open")), words, words, st.just(("45000000",)))
    )
    buyer = draw(st.builds(Buyer, parties, words, st.none() | parties))
    document = request(
        choices, buyer, procedure, lots, header=draw(headers), lang=draw(st.sampled_from(("fr", "en")))
    )
    criteria = tuple(_reworded(draw, each) for each in document.criteria)
    extras = tuple(
        Extra(*each) for each in draw(st.lists(_EXTRAS, max_size=2, unique_by=lambda each: each[0]))
    )
    plain = {
        "header": document.header,
        "buyer": buyer,
        "procedure": procedure,
        "lots": lots,
        "criteria": criteria,
    }
    plain["extras"] = tuple(sorted(extras, key=lambda each: (each.parent, each.position)))
    if draw(st.booleans()):
        return Document(Kind.REQUEST, **plain)
    return Document(
        Kind.RESPONSE,
        economic_operator=draw(operators),
        answers=_answers(draw, document, lots),
        evidences=draw(st.lists(evidences(), max_size=2).map(tuple)),
        **plain,
    )


_EXTRAS = st.sampled_from((
    ("", 0, f"<cbc:Note {_CBC}>a &amp; b</cbc:Note>"),
    ("/cac:ContractingParty/cac:Party/cac:PostalAddress/cac:Country", 0, f"<cbc:Name {_CBC}>France</cbc:Name>"),
    ("/cac:TenderingCriterion[1]", 0, f"<cbc:WeightNumeric {_CBC}>0.5</cbc:WeightNumeric>"),
    ("/cac:TenderingCriterion[1]/cac:TenderingCriterionPropertyGroup[1]", 0, f"<cbc:Name {_CBC}>Un nom</cbc:Name>"),
))  # fmt: skip


def _reworded(draw: st.DrawFn, criterion: Criterion) -> Criterion:
    """Give a criterion other words and a legal base."""
    bases = tuple(draw(st.lists(legislations, max_size=1)))
    return replace(criterion, name=draw(words), description=draw(words), legislations=bases)


def _questions(document: Document) -> list[Property]:
    found: list[Property] = []
    waiting = [group for each in document.criteria for group in each.groups]
    while waiting:
        group = waiting.pop()
        found += [each for each in group.properties if each.type is PropertyType.QUESTION]
        waiting += group.groups
    return found


def _answers(draw: st.DrawFn, document: Document, lots: tuple[Lot, ...]) -> tuple[Answer, ...]:
    """Draw answers to any of the questions, with any indexes, for any lots; some with an identifier of their own."""
    answers = []
    for entry in draw(
        st.lists(st.sampled_from(_questions(document)), max_size=8, unique_by=lambda each: each.id)
    ):
        known = taxonomy().properties[entry.path]
        value = _value(draw, entry.path, entry.value_type)
        odd = draw(st.sampled_from(("", "", "", "odd-1")))
        indexes = (
            (1,) * known.levels if odd else tuple(draw(st.integers(1, 12)) for _level in range(known.levels))
        )
        own = tuple(lot.id for lot in lots if draw(st.booleans()))
        proofs = (
            (value.value,)
            if entry.value_type == "EVIDENCE_IDENTIFIER" and isinstance(value, Identifier)
            else ()
        )
        answers.append(Answer(entry.id, value, indexes, own, id=odd, evidences=proofs))
    return tuple(answers)
