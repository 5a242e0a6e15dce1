"""Read which signature policy a signature claims (EN 319 132-1, 5.2.9), and check the policy when it is embedded."""

from lxml import etree

from signing.types import Finding
from signing.xades.names import first, properties
from signing.xades.subject import Subject
from signing.xml import algorithms
from signing.xml.algorithms import DIGESTS
from signing.xml.parse import local
from signing.xml.transforms import decoded


def describe(subject: Subject) -> dict[str, object]:
    """Return ``signature_policy`` for the extra facts: identifier, ``implied``, and where it is published.

    A policy that is stored in the signature and has not the digest that was signed is a constraint error; one that is
    not at hand is a warning.
    """
    holder = first(subject.signed_signature_properties, "SignaturePolicyIdentifier")
    if holder is None:
        return {}
    stated = first(holder, "SignaturePolicyId")
    if stated is None:
        return {"signature_policy": {"identifier": None, "implied": True, "url": None}}
    identifier = _text(first(stated, "SigPolicyId", "Identifier"))
    url = _text(first(stated, "SigPolicyQualifiers", "SigPolicyQualifier", "SPURI"))
    _check(subject, first(stated, "SigPolicyHash"), identifier or "-")
    return {"signature_policy": {"identifier": identifier, "implied": False, "url": url}}


def _check(subject: Subject, stated: "etree._Element | None", identifier: str) -> None:
    parts = {} if stated is None else {local(part): part for part in stated.iterdescendants()}
    stored = _stored(subject)
    method, value = parts.get("DigestMethod"), parts.get("DigestValue")
    name = None if method is None else DIGESTS.get(method.get("Algorithm", ""))
    if stored is None or name is None or value is None:
        subject.warnings.append(Finding("xml.policy_not_at_hand", {"policy": identifier}))
    elif algorithms.digest(name, stored) != decoded(value.text):
        subject.constraints.append(Finding("xml.policy_changed", {"policy": identifier}))


def _stored(subject: Subject) -> bytes | None:
    """Return the policy document of the unsigned property SignaturePolicyStore."""
    for element in subject.unsigned:
        if local(element) == "SignaturePolicyStore":
            for document in properties(element, "SignaturePolicyDocument"):
                return decoded(document.text)
    return None


def _text(element: "etree._Element | None") -> str | None:
    return None if element is None else (element.text or "").strip() or None
