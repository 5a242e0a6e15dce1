"""Read certificates of taxes and contributions paid. Pure.

A refusal to issue and a negative conformity are no answers: they become a notice for the company alone.
"""

from typing import Any

from dume.registry.readings.payload import Reading, compact, day, flag, iso, links, text

#: The source answered, and issues nothing: the company may ask it why.
NOT_ISSUED = "not_issued"


def tax(data: Any, meta: Any) -> Reading:
    """Read the tax certificate (version 4 dates it, version 3 does not)."""
    del meta
    issued, period = day(data, "date_delivrance_attestation"), day(data, "date_periode_analysee")
    return Reading(
        values=compact(issued_on=iso(issued), period_end=iso(period)),
        links=links(data, "document_url", "attestation-fiscale"),
        as_of=period or issued,
    )


def social(data: Any, meta: Any) -> Reading:
    """Read the certificate of social contributions: null document, and the status says whether it was refused."""
    del meta
    found = links(data, "document_url", "attestation-vigilance")
    start, end = day(data, "date_debut_validite"), day(data, "date_fin_validite")
    return Reading(
        values=compact(
            valid_from=iso(start), valid_until=iso(end), security_code=text(data, "code_securite")
        ),
        links=found,
        as_of=start,
        valid_until=end,
        notice="" if found else NOT_ISSUED,
    )


def farm_social(data: Any, meta: Any) -> Reading:
    """Read the conformity of farm contributions; anything but `up_to_date` says nothing."""
    del meta
    kept = text(data, "status") == "up_to_date"
    return Reading(values={"up_to_date": True} if kept else {}, notice="" if kept else NOT_ISSUED)


def pension(data: Any, meta: Any) -> Reading:
    """Read the conformity of building pensions; `eligible: false` says nothing."""
    del meta
    kept = flag(data, "eligible") is True
    return Reading(values={"up_to_date": True} if kept else {}, notice="" if kept else NOT_ISSUED)


def certificate(name: str) -> Any:
    """Return a reader of answers that hold one document and nothing else."""

    def read(data: Any, meta: Any) -> Reading:
        del meta
        return Reading(links=links(data, "document_url", name))

    return read
