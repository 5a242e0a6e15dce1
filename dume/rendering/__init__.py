"""Show a document to people: one list of rows, from which page, PDF and JSON are all made."""

from dume.rendering.rows import Row, Section, rows, sections

__all__ = ["Row", "Section", "rows", "sections"]
