"""Endpoints of what everybody may read: the contract, the taxonomy, code lists and the words of the form; and health."""

import json
from functools import cache
from importlib import resources
from typing import Any

import yaml
from pyramid.response import Response

from dume import wording
from dume.espd.codes import codes
from dume.espd.taxonomy import TaxonomyGroup, taxonomy
from procurement.core import health
from procurement.core.api import contract
from procurement.core.errors import FieldError, Invalid, NotFound
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web.views import endpoint

_PUBLIC = Permission.PUBLIC
_YAML = "application/yaml"
_LANGUAGES = ("fr", "en")


@endpoint("dume.api.health", permission=_PUBLIC, methods=("GET",))
@contract()
def show_health(request: Any) -> dict[str, Any]:
    """Tell whether the service works: 503 when it does not."""
    status = health.check(request.registry)["status"]
    if status == "down":
        request.response.status_int = 503
    request.response.cache_control = "no-store"
    return {"status": status}


@cache
def contract_text() -> bytes:
    """Return the contract as it is written."""
    return resources.files("dume").joinpath("openapi.yaml").read_bytes()


@cache
def _contract_json() -> bytes:
    return json.dumps(yaml.safe_load(contract_text()), ensure_ascii=False).encode()


@endpoint("dume.api.contract_yaml", permission=_PUBLIC, methods=("GET",))
@contract(produces=(_YAML,))
def contract_yaml(request: Any) -> Response:
    """Give the contract of this API (OpenAPI 3.1)."""
    del request
    return _public(contract_text(), _YAML)


@endpoint("dume.api.contract_json", permission=_PUBLIC, methods=("GET",))
@contract()
def contract_json(request: Any) -> Response:
    """Give the contract of this API as JSON."""
    del request
    return _public(_contract_json(), "application/json")


@endpoint("dume.api.taxonomy", permission=_PUBLIC, methods=("GET",))
@contract()
def show_taxonomy(request: Any) -> Response:
    """Give the 62 criteria with their groups and properties."""
    found = [
        {
            "id": one.id,
            "code": one.code,
            "tag": one.tag,
            "kind": one.kind,
            "name": wording.criterion_name(one.code, request.lang),
            "groups": [_group(group) for group in one.groups],
        }
        for one in taxonomy().criteria
    ]
    return _cacheable({"version": "4.1.0", "criteria": found})


def _group(group: TaxonomyGroup) -> dict[str, Any]:
    return {
        "path": group.path,
        "condition": group.condition.value,
        "min": group.min,
        "max": group.max,
        "properties": [
            {
                "path": one.path,
                "type": one.type.value,
                "value_type": one.value_type,
                "min": one.min,
                "max": one.max,
            }
            for one in group.properties
        ],
        "groups": [_group(below) for below in group.groups],
    }


@endpoint("dume.api.code_list", permission=_PUBLIC, methods=("GET",))
@contract()
def code_list(request: Any) -> Response:
    """Give a code list with the names of its values."""
    name = request.matchdict["list"]
    try:
        found = codes(name)
    except KeyError:
        raise NotFound("dume.code_list_unknown", _("Cette liste de codes n’existe pas.")) from None
    values = [
        {"code": value, "label": wording.code_label(name, value, request.lang) or value}
        for value in found.values
    ]
    listed = {"name": name, "list_id": found.list_id, "agency": found.agency, "version": found.version}
    return _cacheable({**listed, "values": values})


@endpoint("dume.api.labels", permission=_PUBLIC, methods=("GET",))
@contract()
def labels(request: Any) -> Response:
    """Give the words of the form: criteria with text and help, questions by path."""
    lang = request.GET.get("lang", request.lang)
    if lang not in _LANGUAGES:
        message = _("La langue est « fr » ou « en ».")
        raise Invalid("dume.language", message, errors=(FieldError("lang", "dume.language", message),))
    criteria = {
        one.code: {
            "name": wording.criterion_name(one.code, lang),
            "text": wording.criterion_text(one.code, lang),
            "help": wording.criterion_help(one.code, lang),
        }
        for one in taxonomy().criteria
    }
    properties = {path: wording.label(path, lang) for path in taxonomy().properties}
    return _cacheable({"lang": lang, "criteria": criteria, "properties": properties})


def _cacheable(value: dict[str, Any]) -> Response:
    return _public(json.dumps(value, ensure_ascii=False).encode(), "application/json")


def _public(content: bytes, media: str) -> Response:
    """Give what everybody may read, from any page, and keep for an hour."""
    response = Response(body=content, content_type=media, charset="utf-8")
    response.cache_control = "public, max-age=3600"
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
