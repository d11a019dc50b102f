"""Signed links and reply addresses of a ticket's messages: they open one thing for one person, without signing in."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from typing import Final

from .. import clock, errors, ids
from ..identity import secrets
from ..ids import injective
from ..settings import settings

RATING_LINK_MS: Final = 30 * clock.DAY_MS
_KEY: Final = "tickets"
_REPLY_BEGINNING: Final = "reply+"
_TAG_LENGTH: Final = 20
"""Of base32, so 100 bits; a mailbox name has room for 64 characters, and is compared without case."""


def rating_url(ticket_id: str, now: int, *, slug: str = "") -> str:
    """The page on which the requester rates a ticket. The token is behind the #, so no server on the way logs it.

    `slug` names the merchant's page, where a customer can reply instead.
    """
    page = f"{settings().public_url}/rate-ticket#token={rating_token(ticket_id, now + RATING_LINK_MS)}"
    return f"{page}&shop={slug}" if slug else page


def rating_token(ticket_id: str, until: int) -> str:
    """Lets its bearer rate one ticket as its requester. Short, as text messages are charged for by length."""
    seconds = str(until // 1000)
    return f"{ticket_id}.{seconds}.{_rating_tag(ticket_id, seconds)}"


def read_rating_token(token: str, now: int) -> str:
    """The ticket. Raises LINK_INVALID for a token that we have not made, or that has expired."""
    parts = token.split(".")
    if len(parts) != 3 or not ids.is_id(parts[0], "tkt"):
        raise errors.LINK_INVALID()
    ticket_id, seconds, tag = parts
    if not hmac.compare_digest(tag.encode(), _rating_tag(ticket_id, seconds).encode()):
        raise errors.LINK_INVALID()
    if now >= int(seconds) * 1000:
        raise errors.LINK_INVALID()
    return ticket_id


def _rating_tag(ticket_id: str, seconds: str) -> str:
    return _tag("rating", ticket_id, seconds)[:_TAG_LENGTH]


@dataclass(frozen=True, slots=True)
class ReplyAddress:
    """What a mail was sent to: the ticket, and the tag that says for whom the address was made."""

    ticket: str
    tag: str


def reply_address(ticket_id: str, person: str) -> str | None:
    """Where a person answers a mail about a ticket; None where this deployment takes no mail in."""
    domain = settings().inbound_mail_domain
    if not domain:
        return None
    return f"{_REPLY_BEGINNING}{ticket_id.removeprefix('tkt_').lower()}{_reply_tag(ticket_id, person)}@{domain}"


def read_reply_address(text: str) -> ReplyAddress | None:
    """An address of ours, whether or not its tag is right."""
    name, _, domain = text.strip().lower().rpartition("@")
    ours = settings().inbound_mail_domain.lower()
    if not ours or domain != ours or not name.startswith(_REPLY_BEGINNING):
        return None
    rest = name.removeprefix(_REPLY_BEGINNING)
    ticket, tag = f"tkt_{rest[:-_TAG_LENGTH].upper()}", rest[-_TAG_LENGTH:]
    return ReplyAddress(ticket, tag) if ids.is_id(ticket, "tkt") else None


def is_reply_tag(ticket_id: str, person: str, tag: str) -> bool:
    return hmac.compare_digest(_reply_tag(ticket_id, person).encode(), tag.encode())


def _reply_tag(ticket_id: str, person: str) -> str:
    return _tag("reply", ticket_id, person)[:_TAG_LENGTH]


def _tag(purpose: str, *parts: str) -> str:
    digest = hmac.digest(secrets.pepper(_KEY), injective(purpose, *parts), "sha256")
    return base64.b32encode(digest).decode().rstrip("=").lower()
