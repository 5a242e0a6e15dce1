"""How many documents the comparisons with the official rules break, and from which seed."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("espd", "comparison of DUME documents with the official rules")
    group.addoption("--mutants", type=int, default=None, help="how many documents of 4.1.0 are broken")


@pytest.fixture(scope="session")
def asked_mutants(request: pytest.FixtureRequest) -> int | None:
    """Return the number asked for, None where the scale decides."""
    number: int | None = request.config.getoption("--mutants", default=None)
    return number


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """Return the seed of the documents."""
    number: int | None = request.config.getoption("--seed", default=None)
    return 1 if number is None else number
