"""Settings of gunicorn under fault tests: what never changes is imported before the fork, so that a worker is back soon.

The application itself is still built by each worker, as in production.
"""

import importlib
import warnings

_LIBRARIES = (
    "pyramid.config", "pyramid_tm", "pyramid_retry", "pyramid_jinja2", "jinja2", "pydantic", "lxml.html", "wtforms",
    "procurement.core", "procurement.accounts.routes", "procurement.consultations.routes", "procurement.bids.routes",
    "procurement.bids.api.uploads", "procurement.bids.api.deposits", "procurement.bids.api.openings", "procurement.bids.jobs",
    "procurement.bids.views.deposits", "procurement.bids.views.openings", "procurement.consultations.views.public",
    "procurement.consultations.views.drafting", "procurement.accounts.views.team", "procurement.notices.views",
)  # fmt: skip

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for _name in _LIBRARIES:
        importlib.import_module(_name)
