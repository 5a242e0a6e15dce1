"""Whom to believe: trusted lists, the anchors an operator adds, and what they say of a certificate.

A ``TrustSnapshot`` is immutable and named by its content, so that a verdict can be replayed years later.
"""

from signing.trust.model import ListInfo, Qualifier, Service, StatusPeriod, TrustSnapshot

__all__ = ["ListInfo", "Qualifier", "Service", "StatusPeriod", "TrustSnapshot"]
