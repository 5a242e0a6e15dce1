"""The buyer's DUME of a consultation: begun here with what the consultation says, written in the DUME's own pages."""

import zlib
from typing import Any

from dume import queries as dumes
from dume import service as dume
from dume.espd.parse import MAX_BYTES
from dume.queries import Dume
from dume.rendering import pages
from dume.rules import Mode, Status
from dume.service import RequestDraft, RequestEdits
from procurement.consultations import dumes as tied
from procurement.consultations import service
from procurement.consultations.rules import ConsultationView
from procurement.consultations.service import Received
from procurement.core import services
from procurement.core.errors import Conflict, DomainError, Invalid
from procurement.core.pdf import PdfUnavailable
from procurement.core.permissions import Permission
from procurement.core.settings import Settings
from procurement.core.storage import Storage
from procurement.core.text import _
from procurement.core.vault import KeyVault
from procurement.core.web import page
from procurement.core.web.views import see_other

#: What a form adds around its file, in bytes, at most.
_MARGIN = 64 << 10
_TEMPLATE = "consultations/dume.html"
#: What each status is called, and its colour.
STATUSES = {
    Status.DRAFT: (_("À valider"), "todo"),
    Status.VALID: (_("Validé"), "ok"),
    Status.PUBLISHED: (_("Publié"), "ok"),
}


@page("consultations.dume", permission=Permission.DUME_VIEW, template=_TEMPLATE)
def show(request: Any) -> dict[str, Any]:
    """Show where the DUME stands, or the three ways to begin one."""
    return _shown(request)


@page("consultations.dume_begin", permission=Permission.DUME_EDIT, methods=("POST",))
def begin(request: Any) -> Any:
    """Begin a DUME with the usual criteria, or with those that will be chosen."""
    consultation = _free(request)
    mode = Mode.SIMPLIFIED if request.POST.get("mode") == Mode.SIMPLIFIED else Mode.STANDARD
    draft = RequestDraft(
        buyer=_buyer(request),
        procedure=tied.procedure(consultation),
        lots=tied.lots(consultation),
        # A standard one begins with the usual criteria too: it is quicker to take out than to find.
        mode=Mode.SIMPLIFIED,
        lang=request.lang,
    )
    row = dume.create_request(
        request.db, _vault(request), draft, owner=dume.owner_of(request.identity), by=request.identity, now=request.now,
        tie=tied.tie(consultation),
    )  # fmt: skip
    request.flash(_("Le DUME est commencé avec les données de la consultation."))
    where = "dume.request_criteria" if mode is Mode.STANDARD else "dume.request"
    return see_other(request.route_path(where, id_dume=row.id_dume))


@page(
    "consultations.dume_import",
    permission=Permission.DUME_EDIT,
    template=_TEMPLATE,
    methods=("POST",),
    most=MAX_BYTES + _MARGIN,
)
def import_file(request: Any) -> Any:
    """Begin a DUME with a file of any readable version; buyer, object and lots are those of the consultation."""
    _free(request)
    sent = request.POST.get("file")
    try:
        if getattr(sent, "file", None) is None:
            raise Invalid("dume.no_file", _("Choisissez un fichier XML : rien n’a été envoyé."))
        row = dume.import_request(
            request.db, _vault(request), sent.file.read(MAX_BYTES + 1), owner=dume.owner_of(request.identity),
            by=request.identity, now=request.now,
        )  # fmt: skip
        _refresh(request, row)
    except DomainError as error:
        request.response.status_int = error.status
        return _shown(request, [("file", request.translate(error.message, **error.params))])
    request.flash(_("Le fichier est importé. Relisez ce qui en a été repris."))
    return see_other(request.route_path("dume.request", id_dume=row.id_dume))


@page("consultations.dume_refresh", permission=Permission.DUME_EDIT, methods=("POST",))
def refresh(request: Any) -> Any:
    """Say again in the DUME what the consultation says now: object, codes, lots."""
    row = dumes.request_tied(request.db, request.context.consultation.id)
    if row is None:
        raise Conflict("consultation.no_dume", _("Cette consultation n’a pas de DUME de l’acheteur."))
    _refresh(request, row)
    request.flash(_("Le DUME reprend les données de la consultation. Il est à valider de nouveau."))
    return see_other(request.route_path("dume.request", id_dume=row.id_dume))


def _refresh(request: Any, row: Dume) -> None:
    consultation = request.context.consultation
    what = dumes.document(request.db, _vault(request), row)
    known = what.buyer.party.identifiers
    own = any(one.value == consultation.buyer_siret for one in known) and what.buyer.party.contact.telephone
    edits = RequestEdits(
        buyer=None if own else _buyer(request),
        procedure=tied.procedure(consultation),
        lots=tied.lots(consultation),
    )
    dume.follow_consultation(
        request.db,
        _vault(request),
        row,
        edits,
        tie=tied.tie(consultation),
        by=request.identity,
        now=request.now,
    )


def _free(request: Any) -> ConsultationView:
    """Return a draft that has no DUME yet."""
    consultation: ConsultationView = request.context.consultation
    if consultation.published_at is not None:
        raise Conflict(
            "consultation.dume_too_late",
            _(
                "La consultation est publiée : un DUME de l’acheteur ne s’y ajoute plus. Rien n’a été modifié."
            ),
        )
    if dumes.request_tied(request.db, consultation.id) is not None:
        raise Conflict("consultation.dume_exists", _("Cette consultation a déjà un DUME de l’acheteur."))
    return consultation


def _buyer(request: Any) -> Any:
    settings: Settings = services.get(request, Settings)
    consultation = request.context.consultation
    return tied.buyer(request.db, consultation, by=request.identity, site=settings.base_url)


def _shown(request: Any, errors: list[tuple[str, str]] | None = None) -> dict[str, Any]:
    consultation = request.context.consultation
    row = dumes.request_tied(request.db, consultation.id)
    status = dumes.status_of(row) if row is not None else None
    return {
        "consultation": consultation,
        "row": row,
        "status_word": STATUSES.get(status) if status else None,
        "differs": row is not None and tied.differs(row, consultation),
        "published": tied.published_dume(request, consultation),
        "errors": errors or [],
    }


def stored(request: Any, consultation: ConsultationView) -> tuple[Received, ...]:
    """Put the XML and the PDF of the DUME into the store, to be published among the tender documents."""
    row = dumes.request_tied(request.db, consultation.id)
    if consultation.published_at is not None or row is None or tied.refusals(row, consultation):
        return ()
    content, _digest = dumes.xml(request.db, _vault(request), row)
    files = [("xml", content, "application/xml")]
    try:
        what = dumes.document(request.db, _vault(request), row)
        files.append(("pdf", pages.to_pdf(what, content, "fr", date=request.now), "application/pdf"))
    except PdfUnavailable:  # Without this optional part the XML alone is published.
        pass
    return tuple(_store(request, consultation, row, *one) for one in files)


def _store(
    request: Any, consultation: ConsultationView, row: Dume, suffix: str, content: bytes, media_type: str
) -> Received:
    storage: Storage = services.get(request, Storage)
    key = service.new_key(consultation.id)
    kept = storage.put(key, [content])
    return Received(
        path=f"DUME/dume-acheteur-{row.id_dume}.{suffix}", media_type=media_type, size=kept.size, sha256=kept.sha256,
        crc32=zlib.crc32(content), storage_key=key,
    )  # fmt: skip


def forget(request: Any, received: tuple[Received, ...]) -> None:
    """Take files out of the store again: the publication did not take place."""
    storage: Storage = services.get(request, Storage)
    for one in received:
        storage.delete(one.storage_key)


def _vault(request: Any) -> KeyVault:
    found: KeyVault = services.get(request, KeyVault)
    return found
