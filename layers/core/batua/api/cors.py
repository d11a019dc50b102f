"""Calls from pages of other sites: a tenant lists the origins of its shops, and browsers may call from those alone.

An answer names the origin that asked, never `*`, and never allows credentials: cookies belong to our own pages, other
sites send a bearer token. `X-Merchant` and `X-CSRFToken`, which make a cookie count, are not among the headers that
another site may send. A preflight carries no credential, so it is answered for an origin that any tenant has listed;
the answer to the call itself can be read only where the caller's own tenant has.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from .. import errors, observe
from ..errors import Problem
from ..identity.tenant import Tenant
from ..settings import settings
from ..store.origin_keys import origin_partition
from ..store.store import Store
from .request import Request

PATHS: Final = ("/api/v1/merchant/", "/api/v1/me")
"""The routes that pages of other sites may call: the counter's and the customer's. Others are for our pages alone."""

_METHODS: Final = "GET, POST, PUT, PATCH, DELETE"
_REQUEST_HEADERS: Final = (
    "Accept, Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-ID, X-Test-Clock"
)
_ANSWER_HEADERS: Final = (
    "ETag, Idempotency-Replayed, RateLimit, RateLimit-Policy, Retry-After, X-Next-Cursor, X-Next-Page, X-Request-ID, "
    "X-Response-ID,"
    " X-Response-Time"
)
_PREFLIGHT_SECONDS: Final = 600
_LONGEST: Final = 261
"""Characters of an origin: a host has at most 253."""


def _is_cross_origin(path: str, request: Request) -> bool:
    """Whether a page of another site makes the request, to a route that such pages may call."""
    return "origin" in request.headers and path.startswith(PATHS) and request.headers["origin"] != _own_origin()


def preflight_headers(store: Store, path: str, request: Request) -> dict[str, str]:
    """The answer to a browser's preflight request. Raises ORIGIN_NOT_ALLOWED."""
    if not _is_cross_origin(path, request):
        return {"allow": f"{_METHODS}, OPTIONS"}
    origin = request.headers["origin"]
    if not _is_listed(store, origin):
        raise _origin_refusal(origin)
    return {
        **_allow_headers(origin),
        "access-control-allow-methods": _METHODS,
        "access-control-allow-headers": _REQUEST_HEADERS,
        "access-control-max-age": str(_PREFLIGHT_SECONDS),
    }


def answer_headers(store: Store, path: str, request: Request, tenant: Tenant | None) -> dict[str, str]:
    """The headers with which a page of another site may read the answer, an error as well as a success.

    Where the caller is not known (`tenant` None), as before a sign-in or after a token has expired, any tenant's list
    counts.
    """
    if request.method == "OPTIONS" or not _is_cross_origin(path, request):
        return {}
    origin = request.headers["origin"]
    try:
        allowed = origin in tenant.origins if tenant else _is_listed(store, origin)
    except Exception:  # the tables are out of reach: the answer goes out all the same, unreadable for the page
        observe.log().warning("the origin of a request could not be looked up")
        allowed = False
    return (
        {**_allow_headers(origin), "access-control-expose-headers": _ANSWER_HEADERS} if allowed else {"vary": "Origin"}
    )


def _origin_refusal(origin: str) -> Problem:
    shown = origin if len(origin) <= _LONGEST and origin.isprintable() else "the origin of this page"
    return errors.ORIGIN_NOT_ALLOWED(
        f"No tenant has listed {shown}. Add it under allowed origins (PUT /api/v1/tenant/origins)."
    )


def _allow_headers(origin: str) -> dict[str, str]:
    return {"access-control-allow-origin": origin, "vary": "Origin"}


def _is_listed(store: Store, origin: str) -> bool:
    if len(origin) > _LONGEST or not origin.isascii():
        return False
    return bool(store.query("directory", origin_partition(origin), limit=1).items)


def _own_origin() -> str:
    scheme, host, *_ = urlsplit(settings().public_url)
    return f"{scheme}://{host}"
