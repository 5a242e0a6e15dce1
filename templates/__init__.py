"""Jinja2 templates, named by the dotted spec ``procurement.templates:room/page.html``."""
