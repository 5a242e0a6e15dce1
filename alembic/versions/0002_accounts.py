"""Create the tables of accounts: organisations, people, roles, invitations, sessions, links, failures."""

import sqlalchemy as sa
from alembic import op

from procurement.core.db import Json, UtcDateTime

revision = "0002"
down_revision = "0001"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_HELD = sa.text("withdrawn_at IS NULL AND service_id IS NULL")
_HELD_IN_SERVICE = sa.text("withdrawn_at IS NULL AND service_id IS NOT NULL")


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    _organisations()
    _people()
    _roles()
    _invitations()
    _sign_in()


def _organisations() -> None:
    op.create_table(
        "account_organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", _choice("kind", "buyer", "company"), nullable=False),
        sa.Column("siret", sa.String(14), nullable=False),
        sa.Column("legal_name", sa.String(200), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("postal_code", sa.String(20), nullable=False),
        sa.Column("city", sa.String(120), nullable=False),
        sa.Column("country", sa.String(3), nullable=False),
        sa.Column("origin", _choice("origin", "registry", "declared"), nullable=False),
        sa.Column("source", sa.String(120), nullable=False),
        sa.Column("origin_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("length(siret) = 14", name="ck_account_organisation_siret_length"),
        sa.PrimaryKeyConstraint("id", name="pk_account_organisation"),
        sa.UniqueConstraint("kind", "siret", name="uq_account_organisation_kind_siret"),
    )
    op.create_table(
        "account_service",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid()),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["account_organisation.id"], name="fk_account_service_organisation_id"
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["account_service.id"], name="fk_account_service_parent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_account_service"),
    )
    op.create_index("ix_account_service_organisation_id", "account_service", ["organisation_id"])


def _people() -> None:
    op.create_table(
        "account_person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_key", sa.String(300), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("password_at", UtcDateTime(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("totp_sealed", sa.LargeBinary()),
        sa.Column("totp_pending", sa.LargeBinary()),
        sa.Column("totp_at", UtcDateTime()),
        sa.Column("totp_step", _BIG),
        sa.PrimaryKeyConstraint("id", name="pk_account_person"),
        sa.UniqueConstraint("email_key", name="uq_account_person_email_key"),
    )
    op.create_table(
        "account_recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["person_id"], ["account_person.id"], name="fk_account_recovery_code_person_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_recovery_code"),
        sa.UniqueConstraint("person_id", "code_hash", name="uq_account_recovery_code_person_id_code_hash"),
    )


def _roles() -> None:
    op.create_table(
        "account_role",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid()),
        sa.Column(
            "role",
            _choice(
                "role",
                "administrator",
                "drafter",
                "publisher",
                "opener",
                "observer",
                "company_administrator",
                "depositor",
            ),
            nullable=False,
        ),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.Column("granted_by", sa.Uuid()),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.Column("withdrawn_by", sa.Uuid()),
        sa.ForeignKeyConstraint(["granted_by"], ["account_person.id"], name="fk_account_role_granted_by"),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["account_organisation.id"], name="fk_account_role_organisation_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["account_person.id"], name="fk_account_role_person_id"),
        sa.ForeignKeyConstraint(["service_id"], ["account_service.id"], name="fk_account_role_service_id"),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["account_person.id"], name="fk_account_role_withdrawn_by"),
        sa.PrimaryKeyConstraint("id", name="pk_account_role"),
    )
    op.create_index("ix_account_role_organisation_id", "account_role", ["organisation_id"])
    op.create_index(
        "uq_account_role_held",
        "account_role",
        ["person_id", "organisation_id", "role"],
        unique=True,
        sqlite_where=_HELD,
        postgresql_where=_HELD,
    )
    op.create_index(
        "uq_account_role_held_in_service",
        "account_role",
        ["person_id", "organisation_id", "role", "service_id"],
        unique=True,
        sqlite_where=_HELD_IN_SERVICE,
        postgresql_where=_HELD_IN_SERVICE,
    )


def _invitations() -> None:
    op.create_table(
        "account_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid()),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_key", sa.String(300), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("roles", Json(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("accepted_at", UtcDateTime()),
        sa.Column("accepted_by", sa.Uuid()),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["accepted_by"], ["account_person.id"], name="fk_account_invitation_accepted_by"
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["account_person.id"], name="fk_account_invitation_created_by"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["account_organisation.id"], name="fk_account_invitation_organisation_id"
        ),
        sa.ForeignKeyConstraint(
            ["service_id"], ["account_service.id"], name="fk_account_invitation_service_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_account_invitation"),
        sa.UniqueConstraint("token_hash", name="uq_account_invitation_token_hash"),
    )
    op.create_index("ix_account_invitation_organisation_id", "account_invitation", ["organisation_id"])


def _sign_in() -> None:
    op.create_table(
        "account_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid()),
        sa.Column("waiting", sa.Boolean(), nullable=False),
        sa.Column("mfa", sa.Boolean(), nullable=False),
        sa.Column("device", sa.String(200), nullable=False),
        sa.Column("address", sa.String(45), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime()),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["account_organisation.id"], name="fk_account_session_organisation_id"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["account_person.id"], name="fk_account_session_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_account_session"),
        sa.UniqueConstraint("token_hash", name="uq_account_session_token_hash"),
    )
    op.create_index("ix_account_session_person_id", "account_session", ["person_id"])
    op.create_table(
        "account_mail_token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", _choice("purpose", "reset", "email", "registration"), nullable=False),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("data", Json(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime()),
        sa.ForeignKeyConstraint(["person_id"], ["account_person.id"], name="fk_account_mail_token_person_id"),
        sa.PrimaryKeyConstraint("id", name="pk_account_mail_token"),
        sa.UniqueConstraint("token_hash", name="uq_account_mail_token_token_hash"),
    )
    op.create_index("ix_account_mail_token_person_id", "account_mail_token", ["person_id"])
    op.create_table(
        "account_failure",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("failures", _BIG, nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_account_failure"),
    )


def downgrade() -> None:
    for table in (
        "account_failure",
        "account_mail_token",
        "account_session",
        "account_invitation",
        "account_role",
        "account_recovery_code",
        "account_person",
        "account_service",
        "account_organisation",
    ):
        op.drop_table(table)
