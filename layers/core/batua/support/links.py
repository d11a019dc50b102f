"""Signed links and reply addresses of a ticket's mails: they open one thing for one person, without signing in."""

from __future__ import annotations

import base64
import hmac
from typing import Final

from .. import clock, errors, ids
from ..identity import secrets
from ..ids import injective
from ..settings import settings

RATING_LINK_MS: Final = 30 * clock.DAY_MS
_KEY: Final = "tickets"
_REPLY_TAG_LENGTH: Final = 20
"""Of base32, so 100 bits; a mailbox name has room for 64 characters, and is compared without case."""


def rating_url(ticket_id: str, person: str, now: int) -> str:
    """The page on which the requester rates a ticket. The token is behind the #, so no server on the way logs it."""
    return f"{settings().public_url}/rate-ticket#token={rating_token(ticket_id, person, now + RATING_LINK_MS)}"


def rating_token(ticket_id: str, person: str, until: int) -> str:
    return f"{ticket_id}.{person}.{until}.{_tag('rating', ticket_id, person, str(until))}"


def read_rating_token(token: str, now: int) -> tuple[str, str]:
    """Ticket and person. Raises LINK_INVALID for a token that we have not made, or that is past."""
    parts = token.split(".")
    if len(parts) != 4 or not ids.is_id(parts[0], "tkt"):
        raise errors.LINK_INVALID()
    ticket_id, person, until, tag = parts
    if not hmac.compare_digest(tag.encode(), _tag("rating", ticket_id, person, until).encode()):
        raise errors.LINK_INVALID()
    if now >= int(until):
        raise errors.LINK_INVALID()
    return ticket_id, person


def _tag(purpose: str, *parts: str) -> str:
    digest = hmac.digest(secrets.pepper(_KEY), injective(purpose, *parts), "sha256")
    return base64.b32encode(digest).decode().rstrip("=").lower()
