"""Know what became of the codes of older lists."""

from dume.espd.model import Role

# Lists EORoleType (2.1.1) and TendererRole (1.0.2) to eo-role-type (4.1.0).
ROLES = {
    "SCLE": Role.SOLE,
    "MT": Role.SOLE,
    "LE": Role.LEAD,
    "CL": Role.LEAD,
    "GM": Role.MEMBER,
    "CM": Role.MEMBER,
    "OERON": Role.RELIED_UPON,
    "OENRON": Role.SUBCONTRACTOR,
    "SC": Role.SUBCONTRACTOR,
    **{role.value.upper(): role for role in Role},
}
OLD_ROLES = {
    Role.SOLE: "SCLE",
    Role.LEAD: "LE",
    Role.MEMBER: "GM",
    Role.RELIED_UPON: "OERON",
    Role.SUBCONTRACTOR: "SC",
}
SIZES = {size: size.lower() for size in ("MICRO", "SMALL", "MEDIUM", "SME", "LARGE")}
# What 4.1.0 writes around the criteria in its own words: nothing of the source is lost with these.
REWRITTEN = frozenset(
    (
        "UBLVersionID",
        "CustomizationID",
        "ProfileID",
        "ProfileExecutionID",
        "VersionID",
        "QualificationApplicationTypeCode",
    )
)
# List ProcedureType (1.0.2, 2.1.1) to procurement-procedure-type (4.1.0).
PROCEDURES = {
    "OPEN": "open",
    "RESTRICTED": "restricted",
    "RESTRICTED_ACCELERATED": "restricted",
    "NEGOTIATED": "neg-w-call",
    "NEGOTIATED_ACCELERATED": "neg-w-call",
    "COMP_NEGOTIATION": "neg-w-call",
    "COMP_DIALOGUE": "comp-dial",
    "INNOVATION": "innovation",
    "NEGOTIATED_WO_CALL": "neg-wo-call",
    "AWARD_WO_PUB": "neg-wo-call",
    "AWARD_DIRECT": "neg-wo-call",
}
OLD_PROCEDURES = {
    "open": "OPEN",
    "restricted": "RESTRICTED",
    "neg-w-call": "COMP_NEGOTIATION",
    "comp-dial": "COMP_DIALOGUE",
    "innovation": "INNOVATION",
    "neg-wo-call": "NEGOTIATED_WO_CALL",
}
