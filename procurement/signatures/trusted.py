"""What this installation trusts, as ``pli trust`` left it in its folder, and what it accepts."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from procurement.signatures.errors import TrustDamaged
from signing.errors import Unverifiable
from signing.policy import DEFAULT, Policy
from signing.trust import TrustSnapshot


@dataclass(frozen=True, slots=True)
class Basis:
    """What verdicts rest on: who is trusted, and the rules of acceptance."""

    snapshot: TrustSnapshot
    policy: Policy = DEFAULT


class Trusted:
    """The trust of a folder; an empty folder trusts nobody. Lists older than ``most_days`` tell no qualification."""

    def __init__(self, folder: Path, most_days: int) -> None:
        self._folder = folder
        self._policy = replace(DEFAULT, list_age=timedelta(days=most_days))

    def basis(self) -> Basis:
        """Return what is in force, read again only when it has changed; raise TrustDamaged."""
        # Brings the reader of lists with it: imported at the first use.
        from signing.trust.store import load_snapshot

        try:
            return Basis(load_snapshot(self._folder), self._policy)
        except Unverifiable as error:
            raise TrustDamaged from error
