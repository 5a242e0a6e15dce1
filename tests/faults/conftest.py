"""Options of the fault tests: how many kills, on which engine, from which seed."""

import secrets

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("faults")
    group.addoption(
        "--kills", type=int, help="kills of tests/faults/test_kill9.py (default: tests/scale.toml)"
    )
    group.addoption("--engine", choices=("sqlite", "postgresql"), help="only this database")


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """Return what the draws of this test begin with; it is printed, so that a failure can be repeated."""
    given = request.config.getoption("--seed", default=None)
    return secrets.randbits(32) if given is None else int(given)
