"""What a bidder's client must know before it seals (``GET .../scellement``)."""

from datetime import timedelta
from typing import Any

from procurement.bids.queries.keysets import KeySetView, Member
from procurement.bids.queries.tender import Tender
from procurement.core.settings import Settings
from signing.strict import b64encode, instant_text


def life(settings: Settings) -> timedelta:
    """Return how long an unfinished deposit is kept."""
    return timedelta(days=settings.upload_days)


def terms_json(found: Tender, keys: KeySetView) -> dict[str, Any]:
    """Return the terms as ``signing.sealed.keyset.parse_terms`` and the browser read them."""
    limits = found.limits
    return {
        "consultation": str(found.id),
        "reference": found.reference,
        "title": found.title,
        "deadline": instant_text(found.deadline),
        "deadline_statement": None,
        "key_set": {
            "version": keys.version,
            "sha256": keys.sha256,
            "certificates": [_certificate(member) for member in keys.members],
        },
        "policy": {"m": keys.m, "n": len(keys.members), "custodian": False},
        "custodian": None,
        "limits": {
            "file_bytes": limits.file_bytes,
            "files": limits.files,
            "total_bytes": limits.total_bytes,
            "types": list(limits.types),
        },
        "relations": list(found.relations),
        "pieces": [
            {"code": piece.code, "label": piece.label, "kind": piece.envelope, "lot": piece.lot}
            for piece in found.pieces
        ],
        "lots": [{"number": number, "title": title} for number, title in found.lots],
        "kinds": list(found.kinds),
        "log": None,
    }


def _certificate(member: Member) -> dict[str, Any]:
    return {
        "x": member.x,
        "role": member.role.value,
        "kinds": sorted(member.kinds),
        "sha256": member.cert_sha256,
        "der": b64encode(member.cert_der),
        "name": member.name,
        "subject": member.name,
    }
