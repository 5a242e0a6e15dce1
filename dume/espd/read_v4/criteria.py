"""Read the criteria of a 4.1.0 document: groups, properties and the values required. Pure."""

from dume.espd.model import (
    Amount,
    Code,
    Condition,
    Criterion,
    Group,
    Legislation,
    Period,
    Property,
    PropertyType,
    Quantity,
    Value,
)
from dume.espd.read_v4.nodes import Node, boolean, day, decimal
from dume.espd.taxonomy import strip, taxonomy
from dume.espd.ubl import EXPECTED

_GROUP = "TenderingCriterionPropertyGroup"


def criterion(node: Node) -> Criterion:
    """Read a criterion."""
    identifier, code = node.word("ID"), node.word("CriterionTypeCode")
    known = taxonomy().by_id.get(identifier) or taxonomy().by_code.get(code)
    value = Criterion(
        id=identifier,
        code=code,
        tag=known.tag if known else "",
        name=node.text("Name"),
        description=node.text("Description"),
        lots=node.each("ProcurementProjectLotReference", lot_reference),
        legislations=node.each("Legislation", _legislation),
        groups=_groups(node, _GROUP),
    )
    node.close()
    return value


def lot_reference(node: Node) -> str:
    """Read a reference to a lot."""
    value = node.word("ID")
    node.close()
    return value


def _legislation(node: Node) -> Legislation:
    language = node.one("Language")
    value = Legislation(
        id=node.word("ID"),
        title=node.text("Title"),
        description=node.text("Description"),
        level=node.text("JurisdictionLevel"),
        article=node.text("Article"),
        uri=node.text("URI"),
        language=language.word("LocaleCode"),
    )
    language.close()
    node.close()
    return value


def _groups(node: Node, name: str) -> tuple[Group, ...]:
    """Read the groups under a parent and count those of equal path."""
    seen: dict[str, int] = {}

    def read(child: Node) -> Group:
        path = child.word("ID")
        seen[path] = seen.get(path, 0) + 1
        value = Group(
            path=path,
            condition=_condition(child.word("PropertyGroupTypeCode"), path),
            occurrence=seen[path],
            properties=child.each("TenderingCriterionProperty", _property),
            groups=_groups(child, f"Subsidiary{_GROUP}"),
        )
        child.close()
        return value

    return node.each(name, read)


def _condition(code: str, path: str) -> Condition:
    """Return the condition a code says; a code that is none leaves it to the taxonomy."""
    if code in set(Condition):
        return Condition(code)
    known = taxonomy().group(path)
    return known.condition if known is not None else Condition.ALWAYS


def _property(node: Node) -> Property | None:
    """Read a property; one of an unknown type is none."""
    identifier, type_code, value_type = node.word("ID"), node.word("TypeCode"), node.word("ValueDataTypeCode")
    if type_code not in set(PropertyType):
        return None
    known = taxonomy().property(identifier)
    value = Property(
        id=identifier,
        path=known.path if known is not None else strip(identifier),
        type=PropertyType(type_code),
        value_type=value_type,
        description=node.text("Description"),
        name=node.text("Name"),
        expected=_expected(node, value_type),
        certification_level=node.text("CertificationLevelDescription"),
    )
    node.close()
    return value


def _expected(node: Node, value_type: str) -> Value | None:
    """Take the value required from the element of its value type."""
    element = EXPECTED.get(value_type, "ExpectedDescription")
    if not node.has(element):
        return None
    if element == "ApplicablePeriod":
        return period(node.one(element))
    if element in ("ExpectedID", "ExpectedDescription", "ExpectedURI", "ExpectedCode"):
        return _words(node, element)
    if element == "ExpectedIndicator":
        return node.value(element, boolean)
    return _number(node, element, value_type)


def _words(node: Node, element: str) -> Value | None:
    if element == "ExpectedID":
        return node.identifier(element)
    found = node.first(element)
    if found is None:
        return None
    if element == "ExpectedCode":
        return Code((found.text or "").strip(), found.get("listID", "").strip())
    return found.text or ""


def _number(node: Node, element: str, value_type: str) -> Value | None:
    """Take an amount, a quantity or a plain number."""
    if element.endswith("Amount"):
        found = node.peek(element)
        amount = node.value(element, decimal)
        return (
            Amount(amount, found.get("currencyID", "").strip())
            if found is not None and amount is not None
            else None
        )
    value = node.value(element, decimal)
    if value is None or "QUANTITY" not in value_type:
        return value
    return Quantity(value, "YEAR" if value_type.endswith("QUANTITY_YEAR") else "")


def period(node: Node) -> Period:
    """Read a period of days."""
    value = Period(node.value("StartDate", day), node.value("EndDate", day), node.text("Description"))
    node.close()
    return value
