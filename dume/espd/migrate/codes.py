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
