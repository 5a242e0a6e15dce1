"""What views are made of: decorators, transactions, errors, security headers, templates, languages."""

from procurement.core.web.views import endpoint, page

__all__ = ["endpoint", "page"]


def includeme(config: object) -> None:
    """Put the pieces together, outermost tween last."""
    for piece in (
        "sessions",
        "templates",
        "views",
        "transactions",
        "problems",
        "headers",
        "statics",
        "pages",
    ):
        config.include(f"procurement.core.web.{piece}")  # type: ignore[attr-defined]  # pyramid is untyped
