"""Whether an administrator has to have a second factor.

A deployment asks it of all administrators (parameter `AdminMfa`), a tenant of its own. Who has none gets a session that
opens the own account and nothing else, until it is set up. API keys are no people: nothing changes for them.
"""

from __future__ import annotations

from typing import Final

from ..settings import settings
from .roles import permissions
from .tenant import Tenant
from .users import User

ADMINISTERS: Final = frozenset({"tenant:admin", "platform:review", "platform:admin", "prefund:decide"})
"""Permissions that make an administrator: of a tenant, or of the operator's staff."""


def must_have_mfa(tenant: Tenant, user: User) -> bool:
    """Whether this user may not be without a second factor."""
    required = tenant.admin_mfa or settings().admin_mfa == "required"
    return required and bool(ADMINISTERS & permissions(user.roles))


def must_enrol(tenant: Tenant, user: User) -> bool:
    """Whether this user has to set a second factor up before anything else."""
    return user.mfa_since is None and must_have_mfa(tenant, user)
