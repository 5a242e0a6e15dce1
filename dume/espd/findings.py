"""Say what is wrong with a document: one finding per broken rule and place."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from dume.espd.paths import positions

if TYPE_CHECKING:
    from lxml import etree


class Severity(StrEnum):
    """How much a finding weighs: a document with a fatal or an error is not valid."""

    FATAL = "fatal"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


#: The severities that make a document invalid.
BLOCKING = frozenset({Severity.FATAL, Severity.ERROR})


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule: its official id (or ``PLI-...``, ours), its weight, its place and what its sentence quotes.

    `path` is an XPath with prefixes and positions for a document in XML, a JSON Pointer for one in JSON.
    """

    rule: str
    severity: Severity
    path: str = ""
    params: Mapping[str, str] = field(default_factory=dict)


#: The prefixes of the paths in findings, by namespace.
PREFIXES = {
    "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2": "cac",
    "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2": "cbc",
    "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2": "ext",
    "urn:oasis:names:specification:ubl:schema:xsd:QualificationApplicationRequest-2": "espd-req",
    "urn:oasis:names:specification:ubl:schema:xsd:QualificationApplicationResponse-2": "espd-resp",
    "urn:grow:names:specification:ubl:schema:xsd:ESPDRequest-1": "espd-req",
    "urn:grow:names:specification:ubl:schema:xsd:ESPDResponse-1": "espd-resp",
    "urn:grow:names:specification:ubl:schema:xsd:ESPD-CommonAggregateComponents-1": "espd-cac",
    "urn:grow:names:specification:ubl:schema:xsd:ESPD-CommonBasicComponents-1": "espd-cbc",
    "urn:isa:names:specification:ubl:schema:xsd:CCV-CommonAggregateComponents-1": "ccv",
    "urn:isa:names:specification:ubl:schema:xsd:CCV-CommonBasicComponents-1": "ccv-cbc",
    "urn:isa:names:specification:ubl:schema:xsd:CEV-CommonAggregateComponents-1": "cev",
    "urn:isa:names:specification:ubl:schema:xsd:CEV-CommonBasicComponents-1": "cev-cbc",
}


def short_name(tag: str) -> str:
    """Return ``cbc:ID`` for a tag in Clark notation; a name of an unknown namespace stands alone."""
    namespace, _, local = tag.rpartition("}")
    prefix = PREFIXES.get(namespace[1:], "")
    return f"{prefix}:{local}" if prefix else local


#: The steps of the elements whose places were asked for, and of their neighbours (`remembered`).
_STEPS: ContextVar[dict[object, str] | None] = ContextVar("steps", default=None)


@contextmanager
def remembered() -> Iterator[None]:
    """Remember the places of the documents that findings are about; they must not change meanwhile.

    Without it each place is looked for among its namesakes, and a document with many faults takes a square of the time.
    """
    token = _STEPS.set({})
    try:
        yield
    finally:
        _STEPS.reset(token)


def path_of(element: "etree._Element", attribute: str = "") -> str:
    """Return the XPath of an element (or of its attribute), a position on every step that has namesakes."""
    known = _STEPS.get()
    path = _path(element, {} if known is None else known)
    return path + (f"/@{attribute}" if attribute else "")


def _path(element: "etree._Element", known: dict[object, str]) -> str:
    """Join the steps from the root down to an element."""
    steps: list[str] = []
    at: etree._Element | None = element
    while at is not None:
        parent = at.getparent()
        if parent is None:
            steps.append(short_name(str(at.tag)))
        else:
            if at not in known:
                known.update(positions(parent, lambda each: short_name(str(each.tag))))
            steps.append(known[at])
        at = parent
    return "/" + "/".join(reversed(steps))
