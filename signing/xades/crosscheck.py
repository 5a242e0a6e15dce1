"""Ask a second engine (xmlsec) whether the core of a signature verifies, when it can be asked at all."""

from collections.abc import Sequence

from signing.xades.positions import NOT_FOUND
from signing.xades.references import Outcome
from signing.xades.subject import Subject
from signing.xml.algorithms import Key
from signing.xml.ids import NAMES
from signing.xml.transforms import DS

_XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"


def disagrees(subject: Subject, outcomes: Sequence[Outcome], key: Key | None) -> bool:
    """Tell whether xmlsec refuses a signature whose references are all in its document, and hold.

    The exact nodes that the references were found to name are registered, never every attribute that looks like an
    identifier. An algorithm or a key that xmlsec does not take answers nothing. It is not asked about a signature with
    a manifest, whose entries it would fetch; nor does it read KeyInfo, since it is given the key.
    """
    inside = all(one.target.inside and one.target.place not in NOT_FOUND for one in outcomes)
    if key is None or not inside or not all(one.holds for one in outcomes) or _has_manifest(subject):
        return False
    import xmlsec

    try:
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(key.spki, xmlsec.constants.KeyDataFormatDer)
        _register(context, outcomes)
    except (xmlsec.Error, ValueError):
        return False
    try:
        context.verify(subject.element)
    except xmlsec.VerificationError:
        return True
    except xmlsec.Error:
        return False
    return False


def _has_manifest(subject: Subject) -> bool:
    return any(True for _ in subject.element.iter(f"{{{DS}}}Manifest"))


def _register(context: object, outcomes: Sequence[Outcome]) -> None:
    """Register the identifier of each target, by the attribute that bears it."""
    for outcome in outcomes:
        element, uri = outcome.target.element, outcome.signed.uri or ""
        if element is None or not uri.startswith("#"):
            continue
        for name in NAMES:
            value = element.get(name)
            if value is None or value not in uri:
                continue
            local = name.rpartition("}")[2]
            namespace = _XML_NAMESPACE if name.startswith("{") else None
            context.register_id(element, local, namespace)  # type: ignore[attr-defined]  # xmlsec ships no types
            break
