"""The verbs of the DUME room: requests, responses, their life, prefilling, opening, consortia, hand-overs, links.

Each takes the session, the vault where content is read or written, the object, then by keyword who acts (``by``) and
when (``now``); it returns the object, raises a ``DomainError``, journals in the same transaction and never commits. Who
may do it is decided before, by the resource that loaded the object (``dume.routes``).
"""

from dume.rules import Owner, OwnerKind
from dume.service.answers import answer, changes, confirm
from dume.service.company import name_company
from dume.service.evidence import (
    EVIDENCE_BYTES,
    attach_evidence,
    detach_evidence,
    require_room,
    store_proof,
)
from dume.service.groups import (
    invite_member,
    join_consortium,
    leave_consortium,
    place,
    remove_member,
    start_consortium,
)
from dume.service.handover import (
    begin_handover,
    check_return_url,
    complete_handover,
    hand_over,
    resume_handover,
)
from dume.service.links import link_owner, linked, resume
from dume.service.merging import merge_request
from dume.service.news import EVENTS
from dume.service.opening import (
    check_opened,
    opened_responses,
    record_deposited,
    record_opened,
    record_withdrawn,
    state_opening,
)
from dume.service.operator import OperatorProposal, proposed_operator
from dume.service.owners import owner_of
from dume.service.prefill import check_freshness, start_prefill
from dume.service.progress import prefill_underway
from dume.service.publication import delete, publish
from dume.service.requests import (
    choose_criteria,
    create_request,
    edit_request,
    import_request,
    renew_request,
)
from dume.service.responses import create_response, edit_response, import_response
from dume.service.terms import (
    Begun,
    Change,
    Changes,
    Checked,
    Given,
    Guest,
    HandedOver,
    Invited,
    Linked,
    Place,
    Published,
    RequestDraft,
    RequestEdits,
    ResponseDraft,
    ResponseEdits,
    StoredProof,
    Tie,
    Why,
)
from dume.service.tying import follow_consultation, move_deadline
from dume.service.validation import check_dume, validate

__all__ = [
    "EVENTS",
    "EVIDENCE_BYTES",
    "Begun",
    "Change",
    "Changes",
    "Checked",
    "Given",
    "Guest",
    "HandedOver",
    "Invited",
    "Linked",
    "OperatorProposal",
    "Owner",
    "OwnerKind",
    "Place",
    "Published",
    "RequestDraft",
    "RequestEdits",
    "ResponseDraft",
    "ResponseEdits",
    "StoredProof",
    "Tie",
    "Why",
    "answer",
    "attach_evidence",
    "begin_handover",
    "changes",
    "check_dume",
    "check_freshness",
    "check_opened",
    "check_return_url",
    "choose_criteria",
    "complete_handover",
    "confirm",
    "create_request",
    "create_response",
    "delete",
    "detach_evidence",
    "edit_request",
    "edit_response",
    "follow_consultation",
    "hand_over",
    "import_request",
    "import_response",
    "invite_member",
    "join_consortium",
    "leave_consortium",
    "link_owner",
    "linked",
    "merge_request",
    "move_deadline",
    "name_company",
    "opened_responses",
    "owner_of",
    "place",
    "prefill_underway",
    "proposed_operator",
    "publish",
    "record_deposited",
    "record_opened",
    "record_withdrawn",
    "remove_member",
    "renew_request",
    "require_room",
    "resume",
    "resume_handover",
    "start_consortium",
    "start_prefill",
    "state_opening",
    "store_proof",
    "validate",
]
