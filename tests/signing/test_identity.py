"""Whom a certificate names, as far as it can be read: test and old certificates break every rule of X.509."""

from datetime import UTC, datetime

import pytest
from cryptography import x509

from signing.identity import name_of, signer_of
from signing.path.cache import certificate
from tests.signing import pki

SOUND = pki.signer("good").der
_AT = SOUND.index(b"\x17\x0d") + 2
BROKEN = {
    "name": SOUND.replace(b"Jeanne", b"\xff\xff\xff\xff\xff\xff"),
    "date": SOUND[:_AT] + b"9" * 12 + SOUND[_AT + 12 :],
}


def test_a_sound_certificate_says_what_it_is_shown_with() -> None:
    parsed = x509.load_der_x509_certificate(SOUND)
    found = signer_of(SOUND)
    assert found.common_name == "Jeanne Martin"
    assert found.organization == "Commune d'essai"
    assert found.subject == "CN=Jeanne Martin, O=Commune d'essai, C=FR"
    assert found.issuer.startswith("CN=AC d'essai, ")
    assert found.serial == hex(parsed.serial_number)
    assert (found.not_before, found.not_after) == (parsed.not_valid_before_utc, parsed.not_valid_after_utc)
    assert name_of(SOUND) == found.common_name


@pytest.mark.parametrize("what", BROKEN)
def test_what_can_be_read_is_shown_of_a_certificate_no_parser_reads_whole(what: str) -> None:
    broken, sound = BROKEN[what], signer_of(SOUND)
    assert len(broken) == len(SOUND) and certificate(broken) is None
    found = signer_of(broken)
    assert (found.organization, found.issuer, found.serial) == (
        sound.organization,
        sound.issuer,
        sound.serial,
    )
    assert found.not_after == sound.not_after
    if what == "name":
        assert (found.common_name, found.not_before) == ("", sound.not_before)
        assert name_of(broken) == "Commune d'essai"
    else:
        assert (found.common_name, found.not_before) == ("Jeanne Martin", datetime(1970, 1, 1, tzinfo=UTC))


def test_a_certificate_that_is_none_names_nobody() -> None:
    found = signer_of(b"\x30\x00")
    assert (found.common_name, found.subject, found.issuer, found.serial) == (None, "", "", "")
    assert name_of(b"\x30\x00") == ""
