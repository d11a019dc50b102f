"""What is known of a shop's order, and which share of its reward it deserves now. Pure.

Shops tell things twice, late and in any order, so nothing here is an event that is applied. What was said is *merged*:
the merge of the same sayings is the same, however often and in whatever order they come.

- Of an order's states the one with the highest version counts; a payload that is older changes nothing.
- A refund that is told on its own is kept until a state of the order names it; the state's word then counts.
- A deletion carries no version. An order lives while it was restored as often as deleted, or was changed after the
  last deletion was heard of.
- The customer is the one of the latest state that names one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple


class Version(NamedTuple):
    """Which of two states is the later. Shops count whole seconds, so what has gone further wins within one."""

    at: int
    """When the shop last changed the order (milliseconds), or its own counter."""
    refunds: int = 0
    progress: int = 0
    heard: int = 0
    """When the shop says that it happened: not signed, so it decides only where nothing else does."""
    tie: str = ""


NEVER = Version(-1)


@dataclass(frozen=True, slots=True)
class State:
    """An order as one payload shows it. Amounts in paise."""

    version: Version
    paid: bool
    bill: int
    """What counts for the reward, before refunds."""
    base: int
    """What refunds are a share of: the bill, or the order's total where the shop refunds shares of that."""
    refunds: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Said:
    """What one delivery says of one order: its state, or a refund, a deletion, a restoration."""

    order: str
    reference: str
    state: State | None = None
    refunds: Mapping[str, int] = field(default_factory=dict)
    deleted: str | None = None
    """The delivery that tells of a deletion: one deletion told twice is one."""
    restored: str | None = None
    phones: tuple[str, ...] = ()
    """Phone numbers of the customer as written, the best first."""
    email: str | None = None
    region: str | None = None
    """The customer's country (ISO 3166), for phone numbers that are written without one."""
    made_at: int | None = None
    """When the order was made (milliseconds), where it says so."""
    skip: str | None = None
    """Why it earns nothing and is not looked at further."""


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of an order so far."""

    state: State | None = None
    refunds: Mapping[str, int] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()
    restored: frozenset[str] = frozenset()
    deleted_at: int = 0
    phone: tuple[Version, str] | None = None
    """E.164, with the version of the state that named it."""
    email: tuple[Version, str] | None = None


class Share(NamedTuple):
    """How much of the reward for `bill` an order deserves: `kept` of `whole`."""

    bill: int
    kept: int
    whole: int

    def of(self, coins: int) -> int:
        return coins * self.kept // self.whole if self.whole else 0


def merge(known: Known, said: Said, phone: str | None, received_at: int) -> Known:
    """What is known once a delivery was heard. Associative, commutative, and idempotent."""
    version = said.state.version if said.state else NEVER
    state = known.state
    if said.state and (state is None or said.state.version > state.version):
        state = said.state
    return replace(
        known,
        state=state,
        refunds={**known.refunds, **said.refunds},
        deleted=known.deleted | {said.deleted} if said.deleted else known.deleted,
        restored=known.restored | {said.restored} if said.restored else known.restored,
        deleted_at=max(known.deleted_at, received_at) if said.deleted else known.deleted_at,
        phone=_later(known.phone, version, phone),
        email=_later(known.email, version, said.email),
    )


def deserved(known: Known) -> Share:
    """The share of its reward that the order deserves as it stands; nothing of it while unpaid or once it is gone."""
    state = known.state
    if state is None or not state.paid or not _lives(known, state) or state.bill <= 0 or state.base <= 0:
        return Share(0, 0, 1)
    refunded = sum({**known.refunds, **state.refunds}.values())
    return Share(state.bill, min(state.base, max(0, state.base - refunded)), state.base)


def _lives(known: Known, state: State) -> bool:
    return len(known.restored) >= len(known.deleted) or state.version.at > known.deleted_at


def _later(there: tuple[Version, str] | None, version: Version, told: str | None) -> tuple[Version, str] | None:
    return (version, told) if told and (there is None or (version, told) > there) else there


def known_item(known: Known) -> dict[str, Any]:
    state = known.state
    return {
        "state": [list(state.version), state.paid, state.bill, state.base, dict(state.refunds)] if state else None,
        "refunds": dict(known.refunds) or None,
        "deleted": sorted(known.deleted) or None,
        "restored": sorted(known.restored) or None,
        "gone": known.deleted_at or None,
        "phone": [list(known.phone[0]), known.phone[1]] if known.phone else None,
        "email": [list(known.email[0]), known.email[1]] if known.email else None,
    }


def read_known(record: Mapping[str, Any]) -> Known:
    state = record.get("state")
    return Known(
        state=State(Version(*state[0]), *state[1:]) if state else None,
        refunds=record.get("refunds", {}),
        deleted=frozenset(record.get("deleted", ())),
        restored=frozenset(record.get("restored", ())),
        deleted_at=record.get("gone", 0),
        phone=_told(record.get("phone")),
        email=_told(record.get("email")),
    )


def _told(pair: Any) -> tuple[Version, str] | None:
    return (Version(*pair[0]), pair[1]) if pair else None
