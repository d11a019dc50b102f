"""A tenant never loses its last administrator, however many requests try at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from .. import errors
from ..identity import users
from ..identity.roles import permissions
from ..identity.users import ADMINS, User
from ..store.store import Store
from ..store.versions import at_version
from ..store.writes import Check

_ADMINISTRATIVE: Final = frozenset({"tenant:admin", "platform:admin"})


def remaining_admin_writes(store: Store, user: User, *, roles_after: Iterable[str] = ()) -> list[Check]:
    """What to commit together with a change that takes an administrator's office away (no roles: all of it).

    It holds on to another administrator with the same powers, as read. Two requests that remove each other's remaining
    admin cannot both succeed: the second finds that one changed, reads again, and finds nobody. Raises LAST_ADMIN.
    """
    kept = tuple(roles_after)
    needed = permissions(user.roles) & _ADMINISTRATIVE
    if not user.is_admin or user.status != "active":
        return []
    if needed <= permissions(kept) and not ADMINS.isdisjoint(kept):
        return []
    for other in users.list_tenant_users(store, user.tenant):
        fit = other.is_admin and other.status == "active" and other.deletion is None
        if other.id != user.id and fit and needed <= permissions(other.roles):
            return [at_version(other.key, other.version).check()]
    raise errors.LAST_ADMIN()
