"""The verbs of the clause room: releases and layers of the library; drafts, their life, their files.

Each takes the session, the object, then by keyword who acts (``by``) and when (``now``); it returns the object, raises a
``DomainError``, journals in the same transaction and never commits. Saves that come too late do not raise: their result
holds both texts, so that the losing one is committed into the history.
"""

from clauses.service.answers import (
    SaveResult,
    Settlement,
    acknowledge,
    revision_of,
    save_answer,
    save_text,
    say_derogation,
    settle,
)
from clauses.service.comments import Remark, comment, comments, resolve_comment
from clauses.service.covers import CoverWish, compose_cover, cover_specimen, keep_cover, remove_cover
from clauses.service.drafts import (
    Beginning,
    Duplicated,
    apply_facts,
    duplicate,
    move_date,
    start_draft,
)
from clauses.service.exporting import ROUNDS, LaidOut, Prepared, available, export, keep, lay_out, prepare
from clauses.service.freezing import Announcement, Checked, Frozen, Signed, check
from clauses.service.freezing import freeze as freeze_library
from clauses.service.layers import (
    LayerRelease,
    acknowledge_drift,
    adapt,
    drifts,
    ensure_layer,
    publish_layer,
    sign_layer,
    stand_on,
    take_back,
)
from clauses.service.life import freeze, return_, submit, validate
from clauses.service.readback import TakenBack, apply_readback, look
from clauses.service.releases import checked, import_release, publish, sign, withdraw
from clauses.service.storing import reindex
from clauses.service.upgrading import Choice, undo_upgrade, upgrade_draft
from clauses.service.usual import forget_usual, keep_usual
from clauses.service.wordings import Wording

__all__ = [
    "ROUNDS",
    "Announcement",
    "Beginning",
    "Checked",
    "Choice",
    "CoverWish",
    "Duplicated",
    "Frozen",
    "LaidOut",
    "LayerRelease",
    "Prepared",
    "Remark",
    "SaveResult",
    "Settlement",
    "Signed",
    "TakenBack",
    "Wording",
    "acknowledge",
    "acknowledge_drift",
    "adapt",
    "apply_facts",
    "apply_readback",
    "available",
    "check",
    "checked",
    "comment",
    "comments",
    "compose_cover",
    "cover_specimen",
    "drifts",
    "duplicate",
    "ensure_layer",
    "export",
    "forget_usual",
    "freeze",
    "freeze_library",
    "import_release",
    "keep",
    "keep_cover",
    "keep_usual",
    "lay_out",
    "look",
    "move_date",
    "prepare",
    "publish",
    "publish_layer",
    "reindex",
    "remove_cover",
    "resolve_comment",
    "return_",
    "revision_of",
    "save_answer",
    "save_text",
    "say_derogation",
    "settle",
    "sign",
    "sign_layer",
    "stand_on",
    "start_draft",
    "submit",
    "take_back",
    "undo_upgrade",
    "upgrade_draft",
    "validate",
    "withdraw",
]  # fmt: skip
