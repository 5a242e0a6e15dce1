"""Check what must be there, and how often: a table of contexts, rules and the way down to what they want."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from dume.espd.findings import Severity
from dume.espd.model import Kind
from dume.espd.rules_41.facts import Context, clark
from dume.espd.rules_41.tree import Broken, Tree, above

FATAL, ERROR, WARNING = Severity.FATAL, Severity.ERROR, Severity.WARNING
REQUEST_ROOT = "{urn:oasis:names:specification:ubl:schema:xsd:QualificationApplicationRequest-2}QualificationApplicationRequest"
RESPONSE_ROOT = "{urn:oasis:names:specification:ubl:schema:xsd:QualificationApplicationResponse-2}QualificationApplicationResponse"
ROOTS = {Kind.REQUEST: REQUEST_ROOT, Kind.RESPONSE: RESPONSE_ROOT}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule that wants something down a path: by default at least one."""

    rule: str
    severity: Severity
    path: tuple[str, ...]
    enough: Callable[[int], bool] = bool


def _want(rule: str, severity: Severity, path: str, exactly: int | None = None) -> Wanted:
    steps = tuple(clark(name) for name in path.split("/"))
    return Wanted(rule, severity, steps, bool if exactly is None else exactly.__eq__)


def _context(path: str) -> Context:
    *above_, tag = (clark(name) for name in path.split("/"))
    return Context(tag, tuple(reversed(above_)))


_NAME = "cac:PartyName/cbc:Name"
_COUNTRY = "cac:PostalAddress/cac:Country/cbc:IdentificationCode"
_PARTY_ID = "cac:PartyIdentification/cbc:ID"
_PERSON = "cac:AgentParty/cac:Person"
_BOTH = (
    _want("BR-OTH-04-01", FATAL, "cbc:UBLVersionID"),
    _want("BR-OTH-04-03", FATAL, "cbc:ID"),
    _want("BR-OTH-04-04", FATAL, "cbc:UUID"),
    _want("BR-OTH-04-06", FATAL, "cac:TenderingCriterion"),
)
#: What each kind of document wants at its root.
AT_ROOT: dict[Kind, tuple[Wanted, ...]] = {
    Kind.REQUEST: (
        *_BOTH,
        _want("BR-REQ-20-01", WARNING, "cac:ContractingParty", exactly=1),
        _want("BR-SC-10", FATAL, "cbc:ProcedureCode"),
    ),
    Kind.RESPONSE: (
        *_BOTH,
        _want("BR-OTH-04-07", FATAL, "cac:TenderingCriterionResponse"),
        _want("BR-LOT-10", FATAL, "cac:ProcurementProjectLot/cbc:ID", exactly=1),
    ),
}
#: What each kind of document wants elsewhere.
ELSEWHERE: dict[Kind, tuple[tuple[Context, tuple[Wanted, ...]], ...]] = {
    Kind.REQUEST: (
        (
            _context("cac:ContractingParty/cac:Party"),
            (
                _want("BR-REQ-20-02", FATAL, _NAME),
                _want("BR-REQ-20-03", FATAL, _COUNTRY),
                _want("BR-REQ-20-04", WARNING, _PARTY_ID),
            ),
        ),
        (
            _context("cac:ServiceProviderParty/cac:Party"),
            (
                _want("BR-REQ-20-05", FATAL, _PARTY_ID),
                _want("BR-REQ-20-06", FATAL, _NAME),
                _want("BR-REQ-20-07", FATAL, _COUNTRY),
            ),
        ),
    ),
    Kind.RESPONSE: (
        (
            _context("cac:EconomicOperatorParty"),
            (
                _want("BR-RESP-10-02", ERROR, "cac:EconomicOperatorRole"),
                _want("BR-RESP-10-03", ERROR, "cac:EconomicOperatorRole/cbc:RoleCode"),
            ),
        ),
        (
            _context("cac:EconomicOperatorParty/cac:Party"),
            (
                _want("BR-RESP-10-04", ERROR, _PARTY_ID),
                _want("BR-RESP-10-05", ERROR, _NAME),
                _want("BR-RESP-10-06", ERROR, "cbc:IndustryClassificationCode"),
                _want("BR-RESP-10-07", ERROR, _COUNTRY),
            ),
        ),
        (
            _context("cac:ServiceProviderParty/cac:Party"),
            (
                _want("BR-RESP-10-09", ERROR, _NAME),
                _want("BR-RESP-10-10", ERROR, _COUNTRY),
                _want("BR-RESP-10-11", ERROR, _PARTY_ID),
            ),
        ),
        (
            _context("cac:PowerOfAttorney"),
            (
                _want("BR-RESP-20-01", ERROR, f"{_PERSON}/cbc:FirstName"),
                _want("BR-RESP-20-02", ERROR, f"{_PERSON}/cbc:FamilyName"),
                _want(
                    "BR-RESP-20-03",
                    ERROR,
                    f"{_PERSON}/cac:ResidenceAddress/cac:Country/cbc:IdentificationCode",
                ),
            ),
        ),
    ),
}


def check(tree: Tree) -> Iterator[Broken]:
    """Yield the broken rules of the cardinality, buyer, operator and lot sheets."""
    kind = tree.scan.kind
    contexts = ((Context(ROOTS[kind]), AT_ROOT[kind]), *ELSEWHERE[kind])
    for context, wanted in contexts:
        for element in tree.all(context.tag):
            if not above(element, context.above):
                continue
            for want in wanted:
                count = len(tree.under((element,), *want.path))
                if not want.enough(count):
                    yield Broken(want.rule, want.severity, element, {"count": str(count)})
