"""S3 in memory, as far as the archive uses it, at the boundary of botocore's client."""

from __future__ import annotations

import io
from typing import Any

from botocore.exceptions import ClientError


class FakeS3:
    """One bucket, keys in their order. `page` keys are listed at once."""

    def __init__(self, page: int = 3) -> None:
        self.objects: dict[str, bytes] = {}
        self.locks: dict[str, dict[str, Any]] = {}
        self.page = page

    def put_object(
        self,
        *,
        Bucket: str,  # noqa: N803
        Key: str,  # noqa: N803
        Body: bytes,  # noqa: N803
        IfNoneMatch: str | None = None,  # noqa: N803
        **lock: Any,
    ) -> dict[str, Any]:
        if "ObjectLockMode" in lock and "ChecksumAlgorithm" not in lock:
            raise _refusal("InvalidRequest", "PutObject")
        if IfNoneMatch and Key in self.objects:
            raise _refusal("PreconditionFailed", "PutObject")
        self.objects[Key] = bytes(Body)
        if lock:
            self.locks[Key] = lock
        return {}

    def get_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        if Key not in self.objects:
            raise _refusal("NoSuchKey", "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}

    def delete_objects(self, *, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
        for one in Delete["Objects"]:
            self.objects.pop(one["Key"], None)
        return {}

    def list_objects_v2(self, *, Bucket: str, Prefix: str = "", Delimiter: str = "", **more: Any) -> dict[str, Any]:  # noqa: N803
        after = more.get("ContinuationToken") or more.get("StartAfter") or ""
        rolled: dict[str, None] = {}
        for key in sorted(self.objects):
            if key.startswith(Prefix):
                rest = key.removeprefix(Prefix)
                name = Prefix + rest.partition(Delimiter)[0] + Delimiter if Delimiter and Delimiter in rest else key
                if name > after and key > after:
                    rolled[name] = None
        names = list(rolled)
        shown = names[: self.page]
        answer: dict[str, Any] = {
            "IsTruncated": len(names) > self.page,
            "Contents": [{"Key": name} for name in shown if not (Delimiter and name.endswith(Delimiter))],
            "CommonPrefixes": [{"Prefix": name} for name in shown if Delimiter and name.endswith(Delimiter)],
        }
        if answer["IsTruncated"]:
            answer["NextContinuationToken"] = shown[-1]
        return answer


def _refusal(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)
