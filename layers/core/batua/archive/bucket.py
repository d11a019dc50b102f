"""The archive's bucket. What lies under `sealed/` and `anchors/` is written once: a second write changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from ..aws import client
from ..ids import is_id
from ..settings import settings

STAGING: Final = "staging"
SEALED: Final = "sealed"
_TAKEN: Final = ("PreconditionFailed", "412")
_MISSING: Final = ("NoSuchKey", "404")
_BATCH_SIZE: Final = 1000


class BucketNotConfigured(Exception):
    """No bucket is named."""


class ContentConflict(Exception):
    """Other content is stored under a name that is derived from the content: the bucket is damaged."""


@dataclass(frozen=True, slots=True)
class ArchiveBucket:
    """A bucket, through one client of S3. Raises what botocore raises; every write may be sent again."""

    client: Any
    bucket: str

    def put_once(self, key: str, body: bytes, *, locked_until: int | None = None) -> bytes:
        """Writes what is not there yet, and returns what is stored: the same, or what was there before.

        With `locked_until` nobody can delete or replace it before that instant, the account's owner included.
        """
        lock: dict[str, Any] = {}
        if locked_until is not None:
            # S3 demands a checksum where an object is locked.
            until = datetime.fromtimestamp(locked_until // 1000, UTC)
            lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until, "ChecksumAlgorithm": "SHA256"}
        try:
            self.client.put_object(Bucket=self.bucket, Key=key, Body=body, IfNoneMatch="*", **lock)
        except ClientError as refusal:
            if refusal.response["Error"]["Code"] not in _TAKEN:
                raise
            return self.read(key) or b""
        return body

    def put_identical(self, key: str, body: bytes) -> None:
        """Writes what is not there yet. Raises ContentConflict where something else is."""
        if self.put_once(key, body) != body:
            raise ContentConflict(key)

    def stage(self, key: str, body: bytes) -> None:
        """Writes what may be written anew."""
        self.client.put_object(Bucket=self.bucket, Key=f"{STAGING}/{key}", Body=body)

    def staged(self, key: str) -> bytes | None:
        return self.read(f"{STAGING}/{key}")

    def read(self, key: str) -> bytes | None:
        """The content; None where there is none."""
        try:
            answer = self.client.get_object(Bucket=self.bucket, Key=key)
        except ClientError as refusal:
            if refusal.response["Error"]["Code"] in _MISSING:
                return None
            raise
        body: bytes = answer["Body"].read()
        return body

    def names(self, prefix: str) -> Iterator[str]:
        """The keys below a prefix, sorted."""
        more: dict[str, Any] = {}
        while True:
            page = self.client.list_objects_v2(Bucket=self.bucket, Prefix=prefix, **more)
            yield from (found["Key"] for found in page.get("Contents", ()))
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def tenants(self, after: str = "") -> Iterator[str]:
        """Whose books have been sealed, by their ids."""
        more: dict[str, Any] = {"StartAfter": f"{SEALED}/{after}/~"} if after else {}
        while True:
            page = self.client.list_objects_v2(Bucket=self.bucket, Prefix=f"{SEALED}/", Delimiter="/", **more)
            yield from (found["Prefix"].split("/")[1] for found in page.get("CommonPrefixes", ()))
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    def clear(self, keys: Iterable[str]) -> None:
        """Removes staged objects. Raises ValueError for anything else."""
        wanted = list(keys)
        if not all(key.startswith(f"{STAGING}/") for key in wanted):
            raise ValueError("only what is staged can be removed")
        for start in range(0, len(wanted), _BATCH_SIZE):
            names = [{"Key": key} for key in wanted[start : start + _BATCH_SIZE]]
            self.client.delete_objects(Bucket=self.bucket, Delete={"Objects": names, "Quiet": True})


def archive_bucket(bucket: str = "") -> ArchiveBucket:
    """The function's archive, or another. Raises BucketNotConfigured."""
    name = bucket or settings().archive_bucket
    if not name:
        raise BucketNotConfigured("no archive is named: ARCHIVE_BUCKET is not set")
    return ArchiveBucket(client("s3"), name)


def month_folder(tenant: str, month: int) -> str:
    """Where a month of a tenant's books is sealed. Raises ValueError for what is no tenant: no key leads elsewhere."""
    if not is_id(tenant, "ten"):
        raise ValueError("not an id of kind ten")
    return f"{SEALED}/{tenant}/{month:06d}"


def manifest_key(tenant: str, month: int) -> str:
    return f"{month_folder(tenant, month)}/manifest.json"


def part_key(tenant: str, month: int, sha256: str) -> str:
    """A part is named by its content, so that no other part can ever stand in its place."""
    return f"{month_folder(tenant, month)}/{sha256}.jsonl.gz"
