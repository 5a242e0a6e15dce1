"""Judge a document as the official rules of its version do: readable, well structured, and obeying each business rule."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from dume.espd import rules_41, rules_older, structure
from dume.espd.detect import Detected, detect
from dume.espd.errors import ESPDError, NotAnESPD, UnsupportedVersion
from dume.espd.findings import BLOCKING, Finding, Severity, remembered
from dume.espd.model import Kind, Version
from dume.espd.parse import parse
from dume.espd.scan import Scan, scan
from dume.wording import finding as sentence

#: The official rules of each version. Our own (``PLI-...``) read the model: see ``own_rules``.
RULES: dict[Version, Callable[[Scan], Iterable[Finding]]] = {
    Version.V4_1_0: rules_41.check,
    Version.V4_0_0: rules_41.check,
    Version.V3_3_0: rules_41.check,
    Version.V2_1_1: rules_older.check,
    Version.V1_0_2: rules_older.check,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a document is worth; `version` and `kind` are None when it could not be read."""

    version: str | None
    kind: Kind | None
    findings: tuple[Finding, ...]

    @property
    def valid(self) -> bool:
        """Whether no finding is fatal or an error."""
        return not any(finding.severity in BLOCKING for finding in self.findings)

    def as_json(self, lang: str) -> dict[str, Any]:
        """Return the verdict as the API and the command line give it, its sentences in `lang` (``fr`` or ``en``)."""
        return {
            "version": self.version,
            "kind": None if self.kind is None else self.kind.value,
            "valid": self.valid,
            "findings": [
                {
                    "rule": finding.rule,
                    "severity": finding.severity.value,
                    "message": message(finding, lang),
                    "path": finding.path,
                }
                for finding in self.findings
            ],
        }


def message(finding: Finding, lang: str) -> str:
    """Return the sentence that says what to do about a finding; the technical detail when there is none."""
    said = sentence(finding.params.get("sentence", finding.rule), lang, **finding.params)
    return said or finding.params.get("detail", "")


def validate(data: bytes) -> Verdict:
    """Judge the bytes of a document, readable or not.

    What cannot be read gives ``PLI-XML`` (no version, no kind); an ESPD of another version ``PLI-VERSION-UNSUPPORTED``.
    """
    recognised = recognise(data)
    if isinstance(recognised, Verdict):
        return recognised
    root, detected = recognised
    if _cuts_texts(data):
        root = etree.fromstring(
            data, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        )
    verdict = validate_tree(root, detected.version, detected.kind)
    return replace(verdict, findings=(*verdict.findings, *detected.disagreements))


def recognise(data: bytes) -> tuple[etree._Element, Detected] | Verdict:
    """Return the root of a document and what it is; for other bytes, the verdict that says why they cannot be judged."""
    try:
        root = parse(data)
    except ESPDError as error:
        return _unreadable(error)
    try:
        return root, detect(root)
    except UnsupportedVersion as error:
        kind = Kind.RESPONSE if "Response" in str(root.tag) else Kind.REQUEST
        return Verdict(error.version if error.version[:1].isdigit() else None, kind, (refusal(error),))
    except ESPDError as error:
        return _unreadable(error)


def _unreadable(error: ESPDError) -> Verdict:
    return Verdict(None, None, (refusal(error),))


def refusal(error: ESPDError) -> Finding:
    """Return the finding that says why a file cannot be read, with a sentence of its own."""
    if isinstance(error, UnsupportedVersion):
        unsaid = {} if error.version else {"sentence": "PLI-VERSION-UNSAID"}
        return Finding("PLI-VERSION-UNSUPPORTED", Severity.FATAL, "/", {"version": error.version, **unsaid})
    params = {key: str(value) for key, value in error.params.items()}
    name = error.code.removeprefix("dume.")
    if isinstance(error, NotAnESPD):
        name, params["element"] = f"{name}-{error.name}", error.element
    return Finding(
        "PLI-XML", Severity.FATAL, "/", {"detail": error.message, **params, "sentence": f"PLI-XML-{name}"}
    )


def _cuts_texts(data: bytes) -> bool:
    """Say whether a comment or an instruction touches a text: some official rules look at the pieces it is cut into."""
    if b"\0" in data[:4]:
        # Two bytes for each character: the marks looked for here are not written as such.
        return True
    end = 0
    for found in _ASIDE.finditer(data, _DECLARATION):
        start = found.start()
        if start < end:
            # Inside the comment before.
            continue
        ending = _ENDS[found.group()]
        end = data.find(ending, start) + len(ending)
        if end < start:
            return False
        if data[data.rfind(b">", 0, start) + 1 : start].strip() or data[end : data.find(b"<", end)].strip():
            return True
    return False


#: Where the XML declaration is over.
_DECLARATION = 5
_ENDS = {b"<!--": b"-->", b"<?": b"?>"}
_ASIDE = re.compile(rb"<!--|<\?")


def validate_tree(root: etree._Element, version: Version, kind: Kind) -> Verdict:
    """Judge a parsed document: its structure, then the official rules of its version."""
    with remembered():
        findings = _findings(root, version, kind)
    return Verdict(version.value, kind, tuple(findings))


def _findings(root: etree._Element, version: Version, kind: Kind) -> list[Finding]:
    laid_out = scan(root, version, kind)
    findings = list(structure.check(root, version, kind))
    rules = RULES.get(version)
    if rules is None:
        findings.append(Finding("PLI-ENGINE-PARTIAL", Severity.INFO, "/", {"version": version}))
    else:
        findings.extend(rules(laid_out))
    return findings
