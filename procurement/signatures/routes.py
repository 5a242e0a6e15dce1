"""Addresses of the signature room: open to everybody, but for those who sign for their organisation."""

from typing import Any

from procurement.accounts.acl import buyer_acl, company_acl
from procurement.core.permissions import Entry, public

_JOBS = "/api/v1/signing-jobs"


class OwnOrganisation:
    """The space of the asking organisation; who has no session is asked to sign in."""

    def __init__(self, request: Any) -> None:
        self.__acl__ = _acl(request.identity)


def _acl(identity: Any) -> list[Entry]:
    if identity is None or identity.organisation_id is None:
        return public()
    made = buyer_acl if identity.organisation_kind == "buyer" else company_acl
    return made(identity.organisation_id)


def includeme(config: Any) -> None:
    """Add the routes."""
    config.add_route("signatures.verify", "/signatures/verifier")
    config.add_route("signatures.report_json", "/signatures/verifier/rapport.json")
    config.add_route("signatures.report_pdf", "/signatures/verifier/rapport.pdf")
    config.add_route("signatures.api.verifications", "/api/v1/signatures/verifications")
    config.add_route("signatures.api.preflight", "/api/v1/signatures/preflight")
    config.add_route("signatures.api.preflight_documents", "/api/v1/signatures/preflight/documents")
    config.add_route("signatures.api.contract", "/api/v1/signatures/openapi.yaml")
    config.add_route("signatures.api.signing_jobs", _JOBS, factory=OwnOrganisation)
    config.add_route("signatures.api.signing_claim", f"{_JOBS}/claim")
    config.add_route("signatures.api.signing_prepare", f"{_JOBS}/{{job}}/prepare")
    config.add_route("signatures.api.signing_values", f"{_JOBS}/{{job}}/values")
    config.add_route("signatures.api.signing_document", f"{_JOBS}/{{job}}/documents/{{n}}")
    config.add_route("signatures.api.signing_signed", f"{_JOBS}/{{job}}/signed/{{n}}")
    page = "/signatures/demandes/{job}"
    config.add_route("signatures.job", page, factory=OwnOrganisation)
    config.add_route("signatures.job_identity", f"{page}/identite", factory=OwnOrganisation)
    config.add_route("signatures.job_document", f"{page}/documents/{{n}}", factory=OwnOrganisation)
    config.add_route("signatures.job_file", f"{page}/fichiers/{{n}}", factory=OwnOrganisation)
