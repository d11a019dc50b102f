"""The way back for somebody who has lost the authenticator and the recovery codes: the operator's terminal.

No route does this: a person who could remove a second factor by the API would not need one.
"""

from __future__ import annotations

from .. import audit_trail, errors
from ..identity import mfa, users
from ..identity.users import User
from ..store import keys
from ..store.store import Store
from .account import commit_account


def reset_mfa(store: Store, email: str, now: int) -> User:
    """Turns somebody's two-step sign-in off, ends all their sessions, and has the tenant's administrators told by mail.

    Raises NOT_FOUND where nobody has the address, MFA_NOT_ON where there is nothing to turn off.
    """
    user = users.find_user(store, email)
    if user is None:
        raise errors.NOT_FOUND(f"Nobody has the email address {email}.")
    if user.mfa_since is None:
        raise errors.MFA_NOT_ON()
    key = keys.credentials_key(user.tenant, user.id)
    credentials = users.read_credentials(store.read([key])[key])
    done = audit_trail.audit_entry(
        "live",
        user.tenant,
        now,
        what="mfa_reset",
        who="console",
        address="console",
        reference=user.id,
        announce=f"Two-step sign-in of {user.name} was turned off from the operator's terminal.",
    )
    off = users.user_change(user, {"mfa": None}, end_sessions=True)
    commit_account(store, [off, mfa.mfa_removal(user.tenant, user.id, credentials), done])
    return user
