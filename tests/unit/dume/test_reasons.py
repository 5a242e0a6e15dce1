"""What a conversion report says of a value is said in English as well, every sentence of it."""

import pytest

from dume.espd import read_v1, read_v2, write_v102, write_v211
from dume.espd.export import export
from dume.espd.importing import read
from dume.espd.model import Document, Version
from dume.espd.parse import parse
from dume.wording.reasons import reason
from tests.vectors.dume.documents import documents

OWN = documents()
#: One document in four, and the two that say most: each of the others repeats the same reasons.
SOME = sorted({*sorted(OWN)[::4], *sorted(OWN, key=lambda name: len(OWN[name].answers))[-2:]})
OLDER = {Version.V2_1_1: (write_v211.write, read_v2.read), Version.V1_0_2: (write_v102.write, read_v1.read)}


def said(document: Document, version: Version) -> set[str]:
    """Return every reason given when a document is written in an older version, then read again."""
    given = {item.why for item in export(document, version).report.items}
    writer, reader = OLDER[version]
    _document, items = reader(parse(writer(document)))
    given |= {item.why for item in items}
    for _name, data in export(document, version).files:
        given |= {item.why for item in read(data).report.items}
    return given - {""}


@pytest.mark.parametrize("name", SOME)
@pytest.mark.parametrize("version", list(OLDER))
def test_every_reason_has_its_english(name: str, version: Version) -> None:
    given = said(OWN[name], version)
    assert given
    assert [one for one in given if reason(one, "en") == one] == []


def test_what_a_sentence_quotes_is_kept_and_french_stays() -> None:
    assert reason("En 4.1.0 : FRA", "en") == "In 4.1.0: FRA"
    assert (
        reason("La version 1.0.2 n’a pas ce critère.", "en") == "Version 1.0.2 does not have this criterion."
    )
    assert reason("En 4.1.0 : FRA", "fr") == "En 4.1.0 : FRA"


def test_unknown_sentence_is_shown_as_it_was_written() -> None:
    assert reason("Autre chose", "en") == "Autre chose"
