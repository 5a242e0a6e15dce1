"""The doctor looks at trusted lists: none, fresh, old, a damaged folder, an altered log."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from procurement.core.clock import Clock
from procurement.core.doctor import Check, Installation, Status, trust
from procurement.core.runtime import Runtime
from signing.trust import log, store
from signing.trust.lists import parse
from tests.signing import pki
from tests.signing import trust_lists as made


@pytest.fixture(params=["sqlite"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Standing:
    """A clock that stands still."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def examined(runtime: Runtime, tmp_path: Path) -> Callable[..., dict[str, Check]]:
    def examine(at: datetime = pki.NOW) -> dict[str, Check]:
        settings = replace(runtime.settings, trust_directory=tmp_path)
        clock: Clock = Standing(at)  # type: ignore[assignment]  # all that the doctor asks of a clock
        installation = Installation(replace(runtime, settings=settings, clock=clock), {})
        return {check.id: check for check in trust.lists(installation)}

    return examine


def load(folder: Path, **parts: object) -> None:
    data = made.tl(**parts)  # type: ignore[arg-type]  # passed on
    accepted = [store.Accepted(parse(data), data, "FR.xml", made.operator().der)]
    store.replace_lists(folder, accepted, basis=store.state(folder), at=pki.NOW, by="agent")


def test_absent_lists_are_a_warning_that_says_what_to_run(examined: Callable[..., dict[str, Check]]) -> None:
    found = examined()
    assert {name: check.status for name, check in found.items()} == {
        "trust.lists": Status.WARN,
        "trust.log": Status.OK,
    }
    assert "pli trust update" in found["trust.lists"].fix


def test_fresh_lists_are_in_order(examined: Callable[..., dict[str, Check]], tmp_path: Path) -> None:
    load(tmp_path)
    assert {name: (check.status, check.value) for name, check in examined().items()} == {
        "trust.lists": (Status.OK, 1),
        "trust.age": (Status.OK, 9),
        "trust.log": (Status.OK, True),
    }


@pytest.mark.parametrize("days", [172, 400])
def test_old_lists_are_a_warning(
    examined: Callable[..., dict[str, Check]], tmp_path: Path, days: int
) -> None:
    load(tmp_path)
    found = examined(pki.NOW + timedelta(days=days))["trust.age"]
    assert (found.status, found.value) == (Status.WARN, days + 9)
    assert (found.params["territory"], found.params["days"]) == ("FR", days + 9)


def test_overdue_list_is_a_warning_though_it_is_young(
    examined: Callable[..., dict[str, Check]], tmp_path: Path
) -> None:
    load(tmp_path, due=pki.NOW - timedelta(days=1))
    found = examined()["trust.age"]
    assert (found.status, found.value) == (Status.WARN, 9)


def test_damaged_folder_is_a_failure(examined: Callable[..., dict[str, Check]], tmp_path: Path) -> None:
    load(tmp_path)
    (tmp_path / store.NAME).write_text("{}")
    found = examined()
    assert [(check.id, check.status) for check in found.values()] == [("trust.lists", Status.FAIL)]


def test_altered_log_is_a_failure(examined: Callable[..., dict[str, Check]], tmp_path: Path) -> None:
    load(tmp_path)
    load(tmp_path, sequence="8")
    path = tmp_path / log.NAME
    path.write_bytes(path.read_bytes().replace(b"agent", b"autre", 1))
    found = examined()["trust.log"]
    assert (found.status, found.params) == (Status.FAIL, {"line": 2})
