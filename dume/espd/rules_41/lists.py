"""Check the codes of a document: the attributes that name the list, then the value."""

#: The list of each coded element, as its ``listName`` or, where the rules ask for none, its ``listID`` calls it.
LISTS = {
    "cbc:ConfidentialityLevelCode": "AccessRight",
    "cac:Country/cbc:IdentificationCode": "country",
    "cbc:TypeCode": "CriterionElementType",
    "cbc:ValueCurrencyCode": "Currency",
    "cac:AdditionalDocumentReference/cbc:DocumentTypeCode": "DocrefcontentType",
    "cac:AdditionalReferenceDocument/cbc:DocumentTypeCode": "DocrefcontentType",
    "cac:EconomicOperatorParty/cac:Party/cbc:IndustryClassificationCode": "economic-operator-size",
    "cac:EconomicOperatorParty/cac:EconomicOperatorRole/cbc:RoleCode": "EoRoleType",
    "cbc:ProfileExecutionID": "ProfileExecutionID",
    "cac:TenderingCriterionPropertyGroup/cbc:PropertyGroupTypeCode": "PropertyGroupType",
    "cac:TenderingCriterionProperty/cbc:ValueDataTypeCode": "ResponseDataType",
}
#: The one list whose rule names a group by its identifier.
OCCUPATION = "Occupation"


def unnamed_rule(sheet: str, context: str, test: str) -> str:
    """Return our id for an assertion that has none in its sheet: ``BR-OTH-03`` (attributes) or ``CL-<list>`` (value)."""
    del test
    if "attributes" in sheet.lower():
        return "BR-OTH-03"
    return f"CL-{LISTS.get(context, OCCUPATION)}"
