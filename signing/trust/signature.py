"""Decide whether a trusted list is signed by whom it should be (TS 119 612, 5.7; implementing decision (EU) 2015/1505).

A list carries exactly one enveloped XAdES signature over the whole of it; the certificate of its signer is one of those
expected, compared byte by byte. There is no path to build: who may sign is said by the Official Journal for the list of the
lists, and by the list of the lists for the others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from signing.errors import Unverifiable
from signing.facts import SignatureFacts, SignerStatus
from signing.trust.lists import ParsedList, parse
from signing.types import Coverage, Finding, ScopeKind

#: Digests that no list may rest on; lists of the lists up to 2019 still name their signer's certificate by SHA-1, which the
#: comparison with the expected certificates makes harmless.
_WEAK = frozenset({"md5", "sha1", "ripemd160"})
_LEAST_BITS = {"rsa": 2048, "rsa-pss": 2048, "dsa": 2048, "ec": 256}
_WHOLE = frozenset({ScopeKind.XML_ROOT, ScopeKind.DOCUMENT})


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer on a list's signature: who signed it, or why it is refused."""

    signer: bytes | None = field(default=None, repr=False)
    refusal: Finding | None = None

    @property
    def wrong_signer(self) -> bool:
        """Tell whether all is sound but the signer."""
        return self.refusal is not None and self.refusal.code == "trust.wrong_signer"


def verify(data: bytes, expected: Sequence[bytes]) -> Judgement:
    """Judge whether a list is signed by one of the expected certificates (DER)."""
    from signing import xades

    try:
        found = xades.read(data, name="trusted-list.xml", extra_certs=tuple(expected))
    except Unverifiable:
        return Judgement(refusal=Finding("trust.structure"))
    if len(found) != 1:
        return Judgement(refusal=Finding("trust.several_signatures" if found else "trust.unsigned"))
    refusal = _refusal(found[0], frozenset(expected))
    return Judgement(found[0].certificate, None) if refusal is None else Judgement(refusal=refusal)


def verify_lotl(
    data: bytes,
    lotl: ParsedList,
    *,
    base: Sequence[bytes],
    stored: ParsedList | None = None,
    pivots: Mapping[str, bytes] | None = None,
) -> Judgement:
    """Judge whether a list of the lists is signed by a certificate of ``base``, or by one that pivots lead to.

    ``base`` is the set of the Official Journal. A pivot is a former list of the lists that changed the set of signers:
    ``stored``, verified when it was loaded, counts as one; ``pivots`` gives others by address. They are walked oldest first;
    once one has held, each one after it must hold against the set of the one before.
    """
    direct = verify(data, base)
    if not direct.wrong_signer:
        return direct
    known = own_signers(stored) if stored is not None and stored.lotl else ()
    if known and (judged := verify(data, known)).refusal is None:
        return judged
    try:
        walked = _walk(lotl, (*base, *known), pivots or {})
    except _BrokenPivot as error:
        return Judgement(refusal=Finding("trust.pivot", {"name": error.address.rpartition("/")[2]}))
    return verify(data, walked) if walked else direct


def own_signers(lotl: ParsedList) -> tuple[bytes, ...]:
    """Return the certificates that a list of the lists names for its own signers."""
    return signers_of(lotl, lotl.territory, lotl=True)


def signers_of(parsed: ParsedList, territory: str, *, lotl: bool = False) -> tuple[bytes, ...]:
    """Return the certificates that a list names for the signers of another one."""
    return tuple(
        certificate
        for pointer in parsed.pointers
        if pointer.territory == territory and pointer.lotl is lotl
        for certificate in pointer.certificates
    )


class _BrokenPivot(ValueError):
    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


def _walk(lotl: ParsedList, base: Sequence[bytes], pivots: Mapping[str, bytes]) -> tuple[bytes, ...]:
    """Return the signers after the last pivot, nothing when none of them led on."""
    expected, reached = tuple(base), False
    for address in lotl.pivots:
        document = pivots.get(address)
        judged = None if document is None else verify(document, expected)
        if document is not None and judged is not None and judged.refusal is None:
            expected, reached = _pivot_signers(document, lotl, address), True
        elif reached or (judged is not None and not judged.wrong_signer):
            # Those before the first that holds may be older than the base; after it, the chain has no gap.
            raise _BrokenPivot(address)
    return expected if reached else ()


def _pivot_signers(document: bytes, lotl: ParsedList, address: str) -> tuple[bytes, ...]:
    try:
        pivot = parse(document)
    except Unverifiable:
        raise _BrokenPivot(address) from None
    signers = own_signers(pivot)
    if not pivot.lotl or pivot.territory != lotl.territory or pivot.sequence > lotl.sequence or not signers:
        raise _BrokenPivot(address)
    return signers


def _refusal(facts: SignatureFacts, expected: frozenset[bytes]) -> Finding | None:
    if facts.structure_errors or facts.constraint_errors:
        return Finding("trust.structure")
    if facts.value_intact is False or not facts.digests_intact:
        return Finding("trust.broken")
    if not _whole(facts):
        return Finding("trust.not_enveloped")
    known = facts.signer_status is SignerStatus.IDENTIFIED and facts.intact
    return _weakness(facts) if known and facts.certificate in expected else Finding("trust.wrong_signer")


def _whole(facts: SignatureFacts) -> bool:
    """Tell whether the signature covers the whole document, and one document only."""
    return (
        facts.data_found
        and all(entry.kind in _WHOLE and entry.coverage is Coverage.FULL for entry in facts.scope)
        and len(facts.scope) == 1
    )


def _weakness(facts: SignatureFacts) -> Finding | None:
    for use in facts.algorithms:
        certificate_digest = "cert" in use.use.lower()
        if use.digest in _WEAK and not certificate_digest:
            return Finding("trust.weak", {"algorithm": use.digest})
        if use.key is not None and (use.bits or 0) < _LEAST_BITS.get(use.key, 0):
            return Finding("trust.weak", {"algorithm": f"{use.key} {use.bits}"})
    return None
