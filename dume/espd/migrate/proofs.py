"""Gather what an old document says of proofs: listed apart in 2.1.1, spread over answers in 1.0.2."""

from dataclasses import dataclass, field, replace

from lxml import etree

from dume.espd.migrate.old import child, local, text
from dume.espd.migrate.values import evidence_uri
from dume.espd.model import Evidence, Identifier, Party, Reference

# What is read of a proof in the list of a 2.1.1 document.
LISTED = (
    "ID",
    "Description",
    "ConfidentialityLevelCode",
    "DocumentReference/ID",
    "DocumentReference/Attachment/ExternalReference/URI",
    "DocumentReference/IssuerParty/PartyName/Name",
)
# Read when the document itself names no issuer.
ISSUER = "EvidenceIssuingParty/PartyName/Name"
Key = tuple[str, tuple[int, ...]]


@dataclass(slots=True)
class Proofs:
    """The proofs met so far, by the question and occurrence they answer."""

    _numbers: dict[Key, str] = field(default_factory=dict)
    _found: dict[str, Evidence] = field(default_factory=dict)

    def take(self, key: Key, element: etree._Element, part: str) -> str | None:
        """Take what an element says of the proof at this place; give the proof's number, or nothing."""
        if local(element) in ("EvidenceSupplied", "ResponseID"):
            number = text(element, "ID") or text(element)
            return number or None
        words = text(element)
        address = evidence_uri(element) if local(element) == "Evidence" else None
        uri = text(address) if address is not None else words if local(element).endswith("URI") else ""
        if not (words or uri):
            return None
        number = self._numbers.setdefault(key, f"EVIDENCE-{len(self._numbers) + 1:05d}")
        before = self._found.get(
            number, Evidence(Identifier(number), reference=Reference(Identifier(number)))
        )
        self._found[number] = _with(before, part, words, uri)
        return number

    def evidences(self) -> tuple[Evidence, ...]:
        """List the proofs gathered from answers."""
        return tuple(self._found.values())


def agency_of(element: etree._Element) -> str:
    """Give the agency that numbered a proof, empty when the document does not say."""
    number = child(element, "ID")
    return number.get("schemeAgencyID", "").strip() if number is not None else ""


def _with(proof: Evidence, part: str, words: str, uri: str) -> Evidence:
    """Add one thing said of a proof: its address, its code or who issued it."""
    reference = proof.reference or Reference(proof.id)
    if part == "issuer":
        return replace(proof, issuer=Party(name=words))
    if part == "id":
        return replace(proof, reference=replace(reference, id=Identifier(words)))
    return replace(proof, reference=replace(reference, uri=uri or words))


def listed(element: etree._Element) -> Evidence:
    """Read a proof of the list at the end of a 2.1.1 document."""
    document = child(element, "DocumentReference")
    issuer = child(document, "IssuerParty") if document is not None else None
    reference = None
    if document is not None:
        found = child(document, "ID")
        agency = found.get("schemeAgencyID", "").strip() if found is not None else ""
        uri = text(document, "Attachment", "ExternalReference", "URI")
        reference = Reference(Identifier(text(document, "ID"), agency), uri=uri)
    issuer = child(element, "EvidenceIssuingParty") if issuer is None else issuer
    name = text(issuer, "PartyName", "Name") if issuer is not None else ""
    number = child(element, "ID")
    return Evidence(
        Identifier(
            text(element, "ID"), number.get("schemeAgencyID", "").strip() if number is not None else ""
        ),
        confidentiality=text(element, "ConfidentialityLevelCode"),
        reference=reference,
        issuer=Party(name=name) if name else None,
        description=text(element, "Description"),
    )
