"""Where a certificate says that its issuer, and news of its revocation, are to be had."""

from contextlib import suppress
from typing import Any

from signing.path.cache import Cert


def crl_addresses(subject: Cert) -> list[str]:
    """Return the http addresses where the certificate says its CRLs are."""
    found = []
    for point in _value(subject, "crl_distribution_points_value"):
        place = point["distribution_point"]
        # A point may name an issuer of lists alone (RFC 5280, 4.2.1.13).
        if place.native is not None and place.name == "full_name":
            found += [name.native for name in place.chosen if name.name == "uniform_resource_identifier"]
    return [address for address in found if address.startswith(("http://", "https://"))]


def ocsp_addresses(subject: Cert) -> list[str]:
    """Return the http addresses of the responders that the certificate names."""
    return _access(subject, "ocsp")


def issuer_addresses(subject: Cert) -> list[str]:
    """Return the http addresses where the certificate says its issuer's certificates are (RFC 5280, 4.2.2.1)."""
    return _access(subject, "ca_issuers")


def _access(subject: Cert, method: str) -> list[str]:
    return [
        entry["access_location"].native
        for entry in _value(subject, "authority_information_access_value")
        if entry["access_method"].native == method
        and entry["access_location"].name == "uniform_resource_identifier"
        and entry["access_location"].native.startswith(("http://", "https://"))
    ]


def _value(subject: Cert, name: str) -> Any:
    """Return the parts of an extension; none when it is absent, or cannot be read."""
    with suppress(ValueError, TypeError, LookupError, AttributeError):
        value = getattr(subject.asn1, name)
        if value is not None and value.native:
            return value
    return ()
