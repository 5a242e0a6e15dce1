"""P8: full verdicts on signatures, chain, cached revocation and report included, against bare libraries on the same files.

Every measured file was signed by another certificate of the same authorities (RSA of 2048 bits, root and intermediate): the
authorities and their CRLs are known, as on a server that runs; the signer is not. A last row asks for the same file again.
xmlsec and signxml look at no revocation and no time-stamp; pyHanko is asked what its own command asks.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from io import BytesIO
from itertools import cycle
from pathlib import Path
from typing import Any

import xmlsec
from asn1crypto import cms, crl
from asn1crypto import x509 as asn1
from lxml import etree
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import async_validate_detached_cms, async_validate_pdf_signature
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import PdfSignatureValidationSpec, SignatureValidationSpec
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy
from pyhanko_certvalidator.policy_decl import RevocationCheckingRule as Rule
from pyhanko_certvalidator.registry import SimpleTrustManager
from signxml import SignatureMethod
from signxml.xades import XAdESDataObjectFormat, XAdESSigner, XAdESVerifier

from benchmarks.harness import Measure, Timed
from signing.api import verify
from signing.produce.params import Level, Profile
from signing.types import Bytes
from tests.signing import pki, signed

PER_ROUND = 3
_DS = "{http://www.w3.org/2000/09/xmldsig#}Signature"


def each(work: Callable[[Any], object], items: Sequence[Any]) -> Timed:
    """Return the measure, by the processor's clock, of ``work`` on items nobody has asked for yet."""
    left = cycle(items)

    def timed() -> float:
        chosen = [next(left) for _ in range(PER_ROUND)]
        start = time.process_time()
        for item in chosen:
            work(item)
        return (time.process_time() - start) / PER_ROUND

    return timed


def ours(name: str, data: bytes, contents: Sequence[Bytes] = ()) -> None:
    """Give the full verdict; anything but TOTAL-PASSED is a fault of the sheet."""
    report = verify(
        data, name=name, contents=contents, trust=pki.trust(), evidence=pki.evidence(), at=pki.NOW
    )
    if not report.passed:
        raise SystemExit(f"P8: {name}: {[(one.indication, one.errors) for one in report.signatures]}")


class Peers:
    """What other libraries do with the same files."""

    def __init__(self, folder: Path) -> None:
        root = pki.holder("root")
        self.root = folder / "root.pem"
        self.root.write_bytes(root.pem)
        self.keys = xmlsec.KeysManager()
        self.keys.load_cert_from_memory(root.pem, xmlsec.KeyFormat.PEM, xmlsec.KeyDataType.TRUSTED)
        self.anchor = asn1.Certificate.load(root.der)
        known = pki.evidence()
        self.others = [asn1.Certificate.load(der) for der in known.certificates]
        self.crls = [crl.CertificateList.load(der) for der in known.crls]

    def xmlsec(self, data: bytes) -> None:
        """Check value, digests and chain."""
        tree = etree.fromstring(data)
        xmlsec.tree.add_ids(tree, ["Id"])
        xmlsec.SignatureContext(self.keys).verify(next(tree.iter(_DS)))

    def signxml(self, data: bytes) -> None:
        """Check value, digests (KeyInfo is signed too), chain and the reference to the certificate."""
        XAdESVerifier().verify(data, ca_pem_file=str(self.root), expect_references=3)

    def context(self) -> ValidationContext:
        """Return what pyHanko validates with."""
        return ValidationContext(
            trust_roots=[self.anchor],
            other_certs=self.others,
            crls=self.crls,
            moment=pki.NOW,
            allow_fetching=False,
            revocation_mode="require",
        )

    def cades(self, data: bytes) -> None:
        """Validate a detached CMS."""
        content = cms.ContentInfo.load(data)["content"]
        work = async_validate_detached_cms(
            signed.TEXT,
            content,
            signer_validation_context=self.context(),
            ts_validation_context=self.context(),
        )
        if not asyncio.run(work).bottom_line:
            raise SystemExit("P8: pyHanko refuses a CAdES signature")

    def pades(self, data: bytes) -> None:
        """Validate the one signature of a PDF."""
        (embedded,) = PdfFileReader(BytesIO(data)).embedded_regular_signatures
        work = async_validate_pdf_signature(embedded, self.context(), self.context())
        if not asyncio.run(work).bottom_line:
            raise SystemExit("P8: pyHanko refuses a PAdES signature")

    def long_term(self, data: bytes) -> None:
        """Validate the one signature of a PDF with its archive time-stamp."""
        embedded = PdfFileReader(BytesIO(data)).embedded_regular_signatures[0]
        rule = RevocationCheckingPolicy(Rule.CRL_OR_OCSP_REQUIRED, Rule.CRL_OR_OCSP_REQUIRED)
        policy = CertValidationPolicySpec(
            trust_manager=SimpleTrustManager.build([self.anchor]),
            revinfo_policy=CertRevTrustPolicy(rule),
        )
        spec = PdfSignatureValidationSpec(SignatureValidationSpec(cert_validation_policy=policy))
        asyncio.run(ades_lta_validation(embedded, spec))


def by_signxml(holder: pki.Holder) -> bytes:
    """Sign with signxml, which cannot read the transform that our own enveloped signatures use."""
    signer = XAdESSigner(
        signature_algorithm=SignatureMethod.RSA_SHA256,
        data_object_format=XAdESDataObjectFormat(Description="acte", MimeType="text/xml"),
    )
    chain = [one.certificate for one in (holder, *holder.issuers)]
    made: bytes = etree.tostring(signer.sign(etree.fromstring(signed.XML), key=holder.key, cert=chain))
    return made


def measures(folder: Path, *, quick: bool) -> Iterator[Measure]:
    """Give the ratios of signing.md, section 11."""
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    rounds = 5 if quick else 15
    holders = [pki.another(number) for number in range(rounds * PER_ROUND)]
    peers = Peers(folder)
    row = partial(Measure, id="P8", clock="cpu", rounds=rounds, at_most=True, statistic="median")

    xml = [by_signxml(holder) for holder in holders]
    yield row(
        what="XAdES-B verdict, against bare xmlsec with chain",
        floor=each(peers.xmlsec, xml), subject=each(partial(ours, "acte.xml"), xml), demand=5.0,
    )  # fmt: skip
    fresh = [by_signxml(pki.another(1000 + number)) for number in range(rounds * PER_ROUND)]
    yield row(
        what="XAdES-B verdict, against signxml",
        floor=each(peers.signxml, fresh), subject=each(partial(ours, "acte.xml"), fresh), demand=1.0,
    )  # fmt: skip
    yield row(
        what="the same XAdES-B file again, against signxml",
        floor=each(peers.signxml, xml[:1]), subject=each(partial(ours, "acte.xml"), xml[:1]), demand=1.0,
    )  # fmt: skip
    yield from _others(peers, holders, row)


def _others(peers: Peers, holders: Sequence[pki.Holder], row: Callable[..., Measure]) -> Iterator[Measure]:
    documents = [Bytes("acte.txt", signed.TEXT)]
    made = partial(signed.sign, timestamper=pki.Tsa(pki.NOW))
    cades = [made(Profile.CADES_DETACHED, holder=holder, what=documents[0]) for holder in holders]
    yield row(
        what="CAdES-B detached verdict, against pyHanko",
        floor=each(peers.cades, cades), subject=each(lambda one: ours("acte.p7s", one, documents), cades), demand=1.2,
    )  # fmt: skip
    for level, work in ((Level.B_B, peers.pades), (Level.B_T, peers.pades), (Level.B_LTA, peers.long_term)):
        pdfs = [made(Profile.PADES, level, holder=holder) for holder in holders]
        yield row(
            what=f"PAdES {level} verdict, against pyHanko",
            floor=each(work, pdfs), subject=each(partial(ours, "acte.pdf"), pdfs), demand=1.2,
        )  # fmt: skip
    yield row(
        what="XAdES-B-B made, against signxml",
        floor=each(by_signxml, holders),
        subject=each(lambda holder: made(Profile.XADES_ENVELOPED, holder=holder), holders), demand=1.0,
    )  # fmt: skip
