"""How many points are left to settle is said in a plain singular or plural, in both languages."""

from collections.abc import Callable

import pytest

from dume.errors import NotValid
from dume.espd.findings import Finding, Severity
from procurement.consultations.errors import NotReady, Refusal
from procurement.core.errors import DomainError
from procurement.core.i18n import translate


def not_ready(count: int) -> DomainError:
    return NotReady((Refusal("consultation.lots", "Essai."),) * count)


def not_valid(count: int) -> DomainError:
    return NotValid((Finding("PLI-1", Severity.ERROR),) * count)


@pytest.mark.parametrize("refusal", [not_ready, not_valid])
def test_points_left_agree_with_their_number(refusal: Callable[[int], DomainError]) -> None:
    told = {
        (count, lang): translate(error.message, lang, **error.params)
        for count in (1, 2)
        for lang in ("fr", "en")
        if (error := refusal(count))
    }
    assert "il reste 1 point à régler" in told[1, "fr"]
    assert "il reste 2 points à régler" in told[2, "fr"]
    assert "1 point remains" in told[1, "en"]
    assert "2 points remain to" in told[2, "en"]
