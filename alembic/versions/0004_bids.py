"""Create the tables of sealed bids: keys, drafts and uploads, deposits, openings."""

import sqlalchemy as sa
from alembic import op

from procurement.bids.rules import HolderRole, Kind, Relation
from procurement.core.db import Json, StrEnumType, UtcDateTime

revision = "0004"
down_revision = "0003"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "bid_key_holder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("trustee_id", sa.Uuid()),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", StrEnumType(HolderRole, name="role"), nullable=False),
        sa.Column("kinds", Json(), nullable=False),
        sa.Column("cert_der", sa.LargeBinary(), nullable=False),
        sa.Column("cert_sha256", sa.String(64), nullable=False),
        sa.Column("algorithm", sa.String(20), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("rehearsed_at", UtcDateTime()),
        sa.Column("revoked_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_bid_key_holder"),
        sa.CheckConstraint(
            "(person_id IS NULL) <> (trustee_id IS NULL)", name=op.f("ck_bid_key_holder_one_holder")
        ),
        sa.UniqueConstraint(
            "organisation_id", "cert_sha256", name="uq_bid_key_holder_organisation_id_cert_sha256"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["account_organisation.id"], name="fk_bid_key_holder_organisation_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["account_person.id"], name="fk_bid_key_holder_person_id"),
        sa.ForeignKeyConstraint(
            ["trustee_id"], ["account_organisation.id"], name="fk_bid_key_holder_trustee_id"
        ),
    )
    op.create_table(
        "bid_rehearsal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_holder_id", sa.Uuid(), nullable=False),
        sa.Column("nonce_sha256", sa.String(64), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime()),
        sa.Column("ok", sa.Boolean()),
        sa.PrimaryKeyConstraint("id", name="pk_bid_rehearsal"),
        sa.ForeignKeyConstraint(
            ["key_holder_id"], ["bid_key_holder.id"], name="fk_bid_rehearsal_key_holder_id"
        ),
    )
    op.create_index("ix_bid_rehearsal_key_holder_id", "bid_rehearsal", ["key_holder_id"])
    op.create_table(
        "bid_draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("idempotency_key", sa.String(255)),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("transmission_started_at", UtcDateTime()),
        sa.Column("committed_at", UtcDateTime()),
        sa.Column("revision", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bid_draft"),
        sa.UniqueConstraint("company_id", "idempotency_key", name="uq_bid_draft_company_id_idempotency_key"),
        sa.ForeignKeyConstraint(["account_id"], ["account_person.id"], name="fk_bid_draft_account_id"),
        sa.ForeignKeyConstraint(["company_id"], ["account_organisation.id"], name="fk_bid_draft_company_id"),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name="fk_bid_draft_consultation_id"
        ),
    )
    op.create_index("ix_bid_draft_consultation_id", "bid_draft", ["consultation_id", "company_id"])
    op.create_table(
        "bid_key_set",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("version", _BIG, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("m", _BIG, nullable=False),
        sa.Column("n", _BIG, nullable=False),
        sa.Column("custodian", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bid_key_set"),
        sa.UniqueConstraint("consultation_id", "version", name="uq_bid_key_set_consultation_id_version"),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name="fk_bid_key_set_consultation_id"
        ),
    )
    op.create_table(
        "bid_opening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", StrEnumType(Kind, name="kind"), nullable=False),
        sa.Column("lots", Json(), nullable=False),
        sa.Column("mode", sa.String(20), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("by_name", sa.String(200), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime()),
        sa.Column("minutes", Json()),
        sa.PrimaryKeyConstraint("id", name="pk_bid_opening"),
        sa.ForeignKeyConstraint(["by"], ["account_person.id"], name="fk_bid_opening_by"),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name="fk_bid_opening_consultation_id"
        ),
    )
    op.create_index("ix_bid_opening_consultation_id", "bid_opening", ["consultation_id"])
    op.create_table(
        "bid_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("bytes", _BIG, nullable=False),
        sa.Column("requests", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bid_attempt"),
        sa.UniqueConstraint("draft_id", name="uq_bid_attempt_draft_id"),
        sa.ForeignKeyConstraint(["draft_id"], ["bid_draft.id"], name="fk_bid_attempt_draft_id"),
    )
    op.create_table(
        "bid_commit_request",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("pli_sha256", sa.String(64), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("draft_id", "pli_sha256", name="pk_bid_commit_request"),
        sa.ForeignKeyConstraint(["draft_id"], ["bid_draft.id"], name="fk_bid_commit_request_draft_id"),
    )
    op.create_table(
        "bid_deposit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("company_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("deadline_at_receipt", UtcDateTime(), nullable=False),
        sa.Column("pli_sha256", sa.String(64), nullable=False),
        sa.Column("receipt_body", sa.LargeBinary(), nullable=False),
        sa.Column("receipt_sha256", sa.String(64), nullable=False),
        sa.Column("clock", sa.String(10), nullable=False),
        sa.Column("tsr", sa.LargeBinary()),
        sa.Column("stamped_at", UtcDateTime()),
        sa.Column("stamp_authority", sa.String(200)),
        sa.Column("stamp_qualified", sa.Boolean()),
        sa.Column("notified_at", UtcDateTime()),
        sa.Column("scrubbed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_bid_deposit"),
        sa.ForeignKeyConstraint(["account_id"], ["account_person.id"], name="fk_bid_deposit_account_id"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["account_organisation.id"], name="fk_bid_deposit_company_id"
        ),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name="fk_bid_deposit_consultation_id"
        ),
        sa.ForeignKeyConstraint(["id"], ["bid_draft.id"], name="fk_bid_deposit_id"),
    )
    op.create_index("ix_bid_deposit_company_id", "bid_deposit", ["company_id"])
    op.create_index("ix_bid_deposit_consultation_id", "bid_deposit", ["consultation_id"])
    op.create_table(
        "bid_object",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", _BIG, nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("draft_id", "name", name="pk_bid_object"),
        sa.ForeignKeyConstraint(["draft_id"], ["bid_draft.id"], name="fk_bid_object_draft_id"),
    )
    op.create_table(
        "bid_recipient",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key_set_id", sa.Uuid(), nullable=False),
        sa.Column("key_holder_id", sa.Uuid(), nullable=False),
        sa.Column("x", _BIG, nullable=False),
        sa.Column("role", StrEnumType(HolderRole, name="role"), nullable=False),
        sa.Column("kinds", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bid_recipient"),
        sa.UniqueConstraint("key_set_id", "key_holder_id", name="uq_bid_recipient_key_set_id_key_holder_id"),
        sa.ForeignKeyConstraint(
            ["key_holder_id"], ["bid_key_holder.id"], name="fk_bid_recipient_key_holder_id"
        ),
        sa.ForeignKeyConstraint(["key_set_id"], ["bid_key_set.id"], name="fk_bid_recipient_key_set_id"),
    )
    op.create_table(
        "bid_upload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("n", _BIG, nullable=False),
        sa.Column("length", _BIG, nullable=False),
        sa.Column("offset", _BIG, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("completed_at", UtcDateTime()),
        sa.Column("ct_root", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("id", name="pk_bid_upload"),
        sa.CheckConstraint('"offset" BETWEEN 0 AND length', name=op.f("ck_bid_upload_offset")),
        sa.UniqueConstraint("draft_id", "envelope_id", "n", name="uq_bid_upload_draft_id_envelope_id_n"),
        sa.ForeignKeyConstraint(["draft_id"], ["bid_draft.id"], name="fk_bid_upload_draft_id"),
    )
    op.create_table(
        "bid_attempt_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("status", _BIG),
        sa.Column("bytes", _BIG),
        sa.Column("code", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bid_attempt_event"),
        sa.ForeignKeyConstraint(["attempt_id"], ["bid_attempt.id"], name="fk_bid_attempt_event_attempt_id"),
    )
    op.create_index("ix_bid_attempt_event_attempt_id", "bid_attempt_event", ["attempt_id"])
    op.create_table(
        "bid_chunk",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("start", _BIG, autoincrement=False, nullable=False),
        sa.Column("length", _BIG, nullable=False),
        sa.Column("storage_key", sa.String(200), nullable=False),
        sa.Column("leaves", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("upload_id", "start", name="pk_bid_chunk"),
        sa.UniqueConstraint("storage_key", name="uq_bid_chunk_storage_key"),
        sa.ForeignKeyConstraint(
            ["upload_id"], ["bid_upload.id"], name="fk_bid_chunk_upload_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "bid_envelope",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deposit_id", sa.Uuid(), nullable=False),
        sa.Column("consultation_id", sa.Uuid(), nullable=False),
        sa.Column("candidate", sa.String(64), nullable=False),
        sa.Column("lot", _BIG, nullable=False),
        sa.Column("kind", StrEnumType(Kind, name="kind"), nullable=False),
        sa.Column("relation", StrEnumType(Relation, name="relation"), nullable=False),
        sa.Column("key_commitment", sa.LargeBinary(), nullable=False),
        sa.Column("bytes_total", _BIG, nullable=False),
        sa.Column("bytes_done", _BIG, nullable=False),
        sa.Column("late_admitted_at", UtcDateTime()),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.Column("opened_at", UtcDateTime()),
        sa.Column("open_failed_at", UtcDateTime()),
        sa.Column("failure", sa.String(80)),
        sa.Column("destroyed_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_bid_envelope"),
        sa.ForeignKeyConstraint(
            ["consultation_id"], ["consultation.id"], name="fk_bid_envelope_consultation_id"
        ),
        sa.ForeignKeyConstraint(["deposit_id"], ["bid_deposit.id"], name="fk_bid_envelope_deposit_id"),
    )
    op.create_index("ix_bid_envelope_chain", "bid_envelope", ["consultation_id", "candidate", "lot", "kind"])
    op.create_index("ix_bid_envelope_deposit_id", "bid_envelope", ["deposit_id"])
    op.create_table(
        "bid_envelope_ref",
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("refers_to", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("envelope_id", "refers_to", name="pk_bid_envelope_ref"),
        sa.ForeignKeyConstraint(["envelope_id"], ["bid_envelope.id"], name="fk_bid_envelope_ref_envelope_id"),
        sa.ForeignKeyConstraint(["refers_to"], ["bid_envelope.id"], name="fk_bid_envelope_ref_refers_to"),
    )
    op.create_table(
        "bid_opened_file",
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("n", _BIG, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(1000), nullable=False),
        sa.Column("media_type", sa.String(200), nullable=False),
        sa.Column("piece", sa.String(100)),
        sa.Column("size", _BIG, nullable=False),
        sa.Column("digest_algorithm", sa.String(20), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("storage_key", sa.String(200), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("envelope_id", "n", name="pk_bid_opened_file"),
        sa.UniqueConstraint("storage_key", name="uq_bid_opened_file_storage_key"),
        sa.ForeignKeyConstraint(["envelope_id"], ["bid_envelope.id"], name="fk_bid_opened_file_envelope_id"),
    )
    op.create_table(
        "bid_opening_report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opening_id", sa.Uuid(), nullable=False),
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("code", sa.String(80), nullable=False),
        sa.Column("detail", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_bid_opening_report"),
        sa.UniqueConstraint("opening_id", "envelope_id", name="uq_bid_opening_report_opening_id_envelope_id"),
        sa.ForeignKeyConstraint(
            ["envelope_id"], ["bid_envelope.id"], name="fk_bid_opening_report_envelope_id"
        ),
        sa.ForeignKeyConstraint(["opening_id"], ["bid_opening.id"], name="fk_bid_opening_report_opening_id"),
    )
    op.create_table(
        "bid_share",
        sa.Column("opening_id", sa.Uuid(), nullable=False),
        sa.Column("envelope_id", sa.Uuid(), nullable=False),
        sa.Column("x", _BIG, autoincrement=False, nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.Column("sealed_value", sa.LargeBinary()),
        sa.PrimaryKeyConstraint("opening_id", "envelope_id", "x", name="pk_bid_share"),
        sa.ForeignKeyConstraint(["by"], ["account_person.id"], name="fk_bid_share_by"),
        sa.ForeignKeyConstraint(["envelope_id"], ["bid_envelope.id"], name="fk_bid_share_envelope_id"),
        sa.ForeignKeyConstraint(["opening_id"], ["bid_opening.id"], name="fk_bid_share_opening_id"),
    )


def downgrade() -> None:
    for table in (
        "bid_share",
        "bid_opening_report",
        "bid_opened_file",
        "bid_envelope_ref",
        "bid_envelope",
        "bid_chunk",
        "bid_attempt_event",
        "bid_upload",
        "bid_recipient",
        "bid_object",
        "bid_deposit",
        "bid_commit_request",
        "bid_attempt",
        "bid_opening",
        "bid_key_set",
        "bid_draft",
        "bid_rehearsal",
        "bid_key_holder",
    ):
        op.drop_table(table)
