"""Whether a certificate is qualified, for whom, and whether its key is in a certified device (ETSI TS 119 615).

The certificate speaks first (qcStatements, EN 319 412-5; certificate policies before eIDAS); the qualifiers that a trusted
list attaches to the service override it. Both are asked at issuance and at the best signature time, and must agree:
whatever is contradictory is not qualified.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from signing.path.anchors import granted
from signing.path.cache import Cert, certificate
from signing.policy import Policy
from signing.trust.model import SERVICE_CA_QC, ListInfo, Qualifier, Service, TrustSnapshot
from signing.types import Qualification

#: From this day on (Regulation 910/2014, article 52) lists say for what a service is granted.
EIDAS = datetime(2016, 7, 1, tzinfo=UTC)

_COMPLIANCE, _DEVICE, _TYPE = "0.4.0.1862.1.1", "0.4.0.1862.1.4", "0.4.0.1862.1.6"
_ESIGN, _ESEAL = "0.4.0.1862.1.6.1", "0.4.0.1862.1.6.2"
#: Certificate policies QCP public and QCP public + SSCD (TS 101 456), the words of qualification before eIDAS.
_QCP, _QCP_SSCD = "0.4.0.1456.1.2", "0.4.0.1456.1.1"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the lists say of a certificate; without a covering list nothing is said."""

    covered: bool = False
    #: The list that covers the issuer was issued too long ago to be believed.
    stale: bool = False
    qualified: bool = False
    seal: bool = False
    device: bool = False
    info: ListInfo | None = None

    @property
    def qualification(self) -> Qualification | None:
        """Return the word of eIDAS for a valid signature made with this certificate."""
        if not self.covered or self.stale:
            return None
        rank = 0 if not self.qualified else 2 if self.device else 1
        words = (
            (Qualification.ADESEAL, Qualification.ADESEAL_QC, Qualification.QESEAL)
            if self.seal
            else (Qualification.ADESIG, Qualification.ADESIG_QC, Qualification.QESIG)
        )
        return words[rank]


@dataclass(frozen=True, slots=True)
class _Claim:
    """What is held of a certificate at one instant."""

    qualified: bool
    seal: bool
    device: bool


def standing(
    chain: Sequence[bytes], trust: TrustSnapshot, *, best: datetime, at: datetime, policy: Policy
) -> Standing:
    """Return what the lists say of the first certificate of a chain (DER, leaf first) at the best signature time."""
    parsed = [found for der in chain if (found := certificate(der))]
    services = list(_covering(parsed, trust.services)) if trust.services else []
    if not services:
        return Standing()
    leaf = parsed[0]
    info = _list_of(services[0].territory, trust.lists)
    stale = info is not None and (trust.frozen_at or at) - info.issued_at > policy.list_age
    claims = [_claimed(leaf, services, moment) for moment in (leaf.not_before, best)]
    return Standing(
        covered=True,
        stale=stale,
        qualified=all(claim.qualified for claim in claims) and claims[0].seal == claims[1].seal,
        seal=claims[1].seal,
        device=all(claim.device for claim in claims),
        info=info,
    )


def _list_of(territory: str, lists: Iterable[ListInfo]) -> ListInfo | None:
    national = [one for one in lists if one.territory == territory and one.kind == "TL"]
    return max(national, key=_sequence, default=None)


def _sequence(info: ListInfo) -> int:
    return info.sequence


def _covering(chain: Sequence[Cert], services: Iterable[Service]) -> Iterable[Service]:
    """Yield the CA/QC services one of whose certificates, or its key under the same name, stands above the leaf."""
    above = {one.sha256 for one in chain[1:]}
    names = {(one.subject, one.asn1.public_key.dump()) for one in chain[1:]}
    for service in services:
        kinds = {service.type, *(period.type for period in service.history)}
        if SERVICE_CA_QC not in kinds:
            continue
        listed = [found for der in service.certificates if (found := certificate(der))]
        if any(one.sha256 in above or (one.subject, one.asn1.public_key.dump()) in names for one in listed):
            yield service


def _claimed(leaf: Cert, services: Sequence[Service], moment: datetime) -> _Claim:
    """Return what is held of a certificate at an instant; services that contradict each other make it unqualified."""
    claims = {claim for service in services if (claim := _by_service(leaf, service, moment))}
    if len(claims) == 1:
        return claims.pop()
    said = _said(leaf)
    return _Claim(False, said.seal, False)


def _by_service(leaf: Cert, service: Service, moment: datetime) -> _Claim | None:
    """Return what a service makes of a certificate at an instant; None when it was not granted then."""
    then = service.as_of(moment)
    if then is None or then.type != SERVICE_CA_QC or not granted(then.status_at(moment)):
        return None
    uris = {
        uri.rpartition("/")[2]
        for qualifier in then.qualifiers
        if applies(qualifier, leaf)
        for uri in qualifier.uris
    }
    claim = _overridden(_said(leaf), uris)
    if moment >= EIDAS and claim.qualified and not _granted_for(then.additional, seal=claim.seal):
        return _Claim(False, claim.seal, False)
    return claim


def _granted_for(additional: Iterable[str], *, seal: bool) -> bool:
    """Tell whether a service is granted for signatures, or seals; one that says nothing is granted for signatures."""
    words = {uri.rpartition("/")[2] for uri in additional} & {
        "ForeSignatures",
        "ForeSeals",
        "ForWebSiteAuthentication",
    }
    return ("ForeSeals" if seal else "ForeSignatures") in words or (not words and not seal)


def applies(qualifier: Qualifier, leaf: Cert) -> bool:
    """Tell whether a certificate meets the criteria of a qualifier; criteria that were not understood are never met."""
    if not qualifier.readable:
        return False
    policies = set(policies_of(leaf))
    if qualifier.policies and not any(policies.issuperset(needed) for needed in qualifier.policies):
        return False
    if not qualifier.key_usages:
        return True
    bits = {_bit(name) for name in leaf.usage or ()}
    return any(
        all((_bit(name) in bits) is value for name, value in wanted) for wanted in qualifier.key_usages
    )


def _bit(name: str) -> str:
    """Write the name of a key usage in one way, whether a list or a library spelt it."""
    plain = name.replace("_", "").lower()
    return "nonrepudiation" if plain == "contentcommitment" else plain


def policies_of(leaf: Cert) -> list[str]:
    """Return the OIDs of a certificate's policies."""
    try:
        return [policy["policy_identifier"].dotted for policy in leaf.asn1.certificate_policies_value or ()]
    except (ValueError, TypeError, LookupError, AttributeError):
        return []


def _said(leaf: Cert) -> _Claim:
    """Return what a certificate says of itself."""
    statements = statements_of(leaf)
    policies = set(policies_of(leaf)) if leaf.not_before < EIDAS else set()
    types = statements.get(_TYPE, ())
    qualified = _COMPLIANCE in statements or bool(policies & {_QCP, _QCP_SSCD})
    fits = not types or bool({_ESIGN, _ESEAL} & set(types))
    return _Claim(
        qualified=qualified and fits,
        seal=_ESEAL in types and _ESIGN not in types,
        device=_DEVICE in statements or _QCP_SSCD in policies,
    )


def statements_of(leaf: Cert) -> dict[str, tuple[str, ...]]:
    """Return the qcStatements by OID, with the OIDs of QcType; nothing when the extension cannot be read."""
    from asn1crypto import core

    found: dict[str, tuple[str, ...]] = {}
    try:
        for extension in leaf.asn1["tbs_certificate"]["extensions"]:
            if extension["extn_id"].dotted != "1.3.6.1.5.5.7.1.3":
                continue
            for statement in core.SequenceOf(spec=core.Sequence).load(
                extension["extn_value"].contents, strict=True
            ):
                parts = [statement[place] for place in range(len(statement))]
                details = parts[1] if len(parts) > 1 and parts[0].dotted == _TYPE else ()
                found[parts[0].dotted] = tuple(details[place].dotted for place in range(len(details)))
    except (ValueError, TypeError, LookupError, AttributeError):
        return {}
    return found


def _overridden(said: _Claim, uris: set[str]) -> _Claim:
    """Apply the qualifiers of a list (TS 119 612, 5.5.9.2.3); of two that contradict each other none is believed."""
    if "NotQualified" in uris:
        return _Claim(False, said.seal, False)
    kinds = uris & {"QCForESig", "QCForESeal", "QCForLegalPerson", "QCForWSA"}
    seal = bool(kinds & {"QCForESeal", "QCForLegalPerson"}) if kinds else said.seal
    contradictory = "QCForWSA" in kinds or {"QCForESig", "QCForESeal"} <= kinds
    qualified = (said.qualified or "QCStatement" in uris) and not contradictory
    with_device = bool(uris & {"QCWithSSCD", "QCWithQSCD", "QCQSCDManagedOnBehalf"})
    without = bool(uris & {"QCNoSSCD", "QCNoQSCD"})
    device = said.device if not with_device and not without else with_device and not without
    return _Claim(qualified, seal, device and qualified)
