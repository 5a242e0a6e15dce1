"""Do what `pli dume prefill` prints: ask the sources of a level, and show statuses, proposals and hints."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from dume.registry.mapping import REACHED, hints, notices, proposals
from dume.registry.opening import Registry, open_registry, options
from dume.registry.records import dump, dump_proposal, plain
from dume.registry.sources import for_level, source
from procurement.core import clock, ids, runtime
from procurement.core.i18n import translate
from procurement.core.text import _

CONTEXT = "Marchés publics"

_STATUSES = {
    "pending": _("en cours"),
    "obtained": _("obtenu"),
    "not_found": _("introuvable ou pas à jour"),
    "no_right": _("pas d’accès à cette source"),
    "legal_block": _("diffusion interdite par la loi"),
    "unavailable": _("source indisponible"),
    "timeout": _("pas de réponse à temps"),
    "bad_parameter": _("demande refusée par la source"),
    "skipped": _("source non interrogée"),
}


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
            {"code": item.code, "source": item.source, "message": item.message, "params": dict(item.params)}
            for item in notices(found)
        ],
        "reached_criteria": list(REACHED),
    }


def prefill_from(
    ini: Path | str, siret: str, *, level: int, recipient: str | None, reference: str | None
) -> dict[str, Any]:
    """Return the same for the registry, the buyer and the procedure that an ini file names."""
    settings = runtime.settings_from(ini)
    time = clock.build(settings)
    return prefill(
        siret,
        level,
        recipient or settings.dume_recipient,
        reference or settings.dume_object,
        open_registry(options(settings, time.now)),
        time.now(),
        context=settings.dume_context,
    )


def sentences(found: dict[str, Any], language: str = "fr") -> str:
    """Return what `prefill` gave in lines for people."""
    return "\n".join(_lines(found, language))


def _lines(found: dict[str, Any], language: str) -> Iterator[str]:
    if found["token"]["expires_soon"]:
        yield translate(
            _("Le jeton d’accès se termine le %(date)s : demandez-en un autre."),
            language,
            date=found["token"]["expires_at"][:10],
        )
    for row in found["sources"]:
        yield f"{translate(row['title'], language)} : {translate(_STATUSES[row['status']], language)}"
    for row in found["proposals"]:
        turn = "/".join(str(index) for index in row["occurrence"])
        yield f"  {row['property']} [{turn}] = {json.dumps(row['value'], ensure_ascii=False)}"
    for row in found["notices"]:
        yield translate(row["message"], language, **row["params"])
    if not found["proposals"]:
        yield translate(_("Aucune valeur proposée : c’est à l’entreprise de répondre."), language)
