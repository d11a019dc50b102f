"""What a caller may do. An API key has scopes, a user has roles, a role is a named set of the same words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

COUNTER: Final = frozenset({"coins:issue", "coins:redeem", "customers:read", "rules:read"})
REPORTS: Final = frozenset({"customers:read", "ledger:read", "rules:read", "audit:read", "gateway:read"})

REPRESENT: Final = "users:represent"
"""Lets an API key name the user of its own system on whose behalf it acts, in `X-User-Id`."""

KEY_SCOPES: Final = (
    COUNTER | REPORTS | {"coins:reverse", "customers:write", "points:write", "points:read", "gateway:write", REPRESENT}
)
"""Every scope that an API key can be given."""

Role = Literal["super_admin", "staff", "tenant_admin", "merchant_admin", "cashier", "viewer"]

_MERCHANT: Final = (
    COUNTER
    | REPORTS
    | {
        "coins:reverse",
        "customers:write",
        "rules:write",
        "integrations:write",
        "funds:move",
        "flags:review",
        "tickets:read",
        "billing:write",
        "billing:settle",
    }
)

ROLES: Final[dict[str, frozenset[str]]] = {
    "viewer": REPORTS,
    "cashier": COUNTER,
    "merchant_admin": _MERCHANT | {"gateway:write"},
    "tenant_admin": (
        _MERCHANT | {"gateway:write", "points:read", "points:write", "tenant:admin", "prefund:request", REPRESENT}
    ),
    "staff": REPORTS | {"platform:review", "flags:review", "billing:settle"},
    "super_admin": REPORTS
    | {"tenant:admin", "platform:review", "platform:admin", "prefund:decide", "flags:review"}
    | {"billing:write", "billing:settle"},
}
"""Role -> its permissions. The roles of a tenant's people first, the operator's after them."""


def permissions(roles: Iterable[str]) -> frozenset[str]:
    """All that these roles allow; an unknown role allows nothing."""
    return frozenset().union(*(ROLES.get(role, frozenset()) for role in roles))


def permits_roles(held: frozenset[str], roles: Iterable[str]) -> bool:
    """Whether someone with these permissions may give or take these roles: nobody gives more than they hold."""
    return permissions(roles) <= held


def assignable(held: frozenset[str]) -> list[str]:
    return [role for role in ROLES if permits_roles(held, (role,))]
