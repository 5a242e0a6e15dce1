"""Static files under an address that changes with their content.

The version stands in the path, not in the query: ES modules import each other by relative address, and a query on one
of them would load it twice.
"""

import hashlib
from pathlib import Path
from typing import Any

from procurement.core import services
from procurement.core.settings import Settings

ROOT = Path(__file__).resolve().parents[2] / "static"
_YEAR = 31_536_000


def version(root: Path) -> str:
    """Return a short hash of every file below ``root``."""
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file():
            digest.update(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def includeme(config: Any) -> None:
    """Serve ``procurement/static``; ``request.static(path)`` gives a file's address."""
    settings: Settings = services.find(config.registry, Settings)
    name = f"static/{version(ROOT)}"
    config.add_static_view(name, "procurement:static", cache_max_age=0 if settings.development else _YEAR)
    if settings.theme_directory is not None:
        config.override_asset("procurement:static/", f"{settings.theme_directory}/static/")
    config.add_request_method(lambda request, path: f"{request.script_name}/{name}/{path}", "static")
