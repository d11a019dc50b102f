"""The time of a request. A sandbox has a clock of its own: `X-Test-Clock` sets it for one request."""

from __future__ import annotations

from typing import Final

from .. import clock, errors
from ..identity.credentials import Claims
from .request import Request

_TEST_CLOCK: Final = (clock.parse_iso("2000-01-01"), clock.parse_iso("3000-01-01"))
"""Months before and after have to be sayable: of the statistics, of expiry."""


def request_time(claims: Claims, request: Request) -> int:
    """The time that X-Test-Clock tells. Raises a 400 for what is no time, and for live callers."""
    if claims.mode != "test":
        raise errors.invalid("X-Test-Clock", "is only for test keys")
    try:
        instant = clock.parse_iso(request.headers["x-test-clock"])
    except (ValueError, OverflowError) as error:
        raise errors.invalid("X-Test-Clock", "must be an ISO 8601 time such as 2026-11-21T09:30:00Z") from error
    if not _TEST_CLOCK[0] <= instant < _TEST_CLOCK[1]:
        raise errors.invalid("X-Test-Clock", "must be in the years 2000 to 2999")
    return instant
