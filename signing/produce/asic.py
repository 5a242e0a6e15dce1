"""Make ASiC-E containers with XAdES signatures (EN 319 162-1, 4.4)."""

import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from io import BytesIO

from signing.limits import FILE_BYTES
from signing.produce import xades, xades_levels
from signing.produce.documents import bytes_of, media_type
from signing.produce.markup import parse, signatures, write
from signing.produce.params import Level, Mechanism, SignParams
from signing.produce.prepared import Prepared
from signing.produce.refusals import ProductionRefused, refusing
from signing.types import Bytes, Content, Evidence, Stamper

MIMETYPE = b"application/vnd.etsi.asic-e+zip"
_NAMESPACE = "http://uri.etsi.org/02918/v1.2.1#"
_MANIFEST_NAMESPACE = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
_FOLDER = "META-INF/"
_SIGNATURES = re.compile(r"META-INF/[^/]*signatures[^/]*\.xml", re.IGNORECASE)
_CADES = re.compile(r"META-INF/[^/]*(\.p7s|ASiCManifest[^/]*\.xml)", re.IGNORECASE)
_ZIP_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)


def prepare(
    documents: Sequence[Content], chain: Sequence[bytes], params: SignParams, mechanism: Mechanism
) -> Prepared:
    """Return a container with an empty signature over every document; a container given gets one more signature."""
    entries = _entries(documents, params)
    name = _next_name(entries)
    signed = [Bytes(entry, data) for entry, data in entries.items() if is_document(entry)]
    if not signed:
        raise ProductionRefused("produce.documents", "the container holds no document")
    references = [xades.reference(document, params, mechanism) for document in signed]
    unsigned, to_sign = xades.detached(references, chain, params, mechanism, wrap=_wrapped)
    container = pack({**entries, name: unsigned}, params.signing_time)
    state = {"container": container, "name": name.encode()}
    return Prepared(params.profile, params.level, mechanism, to_sign, tuple(chain), state)


def check_documents(documents: Sequence[Content], params: SignParams) -> None:
    """Refuse names that a container cannot hold, and a container that is damaged or signed in another way."""
    with refusing("produce.documents"):
        _entries(documents, params)


def _entries(documents: Sequence[Content], params: SignParams) -> dict[str, bytes]:
    if len(documents) == 1 and isinstance(documents[0], Bytes) and is_container(documents[0].data):
        entries = unpack(documents[0].data)
        if any(_CADES.fullmatch(name) for name in entries):
            # EN 319 162-1, 4.4.1: signatures of one kind alone, or of the other.
            raise ProductionRefused("produce.container_mixed", "the container is signed with CAdES")
        return entries
    entries = {document.name: bytes_of(document) for document in documents}
    for name in entries:
        if not is_document(name) or name.startswith("/") or ".." in name.split("/"):
            raise ProductionRefused("produce.document_name", name, name=name)
    return {"mimetype": MIMETYPE, **entries, f"{_FOLDER}manifest.xml": _manifest(entries, params)}


def is_document(name: str) -> bool:
    """Tell whether an entry is a document, which every signature covers, and no part of the container."""
    return name != "mimetype" and not name.upper().startswith(_FOLDER) and not name.endswith("/")


def is_container(data: bytes) -> bool:
    """Tell whether a file says by its first entry that it is an ASiC-E."""
    return data.startswith(b"PK\x03\x04") and data[30:].startswith(b"mimetype" + MIMETYPE)


def _manifest(entries: Mapping[str, bytes], params: SignParams) -> bytes:
    """Return the OpenDocument manifest, which older readers ask for."""
    rows = "".join(
        f'<manifest:file-entry manifest:full-path="{escape(name)}" '
        f'manifest:media-type="{escape(media_type(name, params))}"/>'
        for name in entries
    )
    root = f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{MIMETYPE.decode()}"/>'
    text = f'<manifest:manifest xmlns:manifest="{_MANIFEST_NAMESPACE}" manifest:version="1.2">{root}{rows}</manifest:manifest>'
    return write(parse(text.encode()))


def _next_name(entries: Mapping[str, bytes]) -> str:
    number = 1
    while f"{_FOLDER}signatures{number:03d}.xml" in entries:
        number += 1
    return f"{_FOLDER}signatures{number:03d}.xml"


def _wrapped(fragment: bytes) -> bytes:
    opening = f'<asic:XAdESSignatures xmlns:asic="{_NAMESPACE}">'.encode()
    return opening + fragment + b"</asic:XAdESSignatures>"


def assemble(prepared: Prepared, raw: bytes, timestamper: Stamper | None, evidence: Evidence | None) -> bytes:
    """Return the container with the value in its signature."""
    try:
        entries, name = unpack(prepared.state["container"]), prepared.state["name"].decode()
        unsigned = entries[name]
    except (LookupError, ValueError) as error:
        raise ProductionRefused("produce.prepared_damaged", str(error)) from error
    root, signature = xades.with_value(unsigned, prepared.to_sign, raw)
    xades_levels.raise_to(
        signature,
        prepared.level,
        timestamper=timestamper,
        evidence=evidence,
        documents=entries,
    )
    return pack({**entries, name: write(root)}, first_time(prepared.state["container"]))


def extend(signed: bytes, level: Level, timestamper: Stamper | None, evidence: Evidence | None) -> bytes:
    """Raise every XAdES signature of a container."""
    entries = unpack(signed)
    names = [name for name in entries if _SIGNATURES.fullmatch(name)]
    for name in names:
        root = parse(entries[name])
        for signature in signatures(root):
            xades_levels.raise_to(
                signature, level, timestamper=timestamper, evidence=evidence, documents=entries
            )
        entries[name] = write(root)
    if not names:
        raise ProductionRefused("produce.not_signed", "no XAdES signature in this container")
    return pack(entries, first_time(signed))


def unpack(data: bytes) -> dict[str, bytes]:
    """Return the entries of a container in their order; raises Unverifiable on a hostile or damaged one."""
    from signing.containers.zipsafe import Archive

    archive = Archive(data)
    return {entry.name: archive.read(entry.name, most=FILE_BYTES) for entry in archive.entries}


def first_time(data: bytes) -> datetime:
    """Return the date of the first entry, which the container keeps when it is written again."""
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return datetime(*archive.infolist()[0].date_time, tzinfo=UTC)


def pack(entries: Mapping[str, bytes], moment: datetime) -> bytes:
    """Write a container: ``mimetype`` first and stored (EN 319 162-1, A.1); same input, same bytes."""
    written = BytesIO()
    date = max(moment.astimezone(UTC), _ZIP_EPOCH).timetuple()[:6]
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(entries, key=lambda name: name != "mimetype"):
            info = zipfile.ZipInfo(name, date)
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, entries[name])
    return written.getvalue()
