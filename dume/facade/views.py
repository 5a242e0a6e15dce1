"""The one view of the façade: who calls, which operation, and the frame of the answer."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pyramid.response import Response

from dume.facade import referentials, requests, responses
from dume.facade.calls import Call, CallBody, NotOffered, Operations, check_platform
from procurement.core.api import contract
from procurement.core.errors import DomainError
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web.problems import Refusal, refusal_response
from procurement.core.web.views import endpoint, read_body

#: A body may carry two documents of 20 MiB in base64.
_MOST = 60 << 20
HEALTH = "healthCheck"
#: Domain -> its operations. The empty ones are known by name: what they do is elsewhere, or is not public.
DOMAINS: Mapping[str, Operations] = MappingProxyType(
    {
        "dumeA": requests.OPERATIONS,
        "dumeOE": responses.OPERATIONS,
        "metadonnees": {"mettreAJourDume": (None, requests.update)},
        "donnees": referentials.DATA,
        "referentiels": referentials.LISTS,
        "ecertis": referentials.ECERTIS,
        "attestations": {},
        "donneesEssentielles": {},
    }
)


@endpoint("dume.facade.service", permission=Permission.API_FACADE_USE, methods=("POST",), most=_MOST)
@contract()
def service(request: Any) -> Response:
    """Answer an operation of Service DUME (``/service/dume/…``)."""
    return answer(request)


@endpoint("dume.facade.short", permission=Permission.API_FACADE_USE, methods=("POST",), most=_MOST)
@contract()
def short(request: Any) -> Response:
    """Answer an operation of Service DUME (``/dume/…``)."""
    return answer(request)


def answer(request: Any) -> Response:
    """Run an operation; a refusal is a problem document that carries the service's message list as well."""
    try:
        said = _run(request)
    except DomainError as error:
        return _refused(request, error)
    return _framed({**said, "messageList": []})


def _run(request: Any) -> dict[str, Any]:
    domain = request.matchdict["domain"]
    operations = DOMAINS.get(domain)
    if operations is None:
        raise NotOffered("facade.domain_unknown", _("La façade n’a pas de domaine « %(domain)s »."), domain=domain)  # fmt: skip
    body = read_body(request, CallBody)
    assert isinstance(body, CallBody)
    call = Call(request, body)
    check_platform(call)
    if body.operation == HEALTH:
        return {"statut": "OK"}
    found = operations.get(body.operation)
    if found is None:
        raise NotOffered(
            "facade.operation_unknown",
            _("La façade n’offre pas l’opération « %(operation)s » du domaine « %(domain)s »."),
            operation=body.operation,
            domain=domain,
        )
    scope, deed = found
    if scope is not None:
        call.need(scope)
    return deed(call)


def _framed(said: dict[str, Any]) -> Response:
    return Response(json_body={"response": said}, content_type="application/json", charset="utf-8")


def _refused(request: Any, error: DomainError) -> Response:
    """Answer in both forms at once: members of RFC 9457, and the frame of the service beside them."""
    refusal = Refusal(error.status, error.code, error.message, error.params)
    refusal.errors = getattr(error, "errors", ())
    wait = getattr(error, "retry_after", None)
    if wait:
        refusal.headers["Retry-After"] = str(wait)
    response = refusal_response(request, refusal)
    problem = response.json_body
    told = [("code", error.code), ("message", problem["detail"])]
    lines = [dict(told)] + [
        {"code": item["code"], "message": f"{item['pointer']} : {item['detail']}"}
        for item in problem.get("errors", ())
    ]
    problem["response"] = {"messageList": [{"type": "ERREUR", **line} for line in lines]}
    request.api_code = error.code
    response.json_body = problem
    response.content_type = "application/problem+json"
    response.charset = "utf-8"
    return response
