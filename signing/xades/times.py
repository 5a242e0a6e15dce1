"""Read the claimed signing time."""

from datetime import UTC, datetime

from signing.types import Finding
from signing.xades.names import first
from signing.xades.subject import Subject


def signing_time(subject: Subject) -> datetime | None:
    """Return SigningTime in UTC; None, with a warning, when it is there and cannot be read."""
    element = first(subject.signed_signature_properties, "SigningTime")
    if element is None:
        return None
    text = (element.text or "").strip()
    try:
        found = datetime.fromisoformat(text)
        if "T" not in text:
            raise ValueError(text)  # noqa: TRY301 - a date alone is no xs:dateTime
        if found.tzinfo is None:
            subject.warnings.append(Finding("xml.time_without_zone"))
            found = found.replace(tzinfo=UTC)
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        subject.warnings.append(Finding("xml.time_unreadable", {"time": text[:40] or "-"}))
        return None
