"""Stateless endpoints: outcomes and reasons for facts that are given and not kept."""

from typing import Any

from clauses import errors
from clauses.api.shown import edition_of
from clauses.queries.editions import Edition
from clauses.rules.evaluate import Outcome
from clauses.rules.explain import explain
from clauses.rules.facts import parse_facts
from clauses.rules.model import TYPE_NAMES, Facts
from clauses.rules.questions import decided, next_questions
from clauses.schemas import EvaluateBody, ExplainBody
from procurement.core.api import contract
from procurement.core.errors import Invalid, TooLarge
from procurement.core.permissions import Permission
from procurement.core.text import _
from procurement.core.web.views import endpoint

_READ = Permission.API_CLAUSES_READ
#: Most clauses of one request, and largest body of facts.
MOST_CLAUSES = 5_000
FACT_BYTES = 1 << 20


def typed(found: Edition, raw: dict[str, Any]) -> Facts:
    """Return facts as their types say; raise 422 with every field, the type that is expected and the names that are near."""
    try:
        return parse_facts(found.library.facts, raw)
    except Invalid as refusal:
        facts = found.library.facts
        fields = [
            {
                "pointer": one.field,
                "expected": TYPE_NAMES[facts[one.field].type] if one.field in facts else None,
                "nearest": list((one.params or {}).get("nearest", ())),
            }
            for one in refusal.errors
        ]
        raise Invalid(
            refusal.code, refusal.message, errors=refusal.errors, fields=fields, **refusal.params
        ) from None


def version_of(found: Edition, clause: str) -> str:
    """Return the version of a clause as explanations name it."""
    return f"sha256:{found.hashes[clause]}"


def canvas_in(found: Edition, canvas: str | None) -> str | None:
    """Return a canvas once the release is known to hold it."""
    if canvas is not None and canvas not in found.library.canvases:
        raise errors.canvas_not_found(canvas)
    return canvas


@endpoint(
    "clauses.api.evaluate",
    permission=_READ,
    methods=("POST",),
    schema=EvaluateBody,
    most=FACT_BYTES,
    transaction=False,
)
@contract(idempotent=False)
def evaluate(request: Any) -> dict[str, Any]:
    """Say what becomes of each clause, and what to ask next."""
    body: EvaluateBody = request.validated
    found = edition_of(request, body.release, body.on)
    on, canvas = body.on or request.now.date(), canvas_in(found, body.canvas)
    facts = typed(found, body.facts)
    evaluation = found.compiled.evaluate(facts, on=on, canvas=canvas, trace=False)
    outcomes = decided(found.compiled, evaluation)
    asked = next_questions(found.compiled, facts, on, canvas)
    shown: dict[str, Any] = {
        "release": found.release.version,
        "canvas": canvas,
        "on": on.isoformat(),
        "outcomes": {key: one.value for key, one in outcomes.items()},
        "counts": {one.value: sum(each is one for each in outcomes.values()) for one in Outcome},
        "questions": [
            {"fact": one.fact, "reason": one.reason.value, "clauses": list(one.clauses)} for one in asked
        ],
    }
    if body.trace:
        shown["traces"] = [
            explain(found.compiled, key, facts, on, canvas=canvas, version=version_of(found, key)).as_json()
            for key in outcomes
        ]
    return shown


@endpoint(
    "clauses.api.explain",
    permission=_READ,
    methods=("POST",),
    schema=ExplainBody,
    most=FACT_BYTES,
    transaction=False,
)
@contract(idempotent=False)
def explanations(request: Any) -> dict[str, Any]:
    """Say why each of these clauses is in, out, or waits."""
    body: ExplainBody = request.validated
    if len(body.clauses) > MOST_CLAUSES:
        message = _("Demandez au plus %(most)s clauses à la fois. Rien n’a été évalué.")
        raise TooLarge("clauses.too_many", message, most=MOST_CLAUSES)
    found = edition_of(request, body.release, body.on)
    on, canvas = body.on or request.now.date(), canvas_in(found, body.canvas)
    facts = typed(found, body.facts)
    inside = set(found.library.canvases[canvas].clause_ids) if canvas else set(found.library.clauses)
    unknown = next((key for key in body.clauses if key not in inside), None)
    if unknown is not None:
        raise errors.clause_not_found(unknown)
    return {
        "release": found.release.version,
        "on": on.isoformat(),
        "items": [
            explain(found.compiled, key, facts, on, canvas=canvas, version=version_of(found, key)).as_json()
            for key in dict.fromkeys(body.clauses)
        ],
    }
