"""Public answers as objects in S3, so that they are served while the tables are down.

Edits are kept in the directory table and published right after; a schedule publishes everything again, so an object
that was not written, or was overtaken by an older one, is right within minutes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from botocore.exceptions import BotoCoreError, ClientError

from .. import errors, files, observe
from ..api.conditional import conditional_reply
from ..api.request import Request
from ..api.styles import Raw, Reply
from ..aws import client
from ..settings import settings

DocumentName = Literal["faqs", "testimonials", "incidents", "metrics", "checks", "doctor"]

PREFIX: Final = "published"
EDGE_SECONDS: Final = 60
"""How long the edge answers by itself. While we cannot answer, it may go on with what it has for a day."""

_CACHE: Final = f"public, max-age={EDGE_SECONDS}, stale-while-revalidate=300, stale-if-error=86400"
_MISSING: Final = frozenset({"NoSuchKey", "404", "AccessDenied", "403"})
"""Without the right to list the bucket, S3 says of an object that is not there that access is denied."""

_last: dict[str, Mapping[str, Any]] = {}
"""The documents as this execution environment read them last."""


def publish_document(name: DocumentName, content: Mapping[str, Any]) -> None:
    files.store_content(_object_key(name), json.dumps(content, ensure_ascii=False).encode(), "application/json")


def published_document(name: DocumentName) -> Mapping[str, Any]:
    """The document, empty where none has been published. Raises `service_unavailable`.

    While S3 does not answer, it is the document as it was read last.
    """
    try:
        answer = client("s3").get_object(Bucket=settings().files_bucket, Key=_object_key(name))
        _last[name] = json.loads(answer["Body"].read())
    except ClientError as refusal:
        if refusal.response.get("Error", {}).get("Code") in _MISSING:
            return {}
        return _cached_document(name, refusal)
    except BotoCoreError as fault:
        return _cached_document(name, fault)
    return _last[name]


def public_reply(request: Request, data: Any, meta: Mapping[str, Any] | None = None) -> Reply | Raw:
    """An answer that is the same for everybody: kept at the edge, with an entity tag."""
    return conditional_reply(request, data, meta, cache=_CACHE)


def _cached_document(name: DocumentName, fault: Exception) -> Mapping[str, Any]:
    if name in _last:
        observe.log().warning("a published document is served from memory", extra={"document": name})
        return _last[name]
    raise errors.SERVICE_UNAVAILABLE(headers={"Retry-After": "5"}) from fault


def _object_key(name: DocumentName) -> str:
    return f"{PREFIX}/{name}.json"
