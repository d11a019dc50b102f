"""The answers that an endpoint may give: its success in its style, and every refusal with its example."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import simplejson

from .. import errors
from ..api.endpoint import Declaration
from ..api.styles import Reply, Style, Trace
from ..errors import ErrorKind
from .examples import example_of
from .file_forms import FILE_FORMS
from .inventory import EndpointSource
from .schemas import Schemas

JSON: Final = "application/json"
_TRACE: Final = Trace("req_01KDC0V6M8W3T4Q9X2Z7N5B1FA", "res_01KDC0V6MB9H0C6R8Y3E2K7D4P", 1_795_253_400_000)
_TRACED: Final = ("X-Request-ID", "X-Response-ID", "X-Response-Time")
_WITH_STATUS: Final[Mapping[int, tuple[str, ...]]] = {
    401: ("WWW-Authenticate",),
    429: ("Retry-After", "RateLimit", "RateLimit-Policy"),
    503: ("Retry-After",),
}


def refusals(declaration: Declaration) -> list[ErrorKind]:
    """Every error of an endpoint: those it declares, and those that follow from what it is."""
    known, signed = declaration.caller.kind != "public", declaration.caller.kind == "signature"
    body = declaration.request is not None and not declaration.reads_query
    kinds = list(declaration.errors)
    if declaration.request is not None or (known and not signed):
        kinds.append(errors.VALIDATION_ERROR)  # of the input, or of X-Test-Clock
    if body:
        kinds += [errors.INVALID_JSON, errors.BODY_TOO_LARGE, errors.UNSUPPORTED_MEDIA_TYPE]
    if signed:
        kinds += [errors.NOT_FOUND, errors.BODY_TOO_LARGE, errors.INVALID_JSON]
    if known:
        kinds += [errors.UNAUTHENTICATED, errors.RATE_LIMITED, *([] if signed else [errors.FORBIDDEN])]
    if declaration.caller.kind in ("key", "user", "customer") and declaration.method != "GET":
        kinds.append(errors.CSRF_FAILED)
    if declaration.moves_value:
        kinds += [errors.REQUEST_IN_PROGRESS, errors.IDEMPOTENCY_KEY_REUSED]
    kinds += [errors.INTERNAL_ERROR, errors.BUSY]
    order = list(errors.CATALOGUE)
    return sorted(set(kinds), key=lambda kind: (kind.status, order.index(kind.code)))


def responses(endpoint: EndpointSource, schemas: Schemas) -> dict[str, Any]:
    """Status -> response object, all of them written out."""
    declaration = endpoint.declaration
    answers: dict[str, Any] = {str(declaration.success.status): _success(endpoint, schemas)}
    for status, meaning in declaration.success.others.items():
        answers[str(status)] = {"description": meaning, "headers": response_headers(_TRACED)}
    if declaration.precondition == "If-None-Match":
        answers["304"] = {
            "description": "What you have is still good.",
            "headers": response_headers(("ETag", *_TRACED)),
        }
    by_status: dict[int, list[ErrorKind]] = {}
    for kind in refusals(declaration):
        by_status.setdefault(kind.status, []).append(kind)
    for status, kinds in by_status.items():
        answers[str(status)] = _failure(declaration.style, status, kinds)
    return dict(sorted(answers.items()))


def share(paths: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Moves responses that stand at several operations into components, and leaves references behind."""
    places = [
        (operation["responses"], status) for path in paths.values() for operation in path.values()
        for status in operation["responses"]
    ]  # fmt: skip
    count = Counter(_canonical_json(at[status]) for at, status in places)
    shared: dict[str, Any] = {}
    for at, status in places:
        response = at[status]
        if count[_canonical_json(response)] < 2 or JSON not in response.get("content", {}):
            continue
        examples = response["content"][JSON].get("examples")
        if not examples:
            continue
        style = response["content"][JSON]["schema"]["$ref"].rpartition("/")[2].removesuffix("Failure")
        name = style + status + "".join(map(_camel, examples))
        shared[name] = response
        at[status] = {"$ref": f"#/components/responses/{name}"}
    return dict(sorted(shared.items()))


def failure_schemas(styles: Iterable[Style]) -> dict[str, Any]:
    return {_failure_name(style): style.failure_schema() for style in styles}


def response_headers(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _success(endpoint: EndpointSource, schemas: Schemas) -> dict[str, Any]:
    declaration = endpoint.declaration
    names = list(_TRACED)
    if declaration.caller.kind != "public":
        names += ["RateLimit", "RateLimit-Policy"]
    if endpoint.takes_idempotency_key:
        names.append("Idempotency-Replayed")
    if declaration.precondition == "If-None-Match":
        names.append("ETag")
    content: dict[str, Any] = {}
    for media in declaration.success.media:
        if media == JSON:
            if declaration.success.file:
                form = FILE_FORMS[declaration.success.file]
                content[media] = {"schema": form, "example": form["examples"][0]}
                continue
            data = schemas.of(endpoint, "response") or {"type": "null"}
            reply = Reply(example_of(data, schemas.components) if data != {"type": "null"} else None)
            example = _json_value(declaration.style.success(reply, declaration.success.status, _TRACE))
            content[media] = {"schema": declaration.style.success_schema(data), "example": example}
        elif media.endswith("json"):
            content[media] = {"schema": {"type": "object"}}
        elif media.startswith("text/") or media.endswith("+xml"):
            content[media] = {"schema": {"type": "string"}}
        else:
            content[media] = {"schema": {"contentMediaType": media}}
    answer: dict[str, Any] = {"description": "Success", "headers": response_headers(names)}
    return {**answer, "content": content} if content else answer


def _failure(style: Style, status: int, kinds: Iterable[ErrorKind]) -> dict[str, Any]:
    examples = {
        kind.code: {"summary": kind.message, "value": _json_value(style.failure(kind(), _TRACE)[1])} for kind in kinds
    }
    return {
        "description": " ".join(f"`{kind.code}`: {kind.message.rstrip('.')}." for kind in kinds),
        "headers": response_headers((*_TRACED, *_WITH_STATUS.get(status, ()))),
        "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{_failure_name(style)}"}, "examples": examples}},
    }


def _failure_name(style: Style) -> str:
    return f"{style.name.capitalize()}Failure"


def _camel(code: str) -> str:
    return "".join(part.capitalize() for part in code.split("_"))


def _json_value(value: Any) -> Any:
    return json.loads(simplejson.dumps(value, use_decimal=True))


def _canonical_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
