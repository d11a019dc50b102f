"""API Gateway's HTTP APIs on one host: SAM CLI builds the event, our runner calls the function.

Of SAM CLI's local gateway we keep what builds the event, `construct_v2_event_http`. Its Flask service differs from the
real thing where clients notice - 403 for an unknown route, a decoded `%2F` splits segments, trailing slashes
are forgiven, header names and binary bodies as they come - and costs more than the rest of a request together.
"""

from __future__ import annotations

import base64
import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl, unquote

from samcli.local.apigw.event_constructor import construct_v2_event_http

from local.routes import Match, RouteTable
from local.runner import FunctionError, FunctionTimeoutError
from local.server import Request, Response

LOG = logging.getLogger("local.gateway")
ANSWERED = logging.getLogger("local.gateway.answered")
"""Requests that a function answered: `make run` leaves it to the function's own record, which says more."""
INTEGRATION_TIMEOUT = 30  # seconds that API Gateway waits for a function
Invoke = Callable[[str, Any], Any]
AT_ONCE = 2
"""Requests whose functions run at the same time. One process computes on one core at a time: more of them only
interrupt each other, and meet at the same items."""
PATIENCE = 0.25
"""Seconds. A function that waits itself, for another service or for a request to this very machine, holds its turn."""
_TEXT = frozenset({"application/javascript", "application/json", "application/xml"})

Page = Callable[[Request], Response | None]


class Turns:
    """So many at once; who waited for long enough goes on nevertheless, so that nobody waits for ever for another."""

    def __init__(self, at_once: int, patience: float) -> None:
        self._free = threading.Semaphore(at_once)
        self._patience = patience

    @contextmanager
    def one(self) -> Iterator[None]:
        taken = self._free.acquire(timeout=self._patience)
        try:
            yield
        finally:
            if taken:
                self._free.release()

    def taking(self, invoke: Invoke) -> Invoke:
        """The same, in turns."""

        def in_turn(function: str, event: Any) -> Any:
            with self.one():
                return invoke(function, event)

        return in_turn


class MalformedResponseError(ValueError):
    """A function's answer that API Gateway can't turn into a response."""


class Gateway:
    """The application that `Server` serves. `pages` are local-only and asked first; None passes the request on."""

    def __init__(self, routes: RouteTable, invoke: Invoke, port: int, pages: Sequence[Page] = ()) -> None:
        self._routes, self._invoke, self._port, self._pages = routes, invoke, port, pages

    def __call__(self, request: Request) -> Response:
        started = time.perf_counter()
        for page in self._pages:
            if (response := page(request)) is not None:
                return response
        # As the front door's function does: the address of a webhook may have been pasted with a slash at its end.
        path = request.path.rstrip("/") if request.path.startswith("/webhooks/") else request.path
        match = self._routes.match(request.method, path)
        if match is None:
            LOG.info("%s %s 404, no route", request.method, request.path)
            return Response.message(404, "Not Found")
        request_id = str(uuid.uuid4())
        response = self._answer(request, match, request_id)
        took = (time.perf_counter() - started) * 1000
        ANSWERED.info("%s %s %d %.1f ms %s", request.method, request.path, response.status, took, match.route.function)
        return Response(response.status, [*response.headers, ("Apigw-Requestid", request_id)], response.body)

    def _answer(self, request: Request, match: Match, request_id: str) -> Response:
        event = build_event(request, match, self._port, request_id)
        try:
            return read_response(self._invoke(match.route.function, event))
        except FunctionTimeoutError as error:
            if error.seconds > INTEGRATION_TIMEOUT:
                return Response.message(503, "Service Unavailable")
        except MalformedResponseError as error:
            LOG.error("%s answered what can't be a response: %s", match.route.function, error)
        except FunctionError:
            LOG.debug("%s failed", match.route.function)
        return Response.message(500, "Internal Server Error")


class _SamRequest:
    """What SAM CLI's event constructor reads of a Flask request, with API Gateway's values in it."""

    scheme = "http"

    def __init__(self, request: Request, match: Match, body: bytes, mimetype: str) -> None:
        self.method = request.method
        self.path = unquote(request.path)
        self.query_string = request.query.encode("latin-1", "replace")
        self.remote_addr = request.source_ip
        self.mimetype = mimetype
        self.headers = _joined(request.headers)
        self.cookies: dict[str, str] = {}  # set on the event: SAM CLI's reading loses duplicates and quotes
        self.view_args = dict(match.parameters)
        self.args = self
        self._body = body

    def get_data(self) -> bytes:
        return self._body

    def lists(self) -> list[tuple[str, list[str]]]:
        """The query's parameters, repeated ones together."""
        found: dict[str, list[str]] = {}
        for name, value in parse_qsl(self.query_string.decode("latin-1"), keep_blank_values=True):
            found.setdefault(name, []).append(value)
        return list(found.items())


def build_event(request: Request, match: Match, port: int, request_id: str) -> dict[str, Any]:
    """The payload of version 2.0 for a request, without the fields that API Gateway leaves out when they are empty."""
    mimetype = _mimetype(request.header("content-type"))
    binary = bool(request.body) and not _is_text(mimetype, request.body)
    now = datetime.now(UTC)
    event: dict[str, Any] = construct_v2_event_http(
        _SamRequest(request, match, request.body, mimetype),
        port,
        [mimetype] if binary else [],
        stage_name="$default",
        route_key=match.route.key,
        request_time_epoch=int(now.timestamp() * 1000),
        request_time=now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
    )
    headers = {name.lower(): value for name, value in event["headers"].items()}
    cookies = headers.pop("cookie", "")
    forwarded = headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{forwarded}, {request.source_ip}" if forwarded else request.source_ip
    headers.setdefault("x-amzn-trace-id", f"Root=1-{int(now.timestamp()):08x}-{request_id.replace('-', '')[:24]}")
    event["headers"] = headers
    event["cookies"] = [cookie for part in cookies.split(";") if (cookie := part.strip())]
    host = headers.get("host", "localhost").rpartition(":")[0] or headers.get("host", "localhost")
    context = event["requestContext"]
    context.update(requestId=request_id, apiId=match.route.api, domainName=host, domainPrefix=host.split(".")[0])
    context["http"].update(userAgent=headers.get("user-agent", ""), protocol=request.protocol)
    for optional in ("cookies", "queryStringParameters", "pathParameters", "stageVariables", "body"):
        if not event.get(optional):
            event.pop(optional, None)
    return event


def read_response(result: Any) -> Response:
    """A function's answer in payload version 2.0 as an HTTP response. Raises `MalformedResponseError`."""
    if not isinstance(result, dict) or "statusCode" not in result:
        # Version 2.0 infers a response: 200, JSON, the result is the body.
        text = result if isinstance(result, str) else json.dumps(result)
        return Response(200, [("Content-Type", "application/json")], text.encode())
    status = result["statusCode"]
    if isinstance(status, str) and status.isdigit():
        status = int(status)
    if not isinstance(status, int) or isinstance(status, bool) or not 100 <= status <= 599:
        raise MalformedResponseError(f"statusCode {status!r}")
    body = _response_body(result)
    headers = _response_headers(result)
    if body and not any(name.lower() == "content-type" for name, _ in headers):
        headers.append(("Content-Type", "text/plain; charset=utf-8"))
    return Response(status, headers, body)


def _response_body(result: dict[str, Any]) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise MalformedResponseError(f"body is {type(body).__name__}, not text")
    encoded = result.get("isBase64Encoded") or False
    if not isinstance(encoded, bool):
        raise MalformedResponseError(f"isBase64Encoded {encoded!r}")
    try:
        return base64.b64decode(body, validate=True) if encoded else body.encode()
    except ValueError as error:
        raise MalformedResponseError(f"body: {error}") from error


def _response_headers(result: dict[str, Any]) -> list[tuple[str, str]]:
    headers = result.get("headers") or {}
    cookies = result.get("cookies") or []
    if not isinstance(headers, dict) or not isinstance(cookies, list):
        raise MalformedResponseError("headers is not an object, or cookies not a list")
    pairs = [(name, _header_text(name, value)) for name, value in headers.items()]
    return pairs + [("Set-Cookie", _header_text("cookies", cookie)) for cookie in cookies]


def _header_text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if not isinstance(value, (str, int, float)) or any(sign in name + text for sign in "\r\n\0"):
        raise MalformedResponseError(f"header {name}: {value!r}")
    return text


def _joined(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Lower-case names; repeated headers with commas between, as API Gateway does, but cookies with semicolons."""
    joined: dict[str, str] = {}
    for name, value in headers:
        name = name.lower()
        between = "; " if name == "cookie" else ","
        joined[name] = f"{joined[name]}{between}{value}" if name in joined else value
    return joined


def _mimetype(content_type: str | None) -> str:
    message = Message()
    message["content-type"] = content_type or "application/octet-stream"
    return message.get_content_type() if content_type else "application/octet-stream"


def _is_text(mimetype: str, body: bytes) -> bool:
    """API Gateway passes these as text and everything else, forms included, in Base64."""
    if not (mimetype.startswith("text/") or mimetype in _TEXT):
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
