"""Users: people who sign in. One e-mail address, one user, one tenant.

Three items make a user: the record that every request of theirs reads, their credentials, which only signing in and
changing them reads, and the entry of their address, which keeps addresses unique.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from .. import errors, ids
from ..store import keys
from ..store.keys import Key
from ..store.store import Cancelled, Record, Store
from ..store.writes import ABSENT, EXISTS, Condition, Delete, Put, Update, Write
from . import secrets
from .roles import Role

UserStatus = Literal["invited", "active", "suspended", "erased"]

_EMAIL: Final = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]",
    re.ASCII,
)
ADMINS: Final[frozenset[str]] = frozenset({"super_admin", "tenant_admin", "merchant_admin"})
"""Roles of which a tenant keeps at least one active holder."""


@dataclass(frozen=True, slots=True)
class TeamProposal:
    """A change in the operator's team that waits for a second super admin."""

    by: str
    at: int
    roles: tuple[str, ...]
    status: str


@dataclass(frozen=True, slots=True)
class User:
    id: str
    tenant: str
    status: UserStatus
    roles: tuple[str, ...]
    email: str
    name: str
    created_at: int
    phone: str | None = None
    email_verified_at: int | None = None
    mfa_since: int | None = None
    epoch: int = 0
    """Sessions of an earlier epoch are over; adding one ends all of them at once."""
    deletion: str | None = None
    """The request to be forgotten that is under way."""
    deletion_at: int | None = None
    version: int = 1
    inviter: str | None = None
    """Who invited this person, or requested their roles: they do not decide on what this person reviewed."""
    invited_until: int | None = None
    proposal: TeamProposal | None = None

    @property
    def key(self) -> Key:
        return keys.user_key(self.tenant, self.id)

    @property
    def is_admin(self) -> bool:
        return not ADMINS.isdisjoint(self.roles)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a user proves itself with. Secrets stand here sealed, codes as digests."""

    password: str | None = None
    mfa_secret: bytes | None = None
    mfa_pending: bytes | None = None
    mfa_pending_at: int = 0
    mfa_step: int = 0
    """The last time step of which a code was accepted."""
    recovery: tuple[bytes, ...] = field(default=())
    used: int = 0
    """Counts the second factors accepted: a conditional write on it accepts each of them once."""


def normal_email(text: str) -> str:
    """The address as it is looked up: lower case. Raises a 400; ASCII only, as look-alikes would pass for others."""
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email) or ".." in email:
        raise errors.invalid("email", "must be an email address")
    return email


def login_digest(name: str) -> str:
    """A user name in keys. No table holds the address itself, or lets anyone try addresses."""
    return hmac.digest(secrets.pepper("login"), name.strip().lower().encode(), "sha256").hex()


def new_user(
    tenant: str, email: str, name: str, roles: Iterable[Role], now: int, *, status: UserStatus = "active"
) -> User:
    return User(ids.new_id("usr", now), tenant, status, tuple(roles), normal_email(email), name, now)


def user_creation(user: User, password_hash: str | None = None) -> list[Write]:
    """The writes that make a user: put them into the transaction that needs one, or use `create`."""
    login = keys.login_key(login_digest(user.email))
    return [
        Put(user.key, user_item(user), when=ABSENT),
        Put(login, {"tenant": user.tenant, "user": user.id}, when=ABSENT),
        Put(keys.credentials_key(user.tenant, user.id), credentials_item(Credentials(password_hash)), when=ABSENT),
    ]


def create_user(store: Store, user: User, password_hash: str | None = None, *also: Write) -> None:
    """Makes a user. Raises EMAIL_TAKEN where the address is somebody's."""
    writes = user_creation(user, password_hash)
    try:
        store.commit([*writes, *also])
    except Cancelled as refused:
        if any(reason.failed for reason in refused.reasons[: len(writes)]):
            raise errors.EMAIL_TAKEN() from refused
        raise


def readdress_user(store: Store, user: User, former: User, *also: Write) -> None:
    """Makes a user with the address of somebody whose invitation ran out. Raises EMAIL_TAKEN where they accepted it
    just now, or somebody else was faster."""
    own, login, credentials = user_creation(user)
    assert isinstance(login, Put)
    taken_over = Put(login.key, login.item, when=Condition(equal={"user": former.id}))
    gone = {"status": "erased", "roles": [], "created": former.created_at, "version": former.version + 1}
    let_go = Put(former.key, gone, when=Condition(equal={"version": former.version, "status": "invited"}))
    try:
        store.commit([own, taken_over, credentials, let_go, *also])
    except Cancelled as refused:
        raise errors.EMAIL_TAKEN() from refused


def proposal_item(proposal: TeamProposal) -> dict[str, Any]:
    return {"by": proposal.by, "at": proposal.at, "roles": list(proposal.roles), "status": proposal.status}


def find_user(store: Store, email: str) -> User | None:
    """Who signs in under an address."""
    login = keys.login_key(login_digest(email))
    entry = store.read([login])[login]
    return load_user(store, entry["tenant"], entry["user"]) if entry else None


def load_user(store: Store, tenant: str, user_id: str) -> User | None:
    key = keys.user_key(tenant, user_id)
    record = store.read([key])[key]
    return read_user(record) if record else None


def list_tenant_users(store: Store, tenant: str) -> list[User]:
    """All users of a tenant, oldest first."""
    partition, beginning = keys.users_range(tenant)
    found = store.query_all("directory", partition, beginning=beginning, consistent=True)
    return [read_user(record) for record in found]


def user_change(user: User, changes: Mapping[str, Any], *, end_sessions: bool = False) -> Update:
    """The write of changed attributes (None removes one). It fails where someone has changed the user meanwhile."""
    return Update(
        user.key,
        add={"version": 1, **({"epoch": 1} if end_sessions else {})},
        set={name: value for name, value in changes.items() if value is not None},
        remove=tuple(name for name, value in changes.items() if value is None),
        when=Condition(equal={"version": user.version}),
    )


def password_change(user: User, hash: str) -> Update:
    """The write that replaces a password. Whether it ends the sessions is for `change` to say."""
    return Update(keys.credentials_key(user.tenant, user.id), set={"password": hash}, when=EXISTS)


def user_erasure(user: User, now: int) -> list[Write]:
    """The writes that take away all that tells who somebody was. The id stays: entries and the audit trail name it."""
    return [
        Put(
            user.key,
            {
                "status": "erased",
                "roles": [],
                "epoch": user.epoch + 1,
                "created": user.created_at,
                "erased": now,
                "version": user.version + 1,
            },
            when=Condition(equal={"version": user.version}),
        ),
        Delete(keys.credentials_key(user.tenant, user.id)),
        Delete(keys.login_key(login_digest(user.email))),
    ]


def user_item(user: User) -> dict[str, Any]:
    return {
        "status": user.status,
        "roles": list(user.roles),
        "email": user.email,
        "name": user.name,
        "phone": user.phone,
        "created": user.created_at,
        "verified": user.email_verified_at,
        "mfa": user.mfa_since,
        "epoch": user.epoch,
        "deletion": user.deletion,
        "deletion_at": user.deletion_at,
        "version": user.version,
        "inviter": user.inviter,
        "invited_until": user.invited_until,
        "proposal": proposal_item(user.proposal) if user.proposal else None,
    }


def read_user(record: Record) -> User:
    proposed = record.get("proposal")
    return User(
        id=record["sk"].rpartition("#")[2],
        tenant=record["pk"].rpartition("#")[2],
        status=record["status"],
        roles=tuple(record["roles"]),
        email=record.get("email", ""),
        name=record.get("name", ""),
        phone=record.get("phone"),
        created_at=record["created"],
        email_verified_at=record.get("verified"),
        mfa_since=record.get("mfa"),
        epoch=record.get("epoch", 0),
        deletion=record.get("deletion"),
        deletion_at=record.get("deletion_at"),
        version=record["version"],
        inviter=record.get("inviter"),
        invited_until=record.get("invited_until"),
        proposal=TeamProposal(proposed["by"], proposed["at"], tuple(proposed["roles"]), proposed["status"])
        if proposed
        else None,
    )


def credentials_item(credentials: Credentials) -> dict[str, Any]:
    return {
        "password": credentials.password,
        "mfa_secret": credentials.mfa_secret,
        "mfa_pending": credentials.mfa_pending,
        "mfa_pending_at": credentials.mfa_pending_at or None,
        "mfa_step": credentials.mfa_step or None,
        "recovery": list(credentials.recovery) or None,
        "used": credentials.used,
    }


def read_credentials(record: Record | None) -> Credentials:
    record = record or {}
    return Credentials(
        password=record.get("password"),
        mfa_secret=record.get("mfa_secret"),
        mfa_pending=record.get("mfa_pending"),
        mfa_pending_at=record.get("mfa_pending_at", 0),
        mfa_step=record.get("mfa_step", 0),
        recovery=tuple(record.get("recovery", ())),
        used=record.get("used", 0),
    )
