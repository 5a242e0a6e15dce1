"""Fixtures: a buyer whose consultation takes bids."""

import pytest

from procurement.core.runtime import Runtime
from tests.factories.bids import World, make_world


@pytest.fixture
def world(runtime: Runtime) -> World:
    """Return a published consultation without lots, open for ten days."""
    return make_world(runtime)
