"""The trust store: a directory of raw lists and of certificates trusted by hand, which changes by one rename.

``snapshot.json`` says what is in force: it names the lists (``lists/<sha256>.xml``), holds the anchors, and names the index
(``index-<sha256>.json``), which is rebuilt from the lists whenever it is missing. A reader sees the state before a change or
the state after it, nothing between. ``log.jsonl`` keeps who did what and why.

Whoever may write here decides whom Pli believes: the directory belongs to the account that runs ``pli trust``.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from signing.errors import Unverifiable
from signing.trust import files, log
from signing.trust.codec import (
    binary_from,
    binary_text,
    checked,
    instant_from,
    instant_text,
    list_from,
    list_json,
    reading,
    service_from,
    service_json,
)
from signing.trust.lists import ParsedList, parse
from signing.trust.model import ListInfo, Service, TrustSnapshot

FORMAT = "pli-trust/1"
NAME = "snapshot.json"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A certificate trusted by hand, and why."""

    certificate: bytes = field(repr=False)
    subject: str
    reason: str
    added_at: datetime

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of the certificate, in hex."""
        return sha256(self.certificate).hexdigest()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A list of the store: what it is, which certificate had signed it (SHA-256), when it was loaded."""

    info: ListInfo
    signer: str
    loaded_at: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """A list whose signature held, ready to be stored."""

    parsed: ParsedList = field(repr=False)
    data: bytes = field(repr=False)
    origin: str
    signer: bytes = field(repr=False)

    @property
    def info(self) -> ListInfo:
        """Return the description that snapshots carry."""
        parsed = self.parsed
        return ListInfo(
            territory=parsed.territory,
            version=parsed.version,
            sequence=parsed.sequence,
            issued_at=parsed.issued_at,
            next_update=parsed.next_update,
            sha256=parsed.sha256,
            origin=self.origin,
            operator=parsed.operator,
            services=len(parsed.services),
            kind=parsed.kind,
        )


@dataclass(frozen=True, slots=True)
class State:
    """What ``snapshot.json`` says."""

    lists: tuple[Loaded, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    index: str | None = None

    def list_of(self, kind: str, territory: str) -> Loaded | None:
        """Return the stored list of a kind (LOTL, TL) and a territory."""
        wanted = (kind, territory)
        return next((one for one in self.lists if (one.info.kind, one.info.territory) == wanted), None)


class StoreChanged(ValueError):
    """Say that somebody else changed the store meanwhile."""


class AnchorKnown(ValueError):
    """Say that a certificate is an anchor already."""


class AnchorUnknown(ValueError):
    """Say that a certificate is no anchor."""


def state(directory: Path) -> State:
    """Return what is stored; an absent directory is an empty store. Raises ``Unverifiable`` when it is damaged."""
    path = directory / NAME
    if not path.exists():
        return State()
    with reading("trust.store_damaged"):
        return _state(json.loads(path.read_bytes()))


def load_snapshot(directory: Path) -> TrustSnapshot:
    """Return what is trusted now; read again only when the store has changed.

    Raises ``Unverifiable`` (trust.store_damaged) when a list of the store is missing or is not what was stored.
    """
    directory = directory.absolute()
    stamp = files.stamp(directory / NAME)
    try:
        return _snapshot(directory, stamp)
    except Unverifiable:
        again = files.stamp(directory / NAME)
        if again == stamp:
            raise
        # An update took the old files away while they were read.
        return _snapshot(directory, again)


def raw_list(directory: Path, digest: str) -> bytes:
    """Return the bytes of a stored list, which must be those that were stored."""
    path = directory / "lists" / f"{digest}.xml"
    data = path.read_bytes() if path.exists() else b""
    if sha256(data).hexdigest() != digest:
        raise Unverifiable("UNREADABLE", "trust.store_damaged", str(path), why=path.name)
    return data


def stored_list(directory: Path, kind: str, territory: str) -> ParsedList | None:
    """Return a stored list, parsed; None when there is none."""
    found = state(directory).list_of(kind, territory)
    return None if found is None else parse(raw_list(directory, found.info.sha256))


def replace_lists(
    directory: Path, accepted: Sequence[Accepted], *, basis: State, at: datetime, by: str
) -> State:
    """Store lists in the place of the former ones of the same kind and territory, all of them or none.

    ``basis`` is the state they were judged against; raises StoreChanged when it is in force no more.
    """
    with files.locked(directory):
        before = state(directory)
        if before != basis:
            raise StoreChanged
        for one in accepted:
            files.write_once(directory / "lists" / f"{one.parsed.sha256}.xml", one.data)
        fresh = [Loaded(one.info, sha256(one.signer).hexdigest(), at) for one in accepted]
        keys = {(loaded.info.kind, loaded.info.territory) for loaded in fresh}
        kept = [loaded for loaded in before.lists if (loaded.info.kind, loaded.info.territory) not in keys]
        lists = sorted((*kept, *fresh), key=lambda loaded: (loaded.info.kind, loaded.info.territory))
        deed = _Deed("list-loaded", [_logged(loaded) for loaded in fresh], at, by)
        return _commit(directory, before, replace(before, lists=tuple(lists)), deed)


def add_anchor(directory: Path, certificate: bytes, *, reason: str, at: datetime, by: str) -> Anchor:
    """Trust a certificate (DER) for every purpose. Raises AnchorKnown when it is trusted already."""
    with files.locked(directory):
        before = state(directory)
        anchor = Anchor(certificate, _subject(certificate), reason, at)
        if any(known.certificate == certificate for known in before.anchors):
            raise AnchorKnown(anchor.sha256)
        anchors = tuple(sorted((*before.anchors, anchor), key=lambda one: one.sha256))
        deed = _Deed("anchor-added", [_anchor_facts(anchor, reason)], at, by)
        _commit(directory, before, replace(before, anchors=anchors), deed)
        return anchor


def remove_anchor(directory: Path, digest: str, *, reason: str, at: datetime, by: str) -> Anchor:
    """Stop trusting the certificate of a SHA-256 (hex). Raises AnchorUnknown when it was not trusted."""
    with files.locked(directory):
        before = state(directory)
        found = next((anchor for anchor in before.anchors if anchor.sha256 == digest), None)
        if found is None:
            raise AnchorUnknown(digest)
        anchors = tuple(anchor for anchor in before.anchors if anchor != found)
        deed = _Deed("anchor-removed", [_anchor_facts(found, reason)], at, by)
        _commit(directory, before, replace(before, anchors=anchors), deed)
        return found


@dataclass(frozen=True, slots=True)
class _Deed:
    """What the log says of a change."""

    action: str
    facts: Sequence[dict[str, object]]
    at: datetime
    by: str


def _commit(directory: Path, before: State, after: State, deed: _Deed) -> State:
    """Log a change, then put it in force by one rename; files of the state before last are removed."""
    services = [service_json(service) for service in _parsed_services(directory, after)]
    index = json.dumps(services, ensure_ascii=False).encode()
    after = replace(after, index=sha256(index).hexdigest())
    files.write_once(_index_path(directory, after), index)
    for facts in deed.facts:
        log.append(directory, deed.action, facts, at=deed.at, by=deed.by)
    body = json.dumps(_state_json(after), ensure_ascii=False, indent=1).encode()
    files.write(directory / NAME, body + b"\n")
    keep = {path for one in (before, after) for path in _paths(directory, one)}
    files.remove_others(directory, ("lists/*.xml", "index-*.json"), keep)
    return after


def _paths(directory: Path, one: State) -> Iterator[Path]:
    yield _index_path(directory, one)
    for loaded in one.lists:
        yield directory / "lists" / f"{loaded.info.sha256}.xml"


def _index_path(directory: Path, one: State) -> Path:
    return directory / f"index-{one.index}.json"


@lru_cache(maxsize=4)
def _snapshot(directory: Path, stamp: tuple[int, ...] | None) -> TrustSnapshot:
    """Read a snapshot once per state of the store, which ``stamp`` names."""
    del stamp
    found = state(directory)
    return TrustSnapshot(
        anchors=tuple(anchor.certificate for anchor in found.anchors),
        services=tuple(_services(directory, found)),
        lists=tuple(loaded.info for loaded in found.lists),
    )


def _services(directory: Path, found: State) -> list[Service]:
    """Read the services from the index, or from the lists when there is no sound index."""
    path = _index_path(directory, found)
    data = path.read_bytes() if path.exists() else b""
    if sha256(data).hexdigest() != found.index:
        return _parsed_services(directory, found)
    with reading("trust.store_damaged"):
        return [service_from(item) for item in json.loads(data)]


def _parsed_services(directory: Path, found: State) -> list[Service]:
    parsed = (parse(raw_list(directory, loaded.info.sha256)) for loaded in found.lists)
    return [service for one in parsed for service in one.services]


def _state_json(found: State) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "lists": [
            {**list_json(one.info), "signer": one.signer, "loaded_at": instant_text(one.loaded_at)}
            for one in found.lists
        ],
        "anchors": [
            {
                "sha256": anchor.sha256,
                "subject": anchor.subject,
                "reason": anchor.reason,
                "added_at": instant_text(anchor.added_at),
                "certificate": binary_text(anchor.certificate),
            }
            for anchor in found.anchors
        ],
        "index": found.index,
    }


def _state(value: Any) -> State:
    if value["format"] != FORMAT:
        raise ValueError("another format")
    return State(
        lists=tuple(
            Loaded(list_from(item), checked(item["signer"], str), instant_from(item["loaded_at"]))
            for item in checked(value["lists"], list)
        ),
        anchors=tuple(
            Anchor(
                binary_from(item["certificate"]),
                checked(item["subject"], str),
                checked(item["reason"], str),
                instant_from(item["added_at"]),
            )
            for item in checked(value["anchors"], list)
        ),
        index=checked(value["index"], str),
    )


def _logged(one: Loaded) -> dict[str, object]:
    info = one.info
    return {
        "kind": info.kind,
        "territory": info.territory,
        "sequence": info.sequence,
        "sha256": info.sha256,
        "origin": info.origin,
        "signer": one.signer,
    }


def _anchor_facts(anchor: Anchor, reason: str) -> dict[str, object]:
    return {"sha256": anchor.sha256, "subject": anchor.subject, "reason": reason}


def _subject(certificate: bytes) -> str:
    from signing.certificates import load_certificate

    return load_certificate(certificate).subject.rfc4514_string()
