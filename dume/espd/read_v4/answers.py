"""Read the responses of a document as answers, each with its occurrence. Pure."""

import re
from collections.abc import Callable, Mapping

from lxml import etree

from dume.espd.model import Amount, Answer, Code, Identifier, Quantity, Value
from dume.espd.read_v4.criteria import lot_reference, period
from dume.espd.read_v4.nodes import Node, boolean, clock, day, decimal, identifier
from dume.espd.taxonomy import taxonomy
from dume.espd.write_v41.answers import element_of

_ELEMENTS = (
    "Description", "ResponseAmount", "ResponseCode", "ResponseDate", "ResponseID", "ResponseIndicator",
    "ResponseNumeric", "ResponseQuantity", "ResponseTime", "ResponseURI",
)  # fmt: skip
PROOF = "EVIDENCE_IDENTIFIER"
_CONVERTERS: Mapping[str, Callable[[str], Value | None]] = {
    "ResponseDate": day,
    "ResponseIndicator": boolean,
    "ResponseNumeric": decimal,
    "ResponseTime": clock,
}
_INDEX = re.compile(r"/R([1-9][0-9]{0,6})")
_INDEXES = re.compile(r"(?:/R[1-9][0-9]{0,6})+")


class Reader:
    """Read responses one after the other; `types` gives the value type of each property id."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self.types = types
        self._odd: dict[str, int] = {}

    def answer(self, node: Node) -> Answer | None:
        """Read a response; one whose value fits no shape, or not its question's, is none."""
        name, owner = node.word("ID"), node.word("ValidatedCriterionPropertyID")
        value_type = self.types.get(owner, "")
        value = self._value(node, value_type)
        if value is None or not owner:
            return None
        occurrence = self._occurrence(name, owner)
        lots = node.each("ProcurementProjectLotReference", lot_reference)
        node.close()
        proofs = (value.value,) if value_type == PROOF and isinstance(value, Identifier) else ()
        return Answer(owner, value, occurrence[0], lots, id=occurrence[1], evidences=proofs)

    def _occurrence(self, name: str, owner: str) -> tuple[tuple[int, ...], str]:
        """Return the indexes in a response's identifier, or by document order and the odd identifier itself."""
        indexes = name.removeprefix(owner)
        if name.startswith(owner) and _INDEXES.fullmatch(indexes):
            return tuple(int(index) for index in _INDEX.findall(indexes)), ""
        known = taxonomy().property(owner)
        self._odd[owner] = self._odd.get(owner, 0) + 1
        levels = max(known.levels if known is not None else 1, 1)
        return (self._odd[owner], *(1,) * (levels - 1)), name

    @staticmethod
    def _value(node: Node, value_type: str) -> Value | None:
        """Take the value, from whatever element holds it, when the writer would put it there again."""
        if node.has("ApplicablePeriod"):
            return period(node.one("ApplicablePeriod"))
        if node.has("EvidenceSupplied"):
            supplied = node.one("EvidenceSupplied")
            found = supplied.identifier("ID") if value_type == PROOF else None
            supplied.close()
            return found
        inside = node.one("ResponseValue")
        element = next((each for each in _ELEMENTS if inside.has(each)), "")
        value = _simple(inside, element)
        inside.skip("ID")
        inside.close()
        return value if value is not None and element_of(value, value_type) == element else None


def _simple(node: Node, element: str) -> Value | None:
    """Take a value from the element of its shape."""
    held = node.peek(element)
    if held is None:
        return None
    converter = _CONVERTERS.get(element)
    if converter is not None:
        node.first(element)
        return converter((held.text or "").strip())
    if element in ("ResponseAmount", "ResponseQuantity"):
        return _measured(node, element, held)
    node.first(element)
    if element == "ResponseCode":
        return Code((held.text or "").strip(), held.get("listID", "").strip())
    return identifier(held) if element == "ResponseID" else held.text or ""


def _measured(node: Node, element: str, held: etree._Element) -> Value | None:
    """Take an amount with its currency or a quantity with its unit."""
    number = node.value(element, decimal)
    if number is None:
        return None
    if element == "ResponseAmount":
        return Amount(number, held.get("currencyID", "").strip())
    return Quantity(number, held.get("unitCode", "").strip())
