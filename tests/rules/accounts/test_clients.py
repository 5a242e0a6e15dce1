from datetime import date

import pytest

from procurement.accounts.rules.clients import (
    MOVES,
    ClientState,
    check_move,
    check_return_url,
    check_scopes,
    mandate_holds,
    same_return_url,
)
from procurement.core.errors import Conflict, Invalid

MOVE = [(state, wanted) for state in ClientState for wanted in ClientState]


@pytest.mark.parametrize(("state", "wanted"), MOVE)
def test_move_follows_the_table(state: ClientState, wanted: ClientState) -> None:
    if wanted in MOVES[state]:
        check_move(state, wanted, owned=True)
    else:
        with pytest.raises(Conflict, match=r"client\.move_refused"):
            check_move(state, wanted, owned=True)


def test_move_past_the_sandbox_needs_an_owner() -> None:
    with pytest.raises(Conflict, match=r"client\.owner_missing"):
        check_move(ClientState.SANDBOX, ClientState.QUALIFICATION, owned=False)
    check_move(ClientState.QUALIFICATION, ClientState.SANDBOX, owned=False)


def test_scopes_are_known_sorted_and_said_once() -> None:
    assert check_scopes(["b:x", "a:x", "b:x"], {"a:x", "b:x", "c:x"}) == ("a:x", "b:x")
    with pytest.raises(Invalid) as refusal:
        check_scopes(["a:x", "z:y", "d:y"], {"a:x"})
    assert (refusal.value.code, refusal.value.params) == ("client.scope_unknown", {"scopes": "d:y, z:y"})


@pytest.mark.parametrize(
    "url", ["https://vendor.example/back", "https://vendor.example:8443/back?a=b", "https://127.0.0.1/"]
)
def test_return_url_is_taken(url: str) -> None:
    assert check_return_url(url, local=False) == url


@pytest.mark.parametrize(
    "url",
    ["", "vendor.example", "http://vendor.example/", "https://", "https://user@vendor.example/", "javascript:alert(1)",
     "https://vendor.example/#x", "https://vendor.example:0/", "https://vendor.example:x/", "https://[::1/", "https://é.example/",
     "https://vendor.example/a b", "https://vendor.example/" + "x" * 2000, "http://localhost:8000/"],
)  # fmt: skip
def test_return_url_is_refused(url: str) -> None:
    with pytest.raises(Invalid, match=r"client\.return_url"):
        check_return_url(url, local=False)


def test_return_url_on_a_developers_machine() -> None:
    for url in (
        "http://localhost:8000/back",
        "http://127.0.0.1/",
        "http://[::1]:8000/",
        "https://vendor.example/",
    ):
        assert check_return_url(url, local=True) == url
    with pytest.raises(Invalid):
        check_return_url("http://vendor.example/", local=True)


def test_return_url_differs_by_its_query_alone() -> None:
    known = "https://vendor.example/back?x=1"
    assert same_return_url(known, "https://vendor.example/back")
    assert same_return_url(known, "https://vendor.example/back?state=2")
    for other in ("https://vendor.example/back/", "https://vendor.example/", "http://vendor.example/back",
                  "https://vendor.example:8443/back", "https://vendor.example.evil.example/back"):  # fmt: skip
        assert not same_return_url(known, other)


def test_mandate_holds_from_its_first_day_to_its_last() -> None:
    first, last = date(2027, 1, 2), date(2027, 1, 4)
    held = [mandate_holds(first, last, date(2027, 1, day)) for day in range(1, 6)]
    assert held == [False, True, True, True, False]
    assert mandate_holds(first, None, date(2037, 1, 1))
