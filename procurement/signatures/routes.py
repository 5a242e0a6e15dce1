"""Addresses of the signature room; all are open to everybody."""

from typing import Any


def includeme(config: Any) -> None:
    """Add the routes."""
    config.add_route("signatures.verify", "/signatures/verifier")
    config.add_route("signatures.report_json", "/signatures/verifier/rapport.json")
    config.add_route("signatures.report_pdf", "/signatures/verifier/rapport.pdf")
    config.add_route("signatures.api.verifications", "/api/v1/signatures/verifications")
    config.add_route("signatures.api.preflight", "/api/v1/signatures/preflight")
    config.add_route("signatures.api.contract", "/api/v1/signatures/openapi.yaml")
