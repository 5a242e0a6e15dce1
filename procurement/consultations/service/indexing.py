"""What the search index knows of a consultation; ``data`` is what a row of results shows."""

from datetime import UTC, datetime

from sqlalchemy.orm import Session

from procurement.consultations.rules import ConsultationView
from procurement.core import codes
from procurement.core.search import index

KIND = "consultation"
#: Shortest prefix of a code that names a subtree: a CPV division, a country.
_SHORTEST = 2


def put(session: Session, consultation: ConsultationView) -> None:
    """Put a published consultation into the index."""
    assert consultation.published_at is not None
    entry = index.Entry(
        kind=KIND,
        subject=str(consultation.id),
        label=consultation.title,
        url=f"/consultations/{consultation.reference}",
        at=consultation.published_at,
        due_at=consultation.closes_at,
        text=_text(consultation),
        data={
            "reference": consultation.reference,
            "buyer": consultation.buyer_name,
            "siret": consultation.buyer_siret,
            "summary": consultation.description[:300],
            "nature": str(consultation.nature or ""),
            "procedure": consultation.procedure_code or "",
            "techniques": [str(item) for item in consultation.techniques],
            "lots": len(consultation.lots),
            "cpv": consultation.cpv or "",
            "nuts": list(consultation.nuts),
            "zone": consultation.zone,
        },
        facets=_facets(consultation),
    )
    index.upsert(session, entry)


def prefixes(code: str) -> list[str]:
    """Return every prefix of a code that names a subtree, the code itself included."""
    return [code[:length] for length in range(_SHORTEST, len(code) + 1)]


def stamp(instant: datetime | None) -> str | None:
    """Return an instant as JSON holds it: RFC 3339, UTC, milliseconds."""
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _facets(consultation: ConsultationView) -> dict[str, list[str]]:
    every = _cpv(consultation)
    return {
        "nature": [str(consultation.nature)] if consultation.nature else [],
        "procedure": [consultation.procedure_code] if consultation.procedure_code else [],
        "buyer": [consultation.buyer_siret],
        "cpv": [prefix for code in every for prefix in prefixes(code)],
        "nuts": [prefix for code in consultation.nuts for prefix in prefixes(code)],
    }


def _cpv(consultation: ConsultationView) -> list[str]:
    main = [consultation.cpv] if consultation.cpv else []
    return [*main, *consultation.cpv_more, *(lot.cpv for lot in consultation.lots if lot.cpv)]


def _text(consultation: ConsultationView) -> str:
    entries = [found for code in _cpv(consultation) if (found := codes.cpv(code))]
    places = [place for code in consultation.nuts if (place := codes.nuts(code))]
    procedure = consultation.procedure
    parts = [
        consultation.reference,
        consultation.title,
        consultation.buyer_name,
        consultation.description,
        *(f"{lot.title} {lot.description}" for lot in consultation.lots),
        *(f"{entry.full} {entry.fr}" for entry in entries),
        *(f"{place.code} {place.fr}" for place in places),
        procedure.label_fr if procedure else "",
        consultation.nature.label if consultation.nature else "",
        *(item.label for item in consultation.techniques),
    ]
    return "\n".join(parts)
