"""What a signature lets others do after it: DocMDP, FieldMDP, and the lock of its field (ISO 32000-2, 12.8.2)."""

from dataclasses import dataclass

from signing.pades.later import Kind, Later
from signing.pades.objects import Pdf, Value, entries, items, name, resolve, text
from signing.types import Finding

#: Material for later verification, time-stamps and what goes with them never break a signature.
_ALWAYS = frozenset({Kind.VALIDATION_DATA, Kind.TIMESTAMP, Kind.METADATA})
_ALLOWED = {
    1: _ALWAYS,
    2: _ALWAYS | {Kind.FORM, Kind.SIGNATURE},
    3: _ALWAYS | {Kind.FORM, Kind.SIGNATURE, Kind.ANNOTATION},
}
_DEFAULT = 2


@dataclass(frozen=True, slots=True)
class Permissions:
    """The level of DocMDP (1: nothing, 2: forms and signatures, 3: annotations too), and the fields that are locked."""

    level: int | None = None
    #: All, Include or Exclude; None when no field is locked.
    action: str | None = None
    fields: frozenset[str] = frozenset()

    def locks(self, field: str) -> bool:
        """Tell whether a field may not change."""
        if self.action == "All":
            return True
        listed = any(field == item or field.startswith(f"{item}.") for item in self.fields)
        return (self.action == "Include" and listed) or (self.action == "Exclude" and not listed)


def permissions(pdf: Pdf, signature: dict[str, Value], lock: Value = None) -> Permissions:
    """Read what a signature dictionary, and the lock of its field, allow afterwards; the stricter level holds."""
    levels: list[int] = []
    action, fields = _locked(pdf, entries(pdf, lock))
    for item in items(pdf, signature.get("/Reference")):
        reference = entries(pdf, item)
        params = entries(pdf, reference.get("/TransformParams"))
        method = name(pdf, reference.get("/TransformMethod"))
        if method == "DocMDP":
            levels.append(_level(pdf, params.get("/P"), _DEFAULT))
        elif method == "FieldMDP":
            action, fields = _locked(pdf, params)
    stated = entries(pdf, lock).get("/P")
    if stated is not None:
        levels.append(_level(pdf, stated, _DEFAULT))
    return Permissions(min(levels, default=None), action, fields)


def _level(pdf: Pdf, value: Value, default: int) -> int:
    """Return a level of DocMDP; one that is none is the strictest."""
    found = resolve(pdf, value)
    if found is None:
        return default
    return found if isinstance(found, int) and found in _ALLOWED else 1


def _locked(pdf: Pdf, params: dict[str, Value]) -> tuple[str | None, frozenset[str]]:
    named = frozenset(filter(None, (text(pdf, item) for item in items(pdf, params.get("/Fields")))))
    return name(pdf, params.get("/Action")), named


def exceeded(allowed: Permissions, later: Later) -> list[Finding]:
    """Say what later revisions did beyond what a signature allows."""
    found = []
    if allowed.level is not None and later.kinds - _ALLOWED[allowed.level] - {Kind.PAGE, Kind.UNDEFINED}:
        found.append(Finding("pdf.docmdp_exceeded", {"level": allowed.level}))
    broken = [field for field in later.filled if allowed.locks(field)]
    if broken:
        found.append(Finding("pdf.field_locked", {"field": ", ".join(broken[:5])}))
    return found
