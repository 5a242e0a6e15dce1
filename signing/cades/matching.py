"""Find which document a signature is over, and compare it with what was signed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

from signing.cades.algorithms import UnknownAlgorithm
from signing.cades.attributes import Stated
from signing.cades.certificate import Certificate
from signing.cades.content import Subject
from signing.cades.signed_data import SignerInfo
from signing.cades.value import Checked, check
from signing.facts import AlgorithmUse, Reference
from signing.types import Finding

_SHA1_BYTES = 20


@dataclass(frozen=True, slots=True)
class Target:
    """What a signature may be over. ``outside`` is the PDF around a CMS that encloses a content of its own."""

    content_type: str
    subjects: tuple[Subject, ...]
    token_name: str
    counter_of: str | None = None
    outside: Subject | None = None
    #: Counts bytes to digest, and says when enough is enough.
    spend: Callable[[int], bool] = field(default=lambda _: True, repr=False)


@dataclass(slots=True)
class Match:
    """What was found: ``subject`` is the signed document, when it is at hand."""

    checked: Checked
    subject: Subject | None = None
    references: tuple[Reference, ...] = ()
    uses: tuple[AlgorithmUse, ...] = ()
    warnings: list[Finding] = field(default_factory=list)
    #: The subject's digest is the signed one.
    covers: bool = False
    #: The enclosed content is the PDF's SHA-1 (the withdrawn adbe.pkcs7.sha1).
    pdf_digest: bool = False


def match(signer: SignerInfo, stated: Stated, target: Target, pool: Sequence[Certificate]) -> Match:
    """Check a signature against the documents it may be over; raises BadBer on broken attributes."""
    try:
        algorithm = signer.digest
    except UnknownAlgorithm as error:
        return _unknown(signer, target, pool, str(error))
    if signer.signed is None:
        return _without_attributes(signer, target, pool, algorithm)
    matched = Match(check(signer, pool, content=None, hashed=None, use="signature"))
    subject, equal = _by_digest(target, algorithm, stated.message_digest, matched)
    _conclude(matched, target, subject, algorithm, intact=equal)
    return matched


def _by_digest(
    target: Target, algorithm: str, expected: bytes | None, matched: Match
) -> tuple[Subject | None, bool]:
    """Return the document whose digest was signed; without one, the only one given, which then is another or altered."""
    for subject in target.subjects:
        if expected is not None and subject.digest(algorithm) == expected:
            return subject, True
    known = [subject for subject in target.subjects if subject.digest(algorithm) is not None]
    if len(known) == 1 and len(target.subjects) == 1:
        return known[0], False
    if target.subjects and not known:
        matched.warnings.append(Finding("cms.digest_not_given", {"algorithm": algorithm}))
    elif target.subjects:
        matched.warnings.append(_not_matched(target))
    return None, False


def _not_matched(target: Target) -> Finding:
    """Say that no document given is the signed one; its name is a hint, no more."""
    hints = {target.token_name, PurePath(target.token_name).stem}
    named = next((subject.name for subject in target.subjects if PurePath(subject.name).name in hints), None)
    if named is None:
        return Finding("cms.content_not_matched", {"count": len(target.subjects)})
    return Finding("cms.content_altered", {"name": named})


def _without_attributes(
    signer: SignerInfo, target: Target, pool: Sequence[Certificate], algorithm: str
) -> Match:
    """Check a value that is directly over the content (RFC 5652, 5.4), trying each document."""
    best: Match | None = None
    for subject in target.subjects:
        if not target.spend(len(subject.data or b"")):
            return _too_costly(signer, target, pool, algorithm)
        hashed = subject.digest(algorithm) if subject.data is None else None
        checked = check(signer, pool, content=subject.data, hashed=hashed, use="signature")
        attempt = Match(checked)
        at_hand = subject.data is not None or hashed is not None
        _conclude(attempt, target, subject if at_hand else None, algorithm, intact=True)
        if checked.value_intact or best is None:
            best = attempt
        if checked.value_intact:
            return best
    if best is not None and len(target.subjects) == 1:
        return best
    missing = Match(check(signer, pool, content=None, hashed=None, use="signature"))
    missing.warnings.extend([_not_matched(target)] if target.subjects else [])
    _conclude(missing, target, None, algorithm, intact=False)
    return missing


def _too_costly(signer: SignerInfo, target: Target, pool: Sequence[Certificate], algorithm: str) -> Match:
    """Give up on a value over a long content, when many signatures are over it."""
    matched = Match(check(signer, pool, content=None, hashed=None, use="signature"))
    matched.warnings.append(Finding("cms.too_costly"))
    _conclude(matched, target, None, algorithm, intact=False)
    return matched


def _conclude(
    matched: Match, target: Target, subject: Subject | None, algorithm: str, *, intact: bool
) -> None:
    matched.subject = subject
    matched.covers = intact
    matched.uses = (AlgorithmUse("message-digest", algorithm),)
    name = subject.name if subject else _hoped(target)
    matched.references = (Reference(name, found=subject is not None, intact=intact, algorithm=algorithm),)
    if target.outside is not None and subject is not None:
        _conclude_pdf(matched, target.outside, subject)


def _conclude_pdf(matched: Match, outside: Subject, subject: Subject) -> None:
    """Compare the PDF with an enclosed SHA-1 of it; any other enclosed content is not the PDF at all."""
    (enclosed,) = matched.references
    matched.pdf_digest = subject.data is not None and len(subject.data) == _SHA1_BYTES
    same = matched.pdf_digest and outside.digest("sha1") == subject.data
    inner = Reference(
        enclosed.name, found=True, intact=enclosed.intact, algorithm=enclosed.algorithm, document=False
    )
    document = Reference(outside.name, found=matched.pdf_digest, intact=same, algorithm="sha1")
    matched.references = (inner, document)
    matched.uses = (*matched.uses, AlgorithmUse("message-digest", "sha1"))
    matched.covers = same and enclosed.intact


def _hoped(target: Target) -> str:
    """Name the document that is missing: the only one that was given, else after the token."""
    if len(target.subjects) == 1:
        return target.subjects[0].name
    return PurePath(target.token_name).stem or target.token_name


def _unknown(signer: SignerInfo, target: Target, pool: Sequence[Certificate], detail: str) -> Match:
    """Return what can be said under an unknown digest algorithm: who signed, no more."""
    finding = Finding("cms.unknown_algorithm", {"algorithm": detail})
    named = next((certificate for certificate in pool if signer.names(certificate)), None)
    checked = Checked(certificate=named, value_intact=None if named is None else False, constraints=[finding])
    matched = Match(checked)
    _conclude(matched, target, None, detail, intact=False)
    matched.uses = (AlgorithmUse("message-digest", None),)
    return matched
