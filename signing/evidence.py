"""Freeze a verdict: one archive of all that it rests on, from which it is found again years later, without network.

``evidence.zip`` holds the report, the facts, the certificates, CRLs, OCSP responses and time-stamps, the entries of trusted
lists and the anchors that could have mattered, the proofs of existence, the policy and the versions of the programs. The same
inputs give the same bytes. Every part is named in ``manifest.json`` with its SHA-256.

An archive proves nothing by itself: whoever keeps it also keeps its SHA-256 in a log, and a time-stamp over it. Who reads one
back and believes its proofs of existence has checked that first (``stamped``).
"""

import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from signing import jcs, limits
from signing.errors import SealedError, Unverifiable
from signing.facts import SignatureFacts, StampFacts
from signing.policy import Policy
from signing.policy_codec import policy_from, policy_json
from signing.report import Report, as_json
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
from signing.trust.model import TrustSnapshot
from signing.trust.relevance import relevant
from signing.types import Bytes, Content, Evidence, Poe

if TYPE_CHECKING:
    from signing.containers.zipsafe import Archive

FORMAT = "pli-evidence/1"
ORIGIN = "evidence"
_DATE = (1980, 1, 1, 0, 0, 0)
#: Programs whose version may change a verdict.
_PROGRAMS = ("pli", "pyHanko", "pyhanko-certvalidator", "asn1crypto", "cryptography", "lxml", "xmlsec")
#: Folder of each kind of object, and the ending of its files' names.
_CERTIFICATES, _CRLS, _OCSPS, _TOKENS = "certificates", "crls", "ocsps", "tokens"
#: How much earlier than its archive a time-stamp may be: clocks differ.
_CLOCKS = timedelta(minutes=5)
_ENDINGS = {_CERTIFICATES: "cer", _CRLS: "crl", _OCSPS: "ors", _TOKENS: "tst"}


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a verification was made from, beside the file itself."""

    trust: TrustSnapshot
    policy: Policy
    at: datetime
    contents: Sequence[Content] = ()
    poe: Sequence[Poe] = ()


@dataclass(frozen=True, slots=True)
class Frozen:
    """What an archive gives back: hand ``trust``, ``policy``, ``evidence`` and ``poe`` to ``signing.api.verify`` with the same file."""

    file_sha256: str
    at: datetime
    policy_id: str
    policy: Policy
    #: The id of the whole snapshot that the verdict was made with; that of ``trust`` is its own.
    snapshot_id: str
    trust: TrustSnapshot
    evidence: Evidence = field(repr=False)
    #: The proofs that were given, and that of every object of the archive at ``at``.
    poe: tuple[Poe, ...] = field(repr=False)
    report: Mapping[str, Any] = field(repr=False)
    facts: Mapping[str, Any] = field(repr=False)
    versions: Mapping[str, str]
    #: How many parts the manifest names, all found as it says.
    parts: int = 0


@dataclass(frozen=True, slots=True)
class Stamped:
    """What a time-stamp over an archive says; ``trusted`` when one of the authorities given answers for it."""

    gen_time: datetime
    authority: str
    trusted: bool


def freeze(file: bytes, report: Report, inputs: Inputs) -> bytes:
    """Return the archive of a verdict on a file (``evidence.zip``)."""
    objects = _objects(report)
    trust = relevant(inputs.trust, objects[_CERTIFICATES])
    parts = {
        f"{kind}/{sha256(der).hexdigest()}.{_ENDINGS[kind]}": der
        for kind, found in objects.items()
        for der in found
    }
    parts["report.json"] = _json(as_json(report))
    parts["facts.json"] = _json(_facts(report))
    parts["trust.json"] = _json(_trust_json(trust, inputs.trust.id))
    parts["policy.json"] = _json(policy_json(inputs.policy))
    parts["poe.json"] = _json([_poe_json(poe) for poe in _proofs(file, report, objects, inputs)])
    manifest = {
        "format": FORMAT,
        "at": instant_text(inputs.at),
        "file": {"name": report.file, "sha256": sha256(file).hexdigest(), "size": len(file)},
        "contents": [_content_json(content) for content in inputs.contents],
        "policy": inputs.policy.id,
        "snapshot": inputs.trust.id,
        "versions": _versions(),
        "parts": {name: sha256(part).hexdigest() for name, part in parts.items()},
    }
    return _archive({"manifest.json": _json(manifest), **parts})


def thaw(data: bytes) -> Frozen:
    """Read an archive back. Raises ``Unverifiable`` when it is not one, or when a part is not what the manifest says."""
    parts = _parts(data)
    with reading("trust.evidence"):
        manifest = _loads(parts.pop("manifest.json"))
        if manifest["format"] != FORMAT:
            raise ValueError("another format")
        if {name: sha256(part).hexdigest() for name, part in parts.items()} != manifest["parts"]:
            raise ValueError("parts that the manifest does not name")
        found = _frozen(manifest, parts)
        _check_consistent(found, parts)
    return found


def _frozen(manifest: Mapping[str, Any], parts: Mapping[str, bytes]) -> Frozen:
    at = instant_from(manifest["at"])
    trust = _loads(parts["trust.json"])
    if trust["whole"] != manifest["snapshot"]:
        raise ValueError("the trust of another snapshot")
    policy = policy_from(_loads(parts["policy.json"]))
    if policy.id != manifest["policy"]:
        raise ValueError("another policy")
    return Frozen(
        file_sha256=checked(manifest["file"]["sha256"], str),
        at=at,
        policy_id=policy.id,
        policy=policy,
        snapshot_id=checked(manifest["snapshot"], str),
        trust=replace(_trust_from(trust), frozen_at=at),
        evidence=Evidence(
            certificates=_kind(parts, _CERTIFICATES), crls=_kind(parts, _CRLS), ocsps=_kind(parts, _OCSPS)
        ),
        poe=tuple(_poe_from(item) for item in checked(_loads(parts["poe.json"]), list)),
        report=checked(_loads(parts["report.json"]), dict),
        facts=checked(_loads(parts["facts.json"]), dict),
        versions=checked(manifest["versions"], dict),
        parts=len(parts),
    )


def _check_consistent(found: Frozen, parts: Mapping[str, bytes]) -> None:
    """Raise ValueError where an archive contradicts itself: whoever changed one part forgot another."""
    if any(poe.at > found.at for poe in found.poe):
        raise ValueError("a proof of later than the archive itself")
    for name, part in parts.items():
        if "/" in name and name.partition("/")[2].partition(".")[0] != sha256(part).hexdigest():
            raise ValueError("an object under another name than its digest")


def stamped(archive: bytes, response: bytes, *, at: datetime, authorities: Sequence[bytes]) -> Stamped:
    """Return what a time-stamp (DER TimeStampResp) over an archive made ``at`` says.

    Without ``authorities`` it is only compared with the archive. Raises ``SealedError``: ``timestamp.imprint_mismatch`` for
    that of another archive, ``timestamp.untrusted``, ``timestamp.before_archive`` when it is older than what it is over.
    """
    from signing import timestamp

    if authorities:
        token = timestamp.verify(response, _digest(archive), authorities=authorities)
        found = Stamped(token.gen_time, token.authority, trusted=True)
    else:
        token = timestamp.stated(response, _digest(archive))
        found = Stamped(token.gen_time, token.authority, trusted=False)
    if at - found.gen_time > _CLOCKS:
        raise SealedError("timestamp.before_archive", "older than the archive says it is")
    return found


def is_evidence(data: bytes) -> bool:
    """Tell whether bytes are an archive of this format, whole or not; other ZIP archives may hold loose material."""
    try:
        manifest = _loads(_opened(data).read("manifest.json"))
        return bool(manifest["format"] == FORMAT)
    except (Unverifiable, SealedError, KeyError, TypeError):
        return False


def _objects(report: Report) -> dict[str, tuple[bytes, ...]]:
    """Gather every object that the file or its verification had, each once, in one order."""
    found: dict[str, set[bytes]] = {
        _CERTIFICATES: set(report.material.certificates),
        _CRLS: set(report.material.crls),
        _OCSPS: set(report.material.ocsps),
        _TOKENS: set(),
    }
    everything: list[SignatureFacts | StampFacts] = [*_signatures(report), *_stamps(report)]
    for facts in everything:
        found[_CERTIFICATES].update(facts.certificates)
        found[_CRLS].update(facts.crls)
        found[_OCSPS].update(facts.ocsps)
        if facts.certificate is not None:
            found[_CERTIFICATES].add(facts.certificate)
        if isinstance(facts, StampFacts) and facts.token:
            found[_TOKENS].add(facts.token)
    return {kind: tuple(sorted(ders, key=_digest)) for kind, ders in found.items()}


def _signatures(report: Report) -> Iterator[SignatureFacts]:
    for one in report.signatures:
        yield one.facts


def _stamps(report: Report) -> Iterator[StampFacts]:
    for facts in _signatures(report):
        yield from facts.stamps
    for stamp in report.timestamps:
        yield stamp.facts


def _proofs(
    file: bytes, report: Report, objects: Mapping[str, tuple[bytes, ...]], inputs: Inputs
) -> list[Poe]:
    """Return the proofs that were given, and that all of this existed when the verdict was made; earliest first."""
    things = [file, *(content.data for content in inputs.contents if isinstance(content, Bytes))]
    things += [facts.value for facts in _signatures(report) if facts.value]
    things += [der for found in objects.values() for der in found]
    made = [Poe(_digest(thing), inputs.at, ORIGIN) for thing in things]
    every = {(poe.sha256, poe.at, poe.origin): poe for poe in (*inputs.poe, *made)}
    return [every[key] for key in sorted(every, key=lambda key: (key[1], key[0], key[2]))]


def _facts(report: Report) -> dict[str, Any]:
    detailed = as_json(report, detail=True)
    signatures: Any = detailed["signatures"]
    return {
        "signatures": [{"id": one["id"], "facts": one["facts"]} for one in signatures],
        "timestamps": detailed["timestamps"],
        "covers": [
            {"id": stamp.id, "sha256": sorted(digest.hex() for digest in stamp.covers)}
            for stamp in _stamps(report)
        ],
    }


def _content_json(content: Content) -> dict[str, Any]:
    if isinstance(content, Bytes):
        return {"name": content.name, "digests": {"sha256": sha256(content.data).hexdigest()}}
    return {"name": content.name, "digests": dict(content.values)}


def _trust_json(trust: TrustSnapshot, whole: str) -> dict[str, Any]:
    return {
        "whole": whole,
        "id": trust.id,
        "anchors": [binary_text(anchor) for anchor in trust.anchors],
        "services": [service_json(service) for service in trust.services],
        "lists": [list_json(info) for info in trust.lists],
    }


def _trust_from(value: Mapping[str, Any]) -> TrustSnapshot:
    found = TrustSnapshot(
        anchors=tuple(binary_from(item) for item in checked(value["anchors"], list)),
        services=tuple(service_from(item) for item in checked(value["services"], list)),
        lists=tuple(list_from(item) for item in checked(value["lists"], list)),
    )
    if found.id != value["id"]:
        raise ValueError("another snapshot than the one that was kept")
    return found


def _poe_json(poe: Poe) -> dict[str, Any]:
    return {"sha256": poe.sha256.hex(), "at": instant_text(poe.at), "origin": poe.origin}


def _poe_from(value: Mapping[str, Any]) -> Poe:
    return Poe(
        bytes.fromhex(checked(value["sha256"], str)), instant_from(value["at"]), checked(value["origin"], str)
    )


def _versions() -> dict[str, str]:
    found = {}
    for program in _PROGRAMS:
        try:
            found[program] = version(program)
        except PackageNotFoundError:
            found[program] = "?"
    return found


def _kind(parts: Mapping[str, bytes], kind: str) -> tuple[bytes, ...]:
    return tuple(part for name, part in sorted(parts.items()) if name.startswith(f"{kind}/"))


def _digest(thing: bytes) -> bytes:
    return sha256(thing).digest()


def _json(value: Any) -> bytes:
    return jcs.dumps(value) + b"\n"


def _loads(data: bytes) -> Any:
    return jcs.loads(data)


def _archive(parts: Mapping[str, bytes]) -> bytes:
    """Write the parts stored, in one order, without anything of the machine in them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name in _ordered(parts):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, parts[name])
    return out.getvalue()


def _ordered(names: Iterable[str]) -> list[str]:
    return sorted(names, key=lambda name: (name != "manifest.json", "/" in name, name))


def _parts(data: bytes) -> dict[str, bytes]:
    archive = _opened(data)
    return {entry.name: archive.read(entry.name, limits.FILE_BYTES) for entry in archive.entries}


def _opened(data: bytes) -> "Archive":
    from signing.containers.zipsafe import Archive

    return Archive(data)
