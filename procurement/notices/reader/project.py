"""Read what is bought: the notice says it in the same words of the whole and of each lot."""

from typing import Any

from lxml import etree

from procurement.core.text import _
from procurement.notices.reader.report import NS, Place
from procurement.notices.reader.values import EXTENSION, Source

__all__ = ["NATURES", "read_project"]

NATURES = frozenset({"works", "supplies", "services"})


def read_project(source: Source, parent: etree._Element, scope: str) -> dict[str, Any]:
    """Return the fields of ``Project`` for the notice (``procedure``) or a lot (``lots[0]``)."""
    node = parent.find("cac:ProcurementProject", NS)
    if node is None:
        return {}
    main = source.cpv(node, *_classification("Main", Place(f"{scope}.cpv", _("Code CPV principal"))))
    return {
        "internal_id": source.line(node, "cbc:ID", Place(f"{scope}.internal_id", _("Référence interne"))),
        "title": source.line(node, "cbc:Name", Place(f"{scope}.title", _("Objet"))),
        "description": source.block(node, "cbc:Description", Place(f"{scope}.description", _("Description"))),
        "note": source.block(node, "cbc:Note", Place(f"{scope}.note", _("Informations complémentaires"))),
        "nature": source.code(
            node, "cbc:ProcurementTypeCode", Place(f"{scope}.nature", _("Nature du contrat")), NATURES
        ),
        "cpv": main[0] if main else "",
        "additional_cpv": source.cpv(
            node,
            *_classification("Additional", Place(f"{scope}.additional_cpv", _("Codes CPV complémentaires"))),
        ),
        "nuts": source.nuts(
            node,
            "cac:RealizedLocation/cac:Address/cbc:CountrySubentityCode",
            Place(f"{scope}.nuts", _("Lieu d’exécution")),
        ),
        **_amounts(source, node, scope),
    }


def _classification(rank: str, place: Place) -> tuple[str, Place]:
    return f"cac:{rank}CommodityClassification/cbc:ItemClassificationCode", place


def _amounts(source: Source, node: etree._Element, scope: str) -> dict[str, Any]:
    total = "cac:RequestedTenderTotal"
    return {
        "estimated": source.amount(
            node,
            f"{total}/cbc:EstimatedOverallContractAmount",
            Place(f"{scope}.estimated", _("Valeur estimée")),
        ),
        "framework_maximum": source.amount(
            node,
            f"{total}/{EXTENSION}/efbc:FrameworkMaximumAmount",
            Place(f"{scope}.framework_maximum", _("Maximum de l’accord-cadre")),
        ),
    }
