"""Our own DUMEs: requests with and without lots, responses of every role, odd ones; so that tests need no official file.

They are made with the room's own builders and written by its own writer. Run this file with a folder to write them there.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, time
from decimal import Decimal
from pathlib import Path

from dume.espd.complete import (
    Choice,
    Mode,
    Requirements,
    exported,
    for_lot,
    missing,
    request,
    response,
    visible,
    with_answers,
)
from dume.espd.model import (
    Address,
    Amount,
    Answer,
    Buyer,
    Code,
    Contact,
    Document,
    EconomicOperator,
    Evidence,
    Extra,
    Header,
    Identifier,
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
from dume.espd.taxonomy import taxonomy
from dume.espd.write_v41 import write

Decide = Callable[[Property], bool]
TURNOVER = "C29_SC_gen-year-to/RG1/RSG1/RQ3"
LOTS = (
    Lot("LOT-0001", "Gros œuvre", "Terrassement & maçonnerie", ("45000000", "45110000")),
    Lot("LOT-0002", "Électricité"),
)
_SPACE = "urn:oasis:names:specification:ubl:schema:xsd:"


def _party(name: str, siret: str) -> Party:
    return Party(
        (Identifier(siret, "SIRET"), Identifier("FR00999999999", "VIES")),
        name,
        "https://exemple.test/",
        Identifier(siret, "AIFE", "SIRET"),
        Address("12 rue des Lilas", "Trifouilly", "99123", "FRA"),
        Contact("Service des marchés", "+33 1 00 00 00 00", "+33 1 00 00 00 01", "marches@exemple.test"),
    )


BUYER = Buyer(_party("Commune de Trifouilly", "00000000100015"), "https://exemple.test/profil")
PROCEDURE = Procedure("open", "École <Jules & Jim>", "Travaux\nen deux lots", ("45210000",))
OPERATOR = EconomicOperator(
    _party('Bâti "Sûr" SARL', "00000001800010"),
    role_text="Mandataire",
    size="sme",
    representatives=(
        Person("Zoé", "Öztürk", date(1980, 2, 29), "Lyon", "Signature des marchés", Address(country="FRA")),
        Person(
            "Jean", "Dupont", address=Address("1 rue", "Nice", "06000", "FRA"), contact=Contact("J. Dupont")
        ),
    ),
)


def header(name: str) -> Header:
    """Return the header of a document of this name."""
    return Header(
        Identifier(f"dume-{name}", "PLI"),
        uuid="0192f0c1-2e3a-7b4c-8d5e-6f708192a3b4",
        folder=Identifier("2027-000123", "PLI"),
        issue_date=date(2027, 1, 11),
        issue_time=time(9, 30),
    )


def value_for(entry: Property, decide: Decide) -> Value:
    """Return a plausible value of a question's type."""
    plain = entry.value_type
    values: dict[str, Value] = {
        "INDICATOR": plain == "INDICATOR" and decide(entry),
        "AMOUNT": Amount(Decimal("1234567.89"), "EUR"),
        "CODE": Code("group-mem" if "eo-group" in entry.path else "sole-tenderer"),
        "CODE_COUNTRY": Code("FRA"),
        "DATE": date(2026, 3, 31),
        "PERIOD": Period(date(2025, 1, 1), date(2025, 12, 31)),
        "PERCENTAGE": Decimal("0.10"),
        "QUANTITY": Quantity(Decimal("0.75")),
        "QUANTITY_INTEGER": Quantity(Decimal(12)),
        "QUANTITY_YEAR": Quantity(Decimal(2025), "YEAR"),
        "URL": "https://exemple.test/preuve",
        "EVIDENCE_IDENTIFIER": Identifier(f"PREUVE-{entry.id}", "PLI"),
        "ECONOMIC_OPERATOR_IDENTIFIER": Identifier("00000002600013", "SIRET"),
        "QUAL_IDENTIFIER": Identifier("QUALIBAT-1111", "QUALIBAT"),
    }
    return values.get(plain, "Réponse de l'entreprise")


def filled(document: Document, decide: Decide, *, everything: bool = False) -> Document:
    """Answer what is missing until nothing is, or every question shown; proofs are listed as they are named."""
    entries = properties(document)
    while True:
        wanted = [(each.property, each.occurrence) for each in missing(document)]
        if everything:
            done = {each.property for each in document.answers}
            wanted += [(name, ()) for name in sorted(visible(document)) if _open(entries[name], done)]
        if not wanted:
            return _proven(document)
        places = dict.fromkeys(wanted)
        answers = [Answer(name, value_for(entries[name], decide), where) for name, where in places]
        document = with_answers(document, list({each.property: each for each in answers}.values()))


def _open(entry: Property, done: set[str]) -> bool:
    return entry.type is PropertyType.QUESTION and entry.id not in done


def _proven(document: Document) -> Document:
    """List every proof the answers name."""
    names = dict.fromkeys(each.value for each in document.answers if each.evidences)
    evidences = tuple(
        Evidence(
            name,
            "PUBLIC",
            Reference(Identifier("attestation", "PLI"), uri="https://exemple.test/a.pdf"),
            Party((Identifier("URSSAF", "PLI"),), "URSSAF"),
            "Attestation",
        )
        for name in names
        if isinstance(name, Identifier)
    )
    return replace(document, evidences=evidences)


def properties(document: Document) -> dict[str, Property]:
    """Return the properties of a document by id."""
    found: dict[str, Property] = {}
    waiting = [group for each in document.criteria for group in each.groups]
    while waiting:
        group = waiting.pop()
        found.update((each.id, each) for each in group.properties)
        waiting += group.groups
    return found


def no(entry: Property) -> bool:
    """Say no to grounds for exclusion and yes to everything else."""
    return "_EG_" not in entry.path


def yes(entry: Property) -> bool:
    """Say yes to everything."""
    return bool(entry)


def never(entry: Property) -> bool:
    """Say no to everything."""
    return not entry


def requests() -> dict[str, Document]:
    """Return the requests."""
    every = tuple(Choice(each.code) for each in taxonomy().criteria)
    others = tuple(each for each in every if each.code != "gen-year-to")
    thresholds = tuple(
        Requirements((lot.id,), {TURNOVER: Amount(Decimal(amount), "EUR")})
        for lot, amount in zip(LOTS, ("100000", "250000.50"), strict=True)
    )
    per_lot = (*others, Choice("gen-year-to", requirements=thresholds))
    simple = request((), BUYER, PROCEDURE, (), Mode.SIMPLIFIED, header=header("simplifie"))
    return {
        "request-simplified": simple,
        "request-everything": request(every, BUYER, PROCEDURE, (), header=header("tout")),
        "request-two-lots": request(every, BUYER, PROCEDURE, LOTS, header=header("lots")),
        "request-per-lot": request(per_lot, BUYER, PROCEDURE, LOTS, header=header("seuils"), lang="en"),
        "request-with-extras": _with_extras(simple),
    }


def _with_extras(document: Document) -> Document:
    """Return a request with what the model has no word for, a provider and references."""
    cbc, cac = (
        f'xmlns:cbc="{_SPACE}CommonBasicComponents-2"',
        f'xmlns:cac="{_SPACE}CommonAggregateComponents-2"',
    )
    identifier = '<cbc:ID schemeAgencyID="OP" schemeID="Criterion" schemeVersionID="4.1.0">C1_EG_crime-org/SBC1</cbc:ID>'
    extras = (
        Extra("", 0, f"<cbc:Note {cbc}>À lire</cbc:Note>"),
        Extra(
            "/cac:ContractingParty/cac:Party/cac:PostalAddress",
            0,
            f"<cbc:Region {cbc}>Nulle part</cbc:Region>",
        ),
        Extra(
            "/cac:TenderingCriterion[1]",
            0,
            f"<cac:SubTenderingCriterion {cac}>{identifier.replace('<cbc:ID', f'<cbc:ID {cbc}')}"
            f"<cbc:Name {cbc}>Critère national</cbc:Name></cac:SubTenderingCriterion>",
        ),
    )
    references = (
        Reference(
            Identifier("2027/S 001-000001", "OP"), "TED_CN", date(2027, 1, 4), time(8, 0),
            "https://ted.example/", "avis.xml", ("Avis", "Contract notice"),
        ),
    )  # fmt: skip
    provider = replace(BUYER, service_provider=_party("Plateforme", "00000000200013"))
    head = replace(document.header, references=references, previous_version="1", copy=True)
    return replace(document, header=head, buyer=provider, extras=extras)


def responses(asked: dict[str, Document]) -> dict[str, Document]:
    """Return the responses, each of one lot as the format wants it."""
    simple, everything, per_lot = (
        asked["request-simplified"],
        asked["request-everything"],
        asked["request-per-lot"],
    )
    group = replace(OPERATOR, group_name="Groupement du Lilas")
    relied = frozenset({"gen-year-to", "finan-rat"})
    begun = {
        "response-simplified": (simple, Role.SOLE, OPERATOR, no),
        "response-convicted": (simple, Role.SOLE, OPERATOR, yes),
        "response-sole": (everything, Role.SOLE, OPERATOR, no),
        "response-never": (everything, Role.SOLE, OPERATOR, never),
        "response-lead": (everything, Role.LEAD, group, no),
        "response-member": (everything, Role.MEMBER, group, no),
        "response-relied-upon": (everything, Role.RELIED_UPON, OPERATOR, no),
        "response-subcontractor": (everything, Role.SUBCONTRACTOR, OPERATOR, no),
    }
    made = {
        name: exported(filled(response(of, role, who, header=header(name), relied_on=relied), decide))
        for name, (of, role, who, decide) in begun.items()
    }
    whole = response(everything, Role.SOLE, OPERATOR, header=header("response-full"))
    made["response-full"] = exported(filled(whole, yes, everything=True))
    two = filled(response(per_lot, Role.SOLE, OPERATOR, header=header("response-lot-2")), no)
    made["response-lot-2"] = for_lot(two, "LOT-0002")
    made["response-two-years"] = _two_years(made["response-simplified"])
    return made


def _two_years(document: Document) -> Document:
    """Return a response with a second year of turnover and one odd identifier."""
    group = "C29_SC_gen-year-to/RG1/RSG1/QSG2"
    second = [
        Answer(f"{group}/Q1", Period(date(2024, 1, 1), date(2024, 12, 31)), (1, 1, 2, 1)),
        Answer(f"{group}/Q2", Amount(Decimal(987654), "EUR"), (1, 1, 2, 1)),
    ]
    more = filled(with_answers(document, second), no)
    first = next(each for each in more.answers if each.property == f"{group}/Q2")
    rest = tuple(replace(each, id="reponse-7") if each is first else each for each in more.answers)
    return replace(more, answers=rest)


def documents() -> dict[str, Document]:
    """Return every document by the name of its file."""
    asked = requests()
    return asked | responses(asked)


def main(folder: str) -> None:
    """Write the files into a folder."""
    for name, document in documents().items():
        Path(folder, f"{name}.xml").write_bytes(write(document))


if __name__ == "__main__":
    main(sys.argv[1])
