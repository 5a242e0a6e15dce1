"""Keep objects in an S3 bucket: conditional writes, SHA-256 checksums, multipart above 16 MiB.

``If-None-Match: *`` makes keys write-once (412 means taken). SSE-S3 is not asked for: a server without a key
service answers 500 to it. Encryption at rest is the provider's setting; sealed bids are ciphertext anyway.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from procurement.core.metrics import STORE_ERRORS
from procurement.core.settings import Settings, SettingsError
from procurement.core.storage.api import PIECE, KeyMissing, KeyTaken, StorageError, StorageFull, Stored
from procurement.core.storage.keys import check_key

#: Objects up to this size go in one request; larger ones in parts of this size (S3 wants parts of 5 MiB or
#: more).
PART = 16 << 20
_TAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})
_MISSING = frozenset({"NoSuchKey", "NotFound", "404"})
_NO_ROOM = frozenset({"QuotaExceeded", "InsufficientStorage", "XMinioStorageFull", "507"})


def connect(settings: Settings) -> Any:
    """Return a boto3 client; boto3 comes with the extra ``s3`` and is imported here only."""
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        raise SettingsError("Setting pli.storage = s3 needs the extra: pip install 'pli[s3]'") from None
    return boto3.client(
        "s3",
        endpoint_url=settings.s3_endpoint or None,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key or None,
        aws_secret_access_key=settings.s3_secret_key or None,
        config=Config(
            # Presigned URLs of boto3's default signature are refused (403) by S3 servers.
            signature_version="s3v4",
            connect_timeout=5,
            read_timeout=60,
            retries={"max_attempts": 3, "mode": "standard"},
            s3={"addressing_style": "path" if settings.s3_endpoint else "auto"},
        ),
    )


@contextmanager
def _translated(key: str) -> Iterator[None]:
    """Turn boto's errors into the store's."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        status = str(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
        if _TAKEN & {code, status}:
            raise KeyTaken(key) from None
        if _MISSING & {code, status} and code != "NoSuchBucket":
            raise KeyMissing(key) from None
        STORE_ERRORS.inc()
        if _NO_ROOM & {code, status}:
            raise StorageFull from error
        raise StorageError(f"S3: {error}") from error
    except BotoCoreError as error:
        STORE_ERRORS.inc()
        raise StorageError(f"S3: {error}") from error


class S3Storage:
    """Keep objects in one bucket; the client may be shared by threads."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, key: str, chunks: Iterable[bytes], *, hashed: bool = True) -> Stored:
        """Write ``chunks`` under a new key; durable on return."""
        del hashed  # The bucket checks a SHA-256 of each part in any case.
        check_key(key)
        parts = _parts(chunks)
        first = next(parts, b"")
        second = next(parts, None)
        if second is None:
            return self._put_whole(key, first)
        return self._put_parts(key, first, second, parts)

    def open(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Return the bytes of a key in pieces."""
        size = self.size(key)
        end = size if length is None else min(size, start + length)
        return self._read(key, start, end) if start < end else iter(())

    def size(self, key: str) -> int:
        """Return the size in bytes."""
        return int(self._head(key)["ContentLength"])

    def exists(self, key: str) -> bool:
        """Tell whether something lies under the key."""
        try:
            self._head(key)
        except KeyMissing:
            return False
        return True

    def age(self, key: str) -> timedelta:
        """Return how long ago the key was written, both times by the server."""
        head = self._head(key)
        now = parsedate_to_datetime(head["ResponseMetadata"]["HTTPHeaders"]["date"])
        age: timedelta = now - head["LastModified"]
        return age

    def delete(self, key: str) -> None:
        """Remove the key if it is there; in a versioned bucket the version stays until its retention ends."""
        with _translated(key):
            self._client.delete_object(Bucket=self._bucket, Key=check_key(key))

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Return the keys that begin with ``prefix``; S3 lists them in order."""
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
        with _translated(prefix):
            for page in pages:
                yield from (item["Key"] for item in page.get("Contents", ()))

    def sweep(self, older_than: timedelta) -> int:
        """Abort the multipart uploads that interrupted writes left behind."""
        gone = 0
        with _translated(""):
            answer = self._client.list_multipart_uploads(Bucket=self._bucket)
            now = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
            for upload in answer.get("Uploads", ()):
                if now - upload["Initiated"] > older_than:
                    self._client.abort_multipart_upload(
                        Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
                    )
                    gone += 1
        return gone

    def _head(self, key: str) -> dict[str, Any]:
        with _translated(key):
            found: dict[str, Any] = self._client.head_object(Bucket=self._bucket, Key=check_key(key))
        return found

    def _put_whole(self, key: str, body: bytes) -> Stored:
        digest = hashlib.sha256(body)
        with _translated(key):
            self._client.put_object(
                Bucket=self._bucket,
                Key=key,
                Body=body,
                IfNoneMatch="*",
                ChecksumSHA256=_base64(digest.digest()),
            )
        return Stored(len(body), digest.hexdigest())

    def _put_parts(self, key: str, first: bytes, second: bytes, rest: Iterator[bytes]) -> Stored:
        if self.exists(
            key
        ):  # Cheaper than sending gigabytes to be refused; the end is conditional all the same.
            raise KeyTaken(key)
        target = {"Bucket": self._bucket, "Key": key}
        with _translated(key):
            target["UploadId"] = self._client.create_multipart_upload(**target, ChecksumAlgorithm="SHA256")[
                "UploadId"
            ]
        try:
            return self._send(target, [first, second], rest)
        except BaseException:
            self._client.abort_multipart_upload(**target)
            raise

    def _send(self, target: dict[str, str], head: list[bytes], rest: Iterator[bytes]) -> Stored:
        digest, size, done = hashlib.sha256(), 0, []
        for number, part in enumerate(_chain(head, rest), 1):
            digest.update(part)
            size += len(part)
            checksum = _base64(hashlib.sha256(part).digest())
            with _translated(target["Key"]):
                answer = self._client.upload_part(
                    **target, PartNumber=number, Body=part, ChecksumSHA256=checksum
                )
            done.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum})
        with _translated(target["Key"]):
            self._client.complete_multipart_upload(**target, MultipartUpload={"Parts": done}, IfNoneMatch="*")
        return Stored(size, digest.hexdigest())

    def _read(self, key: str, start: int, end: int) -> Iterator[bytes]:
        with _translated(key):
            answer = self._client.get_object(Bucket=self._bucket, Key=key, Range=f"bytes={start}-{end - 1}")
        body = answer["Body"]
        try:
            while start < end:
                with _translated(key):
                    piece = body.read(PIECE)
                if not piece:
                    raise StorageError(f"{key} ended early while it was read")
                start += len(piece)
                yield piece
        finally:
            body.close()


def _chain(head: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the parts without keeping the first ones in memory."""
    while head:
        yield head.pop(0)
    yield from rest


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Join and cut ``chunks`` into parts of exactly PART bytes, the last one shorter."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) >= PART:
            yield bytes(held[:PART])
            del held[:PART]
    if held:
        yield bytes(held)


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
