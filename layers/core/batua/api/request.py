"""The gateway's event (payload format 2.0) as a request."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final
from urllib.parse import parse_qsl

from .. import errors, ids
from ..money import json_number
from ..settings import settings

MAX_BODY: Final = 256 * 1024

MAX_SIGNED_BODY: Final = 6 * 1024 * 1024
"""Of a webhook, whose sender can't send less: as much as Lambda takes. An order of a hundred lines is over MAX_BODY."""


@dataclass(frozen=True)
class Request:
    """One HTTP request. `id` is the caller's X-Request-ID where it is fit to be echoed, else our own."""

    event: Mapping[str, Any]

    @cached_property
    def headers(self) -> Mapping[str, str]:
        return {name.lower(): value for name, value in (self.event.get("headers") or {}).items()}

    @cached_property
    def id(self) -> str:
        request_id = self.headers.get("x-request-id", "")
        fit = 0 < len(request_id) <= 128 and all("!" <= char <= "~" for char in request_id)
        return request_id if fit else ids.new_id("req")

    @cached_property
    def cookies(self) -> Mapping[str, str]:
        pairs = (cookie.partition("=") for cookie in self.event.get("cookies") or ())
        return {name.strip(): value.strip() for name, _, value in pairs}

    @property
    def method(self) -> str:
        return str(self.event["requestContext"]["http"]["method"])

    @property
    def path(self) -> Mapping[str, str]:
        """Path parameters, decoded."""
        return self.event.get("pathParameters") or {}

    @property
    def received_at(self) -> int | None:
        """When the gateway received the request, in milliseconds; before this function began to work on it."""
        epoch_ms = self.event["requestContext"].get("timeEpoch")
        return int(epoch_ms) if epoch_ms else None

    @cached_property
    def query(self) -> dict[str, str]:
        """Query parameters. A repeated one has no meaning here and is refused."""
        pairs = parse_qsl(self.event.get("rawQueryString", ""), keep_blank_values=True)
        query: dict[str, str] = {}
        for name, value in pairs:
            if name in query:
                raise errors.invalid(name, "must be given only once")
            query[name] = value
        return query

    @property
    def idempotency_key(self) -> str | None:
        """The header `Idempotency-Key`. Raises a 400 where it cannot be one."""
        header = self.headers.get("idempotency-key")
        if header is not None and not (0 < len(header) <= 255 and all("!" <= char <= "~" for char in header)):
            raise errors.invalid("Idempotency-Key", "must be 1 to 255 visible ASCII characters")
        return header

    @cached_property
    def raw_body(self) -> bytes:
        body = self.event.get("body") or ""
        if not self.event.get("isBase64Encoded"):
            return str(body).encode(errors="surrogatepass")
        try:
            return base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError) as error:
            raise errors.INVALID_JSON() from error

    def accepts(self, media: str) -> bool:
        """Whether the caller names this media type as one that it takes; wildcards name none."""
        return accept_names(self.headers.get("accept", ""), media)

    def wants_csv(self, format: str | None) -> bool:
        """Whether the answer is a CSV file: the `format` of the query, or what the caller says to accept."""
        return format == "csv" or (format is None and self.accepts("text/csv"))

    def json(self) -> dict[str, Any]:
        """The body as a JSON object: numbers exact, constants that JSON does not know refused."""
        if len(self.raw_body) > MAX_BODY:
            raise errors.BODY_TOO_LARGE()
        if not self.raw_body.strip():
            return {}
        media = self.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if media != "application/json" and not media.endswith("+json"):
            raise errors.UNSUPPORTED_MEDIA_TYPE()
        try:
            content = json.loads(self.raw_body, parse_float=json_number, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise errors.INVALID_JSON() from error
        if not isinstance(content, dict):
            raise errors.INVALID_JSON("The body must be a JSON object.")
        return content

    @cached_property
    def came_through_the_front_door(self) -> bool:
        """Whether the request bears the origin secret.

        Both sides may hold several, with commas between: while a secret is being replaced they have one in common.
        """
        shown = [each for each in self.headers.get("x-origin-verify", "").split(",") if each]
        kept = [each for each in settings().origin_secret.split(",") if each]
        return any(hmac.compare_digest(one.encode(), other.encode()) for one in shown for other in kept)

    def require_front_door(self) -> Request:
        """The request. Refuses one that was sent to an API's own host, around the limits of the front door."""
        host = str(self.event["requestContext"].get("domainName", ""))
        if ".execute-api." in host and settings().origin_secret and not self.came_through_the_front_door:
            raise errors.FORBIDDEN("Requests are not accepted at this host. Use the address of the platform.")
        return self

    @cached_property
    def address(self) -> str:
        """The caller's address: the front door's word where the request came through it, else the connection's.

        The front door sets `X-Viewer-Address` over whatever the viewer sent, and proves itself by the origin secret.
        """
        if self.came_through_the_front_door:
            viewer = self.headers.get("x-viewer-address", "").strip()
            if viewer:
                return viewer
        return str(self.event["requestContext"]["http"].get("sourceIp", ""))


def accept_names(header: str, *wanted: str) -> bool:
    """Whether a header of the Accept family names one of these, and not to refuse it (quality zero)."""
    for part in header.lower().split(","):
        name, _, quality = part.partition(";")
        if name.strip() in wanted:
            return quality.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def gateway_response(status: int, headers: dict[str, str], body: str | bytes) -> dict[str, Any]:
    """An answer in the form that the gateway takes."""
    if isinstance(body, bytes):
        return {
            "statusCode": status,
            "headers": headers,
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
    # JSON can name half a character (`"\\ud800"`), which no answer that repeats it could be sent with.
    text = body if body.isascii() else body.encode(errors="replace").decode()
    return {"statusCode": status, "headers": headers, "body": text, "isBase64Encoded": False}
