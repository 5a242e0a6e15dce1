"""The vendor API of the clause room (``openapi.yaml``): thin endpoints over ``clauses.service`` and ``clauses.queries``."""

from typing import Any

from clauses.routes import ApiDraft
from procurement.core.api import ApiResource
from procurement.core.permissions import PublicResource

_CLAUSE = "{clause:[a-z0-9_]+[.][a-z0-9_.]{1,78}}"
_DRAFT = "/drafts/{draft:[0-9a-f-]{36}}"
#: Name, path, factory; fixed addresses come before those with an id.
_ROUTES: tuple[tuple[str, str, Any], ...] = (
    ("contract", "/clauses/openapi.yaml", PublicResource),
    ("releases", "/clauses/releases", ApiResource),
    ("facts", "/clauses/facts", ApiResource),
    ("parameters", "/clauses/parameters", ApiResource),
    ("impact", "/clauses/impact", ApiResource),
    ("overrides", "/clauses/overrides", ApiResource),
    ("evaluate", "/clauses/evaluate", ApiResource),
    ("explain", "/clauses/explain", ApiResource),
    ("clauses", "/clauses", ApiResource),
    ("versions", f"/clauses/{_CLAUSE}/versions", ApiResource),
    ("version", f"/clauses/{_CLAUSE}/versions/{{sha256:[0-9a-f]{{64}}}}", ApiResource),
    ("diff", f"/clauses/{_CLAUSE}/diff", ApiResource),
    ("clause", f"/clauses/{_CLAUSE}", ApiResource),
    ("drafts", "/drafts", ApiResource),
    ("draft", _DRAFT, ApiDraft),
    ("answers", f"{_DRAFT}/answers", ApiDraft),
    ("text", f"{_DRAFT}/clauses/{_CLAUSE}/text", ApiDraft),
    ("derogation", f"{_DRAFT}/clauses/{_CLAUSE}/derogation", ApiDraft),
    ("acknowledge", f"{_DRAFT}/acknowledge", ApiDraft),
    ("conflict", f"{_DRAFT}/conflicts/{{conflict:[0-9a-f-]{{36}}}}", ApiDraft),
    ("checks", f"{_DRAFT}/checks", ApiDraft),
    ("submit", f"{_DRAFT}/submit", ApiDraft),
    ("return", f"{_DRAFT}/return", ApiDraft),
    ("validate", f"{_DRAFT}/validate", ApiDraft),
    ("upgrade", f"{_DRAFT}/upgrade", ApiDraft),
    ("readback", f"{_DRAFT}/readback", ApiDraft),
    ("redline", f"{_DRAFT}/redline.docx", ApiDraft),
    ("export_docx", f"{_DRAFT}/export.docx", ApiDraft),
    ("export_odt", f"{_DRAFT}/export.odt", ApiDraft),
    ("export_pdf", f"{_DRAFT}/export.pdf", ApiDraft),
    ("export_html", f"{_DRAFT}/export.html", ApiDraft),
)


def includeme(config: Any) -> None:
    """Add the routes of the API."""
    for name, path, factory in _ROUTES:
        config.add_route(f"clauses.api.{name}", f"/api/v1{path}", factory=factory)
    config.scan("clauses.api", categories=("pyramid",))
