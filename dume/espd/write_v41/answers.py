"""Write an operator's answers: one response per answer, its identifier by the taxonomy's pattern. Pure."""

from datetime import date, time
from decimal import Decimal

from dume.espd.model import Amount, Answer, Code, Identifier, Period, Quantity, Value
from dume.espd.ubl import ANSWERED
from dume.espd.write_v41.criteria import lot_reference
from dume.espd.write_v41.fragments import Extras, aggregate, identifier, taxonomy_id
from dume.espd.write_v41.values import period, value_leaf


def response_id(answer: Answer) -> str:
    """Return the identifier of an answer: its own when it has one, else the property's and one index per level."""
    return answer.id or answer.property + "".join(f"/R{index}" for index in answer.occurrence or (1,))


def element_of(value: Value, value_type: str) -> str:
    """Return the element that holds an answer: the one of its value type, or else the one of the value's shape."""
    known = ANSWERED.get(value_type)
    if known is not None:
        return known
    shapes: tuple[tuple[type, str], ...] = (
        (bool, "ResponseIndicator"), (Amount, "ResponseAmount"), (Code, "ResponseCode"), (Period, "ApplicablePeriod"),
        (Quantity, "ResponseQuantity"), (Identifier, "ResponseID"), (date, "ResponseDate"), (time, "ResponseTime"),
        (Decimal, "ResponseNumeric"),
    )  # fmt: skip
    return next((element for shape, element in shapes if isinstance(value, shape)), "Description")


def answer(value: Answer, value_type: str, path: str, extras: Extras) -> str:
    """Write a response at a path such as ``/cac:TenderingCriterionResponse[7]``."""
    name = response_id(value)
    element = element_of(value.value, value_type)
    parts = [
        ("ID", taxonomy_id("ID", name)),
        ("ValidatedCriterionPropertyID", taxonomy_id("ValidatedCriterionPropertyID", value.property)),
        _held(value.value, element, (value.property, value_type, name), path, extras),
    ]
    parts += [("ProcurementProjectLotReference", lot_reference(lot)) for lot in value.lots]
    return aggregate(path, parts, extras)


def _held(
    value: Value, element: str, where: tuple[str, str, str], path: str, extras: Extras
) -> tuple[str, str]:
    """Return the child of the response that holds the value, and its name."""
    if isinstance(value, Period):
        return "ApplicablePeriod", period(value, f"{path}/cac:ApplicablePeriod", extras)
    if element == "EvidenceSupplied" and isinstance(value, Identifier):
        inside = [("ID", identifier("ID", value))]
        return element, aggregate(f"{path}/cac:EvidenceSupplied", inside, extras)
    owner, value_type, name = where
    parts = [
        ("ID", taxonomy_id("ID", f"{name}/RV")),
        (element, value_leaf(element, value, owner, value_type)),
    ]
    return "ResponseValue", aggregate(f"{path}/cac:ResponseValue", parts, extras)
