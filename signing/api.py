"""Verify a file: tell what it is, read what it says, judge it. The one door for the pages, the API and ``pli``.

Nothing is fetched unless a ``fetch`` is handed in; the instant of the verification is handed in as well, so that every
verdict can be replayed from its inputs.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from signing import limits
from signing.errors import Unverifiable
from signing.facts import SignatureFacts, StampFacts
from signing.policy import DEFAULT, Policy
from signing.report import Report
from signing.trust.model import TrustSnapshot
from signing.types import Bytes, Container, Content, Evidence, Fetcher, Finding, Poe, Problem

NOTHING = Evidence()

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says, before any judgement."""

    container: Container
    signatures: tuple[SignatureFacts, ...] = ()
    stamps: tuple[StampFacts, ...] = ()
    findings: tuple[Finding, ...] = ()


def verify(  # noqa: PLR0913  # all that a verdict depends on is handed in, by name
    file: bytes,
    *,
    name: str,
    contents: Sequence[Content] = (),
    extra_certs: Sequence[bytes] = (),
    trust: TrustSnapshot,
    evidence: Evidence = NOTHING,
    policy: Policy = DEFAULT,
    at: datetime,
    poe: Sequence[Poe] = (),
    fetch: Fetcher | None = None,
) -> Report:
    """Return the report on a file of any supported kind (EN 319 102-1); it never raises for what the file holds.

    ``contents`` are the documents of a detached signature, or their digests; ``extra_certs`` (DER) may identify a signer and
    are trusted for nothing; ``evidence`` and ``poe`` come from elsewhere than the file (a frozen evidence, a deposit log).
    """
    from signing.judging import Terms, judge

    try:
        found = read(file, name=name, contents=contents, extra_certs=extra_certs)
    except Unverifiable as error:
        return refused(name, error)
    material = Evidence(
        certificates=(*extra_certs, *evidence.certificates), crls=evidence.crls, ocsps=evidence.ocsps
    )
    return judge(name, found, Terms(trust, material, policy, at, tuple(poe), fetch))


def refused(name: str, error: Unverifiable) -> Report:
    """Return the report of a file that could not be read at all."""
    finding = Finding(error.reason, error.params)
    return Report(file=name, container=None, error=Problem(error.code, finding, error.offset))


def read(
    file: bytes, *, name: str, contents: Sequence[Content] = (), extra_certs: Sequence[bytes] = ()
) -> Reading:
    """Return what a file says; raise Unverifiable when it cannot be read.

    A parser that fails in a way nobody foresaw makes the file unreadable, never the verification wrong; the failure is
    logged for engineers.
    """
    from signing.containers.sniff import sniff

    if len(file) > limits.FILE_BYTES:
        raise Unverifiable(
            "TOO_LARGE", "containers.too_large", f"{len(file)} bytes", most=limits.FILE_BYTES >> 20
        )
    container = sniff(file, name)
    try:
        return _READERS[container](file, name, contents, extra_certs)
    except Unverifiable:
        raise
    except Exception as error:  # whatever a hostile file makes of a parser, see above
        _log.exception("a reader failed on a file of kind %s", container)
        raise Unverifiable("UNREADABLE", "containers.damaged", f"{type(error).__name__}: {error}") from error


def _xml(file: bytes, name: str, contents: Sequence[Content], extra_certs: Sequence[bytes]) -> Reading:
    from signing import xades
    from signing.containers.tokens import with_zip_entries

    found = xades.read(file, name=name, contents=contents, extra_certs=extra_certs)
    return Reading(Container.XML, tuple(with_zip_entries(facts, contents) for facts in found))


def _cms(file: bytes, name: str, contents: Sequence[Content], extra_certs: Sequence[bytes]) -> Reading:
    from signing import cades
    from signing.containers.tokens import with_zip_entries

    found = cades.read(file, name=name, contents=contents, extra_certs=extra_certs)
    return Reading(Container.CMS, tuple(with_zip_entries(facts, contents) for facts in found))


def _pdf(file: bytes, name: str, contents: Sequence[Content], extra_certs: Sequence[bytes]) -> Reading:
    from signing import pades

    del contents  # A PDF holds what it signs.
    signatures = tuple(pades.read(file, name=name, extra_certs=extra_certs))
    stamps = () if signatures else tuple(pades.stamps(file))
    return Reading(Container.PDF, signatures, stamps)


def _asic(file: bytes, name: str, contents: Sequence[Content], extra_certs: Sequence[bytes]) -> Reading:
    from signing.containers import asic

    del contents  # Nor does a container sign what is outside of it.
    found = asic.read(file, name, extra_certs)
    return Reading(found.container, tuple(found.signatures), tuple(found.stamps), tuple(found.findings))


def _timestamp(file: bytes, name: str, contents: Sequence[Content], extra_certs: Sequence[bytes]) -> Reading:
    from signing.timestamps import tst

    del name
    documents = [content.data for content in contents if isinstance(content, Bytes)]
    stamp = tst.read_response(file, documents[0] if documents else None, extra_certs=extra_certs)
    return Reading(Container.TIMESTAMP, stamps=(stamp,))


_READERS = {
    Container.XML: _xml,
    Container.CMS: _cms,
    Container.PDF: _pdf,
    Container.ASIC_S: _asic,
    Container.ASIC_E: _asic,
    Container.ZIP: _asic,
    Container.TIMESTAMP: _timestamp,
}
