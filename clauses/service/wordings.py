"""What a layer makes of a clause, as it is given, and what is refused of it."""

from dataclasses import dataclass

from clauses import errors
from clauses.queries.editions import Edition
from clauses.queries.layers import APPEND, DEFAULT_VALUE, REPLACE
from clauses.queries.usual import has_usual
from clauses.rules import body as bodies
from clauses.rules.facts import parse_value
from clauses.rules.model import Layer
from procurement.core.errors import Invalid
from procurement.core.text import block


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What a layer makes of a clause: words in its place or after it, none at all, or the usual answer to a question."""

    clause: str
    mode: str
    body: str = ""
    fact: str = ""


def checked_wording(above: Edition, wording: Wording, layer: Layer) -> str:
    """Return the words, or the usual answer, as a layer keeps them; raise what forbids them there."""
    mode, body, fact = wording.mode, wording.body, wording.fact
    if mode == DEFAULT_VALUE:
        known = above.library.facts.get(fact)
        if known is None:
            raise errors.unknown_fact(fact)
        if not has_usual(known, layer):
            raise errors.not_asked(known.label.fr)
        try:
            parse_value(known, body)
        except Invalid as refusal:
            text = refusal.message % refusal.params if refusal.params else refusal.message
            raise errors.wrong_value(fact, text) from None
        return body
    if mode not in {REPLACE, APPEND}:
        return ""
    text = block(body)
    if not text:
        raise errors.wrong_body("il est vide ; pour écarter la clause, choisissez de la masquer.")
    try:
        bodies.parse(text)
    except bodies.BodyFaults as faults:
        raise errors.wrong_body(str(faults)) from None
    return text
