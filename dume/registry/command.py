"""Do what `pli dume prefill` prints: ask the sources of a level, and show statuses, proposals and hints."""

from datetime import datetime
from typing import Any

from dume.registry.mapping import REACHED, hints, notices, proposals
from dume.registry.opening import Registry
from dume.registry.records import dump, dump_proposal, plain
from dume.registry.sources import for_level, source
from procurement.core import ids

CONTEXT = "Marchés publics"


def prefill(
    siret: str,
    level: int,
    recipient: str,
    object: str,  # noqa: A002  the word of API Entreprise and of the command's option
    registry: Registry,
    now: datetime,
    *,
    context: str = CONTEXT,
) -> dict[str, Any]:
    """Return what the sources say of an establishment, as JSON; Invalid for a wrong SIRET or a missing fact."""
    number = ids.siret(siret)
    order = for_level(level)
    found = list(registry.lookup(number, order, recipient=recipient, context=context, object=object, now=now))
    found.sort(key=lambda result: order.index(result.source))
    token = registry.token
    return {
        "siret": number,
        "level": level,
        "recipient": recipient,
        "object": object,
        "token": {
            "expires_at": token.expires_at.isoformat() if token.expires_at else None,
            "expires_soon": token.expires_soon(now),
            "scopes": list(token.scopes),
        },
        "sources": [{**dump(result, private=True), "title": source(result.source).title} for result in found],
        "proposals": [dump_proposal(proposal) for proposal in proposals(found)],
        "hints": [plain(hint) for hint in hints(found)],
        "notices": [
            {"code": item.code, "source": item.source, "message": item.message % item.params}
            for item in notices(found)
        ],
        "reached_criteria": list(REACHED),
    }
