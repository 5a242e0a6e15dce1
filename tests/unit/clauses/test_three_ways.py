"""An export that comes back late is compared with what was sent: what the draft changed since is no change of the file."""

import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from clauses import queries, service
from clauses.errors import Changed
from clauses.queries import DraftView
from clauses.queries.redlines import against_library
from clauses.render.docx import origin as origins
from clauses.render.docx.safety import open_docx
from clauses.render.readback import Outcome, Provenance, ReadBack
from clauses.rules.states import ArtefactFormat
from procurement.core.security import Identity
from tests.factories import clauses, office

OURS = "Nos prix sont fermes. Ils comprennent toutes les charges."


@pytest.fixture
def draft(session: Session, drafter: Identity, now: datetime) -> DraftView:
    found = clauses.start(session, drafter, now)
    return clauses.answer(
        session, found.id, drafter, now, sociale="oui", heures_insertion="400", ccag="aucun"
    )


@pytest.fixture
def sent(session: Session, draft: DraftView, drafter: Identity, now: datetime) -> bytes:
    laid = service.lay_out(service.prepare(session, draft.id, ArtefactFormat.DOCX))
    made = service.keep(session, laid, by=drafter, now=now)
    assert made is not None
    return made.content


def edited(data: bytes, before: str, after: str, part: str = "word/document.xml") -> bytes:
    """Change a part of a DOCX, as a word processor would."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as target:
        for entry in archive.infolist():
            content = archive.read(entry)
            if entry.filename == part:
                assert before.encode() in content
                content = content.replace(before.encode(), after.encode())
            target.writestr(entry, content)
    return out.getvalue()


def wrote(
    session: Session, draft: DraftView, key: str, body: str, drafter: Identity, now: datetime
) -> DraftView:
    revision = service.revision_of(session, draft.id, key)
    return service.save_text(session, draft.id, key, body, revision=revision, by=drafter, now=now).draft


def told(back: ReadBack) -> dict[str, tuple[Outcome, bool]]:
    return {one.id: (one.outcome, one.proposed) for one in back.changed}


def test_what_the_draft_changed_since_is_no_change_of_the_file(
    session: Session, draft: DraftView, sent: bytes, drafter: Identity, now: datetime
) -> None:
    file = edited(sent, "sont plafonnées", "sont plafonnées à 10 %")
    assert told(service.look(session, draft.id, file)) == {"ccap.penalites": (Outcome.MODIFIED, True)}
    wrote(session, draft, "ccap.prix", OURS, drafter, now)
    clauses.answer(session, draft.id, drafter, now, heures_insertion="500")
    back = service.look(session, draft.id, file)
    assert told(back) == {"ccap.penalites": (Outcome.MODIFIED, True)}
    assert (back.provenance, back.revision, back.outside) == (Provenance.KNOWN, draft.revision, ())
    assert told(service.look(session, draft.id, sent)) == {}


def test_clause_changed_on_both_sides_is_a_conflict_with_both_texts(
    session: Session, draft: DraftView, sent: bytes, drafter: Identity, now: datetime
) -> None:
    seen = wrote(session, draft, "ccap.prix", OURS, drafter, now)
    back = service.look(session, draft.id, edited(sent, "Les prix sont fermes", "Les prix sont révisables"))
    assert told(back) == {"ccap.prix": (Outcome.CONFLICT, False)}
    (one,) = back.changed
    assert ("+", "révisables") in one.diff
    assert "Nos" in "".join(text for change, text in one.since if change == "+")
    with pytest.raises(Changed):
        service.apply_readback(
            session, draft.id, back, ["ccap.prix"], revision=draft.revision, by=drafter, now=now
        )
    done = service.apply_readback(
        session, draft.id, back, ["ccap.prix"], revision=seen.revision, by=drafter, now=now
    )
    assert done.draft.texts["ccap.prix"].startswith("Les prix sont révisables.")


def test_same_change_on_both_sides_is_none(
    session: Session, draft: DraftView, sent: bytes, drafter: Identity, now: datetime
) -> None:
    body = queries.desk(session, draft).included["ccap.prix"].body
    wrote(session, draft, "ccap.prix", body.replace("fermes", "révisables"), drafter, now)
    assert (
        told(service.look(session, draft.id, edited(sent, "prix sont fermes", "prix sont révisables"))) == {}
    )


def test_clause_that_left_or_entered_since_is_said_so(
    session: Session, draft: DraftView, sent: bytes, drafter: Identity, now: datetime
) -> None:
    clauses.answer(session, draft.id, drafter, now, sociale="non")
    assert told(service.look(session, draft.id, sent)) == {}
    back = service.look(session, draft.id, edited(sent, "suivies par un facilitateur", "suivies par deux"))
    assert (told(back), back.outside) == ({"ccap.sociale": (Outcome.GONE, False)}, ())
    revision = queries.view(session, draft.id).revision
    done = service.apply_readback(
        session, draft.id, back, ["ccap.sociale"], revision=revision, by=drafter, now=now
    )
    assert (done.taken, done.draft.texts) == ((), {})
    laid = service.lay_out(service.prepare(session, draft.id, ArtefactFormat.DOCX))
    service.keep(session, laid, by=drafter, now=now)
    clauses.answer(session, draft.id, drafter, now, sociale="oui")
    assert told(service.look(session, draft.id, laid.content)) == {}


def test_file_of_another_draft_or_of_none_proposes_nothing(
    session: Session, draft: DraftView, sent: bytes, drafter: Identity, now: datetime
) -> None:
    other = clauses.start(session, drafter, now)
    clauses.answer(session, other.id, drafter, now, sociale="oui", heures_insertion="400", ccag="aucun")
    file = edited(sent, "Les prix sont fermes", "Les prix sont révisables")
    back = service.look(session, other.id, file)
    assert (back.provenance, told(back)) == (Provenance.OTHER, {"ccap.prix": (Outcome.MODIFIED, False)})
    mark = origins.Origin(draft.id, draft.revision).mark
    bare = edited(edited(file, mark, "repere"), mark, "rien", "docProps/custom.xml")
    back = service.look(session, draft.id, bare)
    assert (back.provenance, back.revision) == (Provenance.UNKNOWN, None)
    assert told(back) == {"ccap.prix": (Outcome.MODIFIED, False)}


def test_redline_comes_back_as_the_document_it_shows(
    session: Session, draft: DraftView, drafter: Identity, now: datetime
) -> None:
    seen = wrote(session, draft, "ccap.prix", OURS, drafter, now)
    file = against_library(session, seen, None, author="Mme Essai", now=now)
    back = service.look(session, draft.id, file)
    assert (back.provenance, told(back)) == (Provenance.KNOWN, {})
    clauses.answer(session, draft.id, drafter, now, heures_insertion="500")
    back = service.look(session, draft.id, file)  # No export was kept of what it shows.
    assert (back.provenance, told(back)) == (
        Provenance.LOST, {"ccap.sociale": (Outcome.MODIFIED, False)},
    )  # fmt: skip


def test_origin_stands_twice_and_fits_a_bookmark(draft: DraftView, sent: bytes) -> None:
    origin = origins.Origin(draft.id, 999_999_999)
    assert len(origin.mark) <= 40  # what Word allows
    mine = origins.Origin(draft.id, draft.revision)
    assert origins.read(open_docx(sent)) == mine
    for part in ("word/document.xml", "docProps/custom.xml"):
        assert origins.read(open_docx(edited(sent, mine.mark, "rien", part))) == mine


def said(number: int, author: str, date: str, words: str) -> str:
    return f'<w:comment w:id="{number}" w:author="{author}" w:date="{date}"><w:p><w:r><w:t>{words}</w:t></w:r></w:p></w:comment>'


def commented(data: bytes, *comments: str) -> bytes:
    """Put comments into a DOCX, as a word processor would."""
    out = io.BytesIO()
    inside = "".join(comments)
    root = f'<w:comments xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{inside}</w:comments>'
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as target:
        for entry in archive.infolist():
            target.writestr(entry, archive.read(entry))
        target.writestr("word/comments.xml", root)
    return out.getvalue()


def test_comment_of_a_file_becomes_one_remark_however_often_it_is_read(
    session: Session, draft: DraftView, sent: bytes, drafter: Identity, now: datetime
) -> None:
    anne = said(1, "Anne", "2026-11-30T10:00:00Z", "Trop long ?")
    alike = [said(number, "Léo", "2026-11-30T11:00:00Z", "D’accord.") for number in (2, 3)]
    file = commented(sent, anne, *alike)

    def take(back: ReadBack) -> list[str]:
        service.apply_readback(session, draft.id, back, [], revision=draft.revision, by=drafter, now=now)
        return [one.body for one in service.comments(session, draft.id)]

    back = service.look(session, draft.id, file)
    once = take(back)
    assert once == ["Trop long ?", "D’accord.", "D’accord."]
    assert take(back) == once  # The page was sent twice.
    assert service.look(session, draft.id, file).comments == ()
    again = said(7, "Anne", "2026-11-30T10:00:00", "Trop  long ?")  # Saved by another word processor.
    later = said(8, "Anne", "2026-12-01T09:00:00Z", "Trop long ?")
    back = service.look(session, draft.id, commented(sent, again, *alike, later))
    assert [one.text for one in back.comments] == ["Trop long ?"]
    assert take(back) == [*once, "Trop long ?"]


@office.needed
def test_origin_survives_libreoffice(session: Session, draft: DraftView, sent: bytes, tmp_path: Path) -> None:
    (data,) = office.convert(tmp_path, {"envoi.docx": sent}, "docx:MS Word 2007 XML").values()
    mine = origins.Origin(draft.id, draft.revision)
    root = open_docx(data)
    assert (origins.read(root), mine.mark in origins._bookmarks(root.document)) == (mine, True)
    back = service.look(session, draft.id, data)
    assert (back.provenance, told(back)) == (Provenance.KNOWN, {})
