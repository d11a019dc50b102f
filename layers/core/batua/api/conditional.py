"""Conditional answers: an entity tag of the data, and 304 without a body while it is the same. For cheap polling."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from .files import has_tag
from .request import Request
from .styles import Raw, Reply


def conditional_reply(
    request: Request, data: Any, meta: Mapping[str, Any] | None = None, *, cache: str = "private, no-cache"
) -> Reply | Raw:
    """The data with its tag; 304 where If-None-Match has it. Cursors are left out of the tag: they are sealed anew."""
    content = [part.model_dump(mode="json") if isinstance(part, BaseModel) else part for part in _as_list(data)]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:32]
    headers = {"ETag": f'"{digest}"', "Cache-Control": cache}
    if has_tag(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Raw("", "application/json", headers, 304)
    return Reply(data, meta=meta or {}, headers=headers)


def _as_list(data: Any) -> list[Any]:
    return list(data) if isinstance(data, list | tuple) else [data]
