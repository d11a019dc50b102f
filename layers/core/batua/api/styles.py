"""How answers look: one style per family of endpoints, success and failure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import simplejson
from pydantic import BaseModel

from .. import clock
from ..errors import Problem


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with more to it than its data."""

    data: Any
    message: str = "Success"
    meta: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
    cookies: tuple[str, ...] = ()


def replay_headers(replayed: bool) -> dict[str, str]:
    """What tells the caller that this is the answer of an earlier request."""
    return {"Idempotency-Replayed": "true"} if replayed else {}


@dataclass(frozen=True, slots=True)
class Raw:
    """An answer that is not JSON: an image, a page, a CSV file."""

    body: str | bytes
    media: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Trace:
    """The ids that every answer carries."""

    request_id: str
    response_id: str
    at: int = 0
    """The instant of the answer, for the style that tells it."""


class Style(Protocol):
    name: str

    def success(self, reply: Reply, status: int, trace: Trace) -> Any: ...

    def failure(self, problem: Problem, trace: Trace) -> tuple[int, Any]: ...

    def success_schema(self, data: Mapping[str, Any]) -> dict[str, Any]: ...

    def failure_schema(self) -> dict[str, Any]: ...


class EnvelopeStyle:
    """A wrapper with the data inside; errors by field, figures in `meta`."""

    name = "rucoin"

    def success(self, reply: Reply, status: int, trace: Trace) -> Any:
        return {
            "success": True,
            "status_code": status,
            "request_id": trace.request_id,
            "response_id": trace.response_id,
            "message": reply.message,
            "code": "success",
            "data": reply.data,
            "meta": reply.meta,
        }

    def failure(self, problem: Problem, trace: Trace) -> tuple[int, Any]:
        return problem.kind.status, {
            "success": False,
            "status_code": problem.kind.status,
            "request_id": trace.request_id,
            "response_id": trace.response_id,
            "message": problem.message,
            "code": problem.kind.code,
            "errors": problem.fields,
            "data": None,
            "meta": problem.figures,
        }

    def success_schema(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return _object(
            success={"type": "boolean", "const": True},
            status_code={"type": "integer"},
            request_id={"type": "string"},
            response_id={"type": "string"},
            message={"type": "string"},
            code={"type": "string"},
            data=dict(data),
            meta={"type": "object"},
        )

    def failure_schema(self) -> dict[str, Any]:
        return _object(
            success={"type": "boolean", "const": False},
            status_code={"type": "integer"},
            request_id={"type": "string"},
            response_id={"type": "string"},
            message={"type": "string"},
            code={"type": "string"},
            errors={"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
            data={"type": "null"},
            meta={"type": "object"},
        )


class RehookStyle:
    """The bare object; errors with a numeric code and, where a field is at fault, its key."""

    name = "rehook"

    def success(self, reply: Reply, status: int, trace: Trace) -> Any:
        return reply.data

    def failure(self, problem: Problem, trace: Trace) -> tuple[int, Any]:
        figures = problem.figures
        body = {
            "code": figures.get("code", problem.kind.status),
            "message": problem.message,
            "details": figures.get("details", _detail(problem)),
            "request_id": trace.request_id,
        }
        key = figures.get("key") or next(iter(problem.fields), None)
        return problem.kind.status, {"key": key, **body} if key else body

    def success_schema(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return dict(data)

    def failure_schema(self) -> dict[str, Any]:
        schema = _object(
            code={"type": "integer"},
            message={"type": "string"},
            details={"type": "string"},
            request_id={"type": "string"},
        )
        schema["properties"]["key"] = {"type": "string"}
        return schema


class WebhookStyle:
    """Small: senders look at the status, people at the rest."""

    name = "webhooks"

    def success(self, reply: Reply, status: int, trace: Trace) -> Any:
        return reply.data

    def failure(self, problem: Problem, trace: Trace) -> tuple[int, Any]:
        refusal: dict[str, Any] = {"code": problem.kind.code, "message": problem.message}
        return problem.kind.status, {**refusal, "meta": problem.figures} if problem.figures else refusal

    def success_schema(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return dict(data)

    def failure_schema(self) -> dict[str, Any]:
        schema = _object(code={"type": "string"}, message={"type": "string"})
        schema["properties"]["meta"] = {"type": "object", "description": "Facts that a program may want, by name."}
        return schema


class PrayogStyle:
    """`success, data, message, timestamp`; lists with their `pagination`."""

    name = "prayog"

    def success(self, reply: Reply, status: int, trace: Trace) -> Any:
        return {
            "success": True,
            "data": reply.data,
            "message": reply.message,
            **reply.meta,
            "timestamp": clock.iso(trace.at),
        }

    def failure(self, problem: Problem, trace: Trace) -> tuple[int, Any]:
        return problem.kind.status, {
            "success": False,
            "data": None,
            "message": problem.message,
            "code": problem.kind.code,
            "errors": problem.fields,
            "meta": problem.figures,
            "requestId": trace.request_id,
            "timestamp": clock.iso(trace.at),
        }

    def success_schema(self, data: Mapping[str, Any]) -> dict[str, Any]:
        schema = _object(
            success={"type": "boolean", "const": True},
            data=dict(data),
            message={"type": "string"},
            timestamp={"type": "string", "format": "date-time"},
        )
        if data.get("type") == "array":
            counts = {name: {"type": "integer"} for name in ("page", "limit", "total", "totalPages")}
            schema["properties"]["pagination"] = _object(
                **counts, hasNext={"type": "boolean"}, hasPrev={"type": "boolean"}
            )
        return schema

    def failure_schema(self) -> dict[str, Any]:
        return _object(
            success={"type": "boolean", "const": False},
            data={"type": "null"},
            message={"type": "string"},
            code={"type": "string"},
            errors={"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
            meta={"type": "object"},
            requestId={"type": "string"},
            timestamp={"type": "string", "format": "date-time"},
        )


def _detail(problem: Problem) -> str:
    """The faults field by field, in one line; without any, the stable code in words."""
    faults = [f"{name}: {', '.join(reasons)}" for name, reasons in problem.fields.items()]
    return "; ".join(faults) or problem.kind.code.replace("_", " ")


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "required": list(properties), "properties": properties}


RUCOIN: Style = EnvelopeStyle()
REHOOK: Style = RehookStyle()
PRAYOG: Style = PrayogStyle()
WEBHOOKS: Style = WebhookStyle()


def plain_value(value: Any) -> Any:
    """Models as what they hold."""
    if isinstance(value, BaseModel):
        return value.model_dump(by_alias=True)
    if isinstance(value, list | tuple):
        return [plain_value(part) for part in value]
    return value


def json_text(content: Any) -> str:
    # simplejson writes decimals digit by digit; the standard library would need them as floats.
    text: str = simplejson.dumps(content, use_decimal=True, ensure_ascii=False, separators=(",", ":"))
    return text
