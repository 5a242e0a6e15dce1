"""Turn a CMS SignedData into the facts of its signatures; nothing is judged here."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import PurePath

from signing import limits
from signing.cades import attributes, levels, oids, signed_data
from signing.cades.algorithms import UnknownAlgorithm
from signing.cades.armour import unarmoured
from signing.cades.attributes import Stated
from signing.cades.ber import BadBer, Node, parse
from signing.cades.content import Subject, subjects
from signing.cades.imprints import Place
from signing.cades.matching import Match, Target, match
from signing.cades.material import Material, of_signature
from signing.cades.signed_data import SignedData, SignerInfo
from signing.cades.stamps import Budget, Stamps
from signing.errors import Unverifiable
from signing.facts import AlgorithmUse, Reference, SignatureFacts, SignerStatus, StampFacts
from signing.types import Content, Coverage, Finding, Format, Scope, ScopeKind

_BLANKS = b"\0 \t\r\n"
_EXTENSIONS = {".p7m", ".p7s", ".pkcs7", ".p7", ".cms", ".sig", ".csig", ".cades", ".der", ".pem", ".b64"}


@dataclass(slots=True)
class File:
    """One CMS under reading; ``left`` is how many signatures may still be read, counter-signatures included."""

    signed: SignedData = field(repr=False)
    name: str
    external: tuple[Subject, ...]
    extra_certs: tuple[bytes, ...] = field(repr=False)
    pdf: bool = False
    warnings: tuple[Finding, ...] = ()
    left: int = limits.SIGNATURES
    budget: Budget = field(default_factory=Budget)


def read_file(
    data: bytes, *, name: str, contents: Sequence[Content], extra_certs: Sequence[bytes], ids: str
) -> list[SignatureFacts]:
    """Read a file, in DER, BER, PEM or Base64; see ``signing.cades.read``."""
    if len(data) > limits.FILE_BYTES:
        raise Unverifiable("TOO_LARGE", "cms.too_large", f"{len(data)} bytes")
    signed, warnings = _open(data)
    if signed.content_type == oids.TST_INFO:
        raise Unverifiable("UNSUPPORTED", "cms.is_a_stamp", "a time-stamp token")
    return read_all(File(signed, name, subjects(contents), tuple(extra_certs), warnings=warnings), ids)


def read_external(
    cms: bytes,
    *,
    name: str,
    digest_of: Callable[[str], bytes | None],
    extra_certs: Sequence[bytes],
    ids: str,
    pdf: bool,
) -> list[SignatureFacts]:
    """Read a CMS whose content is known by a digest function; see ``signing.cades.read_signed_data``."""
    if len(cms) > limits.TOKEN_BYTES:
        raise Unverifiable("TOO_LARGE", "cms.too_large", f"{len(cms)} bytes")
    signed, warnings = _open(cms)
    subject = Subject(name, source=digest_of)
    return read_all(File(signed, name, (subject,), tuple(extra_certs), pdf=pdf, warnings=warnings), ids)


def read_all(file: File, ids: str) -> list[SignatureFacts]:
    """Return the facts of every signature of a CMS, each followed by its counter-signatures."""
    several = len(file.signed.signer_nodes) > 1 or not file.pdf
    target = _target(file)
    found: list[SignatureFacts] = []
    for number, node in enumerate(file.signed.signer_nodes, start=1):
        found.extend(_signature(file, node, target, f"{ids}-{number}" if several else ids, depth=0))
    return found


def _open(data: bytes) -> tuple[SignedData, tuple[Finding, ...]]:
    try:
        binary = unarmoured(data)
        outer = parse(binary)
        if signed_data.content_type(outer) != oids.SIGNED_DATA:
            raise Unverifiable("UNSUPPORTED", "cms.not_signed_data", signed_data.content_type(outer))
        signed = signed_data.from_node(outer)
        _ = signed.content
    except signed_data.TooMany as error:
        raise Unverifiable("TOO_LARGE", "cms.too_many", error.detail, offset=error.offset) from error
    except BadBer as error:
        raise Unverifiable("UNREADABLE", "cms.unreadable", error.detail, offset=error.offset) from error
    trailing = binary[outer.end :].strip(_BLANKS)
    return signed, (Finding("cms.trailing_bytes", {"count": len(trailing)}),) if trailing else ()


def _target(file: File) -> Target:
    signed, spend = file.signed, file.budget.spend
    if signed.content is None:
        return Target(signed.content_type, file.external, token_name=file.name, spend=spend)
    embedded = Subject(_content_name(file.name), signed.content, embedded=True)
    outside = file.external[0] if file.pdf else None
    return Target(signed.content_type, (embedded,), token_name=file.name, outside=outside, spend=spend)


def _content_name(name: str) -> str:
    """Name an enclosed document after its file, without the ending that says it is signed."""
    path = PurePath(name)
    return path.stem if path.suffix.lower() in _EXTENSIONS and path.stem else name


def _signature(file: File, node: Node, target: Target, name: str, *, depth: int) -> Iterator[SignatureFacts]:
    """Yield the facts of one signature, then those of its counter-signatures."""
    if file.left == 0:
        return
    file.left -= 1
    try:
        signer = signed_data.signer_info(node)
        countersigners = _countersigners(signer)
        yield _facts(file, signer, target, name, len(countersigners))
    except (BadBer, UnknownAlgorithm, ValueError) as error:
        yield _broken(file, target, name, error)
        return
    if depth == limits.COUNTER_DEPTH:
        return
    over = Target("", (Subject(name, signer.signature),), token_name=file.name, counter_of=name)
    for number, value in enumerate(countersigners, start=1):
        yield from _signature(file, value, over, f"{name}/counter-{number}", depth=depth + 1)


def _countersigners(signer: SignerInfo) -> list[Node]:
    return [
        value
        for attribute in signer.unsigned_attributes
        if attribute.oid == oids.COUNTER_SIGNATURE
        for value in attribute.values
    ]


def _facts(file: File, signer: SignerInfo, target: Target, name: str, counters: int) -> SignatureFacts:
    counter = target.counter_of is not None
    stated = attributes.read(signer, target.content_type, counter=counter)
    material = of_signature(file.signed, signer)
    pool = signed_data.pool(tuple(material.certificates), file.extra_certs)
    matched = match(signer, stated, target, pool)
    checked = matched.checked
    certificate = checked.certificate.der if checked.certificate else None
    status = _status(matched)
    if status is SignerStatus.MISMATCH and not checked.value_intact:
        certificate = None
    claim = levels.Claim(file.signed, signer, checked.ess, material, counter=counter, pdf=file.pdf)
    level = levels.level(claim)
    return SignatureFacts(
        id=name,
        format=_format(level, pdf=file.pdf, counter=counter),
        level=level,
        structure_errors=tuple(_structure_errors(signer, stated, matched, pdf=file.pdf)),
        signer_status=status,
        certificate=certificate,
        signing_certificate_reference_present=checked.ess_present,
        signing_certificate_digest_match=checked.ess_match,
        references=matched.references,
        value_intact=checked.value_intact,
        value=signer.signature,
        constraint_errors=(*checked.constraints, *stated.constraints),
        algorithms=(*checked.uses, *matched.uses),
        signing_time=stated.signing_time,
        stamps=_stamps(file, signer, matched, material, name),
        certificates=tuple(material.certificates),
        crls=tuple(material.crls),
        ocsps=tuple(material.ocsps),
        scope=_scope(matched, target),
        warnings=(*file.warnings, *checked.warnings, *matched.warnings, *_unread(signer)),
        counter_of=target.counter_of,
        counter_signatures=counters,
        extra=_extra(file, signer, stated),
    )


def _status(matched: Match) -> SignerStatus:
    checked = matched.checked
    if checked.certificate is None:
        return SignerStatus.MISSING
    if not checked.ess_present:
        return SignerStatus.UNREFERENCED
    return SignerStatus.IDENTIFIED if checked.ess_match else SignerStatus.MISMATCH


def _format(level: str, *, pdf: bool, counter: bool) -> Format:
    if pdf and not counter:
        return Format.PDF if level == "NOT-ETSI" else Format.PADES
    return Format.CMS if level == "NOT-ETSI" else Format.CADES


def _structure_errors(signer: SignerInfo, stated: Stated, matched: Match, *, pdf: bool) -> Iterator[Finding]:
    yield from stated.errors
    subject = matched.subject
    if signer.signed is None and subject is not None and attributes.looks_like_attributes(subject.data):
        yield Finding("cms.content_is_attributes")
    if pdf and subject is not None and subject.embedded and not matched.pdf_digest:
        yield Finding("cms.pdf_content_enclosed")


def _stamps(
    file: File, signer: SignerInfo, matched: Match, material: Material, name: str
) -> tuple[StampFacts, ...]:
    """Read the time-stamps; once the value exists, so do the certificate and the tokens that it signs."""
    basis: set[bytes] = set()
    if matched.checked.ess_match and matched.checked.certificate:
        basis.add(sha256(matched.checked.certificate.der).digest())
    for attribute in signer.signed_attributes:
        if attribute.oid == oids.CONTENT_TIMESTAMP:
            basis |= {sha256(value.raw).digest() for value in attribute.values}
    place = Place(file.signed, signer, matched.subject)
    pool = (*material.certificates, *file.extra_certs)
    return Stamps(
        place, id=name, material=material, pool=pool, basis=frozenset(basis), budget=file.budget
    ).read()


def _scope(matched: Match, target: Target) -> tuple[Scope, ...]:
    """Say what is covered, and of the documents given, what is not."""
    if target.counter_of is not None:
        note = Finding("cms.counter_scope", {"signature": target.counter_of})
        return (Scope(target.counter_of, ScopeKind.CMS_CONTENT, Coverage.FULL, note=note),)
    found = []
    for subject in target.subjects:
        covered = subject is matched.subject and matched.covers
        kind = ScopeKind.CMS_CONTENT if subject.embedded else ScopeKind.DOCUMENT
        digest = subject.digest("sha256") if covered else None
        found.append(
            Scope(
                subject.name,
                kind,
                Coverage.FULL if covered else Coverage.NONE,
                ("sha256", digest.hex()) if digest else None,
            )
        )
        found.extend(subject.entries if covered else ())
    return tuple(found)


def _unread(signer: SignerInfo) -> Iterator[Finding]:
    kinds = {item.oid for item in signer.unsigned_attributes}
    if kinds & oids.EVIDENCE_RECORDS:
        yield Finding("cms.evidence_record_unread")


def _extra(file: File, signer: SignerInfo, stated: Stated) -> dict[str, object]:
    return {
        **stated.extra,
        "content_type": file.signed.content_type,
        "signed_attributes": [item.oid for item in signer.signed_attributes],
        "unsigned_attributes": [item.oid for item in signer.unsigned_attributes],
    }


def _broken(file: File, target: Target, name: str, error: Exception) -> SignatureFacts:
    """Return the facts of a signature whose part of the file cannot be read."""
    detail = str(error)[:200]
    return SignatureFacts(
        id=name,
        format=Format.PDF if file.pdf else Format.CMS,
        level="NOT-ETSI",
        structure_errors=(Finding("cms.unreadable_part", {"detail": detail}),),
        signer_status=SignerStatus.MISSING,
        certificate=None,
        signing_certificate_reference_present=False,
        signing_certificate_digest_match=None,
        references=(Reference(file.name, found=False, intact=False, algorithm="unknown"),),
        value_intact=None,
        value=b"",
        algorithms=(AlgorithmUse("signature", None),),
        certificates=file.signed.certificates,
        warnings=file.warnings,
        counter_of=target.counter_of,
    )
