"""How a run is laid out: what shares a worker, and how often the collector looks."""

import gc

import pytest
from xdist.scheduler import LoadScopeScheduling

# The application and its libraries are half a million objects that stay: to look them through for garbage as often as a
# small program does takes a tenth of the run.
gc.set_threshold(50_000, 20, 20)

#: Files whose fixtures of the module cost seconds: one worker runs the whole file, so that a run pays them once.
DEAR = frozenset(
    {
        "tests/architecture/test_catalogue.py",
        "tests/architecture/test_matrices.py",
        "tests/architecture/test_matrices_api.py",
        "tests/contract/test_dume_api_schemathesis.py",
        "tests/docs/test_quickstart.py",
        "tests/functional/clauses/test_commands.py",
        "tests/rules/clauses/test_analyse_z3.py",
        "tests/unit/components/test_accessibility.py",
    }
)


class _Together(LoadScopeScheduling):  # type: ignore[misc]  # xdist is typed in part
    """Keep the tests of a browser on one worker, and each file that is dear to prepare, so that a run starts each once.

    Marks would say the same, but xdist 3.8 writes its groups where pytest 9.2 does not look for them.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        folder = file.rpartition("/")[0]
        if folder.startswith("tests/browser"):
            return folder
        return file if file in DEAR else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> _Together:
    """Hand out tests one by one, but those that share what is dear to start."""
    return _Together(config, log)
