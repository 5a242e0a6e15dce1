"""Say how much each rule of 2.1.1 and 1.0.2 weighs: fatal unless told otherwise here."""

from dume.espd.findings import Severity
from dume.espd.model import Kind

WARNINGS = frozenset(
    {
        "BR-COM-10-02",
        "BR-COM-CL-RESTR-02.01",
        "BR-COM-CL-RESTR-02.02",
        "BR-LEAD-10-S10",
        "BR-OENRON-01",
        "BR-REQ-20-01",
        "BR-REQ-20-04",
        "BR-REQ-30",
        "BR-REQ-40",
        "BR-RESP-40",
        "BR-RESP-80-S10",
        "BR-RESP-80-S20",
        "BR-TC-10",
        "BR-TC-11",
    }
)
# The rules about the operator and its representatives are errors, as is a missing scheme of an electronic address.
ERRORS = ("BR-RESP-10-", "BR-RESP-20-", "BR-OTH-08")


def severity_211(rule: str, kind: Kind) -> Severity:
    """Return the weight of a rule of 2.1.1 in a request or a response."""
    if rule in WARNINGS:
        return Severity.WARNING
    if rule.startswith(ERRORS) or (kind is Kind.RESPONSE and rule.startswith("BR-OTH-06-")):
        return Severity.ERROR
    return Severity.FATAL
