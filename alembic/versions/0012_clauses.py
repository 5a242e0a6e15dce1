"""Create the tables of the clause library and of drafts, and the triggers that keep versions and histories unchanged."""

import sqlalchemy as sa
from alembic import op

from procurement.core.db import Json, UtcDateTime

revision = "0012"
down_revision = "0011"

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
#: Tables whose rows nobody changes or deletes, whatever the program.
_IMMUTABLE = ("clause_version", "clause_draft_event")
_EVENTS = """
    started answer text conflict resolved derogation acknowledged submitted returned validated frozen facts
    upgraded upgrade_undone duplicated readback date_moved exported
"""
#: In the order in which they can be dropped.
_TABLES = """
    clause_progress clause_terms clause_release_item clause_legal_basis clause_draft_event clause_draft_clause clause_comment
    clause_artefact clause_version clause_parameter_value clause_draft clause_walkthrough clause_release
    clause_override clause_cover_version clause_canvas_version clause clause_library clause_legal_article
"""


def upgrade() -> None:
    _tables()
    _progress()
    for table in _IMMUTABLE:
        _refuse_changes(table)


def _refuse_changes(table: str) -> None:
    """Make the database itself refuse an UPDATE or a DELETE."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is immutable'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is immutable'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_immutable BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    )


def _key(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    return sa.Column("id", sa.Uuid(), nullable=False), sa.PrimaryKeyConstraint("id", name=f"pk_{table}")


def _fk(column: str, target: str, name: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=name)


def _ck(rule: str, name: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=name)


def _versions(name: str) -> None:
    """Create a table of canonical bytes; a walk-through belongs to no document."""
    document = [sa.Column("document", sa.String(40), nullable=False)]
    op.create_table(
        name,
        *_key(name),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        *(document if name.endswith("_version") else []),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _fk("library_id", "clause_library.id", f"fk_{name}_library_id"),
        sa.UniqueConstraint("library_id", "key", "sha256", name=f"uq_{name}_library_id_key_sha256"),
    )


def _progress() -> None:
    op.create_table(
        "clause_progress",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("walkthrough", sa.String(80), nullable=False),
        sa.Column("step", _BIG, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        _fk("person_id", "account_person.id", "fk_clause_progress_person_id"),
        sa.PrimaryKeyConstraint("person_id", "walkthrough", name="pk_clause_progress"),
    )


def _tables() -> None:
    op.create_table(
        "clause_legal_article",
        sa.Column("id", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clause_legal_article"),
    )
    op.create_table(
        "clause_library",
        *_key("clause_library"),
        sa.Column("slug", sa.String(80), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column(
            "layer",
            sa.Enum(
                "interministerielle",
                "ministere",
                "entite",
                "agent",
                name="layer",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("parent_id", sa.Uuid()),
        sa.Column("organisation_id", sa.Uuid()),
        sa.Column("person_id", sa.Uuid()),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _ck("(layer = 'agent') = (person_id IS NOT NULL)", "ck_clause_library_agent_is_named"),
        _ck(
            "(layer = 'interministerielle') = (organisation_id IS NULL)", "ck_clause_library_lower_has_owner"
        ),
        _ck("(layer = 'interministerielle') = (parent_id IS NULL)", "ck_clause_library_lower_has_parent"),
        _fk("organisation_id", "account_organisation.id", "fk_clause_library_organisation_id"),
        _fk("parent_id", "clause_library.id", "fk_clause_library_parent_id"),
        _fk("person_id", "account_person.id", "fk_clause_library_person_id"),
        sa.UniqueConstraint("slug", name="uq_clause_library_slug"),
    )
    op.create_index("ix_clause_library_organisation_id", "clause_library", ["organisation_id"])
    op.create_table(
        "clause",
        *_key("clause"),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        _fk("library_id", "clause_library.id", "fk_clause_library_id"),
        sa.UniqueConstraint("library_id", "key", name="uq_clause_library_id_key"),
    )
    for name in ("clause_canvas_version", "clause_cover_version", "clause_walkthrough"):
        _versions(name)
    op.create_table(
        "clause_override",
        *_key("clause_override"),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("clause_key", sa.String(80), nullable=False),
        sa.Column("mode", sa.String(20), nullable=False),
        sa.Column("base_hash", sa.String(64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("fact", sa.String(80), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("acknowledged_hash", sa.String(64), nullable=False),
        sa.Column("acknowledged_at", UtcDateTime()),
        sa.Column("acknowledged_by", sa.Uuid()),
        sa.Column("removed_at", UtcDateTime()),
        sa.Column("removed_by", sa.Uuid()),
        _ck("mode IN ('replace', 'append', 'hide', 'default_value')", "ck_clause_override_mode"),
        _fk("acknowledged_by", "account_person.id", "fk_clause_override_acknowledged_by"),
        _fk("created_by", "account_person.id", "fk_clause_override_created_by"),
        _fk("library_id", "clause_library.id", "fk_clause_override_library_id"),
        _fk("removed_by", "account_person.id", "fk_clause_override_removed_by"),
    )
    op.create_index("ix_clause_override_library_id", "clause_override", ["library_id", "clause_key"])
    op.create_table(
        "clause_release",
        *_key("clause_release"),
        sa.Column("library_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid()),
        sa.Column("version", sa.String(40), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("manifest", sa.LargeBinary(), nullable=False),
        sa.Column("manifest_sha256", sa.String(64), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("signer", sa.Text(), nullable=False),
        sa.Column("changelog", sa.Text(), nullable=False),
        sa.Column("warnings", Json(), nullable=False),
        sa.Column("released_at", UtcDateTime(), nullable=False),
        sa.Column("released_by", sa.Uuid()),
        sa.Column("withdrawn_at", UtcDateTime()),
        sa.Column("withdrawn_by", sa.Uuid()),
        sa.Column("withdrawn_reason", sa.Text(), nullable=False),
        _ck("withdrawn_at IS NULL OR withdrawn_reason <> ''", "ck_clause_release_withdrawal_has_reason"),
        _fk("library_id", "clause_library.id", "fk_clause_release_library_id"),
        _fk("parent_id", "clause_release.id", "fk_clause_release_parent_id"),
        _fk("released_by", "account_person.id", "fk_clause_release_released_by"),
        _fk("withdrawn_by", "account_person.id", "fk_clause_release_withdrawn_by"),
        sa.UniqueConstraint(
            "library_id", "manifest_sha256", name="uq_clause_release_library_id_manifest_sha256"
        ),
        sa.UniqueConstraint("library_id", "version", name="uq_clause_release_library_id_version"),
    )
    op.create_table(
        "clause_draft",
        *_key("clause_draft"),
        sa.Column("organisation_id", sa.Uuid()),
        sa.Column("client_id", sa.Uuid()),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("canvas", sa.String(80), nullable=False),
        sa.Column("document", sa.String(40), nullable=False),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("reference_date", sa.Date(), nullable=False),
        sa.Column("consultation_id", sa.Uuid()),
        sa.Column("consultation_ref", sa.String(255), nullable=False),
        sa.Column("lot_id", sa.Uuid()),
        sa.Column("lot_number", sa.Integer()),
        sa.Column("lot_title", sa.Text(), nullable=False),
        sa.Column("facts", Json(), nullable=False),
        sa.Column("notes", Json(), nullable=False),
        sa.Column("answers", Json(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("edited_at", UtcDateTime(), nullable=False),
        sa.Column("submitted_at", UtcDateTime()),
        sa.Column("submitted_by", sa.Uuid()),
        sa.Column("returned_at", UtcDateTime()),
        sa.Column("returned_reason", sa.Text(), nullable=False),
        sa.Column("validated_at", UtcDateTime()),
        sa.Column("validated_by", sa.Uuid()),
        sa.Column("frozen_at", UtcDateTime()),
        sa.Column("frozen", Json()),
        _ck("(organisation_id IS NULL) <> (client_id IS NULL)", "ck_clause_draft_owned"),
        _ck("frozen_at IS NULL OR validated_at IS NOT NULL", "ck_clause_draft_frozen_was_validated"),
        _ck("validated_at IS NULL OR submitted_at IS NOT NULL", "ck_clause_draft_validated_was_submitted"),
        _fk("client_id", "account_api_client.id", "fk_clause_draft_client_id"),
        _fk("organisation_id", "account_organisation.id", "fk_clause_draft_organisation_id"),
        _fk("release_id", "clause_release.id", "fk_clause_draft_release_id"),
    )
    op.create_index("ix_clause_draft_client_id", "clause_draft", ["client_id", "created_at"])
    op.create_index("ix_clause_draft_consultation_id", "clause_draft", ["consultation_id"])
    op.create_index("ix_clause_draft_organisation_id", "clause_draft", ["organisation_id", "created_at"])
    op.create_index("ix_clause_draft_release_id", "clause_draft", ["release_id"])
    op.create_table(
        "clause_parameter_value",
        *_key("clause_parameter_value"),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("value", sa.String(80), nullable=False),
        sa.Column("unit", sa.String(40), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=False),
        sa.Column("end_on", sa.Date()),
        sa.Column("buyer_category", Json(), nullable=False),
        sa.Column("nature", Json(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("verified_by", sa.Text(), nullable=False),
        _ck("end_on IS NULL OR end_on >= start_on", "ck_clause_parameter_value_period"),
        _fk("release_id", "clause_release.id", "fk_clause_parameter_value_release_id"),
    )
    op.create_index("ix_clause_parameter_value_key", "clause_parameter_value", ["release_id", "key"])
    op.create_table(
        "clause_version",
        *_key("clause_version"),
        sa.Column("clause_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("legal_status", sa.String(40), nullable=False),
        sa.Column("documents", Json(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _fk("clause_id", "clause.id", "fk_clause_version_clause_id"),
        sa.UniqueConstraint("clause_id", "sha256", name="uq_clause_version_clause_id_sha256"),
    )
    op.create_index("ix_clause_version_sha256", "clause_version", ["sha256"])
    op.create_table(
        "clause_artefact",
        *_key("clause_artefact"),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column(
            "format",
            sa.Enum(
                "html",
                "docx",
                "odt",
                "pdf",
                name="format",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", _BIG, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("engine", Json(), nullable=False),
        _ck("size > 0", "ck_clause_artefact_not_empty"),
        _fk("draft_id", "clause_draft.id", "fk_clause_artefact_draft_id"),
        sa.UniqueConstraint(
            "draft_id", "format", "revision", name="uq_clause_artefact_draft_id_format_revision"
        ),
    )
    op.create_table(
        "clause_comment",
        *_key("clause_comment"),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("clause_key", sa.String(80), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Uuid()),
        sa.Column("author", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("resolved_at", UtcDateTime()),
        sa.Column("resolved_by", sa.Uuid()),
        _fk("draft_id", "clause_draft.id", "fk_clause_comment_draft_id"),
    )
    op.create_index("ix_clause_comment_draft_id", "clause_comment", ["draft_id"])
    op.create_table(
        "clause_draft_clause",
        *_key("clause_draft_clause"),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("clause_key", sa.String(80), nullable=False),
        sa.Column("base_sha256", sa.String(64), nullable=False),
        sa.Column("body", sa.Text()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("derogates", sa.Boolean()),
        sa.Column("derogated_article", sa.String(120), nullable=False),
        sa.Column("local", sa.Boolean(), nullable=False),
        sa.Column("local_title", sa.Text(), nullable=False),
        sa.Column("acknowledged_at", UtcDateTime()),
        sa.Column("acknowledged_by", sa.Uuid()),
        sa.Column("edited_at", UtcDateTime(), nullable=False),
        sa.Column("edited_by", sa.Uuid()),
        _fk("draft_id", "clause_draft.id", "fk_clause_draft_clause_draft_id"),
        sa.UniqueConstraint("draft_id", "clause_key", name="uq_clause_draft_clause_draft_id_clause_key"),
    )
    op.create_table(
        "clause_draft_event",
        *_key("clause_draft_event"),
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Uuid()),
        sa.Column(
            "kind",
            sa.Enum(*_EVENTS.split(), name="kind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("subject", sa.String(80), nullable=False),
        sa.Column("data", Json(), nullable=False),
        _fk("draft_id", "clause_draft.id", "fk_clause_draft_event_draft_id"),
    )
    op.create_index("ix_clause_draft_event_draft_id", "clause_draft_event", ["draft_id", "id"])
    op.create_table(
        "clause_legal_basis",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("article_id", sa.String(120), nullable=False),
        _fk("article_id", "clause_legal_article.id", "fk_clause_legal_basis_article_id"),
        _fk("version_id", "clause_version.id", "fk_clause_legal_basis_version_id"),
        sa.PrimaryKeyConstraint("version_id", "article_id", name="pk_clause_legal_basis"),
    )
    op.create_index("ix_clause_legal_basis_article_id", "clause_legal_basis", ["article_id"])
    op.create_table(
        "clause_release_item",
        *_key("clause_release_item"),
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("path", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("clause_version_id", sa.Uuid()),
        sa.Column("canvas_version_id", sa.Uuid()),
        sa.Column("cover_version_id", sa.Uuid()),
        sa.Column("walkthrough_id", sa.Uuid()),
        sa.Column("content", sa.LargeBinary()),
        _ck(
            "(kind = 'clause' AND clause_version_id IS NOT NULL) OR (kind = 'canvas' AND canvas_version_id IS NOT NULL) OR (kind = 'cover' AND cover_version_id IS NOT NULL) OR (kind = 'walkthrough' AND walkthrough_id IS NOT NULL) OR (kind IN ('facts', 'parameters', 'synonyms', 'override', 'image') AND content IS NOT NULL)",
            "ck_clause_release_item_has_content",
        ),
        _fk("canvas_version_id", "clause_canvas_version.id", "fk_clause_release_item_canvas_version_id"),
        _fk("clause_version_id", "clause_version.id", "fk_clause_release_item_clause_version_id"),
        _fk("cover_version_id", "clause_cover_version.id", "fk_clause_release_item_cover_version_id"),
        _fk("release_id", "clause_release.id", "fk_clause_release_item_release_id"),
        _fk("walkthrough_id", "clause_walkthrough.id", "fk_clause_release_item_walkthrough_id"),
        sa.UniqueConstraint("release_id", "path", name="uq_clause_release_item_release_id_path"),
    )
    op.create_index("ix_clause_release_item_clause_version_id", "clause_release_item", ["clause_version_id"])
    op.create_table(
        "clause_terms",
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("title_terms", sa.Text(), nullable=False),
        sa.Column("search_terms", sa.Text(), nullable=False),
        sa.Column("stemmer", sa.String(60), nullable=False),
        _fk("version_id", "clause_version.id", "fk_clause_terms_version_id"),
        sa.PrimaryKeyConstraint("version_id", name="pk_clause_terms"),
    )


def downgrade() -> None:
    for table in _TABLES.split():
        op.drop_table(table)
    if op.get_bind().dialect.name != "sqlite":
        for table in _IMMUTABLE:
            op.execute(f"DROP FUNCTION {table}_refuse()")
