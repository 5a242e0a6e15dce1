"""Give an assertion of the official sheets that bears no id the name our rules give it, so that both can be compared."""

import re

from dume.espd.rules_older.facts import lists_102, value_lists
from dume.espd.rules_older.nodes import clark
from dume.espd.rules_older.v102 import FIXED_RULES, SCHEMES

_SUBJECT = re.compile(r"(?:string|count)\(\s*(@?[\w:-]+)")
_STEP = re.compile(r"local-name\(\)='([^']+)'")
# By the name of the element, then by what the test asks about.
_NAMES = {
    "ESPDRequest": {
        "cbc:ID": "DOC-ID",
        "cbc:IssueDate": "DOC-DATE",
        "cac:AdditionalDocumentReference": "DOC-NOTICE",
    },
    "Criterion": {
        "cbc:ID": "CRIT-ID",
        "cbc:Name": "CRIT-NAME",
        "cbc:Description": "CRIT-DESCRIPTION",
        "cbc:TypeCode": "CRIT-TYPE",
        "ccv:LegislationReference": "CRIT-LEGISLATION",
    },
    "RequirementGroup": {"cbc:ID": "GROUP-ID"},
    "Requirement": {
        "cbc:Description": "REQ-DESCRIPTION",
        "cbc:ID": "REQ-ID",
        "@responseDataType": "REQ-TYPE",
    },
    "LegislationReference": {
        "cbc:URI": "LEG-URI",
        "ccv-cbc:Article": "LEG-ARTICLE",
        "ccv-cbc:JurisdictionLevelCode": "LEG-LEVEL",
        "ccv-cbc:Title": "LEG-TITLE",
        "cbc:Description": "LEG-DESCRIPTION",
    },
    "AdditionalDocumentReference": {"cbc:ID": "REF-ID"},
    "ProcurementProjectLot": {"": "LOT-ZERO"},
    "PartyIdentification": {"cbc:ID": "EO-ID"},
    "PartyName": {"cbc:Name": "EO-NAME"},
    "Country": {"cbc:IdentificationCode": "EO-COUNTRY"},
}


def unnamed_rule(sheet: str, context: str, test: str) -> str:
    """Return the name of an assertion of 2.1.1 or 1.0.2, from its sheet's file, its rule's context and its test.

    The sheets of 1.0.2 do not tell the context: `context` is then the place of the element, with ``local-name()``.
    """
    if sheet.startswith("01 ESPD Common CL Attributes"):
        return "BR-OTH-03"
    steps = _STEP.findall(context) or [context.rpartition(":")[2]]
    if sheet.startswith("01 ESPD-codelist-values"):
        return f"CL-{value_lists()[clark(f'cbc:{steps[-1]}')].name}"
    if sheet.startswith("02-ESPD-CL"):
        return "ESPD1-CODE-ATTRIBUTES"
    if sheet.startswith("03-ESPD-ID"):
        return "ESPD1-ID-AGENCY" if "@schemeAgencyID" in test else FIXED_RULES[clark(f"cbc:{steps[-1]}")]
    if "codelist-values" in sheet:
        return f"CL-{_list_of(context, steps[-1])}"
    return f"ESPD1-{_business(steps, test)}"


def _list_of(place: str, local: str) -> str:
    attribute = place.rpartition("/@")[2]
    if attribute in lists_102("request")[1]:
        return lists_102("request")[1][attribute].name
    known = lists_102("request")[0] | lists_102("response")[0]
    return next(of.name for tag, of in known.items() if tag.endswith("}" + local))


def _business(steps: list[str], test: str) -> str:
    last = steps[-1]
    if last == "ID":
        if steps[-2] == "Criterion":
            return "CRIT-ID-AGENCY"
        return next(rule for name, _, rule in SCHEMES if f"@{name}!" in test).removeprefix("ESPD1-")
    if "TED_CN" in test:
        return "REF-NOTICE"
    if "ccv:Response" in test:
        return "ANSWER-TYPE" if "@responseDataType" in test else "ANSWER-ONE"
    found = _SUBJECT.search(test)
    return _NAMES["ESPDRequest" if last == "ESPDResponse" else last][found[1] if found else ""]
