"""Answer like those who certify that taxes and contributions are paid."""

from datetime import timedelta
from typing import Any

from dume.registry.simulator.payloads.asking import Asking, Builder

_EXPIRES_IN = 600


def tax(asking: Asking) -> dict[str, Any] | None:
    """Build the tax certificate; a refusal is a 404, as in life."""
    if asking.refused or asking.struck_off:
        return None
    issued = asking.today - timedelta(days=10)
    return {
        "document_url": asking.link("attestation-fiscale"),
        "document_url_expires_in": _EXPIRES_IN,
        "date_delivrance_attestation": issued.isoformat(),
        "date_periode_analysee": (issued.replace(day=1) - timedelta(days=1)).isoformat(),
    }


def social(asking: Asking) -> dict[str, Any] | None:
    """Build the certificate of social contributions; a refusal is a 200 with a null document."""
    if asking.struck_off:
        return None
    given = not asking.refused
    return {
        "document_url": asking.link("attestation-vigilance") if given else None,
        "document_url_expires_in": _EXPIRES_IN if given else None,
        "date_debut_validite": asking.began.isoformat() if given else None,
        "date_fin_validite": asking.ends.isoformat() if given else None,
        "code_securite": "SIMULATION000001" if given else None,
        "entity_status": {"code": "ok" if given else "refus_de_delivrance"},
    }


def farm_social(asking: Asking) -> dict[str, Any]:
    """Build the conformity of farm contributions."""
    return {"status": "outdated" if asking.refused else "up_to_date"}


def pension(asking: Asking) -> dict[str, Any]:
    """Build the conformity of building pensions."""
    return {"eligible": not asking.refused}


def certificate(name: str) -> Builder:
    """Return a builder of answers that hold a document only."""

    def build(asking: Asking) -> dict[str, Any] | None:
        if asking.refused or asking.struck_off:
            return None
        return {"document_url": asking.link(name), "expires_in": _EXPIRES_IN}

    return build
