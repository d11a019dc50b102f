"""Puts the portal's files into the bucket that the front door serves, as CloudFormation's custom resource asks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from .. import observe
from .site import WORKERS, SiteFile


def publish(s3: Any, bucket: str, files: Mapping[str, SiteFile]) -> dict[str, int]:
    """Puts what is new or changed, then deletes what is gone. Returns how many of each.

    Pages and the service worker are put last: until then a browser finds the old ones with everything they need.
    """
    present = _present(s3, bucket)
    changed = [name for name, file in files.items() if present.get(name) != _etag(file)]
    for name in sorted(changed, key=lambda name: (name in WORKERS, name.endswith(".html"))):
        file = files[name]
        s3.put_object(Bucket=bucket, Key=name, Body=file.body, ContentType=file.media, CacheControl=file.cache)
    gone = sorted(present.keys() - files.keys())
    for name in gone:
        s3.delete_object(Bucket=bucket, Key=name)
    return {"put": len(changed), "deleted": len(gone)}


def answer_cloudformation(event: Mapping[str, Any], work: Callable[[], Mapping[str, int]]) -> None:
    """Does the work of a create or an update, and reports how it went to the address that CloudFormation waits at.

    A deletion has nothing to do: the bucket is kept. A failure is reported too, so that the deployment rolls back at
    once instead of waiting for its timeout.
    """
    status, reason, figures = "SUCCESS", "", {}
    try:
        if event["RequestType"] != "Delete":
            figures = dict(work())
            observe.log().info("portal published", extra=figures)
    except Exception as fault:
        observe.log().exception("the portal could not be published")
        status, reason = "FAILED", f"{type(fault).__name__}: {fault}"
    body = {
        "Status": status,
        "Reason": reason[:1024],
        "PhysicalResourceId": event.get("PhysicalResourceId", "portal"),
        **{name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")},
        "Data": figures,
    }
    _upload(event["ResponseURL"], json.dumps(body).encode())


def _present(s3: Any, bucket: str) -> dict[str, str]:
    """Name -> ETag of every object."""
    found: dict[str, str] = {}
    request: dict[str, str] = {"Bucket": bucket}
    while True:
        page = s3.list_objects_v2(**request)
        found |= {each["Key"]: each["ETag"] for each in page.get("Contents", ())}
        if not page.get("IsTruncated"):
            return found
        request["ContinuationToken"] = page["NextContinuationToken"]


def _etag(file: SiteFile) -> str:
    # Of an object put in one part under S3's own keys, the ETag is the MD5 of its content.
    return f'"{hashlib.md5(file.body, usedforsecurity=False).hexdigest()}"'


def _upload(url: str, body: bytes) -> None:
    import urllib3

    # The address is signed without a content type.
    answer = urllib3.PoolManager().request("PUT", url, body=body, headers={"content-type": ""}, timeout=10, retries=3)
    if answer.status >= 300:
        raise RuntimeError(f"CloudFormation did not take the answer: HTTP {answer.status}")
