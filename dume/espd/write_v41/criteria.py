"""Write criteria with their groups, properties and the values required; a criterion once written is kept as text. Pure."""

from functools import lru_cache

from dume.espd.model import Criterion, Group, Legislation, Period, Property
from dume.espd.taxonomy import taxonomy
from dume.espd.ubl import EXPECTED
from dume.espd.write_v41.fragments import NO_EXTRAS, Extras, aggregate, code, leaf, optional, taxonomy_id
from dume.espd.write_v41.values import period, value_leaf

#: How many different criteria stay ready as text: the 62 of the taxonomy for a few buyers' wordings and thresholds.
KEPT = 512


def criterion(value: Criterion, path: str, extras: Extras) -> str:
    """Write a criterion at a path such as ``/cac:TenderingCriterion[3]``."""
    if path in extras:
        return _criterion(value, path, extras)
    return _kept(value)


@lru_cache(maxsize=KEPT)
def _kept(value: Criterion) -> str:
    """Write a criterion nothing was added to."""
    return _criterion(value, "/cac:TenderingCriterion", NO_EXTRAS)


def _criterion(value: Criterion, path: str, extras: Extras) -> str:
    parts = [
        ("ID", taxonomy_id("ID", value.id)),
        ("CriterionTypeCode", code("CriterionTypeCode", value.code)),
        ("Name", leaf("Name", value.name)),
        ("Description", leaf("Description", value.description)),
    ]
    parts += [("ProcurementProjectLotReference", lot_reference(lot)) for lot in value.lots]
    parts += [
        ("Legislation", _legislation(each, f"{path}/cac:Legislation[{index}]", extras))
        for index, each in enumerate(value.legislations, 1)
    ]
    name = "TenderingCriterionPropertyGroup"
    parts += [
        (name, _group(each, f"{path}/cac:{name}[{index}]", extras))
        for index, each in enumerate(value.groups, 1)
    ]
    return aggregate(path, parts, extras)


def lot_reference(lot: str) -> str:
    """Write a reference to a lot."""
    return (
        f"<cac:ProcurementProjectLotReference>{taxonomy_id('ID', lot)}</cac:ProcurementProjectLotReference>"
    )


def _legislation(value: Legislation, path: str, extras: Extras) -> str:
    language = aggregate(f"{path}/cac:Language", [("LocaleCode", code("LocaleCode", value.language))], extras)
    parts = [
        ("ID", taxonomy_id("ID", value.id) if value.id else ""),
        ("Title", leaf("Title", value.title)),
        ("Description", optional("Description", value.description)),
        ("JurisdictionLevel", optional("JurisdictionLevel", value.level)),
        ("Article", optional("Article", value.article)),
        ("URI", optional("URI", value.uri)),
        ("Language", language),
    ]
    return aggregate(path, parts, extras)


def _group(value: Group, path: str, extras: Extras) -> str:
    name = "SubsidiaryTenderingCriterionPropertyGroup"
    parts = [
        ("ID", taxonomy_id("ID", value.path)),
        ("PropertyGroupTypeCode", code("PropertyGroupTypeCode", _type(value))),
    ]
    parts += [
        (
            "TenderingCriterionProperty",
            _property(each, f"{path}/cac:TenderingCriterionProperty[{index}]", extras),
        )
        for index, each in enumerate(value.properties, 1)
    ]
    parts += [
        (name, _group(each, f"{path}/cac:{name}[{index}]", extras))
        for index, each in enumerate(value.groups, 1)
    ]
    return aggregate(path, parts, extras)


def _type(value: Group) -> str:
    """Return the code of a group: the official one (three groups of C36 have ``Rating``) unless the condition differs."""
    official = taxonomy().group(value.path)
    return (
        official.code
        if official is not None and official.condition is value.condition
        else value.condition.value
    )


def _property(value: Property, path: str, extras: Extras) -> str:
    parts = [
        ("ID", taxonomy_id("ID", value.id)),
        ("Name", optional("Name", value.name)),
        ("Description", leaf("Description", value.description)),
        ("TypeCode", code("TypeCode", value.type.value)),
        ("ValueDataTypeCode", code("ValueDataTypeCode", value.value_type)),
    ]
    if value.expected is not None and not isinstance(value.expected, Period):
        element = EXPECTED.get(value.value_type, "ExpectedDescription")
        parts.append((element, value_leaf(element, value.expected, value.path, value.value_type)))
    level = "CertificationLevelDescription"
    parts.append((level, optional(level, value.certification_level)))
    if isinstance(value.expected, Period):
        parts.append(("ApplicablePeriod", period(value.expected, f"{path}/cac:ApplicablePeriod", extras)))
    return aggregate(path, parts, extras)
