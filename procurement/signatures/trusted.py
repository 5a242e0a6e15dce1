"""What this installation trusts, as ``pli trust`` left it in its folder, and what it accepts."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from procurement.signatures.errors import TrustDamaged
from procurement.signatures.fetching import PATIENCE_ALL, Fetching
from signing.errors import Unverifiable
from signing.policy import DEFAULT, Policy
from signing.trust import TrustSnapshot
from signing.types import Fetcher


@dataclass(frozen=True, slots=True)
class Basis:
    """What verdicts rest on: who is trusted, the rules of acceptance, and what gets revocation data, if anything may."""

    snapshot: TrustSnapshot
    policy: Policy = DEFAULT
    fetch: Fetcher | None = None


class Trusted:
    """The trust of a folder; an empty folder trusts nobody. Lists older than ``most_days`` tell no qualification."""

    def __init__(self, folder: Path, most_days: int, fetching: Fetching | None = None) -> None:
        self._folder = folder
        self._policy = replace(DEFAULT, list_age=timedelta(days=most_days))
        self._fetching = fetching

    def basis(self, *, patience: float = PATIENCE_ALL) -> Basis:
        """Return what is in force, read again only when it has changed; raise TrustDamaged.

        All that is verified on one basis shares ``patience``, the seconds that may be spent on fetching.
        """
        # Brings the reader of lists with it: imported at the first use.
        from signing.trust.store import load_snapshot

        try:
            snapshot = load_snapshot(self._folder)
        except Unverifiable as error:
            raise TrustDamaged from error
        fetch = self._fetching.within(patience) if self._fetching is not None else None
        return Basis(snapshot, self._policy, fetch)
