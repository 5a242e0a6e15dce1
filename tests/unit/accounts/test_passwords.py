"""The real cost of a password's hash; the other tests hash with a light one (tests/conftest.py)."""

import importlib.util
from types import ModuleType

import pytest
from argon2 import extract_parameters

from procurement.accounts.service import passwords as light


@pytest.fixture
def passwords() -> ModuleType:
    """Return the module as the product loads it, beside the one that the tests made light."""
    spec = importlib.util.find_spec(light.__name__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_hash_costs_what_rfc_9106_recommends(passwords: ModuleType) -> None:
    made = passwords.hash_password("un mot de passe")
    found = extract_parameters(made)
    assert (found.type.name, found.time_cost, found.memory_cost, found.parallelism) == ("ID", 3, 65536, 4)
    assert passwords.same_password(made, "un mot de passe")
    assert not passwords.same_password(made, "un mot de passe.")
    assert not passwords.same_password(
        None, "the password of nobody, compared so that nobody's absence takes as long"
    )


def test_lighter_hash_is_outdated(passwords: ModuleType) -> None:
    assert passwords.outdated(light.hash_password("un mot de passe"))
    assert not passwords.outdated(passwords.hash_password("un mot de passe"))
