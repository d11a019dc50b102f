"""Links that work once: to set a password, to verify an address, to accept an invitation.

The token is in the link and nowhere else; the table holds its digest, what it is for and whose it is.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets as entropy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from .. import errors
from ..settings import settings
from ..store import keys
from ..store.store import Store
from ..store.writes import ABSENT, Condition, Delete, Put
from .users import User, login_digest

LinkPurpose = Literal["password", "email", "invitation"]

LINK_PAGES: Final[Mapping[LinkPurpose, str]] = {
    "password": "/reset-password",
    "email": "/verify-email",
    "invitation": "/accept-invitation",
}
"""The portal's page for a token. The token is in the fragment, behind the #, so no server on the way logs it."""


@dataclass(frozen=True, slots=True)
class LinkGrant:
    """The record behind a token. Commit `spent` with what it allows: only one of two at once can."""

    purpose: LinkPurpose
    tenant: str
    user: str
    about: str
    """The digest of the address that it was sent to."""
    epoch: int
    """The user's epoch when it was made: a change of the password begins another."""
    more: Mapping[str, Any]
    spent: Delete

    def is_for(self, user: User | None) -> bool:
        """Whether the user still has the address that the token went to."""
        return user is not None and hmac.compare_digest(self.about, login_digest(user.email))


def issue_link(
    purpose: LinkPurpose, user: User, now: int, *, seconds: int, more: Mapping[str, Any] | None = None
) -> tuple[str, Put]:
    """A new token, and the write that makes it good."""
    token = entropy.token_urlsafe(32)
    item = {
        "purpose": purpose,
        "tenant": user.tenant,
        "user": user.id,
        "about": login_digest(user.email),
        "epoch": user.epoch,
        "more": dict(more or {}),
        "until": now + seconds * 1000,
        "ttl": now // 1000 + seconds + 3600,
    }
    return token, Put(keys.one_time_link_key(_digest(token)), item, when=ABSENT)


def redeem_link(store: Store, purposes: tuple[LinkPurpose, ...], token: str, now: int) -> LinkGrant:
    """The record behind a token. Raises LINK_INVALID where it is unknown, used, past, or for something else."""
    key = keys.one_time_link_key(_digest(token))
    record = store.read([key])[key]
    if record is None or record["purpose"] not in purposes or now >= record["until"]:
        raise errors.LINK_INVALID()
    return LinkGrant(
        record["purpose"],
        record["tenant"],
        record["user"],
        record["about"],
        record["epoch"],
        record["more"],
        Delete(key, when=Condition(present=("pk",))),
    )


def link_url(purpose: LinkPurpose, token: str) -> str:
    return f"{settings().public_url}{LINK_PAGES[purpose]}#token={token}"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
