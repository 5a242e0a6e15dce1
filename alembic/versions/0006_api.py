"""Create the tables of the API: kept answers, request log, webhooks, clients, keys, mandates, tokens."""

import sqlalchemy as sa
from alembic import op

from procurement.core.db import Json, UtcDateTime

revision = "0006"
down_revision = "0005"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    _kernel()
    _webhooks()
    _clients()
    _tokens()


def _kernel() -> None:
    op.create_table(
        "core_idempotent_answer",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("status", _BIG, nullable=False),
        sa.Column("headers", Json(), nullable=False),
        sa.Column("body_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("client_id", "key", name="pk_core_idempotent_answer"),
    )
    op.create_index("ix_core_idempotent_answer_at", "core_idempotent_answer", ["at"])
    op.create_table(
        "core_logged_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("method", sa.String(10), nullable=False),
        sa.Column("path", sa.String(500), nullable=False),
        sa.Column("route", sa.String(80), nullable=False),
        sa.Column("status", _BIG, nullable=False),
        sa.Column("code", sa.String(80)),
        sa.Column("milliseconds", _BIG, nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("version", sa.String(10), nullable=False),
        sa.Column("user_agent", sa.String(200), nullable=False),
        sa.Column("request", Json(), nullable=False),
        sa.Column("response", Json(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_logged_request"),
    )
    op.create_index("ix_core_logged_request_at", "core_logged_request", ["at"])
    op.create_index("ix_core_logged_request_client_id", "core_logged_request", ["client_id", "id"])


def _webhooks() -> None:
    op.create_table(
        "core_webhook",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid()),
        sa.Column("url", sa.String(2000), nullable=False),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("events", Json(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("previous_sealed", sa.LargeBinary()),
        sa.Column("previous_until", UtcDateTime()),
        sa.Column("revision", _BIG, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("updated_at", UtcDateTime(), nullable=False),
        sa.Column("disabled_at", UtcDateTime()),
        sa.Column("disabled_reason", sa.String(40)),
        sa.Column("deleted_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_core_webhook"),
    )
    op.create_index("ix_core_webhook_client_id", "core_webhook", ["client_id", "id"])
    op.create_index("ix_core_webhook_organisation_id", "core_webhook", ["organisation_id"])
    op.create_table(
        "core_webhook_delivery",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("webhook_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.String(64), nullable=False),
        sa.Column("event", sa.String(80), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", _choice("state", "pending", "delivered", "failed", "cancelled"), nullable=False),
        sa.Column("tries", _BIG, nullable=False),
        sa.Column("next_at", UtcDateTime()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("delivered_at", UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["core_webhook.id"], name="fk_core_webhook_delivery_webhook_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_core_webhook_delivery"),
    )
    op.create_index("ix_core_webhook_delivery_created_at", "core_webhook_delivery", ["created_at"])
    op.create_index("ix_core_webhook_delivery_webhook_id", "core_webhook_delivery", ["webhook_id", "id"])
    op.create_table(
        "core_webhook_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("number", _BIG, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("milliseconds", _BIG, nullable=False),
        sa.Column("status", _BIG),
        sa.Column("error", sa.String(300)),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["core_webhook_delivery.id"], name="fk_core_webhook_attempt_delivery_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_core_webhook_attempt"),
        sa.UniqueConstraint("delivery_id", "number", name="uq_core_webhook_attempt_delivery_id_number"),
    )


def _clients() -> None:
    op.create_table(
        "account_api_client",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.String(40), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("organisation_id", sa.Uuid()),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("state", _choice("state", "sandbox", "qualification", "production"), nullable=False),
        sa.Column("scopes", Json(), nullable=False),
        sa.Column("return_urls", Json(), nullable=False),
        sa.Column("platform", Json()),
        sa.Column("pinned_version", sa.String(10)),
        sa.Column("pepper_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime()),
        sa.CheckConstraint(
            "state = 'sandbox' OR organisation_id IS NOT NULL",
            name="ck_account_api_client_owned_past_sandbox",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["account_organisation.id"], name="fk_account_api_client_organisation_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_api_client"),
        sa.UniqueConstraint("public_id", name="uq_account_api_client_public_id"),
    )
    op.create_index("ix_account_api_client_organisation_id", "account_api_client", ["organisation_id"])
    op.create_table(
        "account_api_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("kind", _choice("kind", "secret", "public"), nullable=False),
        sa.Column("label", sa.String(120), nullable=False),
        sa.Column("secret_hash", sa.String(64)),
        sa.Column("jwk", Json()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime()),
        sa.Column("revoked_at", UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["client_id"], ["account_api_client.id"], name="fk_account_api_key_client_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_api_key"),
    )
    op.create_index("ix_account_api_key_client_id", "account_api_key", ["client_id"])
    op.create_table(
        "account_api_mandate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("siret", sa.String(14), nullable=False),
        sa.Column("signatory", sa.String(200), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date()),
        sa.Column("scopes", Json(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.CheckConstraint("length(siret) = 14", name="ck_account_api_mandate_siret_length"),
        sa.ForeignKeyConstraint(
            ["client_id"], ["account_api_client.id"], name="fk_account_api_mandate_client_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_api_mandate"),
    )
    op.create_index("ix_account_api_mandate_client_id", "account_api_mandate", ["client_id", "siret"])


def _tokens() -> None:
    op.create_table(
        "account_api_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("scopes", Json(), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["account_api_client.id"], name="fk_account_api_token_client_id"
        ),
        sa.ForeignKeyConstraint(["key_id"], ["account_api_key.id"], name="fk_account_api_token_key_id"),
        sa.PrimaryKeyConstraint("id", name="pk_account_api_token"),
        sa.UniqueConstraint("token_hash", name="uq_account_api_token_token_hash"),
    )
    op.create_index("ix_account_api_token_client_id", "account_api_token", ["client_id"])
    op.create_index("ix_account_api_token_expires_at", "account_api_token", ["expires_at"])
    op.create_table(
        "account_api_assertion",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("jti_hash", sa.String(64), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["client_id"], ["account_api_client.id"], name="fk_account_api_assertion_client_id"
        ),
        sa.PrimaryKeyConstraint("client_id", "jti_hash", name="pk_account_api_assertion"),
    )
    op.create_index("ix_account_api_assertion_expires_at", "account_api_assertion", ["expires_at"])


def downgrade() -> None:
    for table in (
        "account_api_assertion",
        "account_api_token",
        "account_api_mandate",
        "account_api_key",
        "account_api_client",
        "core_webhook_attempt",
        "core_webhook_delivery",
        "core_webhook",
        "core_logged_request",
        "core_idempotent_answer",
    ):
        op.drop_table(table)
