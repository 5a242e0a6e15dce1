"""URLs of sealed bids. A draft or deposit belongs to its company, keys and openings to the buyer: 404 for others."""

import uuid
from datetime import datetime
from typing import Any

from dume.queries import Dume
from procurement.accounts import queries as accounts
from procurement.accounts.acl import buyer_acl, company_acl
from procurement.bids import errors
from procurement.bids.models import BidDeposit, BidDraft, BidKeyHolder, BidOpening, BidUpload
from procurement.bids.opener import stop_pending
from procurement.bids.queries import drafts, keysets, openings
from procurement.bids.queries.dumes import own_response
from procurement.bids.queries.tender import Tender, of, tender
from procurement.consultations import queries as consultations
from procurement.consultations.rules import ConsultationView
from procurement.core.errors import Invalid, NotFound
from procurement.core.permissions import Entry, Permission, public
from procurement.core.permissions import holder as grants
from procurement.core.text import _

_KEEPERS = "administrator drafter publisher opener"


class TenderResource:
    """A published consultation; the reader may be a company that bids or anybody."""

    def __init__(self, found: Tender, acl: list[Entry]) -> None:
        self.tender = found
        self.__acl__ = acl


class ResponseResource:
    """A DUME of the asking company that may go into its bid for a consultation."""

    def __init__(self, acl: list[Entry], tender: Tender, response: Dume | None = None) -> None:
        self.tender = tender
        self._response = response
        self.__acl__ = acl

    @property
    def response(self) -> Dume:
        """Return the response; only its owner comes this far."""
        assert self._response is not None
        return self._response


class DraftResource:
    """A deposit in preparation, and later the deposit itself."""

    def __init__(self, draft: BidDraft | None, acl: list[Entry], deposit: BidDeposit | None = None) -> None:
        self._draft = draft
        self._deposit = deposit
        self.__acl__ = acl

    @property
    def draft(self) -> BidDraft:
        """Return the draft; only those who may see it come this far."""
        assert self._draft is not None
        return self._draft

    @property
    def deposit(self) -> BidDeposit:
        """Return the deposit, or say that it is not made yet."""
        if self._deposit is None:
            raise errors.no_draft()
        return self._deposit


class UploadResource:
    """One upload of a draft."""

    def __init__(self, upload: BidUpload | None, acl: list[Entry]) -> None:
        self._upload = upload
        self.__acl__ = acl

    @property
    def upload(self) -> BidUpload:
        """Return the upload."""
        assert self._upload is not None
        return self._upload


class BuyerResource:
    """Something of the buyer's: the organisation, one of its keys, a consultation, an opening."""

    def __init__(
        self,
        acl: list[Entry],
        *,
        organisation_id: uuid.UUID | None = None,
        holder: BidKeyHolder | None = None,
        consultation: ConsultationView | None = None,
        opening: BidOpening | None = None,
    ) -> None:
        self.organisation_id = organisation_id
        self._holder = holder
        self._consultation = consultation
        self._opening = opening
        self.__acl__ = acl

    @property
    def holder(self) -> BidKeyHolder:
        """Return the key holder."""
        assert self._holder is not None
        return self._holder

    @property
    def consultation(self) -> ConsultationView:
        """Return the consultation, which may be a draft."""
        assert self._consultation is not None
        return self._consultation

    def tender(self, now: datetime) -> Tender:
        """Return the consultation once it is published."""
        if self.consultation.published_at is None or self.consultation.closes_at is None:
            raise _unknown()
        return of(self.consultation, now=now)

    @property
    def opening(self) -> BidOpening:
        """Return the opening."""
        assert self._opening is not None
        return self._opening


def _uuid(request: Any, name: str, refusal: NotFound) -> uuid.UUID:
    text = request.matchdict[name]
    try:
        value = uuid.UUID(text)
    except ValueError:
        raise refusal from None
    if str(value) != text:
        raise refusal
    return value


def _company(request: Any) -> list[Entry]:
    """Return the access list of the asking company's own things; anonymous readers and buyers get the public one."""
    identity = request.identity
    if identity is None or identity.organisation_kind != "company":
        return public()
    return company_acl(identity.organisation_id)


def _unknown() -> NotFound:
    return NotFound("bid.consultation_not_found", _("Cette consultation n’existe pas ou n’est pas publiée."))


def tender_by_id(request: Any) -> TenderResource:
    """Load a published consultation by its id."""
    found = tender(request.db, _uuid(request, "consultation", _unknown()), now=request.now)
    return TenderResource(found, _company(request))


def tender_by_reference(request: Any) -> TenderResource:
    """Load a published consultation by its reference."""
    found = consultations.view(request.db, request.matchdict["reference"])
    return TenderResource(tender(request.db, found.id, now=request.now), _company(request))


def response_of_tender(request: Any) -> ResponseResource:
    """Load a response of the asking company for a consultation; anyone else gets 404."""
    found = tender_by_reference(request)
    if request.identity is None:
        return ResponseResource(public(), found.tender)
    try:
        row = own_response(
            request.db, found.tender.id, request.identity.organisation_id, request.matchdict["id_dume"]
        )
    except Invalid as error:
        raise NotFound(error.code, error.message, **error.params) from None
    return ResponseResource(found.__acl__, found.tender, row)


def company_space(request: Any) -> DraftResource:
    """Return the space of the asking company."""
    return DraftResource(None, _company(request))


def draft_by_id(request: Any) -> DraftResource:
    """Load a deposit of the asking company; who has no session is asked to sign in, anyone else gets 404."""
    if request.identity is None:
        return DraftResource(None, public())
    draft_id = _uuid(request, "deposit", errors.no_draft())
    found = drafts.draft(request.db, draft_id, request.identity.organisation_id)
    return DraftResource(found, company_acl(found.company_id), request.db.get(BidDeposit, found.id))


def upload_by_id(request: Any) -> UploadResource:
    """Load an upload of the asking company."""
    if request.identity is None:
        return UploadResource(None, public())
    upload_id = _uuid(request, "upload", errors.no_upload())
    found = drafts.upload(request.db, upload_id, request.identity.organisation_id)
    return UploadResource(found, company_acl(request.identity.organisation_id))


def own_organisation(request: Any) -> BuyerResource:
    """Return the asking buyer's organisation."""
    identity = request.identity
    if identity is None or identity.organisation_kind != "buyer":
        return BuyerResource(public())
    return BuyerResource(buyer_acl(identity.organisation_id), organisation_id=identity.organisation_id)


def organisation_by_id(request: Any) -> BuyerResource:
    """Return the buyer named in the address if it is the asking one."""
    resource = own_organisation(request)
    named = _uuid(request, "organisation", errors.no_key())
    if request.identity is not None and resource.organisation_id != named:
        raise errors.no_key()
    return resource


def key_by_id(request: Any) -> BuyerResource:
    """Load a key holder of the asking buyer."""
    if request.identity is None:
        return BuyerResource(public())
    found = keysets.holder(
        request.db, _uuid(request, "key", errors.no_key()), request.identity.organisation_id
    )
    # Who arranges keys may also rehearse them: the rehearsal proves possession, whoever sits at the keyboard.
    acl = [
        *buyer_acl(found.organisation_id),
        *grants(found.organisation_id, _KEEPERS, Permission.KEY_REHEARSE),
    ]
    return BuyerResource(acl, organisation_id=found.organisation_id, holder=found)


def _owned(request: Any, key: uuid.UUID | str) -> BuyerResource:
    """Load a consultation of the asking buyer, published or not."""
    if request.identity is None:
        return BuyerResource(public())
    found = consultations.view(request.db, key)
    if found.organisation_id != request.identity.organisation_id:
        raise _unknown()
    services = accounts.service_and_parents(request.db, found.service_id) if found.service_id else []
    acl = buyer_acl(found.organisation_id, services)
    return BuyerResource(acl, organisation_id=found.organisation_id, consultation=found)


def owned_by_id(request: Any) -> BuyerResource:
    """Load a consultation of the asking buyer by its id."""
    return _owned(request, _uuid(request, "consultation", _unknown()))


def owned_by_reference(request: Any) -> BuyerResource:
    """Load a consultation of the asking buyer by its reference."""
    return _owned(request, request.matchdict["reference"])


def openings_by_id(request: Any) -> BuyerResource:
    """Load a consultation of the asking buyer by its id, to open its bids."""
    found = owned_by_id(request)
    stop_pending(request, found)
    return found


def openings_by_reference(request: Any) -> BuyerResource:
    """Load a consultation of the asking buyer by its reference, to open its bids."""
    found = owned_by_reference(request)
    stop_pending(request, found)
    return found


def opening_by_id(request: Any) -> BuyerResource:
    """Load an opening of the asking buyer."""
    if request.identity is None:
        return BuyerResource(public())
    opening = openings.opening(request.db, _uuid(request, "opening", errors.no_opening()))
    if opening is None:
        raise errors.no_opening()
    try:
        owner = _owned(request, opening.consultation_id)
    except NotFound:
        raise errors.no_opening() from None
    stop_pending(request, owner)
    return BuyerResource(
        owner.__acl__, organisation_id=owner.organisation_id, consultation=owner.consultation, opening=opening
    )


_API = "/api/v1"
_ROUTES = (
    ("bids.api.terms", f"{_API}/consultations/{{consultation}}/scellement", tender_by_id),
    ("bids.api.drafts", f"{_API}/consultations/{{consultation}}/plis", tender_by_id),
    ("bids.api.draft", f"{_API}/plis/{{deposit}}", draft_by_id),
    ("bids.api.object", f"{_API}/plis/{{deposit}}/objets/{{name}}", draft_by_id),
    ("bids.api.commit", f"{_API}/plis/{{deposit}}/depot", draft_by_id),
    ("bids.api.receipt", f"{_API}/plis/{{deposit}}/recu", draft_by_id),
    ("bids.api.withdrawal", f"{_API}/plis/{{deposit}}/retrait", draft_by_id),
    ("bids.api.reports", f"{_API}/plis/{{deposit}}/rapports", draft_by_id),
    ("bids.api.uploads", f"{_API}/televersements", company_space),
    ("bids.api.upload", f"{_API}/televersements/{{upload}}", upload_by_id),
    ("bids.api.keys", f"{_API}/organisations/{{organisation}}/cles", organisation_by_id),
    ("bids.api.rehearsals", f"{_API}/cles/{{key}}/epreuves", key_by_id),
    ("bids.api.rehearsal", f"{_API}/cles/{{key}}/epreuves/{{rehearsal}}", key_by_id),
    ("bids.api.revocation", f"{_API}/cles/{{key}}/revocation", key_by_id),
    ("bids.api.certificate", f"{_API}/cles/{{key}}/certificat.crt", key_by_id),
    ("bids.api.key_set", f"{_API}/consultations/{{consultation}}/cles", owned_by_id),
    ("bids.api.openings", f"{_API}/consultations/{{consultation}}/ouvertures", openings_by_id),
    ("bids.api.opening", f"{_API}/ouvertures/{{opening}}", opening_by_id),
    ("bids.api.packets", f"{_API}/ouvertures/{{opening}}/paquets", opening_by_id),
    ("bids.api.secrets", f"{_API}/ouvertures/{{opening}}/secrets", opening_by_id),
    ("bids.api.failures", f"{_API}/ouvertures/{{opening}}/rapports", opening_by_id),
    ("bids.api.clock", f"{_API}/horloge", None),
    ("bids.api.workstation_time", f"{_API}/poste/heure", None),
    ("bids.api.workstation_upload", f"{_API}/poste/envoi", None),
    ("bids.workstation", "/poste", None),
    ("bids.deposit", "/consultations/{reference}/depot", tender_by_reference),
    ("bids.dume_file", "/consultations/{reference}/depot/dume/{id_dume}", response_of_tender),
    ("bids.deposits", "/depots", company_space),
    ("bids.receipt", "/depots/{deposit}", draft_by_id),
    ("bids.withdrawal", "/depots/{deposit}/retrait", draft_by_id),
    ("bids.keys", "/organisation/cles", own_organisation),
    ("bids.key_ceremony", "/organisation/cles/nouvelle", own_organisation),
    ("bids.rehearsal", "/cles/{key}/epreuve", key_by_id),
    ("bids.key_revoke", "/cles/{key}/revocation", key_by_id),
    ("bids.keyset", "/consultations/{reference}/cles", owned_by_reference),
    ("bids.openings", "/consultations/{reference}/ouvertures", openings_by_reference),
    ("bids.comparison", "/consultations/{reference}/comparaison", openings_by_reference),
    ("bids.comparison_csv", "/consultations/{reference}/comparaison.csv", openings_by_reference),
    (
        "bids.comparison_proof",
        "/consultations/{reference}/comparaison/{id_dume}/pieces/{evidence}",
        openings_by_reference,
    ),
    ("bids.api.comparison", f"{_API}/consultations/{{consultation}}/comparaison", openings_by_id),
    ("bids.register", "/consultations/{reference}/registre", owned_by_reference),
    ("bids.opening", "/ouvertures/{opening}", opening_by_id),
    ("bids.minutes", "/ouvertures/{opening}/proces-verbal.{format}", opening_by_id),
    ("bids.opened_archive", "/ouvertures/{opening}/plis/{envelope}.zip", opening_by_id),
    ("bids.opened", "/ouvertures/{opening}/plis/{envelope}", opening_by_id),
    ("bids.opened_file", "/ouvertures/{opening}/plis/{envelope}/fichiers/{n}", opening_by_id),
    ("bids.opened_signatures", "/ouvertures/{opening}/plis/{envelope}/signatures", opening_by_id),
    ("bids.opened_signature", "/ouvertures/{opening}/plis/{envelope}/signatures/{n}", opening_by_id),
    (
        "bids.opened_evidence",
        "/ouvertures/{opening}/plis/{envelope}/signatures/{n}/preuves/{verdict}",
        opening_by_id,
    ),
    (
        "bids.opened_evidence_stamp",
        "/ouvertures/{opening}/plis/{envelope}/signatures/{n}/preuves/{verdict}/horodatage",
        opening_by_id,
    ),
)


def includeme(config: Any) -> None:
    """Add the routes."""
    for name, pattern, factory in _ROUTES:
        config.add_route(name, pattern, factory=factory)
