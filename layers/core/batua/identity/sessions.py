"""Sessions: what one sign-in leaves behind, until it ends.

A session's record is read with every request that shows one of its tokens, in the round trip that reads the user
anyway: so a logout, a new password or a suspension ends it at once, although tokens are checked by signature.

An API client gets an access token of 15 minutes and a refresh token. Each refresh makes the next *generation*; one that
was replaced already is a sign of theft, and ends the session. Two exceptions keep an honest client in:

- Requests that race. A refresh that reached us before the session was last refreshed cannot have known the successor:
  it is answered 409, and changes nothing.
- A lost answer. A client that shows its device token along with the last refresh token that was used is answered 409
  within two seconds, and later is given a new generation, however long it was offline. The one whose answer was lost is
  dead from then on: its use ends the session. So of two holders of one token, a till and a thief, neither
  goes on without the other being noticed (RFC 9700, section 4.14.2).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from .. import errors, ids
from ..store import keys
from ..store.keys import Key, Mode
from ..store.store import ConditionFailed, Record, Store
from ..store.writes import ABSENT, Condition, Put, Update
from . import tokens
from .tenant import Tenant
from .users import User

ACCESS_SECONDS: Final = 15 * 60
TOKEN_SESSION_MS: Final = 30 * 86_400_000
"""How long refreshing can carry a sign-in."""

COOKIE_SESSION_MS: Final = 12 * 3_600_000
"""A working day."""

CUSTOMER_SESSION_MS: Final = 60 * 86_400_000
"""What a customer's cookie lasts. It shows a balance; what spends or reveals needs a fresh code besides."""

DEVICE_SECONDS: Final = 180 * 86_400
RACING_MS: Final = 2_000

SessionKind = Literal["token", "cookie"]


class RefreshTokenReused(Exception):
    """A refresh token that was replaced long ago came again: the session is over."""

    def __init__(self, session: Session) -> None:
        super().__init__(session.id)
        self.session = session


@dataclass(frozen=True, slots=True)
class Session:
    id: str
    user: str
    tenant: str
    kind: SessionKind
    mode: Mode
    epoch: int
    started_at: int
    ends_at: int
    device: str
    """The device token's id: the same for all sign-ins from one device."""
    generation: int = 1
    used: int = 0
    """The last generation that was refreshed: those between it and `generation` went to answers that were lost."""
    refreshed_at: int = 0
    ended_at: int | None = None
    enrolling: bool = False
    """Opens the own account alone: its user has to set a second factor up first (`admin_mfa`)."""

    @property
    def key(self) -> Key:
        return keys.session_key(self.id)

    @property
    def token_types(self) -> tuple[str, str, str]:
        """The types of its access token, refresh token and cookie. Those of customers open customers' routes alone."""
        of_customer = self.user.startswith("cust_")
        return ("customer", "customer_refresh", "customer_session") if of_customer else ("access", "refresh", "session")

    def is_open(self, user: str, epoch: int, now: int) -> bool:
        """Whether it still carries requests of this user, whose sessions of earlier epochs are over."""
        return self.ended_at is None and self.user == user and self.epoch == epoch and now < self.ends_at


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str
    refresh: str
    access_seconds: int
    refresh_seconds: int


@dataclass(frozen=True, slots=True)
class RefreshClaims:
    session: str
    generation: int


def begin_session(
    user: User, kind: SessionKind, mode: Mode, device: str, now: int, *, enrolling: bool = False
) -> Session:
    lasts = TOKEN_SESSION_MS if kind == "token" else COOKIE_SESSION_MS
    id, ends_at = ids.new_id("ses", now), now + lasts
    return Session(id, user.id, user.tenant, kind, mode, user.epoch, now, ends_at, device, enrolling=enrolling)


def begin_customer_session(
    customer: str, tenant: str, epoch: int, kind: SessionKind, mode: Mode, device: str, now: int
) -> Session:
    lasts = TOKEN_SESSION_MS if kind == "token" else CUSTOMER_SESSION_MS
    return Session(ids.new_id("ses", now), customer, tenant, kind, mode, epoch, now, now + lasts, device)


def session_put(session: Session) -> Put:
    return Put(session.key, session_item(session), when=ABSENT)


def tokens_of(session: Session, tenant: Tenant, now: int) -> Tokens:
    """An access token, and the refresh token of the session's present generation."""
    left = (session.ends_at - now) // 1000
    access = min(ACCESS_SECONDS, left)
    claims = {"sub": session.user, "tid": session.tenant, "sid": session.id}
    return Tokens(
        access=tokens.sign_token({**_bearing(session, tenant), "typ": session.token_types[0]}, seconds=access),
        refresh=tokens.sign_token({**claims, "typ": session.token_types[1], "gen": session.generation}, seconds=left),
        access_seconds=access,
        refresh_seconds=left,
    )


def cookie_of(session: Session, tenant: Tenant, now: int) -> str:
    """What the session cookie holds: the access token's claims, for the whole length of the session."""
    content = {**_bearing(session, tenant), "typ": session.token_types[2]}
    return tokens.sign_token(content, seconds=(session.ends_at - now) // 1000)


def device_token(user_id: str, device: str) -> str:
    """Tells a device again that its user has signed in from. It opens nothing; see `throttle`."""
    return tokens.sign_token({"sub": user_id, "typ": "device", "did": device}, seconds=DEVICE_SECONDS)


def known_device(token: str | None) -> tuple[str, str] | None:
    """The user and the device of a device token; None where it is not one of ours."""
    if not token:
        return None
    try:
        claims = tokens.verify_token(token)
    except tokens.TokenRefused:
        return None
    return (str(claims["sub"]), str(claims["did"])) if claims["typ"] == "device" and claims.get("did") else None


def read_refresh(token: str, typ: str = "refresh") -> RefreshClaims:
    """What a refresh token says, if it is one of ours and not past its time; before anything is read."""
    try:
        claims = tokens.verify_token(token)
    except tokens.TokenRefused as refusal:
        raise errors.UNAUTHENTICATED() from refusal
    session, generation = str(claims.get("sid")), claims.get("gen")
    if claims["typ"] != typ or not ids.is_id(session, "ses") or not isinstance(generation, int):
        raise errors.UNAUTHENTICATED()
    return RefreshClaims(session, generation)


def advance_session(
    store: Store, session: Session, shown: int, *, arrived_at: int, now: int, device: str | None
) -> Session:
    """The session at the generation whose tokens the client is to get. Raises REFRESH_IN_PROGRESS, or Reused."""
    if shown == session.generation:
        return _next_generation(store, session, shown, now)
    if shown == session.used:
        same_device = device is not None and device == session.device
        if arrived_at <= session.refreshed_at or (same_device and now - session.refreshed_at < RACING_MS):
            raise _in_progress()
        if same_device:
            return _next_generation(store, session, shown, now)
    store.write(session_end(session, now))
    raise RefreshTokenReused(session)


def _next_generation(store: Store, session: Session, shown: int, now: int) -> Session:
    following = session.generation + 1
    try:
        store.write(
            Update(
                session.key,
                set={"gen": following, "used": shown, "refreshed": now},
                when=Condition(equal={"gen": session.generation}, missing=("ended",)),
            )
        )
    except ConditionFailed as lost:
        # Someone was quicker between our reading and our writing.
        if lost.item is None or "ended" in lost.item:
            raise errors.UNAUTHENTICATED() from lost
        raise _in_progress() from lost
    return replace(session, generation=following, used=shown, refreshed_at=now)


def session_end(session: Session, now: int) -> Update:
    return Update(session.key, set={"ended": now})


def session_carryover(session_id: str, epoch: int, *, enrolled: bool = False) -> Update:
    """The write that carries one session over to the user's new epoch, in which all others are over.

    `enrolled`: its user has set a second factor up, so it opens everything from now on.
    """
    return Update(
        keys.session_key(session_id),
        set={"epoch": epoch},
        remove=("enrol",) if enrolled else (),
        when=Condition(present=("pk",), missing=("ended",)),
    )


def confine_session(session: Session) -> Update:
    """The write that leaves a session nothing but the own account, until a second factor is set up."""
    return Update(session.key, set={"enrol": True}, when=Condition(missing=("ended",)))


def sessions_of(store: Store, user_id: str) -> list[Session]:
    found = store.query_all("directory", keys.sessions_partition(user_id), index="by_parent")
    return [read_session(record) for record in found]


def session_item(session: Session) -> dict[str, Any]:
    return {
        "user": session.user,
        "tenant": session.tenant,
        "kind": session.kind,
        "mode": session.mode,
        "epoch": session.epoch,
        "started": session.started_at,
        "ends": session.ends_at,
        "device": session.device,
        "gen": session.generation,
        "used": session.used,
        "refreshed": session.refreshed_at,
        "ended": session.ended_at,
        "enrol": session.enrolling or None,
        "g1p": keys.sessions_partition(session.user),
        "g1s": session.id,
        # A little longer than tokens of it can live, so that each of them finds it.
        "ttl": session.ends_at // 1000 + 86_400,
    }


def read_session(record: Record) -> Session:
    return Session(
        id=record["pk"].rpartition("#")[2],
        user=record["user"],
        tenant=record["tenant"],
        kind=record["kind"],
        mode=record["mode"],
        epoch=record["epoch"],
        started_at=record["started"],
        ends_at=record["ends"],
        device=record["device"],
        generation=record["gen"],
        used=record.get("used", record["gen"] - 1),
        refreshed_at=record["refreshed"],
        ended_at=record.get("ended"),
        enrolling=record.get("enrol", False),
    )


def _in_progress() -> errors.Problem:
    return errors.REFRESH_IN_PROGRESS(headers={"Retry-After": "2"})


def _bearing(session: Session, tenant: Tenant) -> dict[str, Any]:
    """The claims that a request needs before anything is read: whose books it means."""
    program = tenant.program
    return {
        "sub": session.user,
        "tid": session.tenant,
        "sid": session.id,
        "own": program.owner if program else tenant.id,
        "prg": program.id if program else None,
        "rgn": tenant.region,
        "mod": session.mode,
    }
