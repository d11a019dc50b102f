"""Delays that grow with each failed attempt. They slow a guesser down; nobody is locked out for good.

An attempt is *taken* before it is judged, in a conditional write, so that a thousand guesses sent at once are not a
thousand free ones. Refused attempts count for nothing: an outsider cannot stretch a delay by knocking on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from .. import errors
from ..errors import Problem
from ..store import keys
from ..store.keys import Key
from ..store.store import ConditionFailed, Contended, Record, Store
from ..store.writes import ABSENT, EXISTS, Condition, Delete, Put, Update

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Policy:
    """`free` attempts without a delay, then `first`, twice that, and so on up to `longest` (all in ms)."""

    kind: str
    free: int
    first: int
    longest: int
    forget: int
    """After so long without an attempt all is forgotten."""

    def delay(self, attempts: int) -> int:
        """What has to pass after so many attempts."""
        if attempts < self.free:
            return 0
        return min(self.longest, self.first << min(attempts - self.free, 40))


ACCOUNT: Final = Policy("account", free=5, first=1_000, longest=15 * MINUTE, forget=24 * HOUR)
"""All attempts for one user name together that come from devices it never signed in from."""

DEVICE: Final = Policy("device", free=10, first=2_000, longest=HOUR, forget=24 * HOUR)
"""Attempts from one device that the user has signed in from: strangers cannot use it up."""

ADDRESS: Final = Policy("address", free=30, first=1_000, longest=15 * MINUTE, forget=HOUR)
"""Failures from one network address. Wide, as a shop's tills share one."""

PASSWORD: Final = Policy("password", free=5, first=5_000, longest=HOUR, forget=24 * HOUR)
"""Passwords that are typed within a session. Each secret has its own count, and only that secret clears it."""

SECOND_FACTOR: Final = Policy("second", free=5, first=5_000, longest=HOUR, forget=24 * HOUR)
"""Codes for one account, after the right password or from within a session."""

RESET: Final = Policy("reset", free=20, first=30_000, longest=HOUR, forget=HOUR)
"""Requests for mail from one network address."""

MAIL: Final = Policy("mail", free=4, first=5 * MINUTE, longest=4 * HOUR, forget=24 * HOUR)
"""Mails of one kind to one account."""

OTP: Final = Policy("otp", free=5, first=MINUTE, longest=HOUR, forget=6 * HOUR)
"""One-time codes sent to one user: a text message costs money."""


CODE_TO_CUSTOMER: Final = Policy("customer_code", free=4, first=MINUTE, longest=HOUR, forget=12 * HOUR)
"""Codes sent to one customer's phone number. With five tries at each, a guesser gets about 100 tries a day at most."""

CUSTOMER_ADDRESS: Final = Policy("customer_address", free=30, first=10_000, longest=HOUR, forget=HOUR)
"""Codes that one network address requests, for whatever numbers. Wide, as a shop's visitors share one."""


def throttle_key_of(policy: Policy, name: str) -> Key:
    return keys.throttle_key(policy.kind, hashlib.sha256(f"{policy.kind}:{name}".encode()).hexdigest())


def attempts_reset(policy: Policy, name: str) -> Delete:
    """The write that forgets all attempts under a name."""
    return Delete(throttle_key_of(policy, name))


@dataclass(frozen=True, slots=True)
class Bucket:
    """The attempts counted under one name. `read` makes it from the stored record."""

    policy: Policy
    key: Key
    attempts: int = 0
    until: int = 0
    stored: int | None = None
    """The stored count, None where there is none."""

    @staticmethod
    def of(policy: Policy, name: str) -> Bucket:
        return Bucket(policy, throttle_key_of(policy, name))

    def read(self, record: Record | None, now: int) -> Bucket:
        if record is None:
            return self
        fresh = now - record["last"] < self.policy.forget
        return Bucket(
            self.policy, self.key, record["n"] if fresh else 0, record["until"] if fresh else 0, stored=record["n"]
        )

    def require_open(self, now: int) -> None:
        if now < self.until:
            raise _throttle_refusal(self.until - now)

    def taken(self, now: int) -> Put:
        """The write that counts one attempt more, and holds only if nobody else has counted since."""
        attempts = self.attempts + 1
        return Put(self.key, self._item(attempts, now), when=self._unchanged)

    @property
    def cleared(self) -> Delete:
        return Delete(self.key)

    @property
    def _unchanged(self) -> Condition:
        return ABSENT if self.stored is None else Condition(equal={"n": self.stored})

    def _item(self, attempts: int, now: int) -> dict[str, Any]:
        delay = self.policy.delay(attempts)
        return {
            "n": attempts,
            "until": now + delay,
            "last": now,
            "ttl": (now + max(delay, self.policy.forget)) // 1000 + 60,
        }


def take_attempt(store: Store, bucket: Bucket, now: int) -> Bucket:
    """Takes one attempt. Raises a 429 with Retry-After where a delay runs, or too many come at once."""
    for _ in range(4):
        bucket.require_open(now)
        try:
            store.write(bucket.taken(now))
            return bucket
        except ConditionFailed as refused:
            bucket = Bucket(bucket.policy, bucket.key).read(refused.item, now)
        except Contended:
            break
    raise _throttle_refusal(1_000)


def take_attempt_by_name(store: Store, policy: Policy, name: str, now: int) -> Bucket:
    """Reads the bucket of a name and takes one attempt."""
    bucket = Bucket.of(policy, name)
    return take_attempt(store, bucket.read(store.read([bucket.key])[bucket.key], now), now)


def clear_attempts(store: Store, bucket: Bucket) -> None:
    """Forgets the attempts: the last of them was good."""
    store.write(Update(bucket.key, set={"n": 0, "until": 0}, when=EXISTS))


def address_name(address: str) -> str:
    """An IPv4 address, or the /64 that one IPv6 customer has all to itself."""
    from ipaddress import IPv6Address, ip_address, ip_network

    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(ip_network(f"{parsed}/64", strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


def _throttle_refusal(wait: int) -> Problem:
    seconds = max(1, -(-wait // 1000))
    return errors.TOO_MANY_ATTEMPTS(figures={"retry_after": seconds}, headers={"Retry-After": str(seconds)})
