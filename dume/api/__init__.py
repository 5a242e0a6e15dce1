"""The vendor API of the DUME room (``openapi.yaml``): thin endpoints over ``dume.service`` and ``dume.queries``."""

from typing import Any

from dume import routes
from dume.api.files import RATE
from procurement.core.permissions import PublicResource


def includeme(config: Any) -> None:
    """Add the routes of the API."""
    for name, path, factory in _ROUTES:
        config.add_route(f"dume.api.{name}", f"/api/v1{path}", factory=factory)
    config.add_rate(RATE, "30 per minute")
    config.scan("dume.api", categories=("pyramid",))


_ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("handovers", "/parcours", routes.api_space),
    ("requests", "/dume-acheteur", routes.api_space),
    ("request", "/dume-acheteur/{id_dume}", routes.api_request),
    ("request_criteria", "/dume-acheteur/{id_dume}/criteria", routes.api_request),
    ("request_validate", "/dume-acheteur/{id_dume}/validate", routes.api_request),
    ("request_publish", "/dume-acheteur/{id_dume}/publish", routes.api_request),
    ("request_opening", "/dume-acheteur/{id_dume}/opening", routes.api_request),
    ("request_document", "/dume-acheteur/{id_dume}/document", routes.api_request),
    ("responses", "/dume-oe", routes.api_space),
    ("response", "/dume-oe/{id_dume}", routes.api_response),
    ("response_answers", "/dume-oe/{id_dume}/answers", routes.api_response),
    ("response_confirmations", "/dume-oe/{id_dume}/confirmations", routes.api_response),
    ("response_changes", "/dume-oe/{id_dume}/changes", routes.api_response),
    ("response_validate", "/dume-oe/{id_dume}/validate", routes.api_response),
    ("response_publish", "/dume-oe/{id_dume}/publish", routes.api_response),
    ("response_prefills", "/dume-oe/{id_dume}/prefills", routes.api_response),
    ("response_prefill", "/dume-oe/{id_dume}/prefills/{prefill}", routes.api_response),
    ("response_freshness", "/dume-oe/{id_dume}/freshness", routes.api_response),
    ("response_evidences", "/dume-oe/{id_dume}/evidences", routes.api_response),
    ("response_evidence", "/dume-oe/{id_dume}/evidences/{evidence}", routes.api_response),
    ("response_document", "/dume-oe/{id_dume}/document", routes.api_response),
    ("documents", "/documents-oe", routes.api_space),
    ("merges", "/merges", routes.api_space),
    ("consortia", "/consortia", routes.api_space),
    ("consortium", "/consortia/{consortium}", routes.api_consortium),
    ("consortium_members", "/consortia/{consortium}/members", routes.api_consortium),
    ("consortium_member", "/consortia/{consortium}/members/{member}", routes.api_consortium),
    ("company", "/companies/{siret}", routes.api_space),
    ("validations", "/validations", PublicResource),
    ("conversions", "/conversions", PublicResource),
    ("renderings", "/renderings", PublicResource),
    ("taxonomy", "/taxonomies/4.1.0", PublicResource),
    ("code_list", "/code-lists/{list}", PublicResource),
    ("labels", "/labels", PublicResource),
    ("contract_yaml", "/openapi.yaml", PublicResource),
    ("contract_json", "/openapi.json", PublicResource),
    ("health", "/health", PublicResource),
)
