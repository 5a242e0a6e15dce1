"""Read the award criteria of a lot with their weights."""

from decimal import Decimal

from lxml import etree

from procurement.core.text import _
from procurement.notices.reader.draft import Criterion
from procurement.notices.reader.report import NS, ItemKind, Place
from procurement.notices.reader.values import EXTENSION, Source

__all__ = ["read_criteria"]

KINDS = frozenset({"price", "cost", "quality"})
PERCENT = "percentage"
POINTS = "points"
RANK = "rank"
# The scale of each weight code (BT-5421), and what it multiplies the number by to give a percentage or
# points.
_SCALES = {
    "per-exa": (PERCENT, Decimal(1)),
    "per-mid": (PERCENT, Decimal(1)),
    "dec-exa": (PERCENT, Decimal(100)),
    "dec-mid": (PERCENT, Decimal(100)),
    "poi-exa": (POINTS, Decimal(1)),
    "poi-mid": (POINTS, Decimal(1)),
    "ord-imp": (RANK, Decimal(1)),
}
_MIDDLES = frozenset({"per-mid", "dec-mid", "poi-mid"})
_HUNDRED = Decimal(100)


def read_criteria(source: Source, lot: etree._Element, scope: str) -> tuple[Criterion, ...]:
    """Return the criteria in the order of the notice; a sum that is not 100 % is remarked upon."""
    terms = "cac:TenderingTerms/cac:AwardingTerms/cac:AwardingCriterion"
    nodes = lot.iterfind(f"{terms}/cac:SubordinateAwardingCriterion", NS)
    criteria = tuple(_criterion(source, node, f"{scope}.criteria[{rank}]") for rank, node in enumerate(nodes))
    place = Place(f"{scope}.criteria", _("Critères d’attribution"))
    formula = source.first(lot, f"{terms}/cbc:CalculationExpression")
    if formula is not None:
        source.doubt([formula], place, _("Formule de calcul des critères : à reprendre à la main."))
    weights = [one.weight for one in criteria if one.scale == PERCENT and one.weight is not None]
    if weights and sum(weights) != _HUNDRED:
        message = _("Les pondérations font %(total)s %%, et non 100 %% : à corriger.")
        source.ledger.remark(ItemKind.DOUBTFUL, place, message, total=sum(weights))
    return criteria


def _criterion(source: Source, node: etree._Element, scope: str) -> Criterion:
    weight, scale = _weight(source, node, Place(f"{scope}.weight", _("Pondération")))
    return Criterion(
        kind=source.code(
            node, "cbc:AwardingCriterionTypeCode", Place(f"{scope}.kind", _("Type de critère")), KINDS
        ),
        name=source.line(node, "cbc:Name", Place(f"{scope}.name", _("Critère"))),
        description=source.block(
            node, "cbc:Description", Place(f"{scope}.description", _("Précisions sur le critère"))
        ),
        weight=weight,
        scale=scale,
    )


def _weight(source: Source, node: etree._Element, place: Place) -> tuple[Decimal | None, str]:
    """Return the weight and its scale out of the first parameter that is a weight."""
    for parameter in node.iterfind(f"{EXTENSION}/efac:AwardCriterionParameter", NS):
        code = source.first(parameter, "efbc:ParameterCode[@listName='number-weight']")
        number = source.first(parameter, "efbc:ParameterNumeric")
        if code is not None and number is not None:
            return _judge(source, code, number, place)
    return None, ""


def _judge(
    source: Source, code: etree._Element, number: etree._Element, place: Place
) -> tuple[Decimal | None, str]:
    value, kind = source.number(number), (code.text or "").strip()
    if value is None or value < 0 or kind not in _SCALES:
        source.doubt([code, number], place, _("Pondération illisible : non reprise."))
        return None, ""
    scale, factor = _SCALES[kind]
    if scale == RANK:
        source.doubt([code, number], place, _("Ordre d’importance sans pondération : à chiffrer."))
        return None, RANK
    if kind in _MIDDLES:
        source.doubt([code, number], place, _("Milieu d’une fourchette : pondération à fixer."))
    else:
        source.take([code, number], place)
    return value * factor, scale
