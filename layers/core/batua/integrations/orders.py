"""What is known of a shop's order, and which share of its reward it deserves now. Pure.

Shops tell things twice, late and in any order, so nothing here is an event that is applied. What was said is *merged*:
the merge of the same sayings is the same, however often and in whatever order they come.

- Of an order's states the one with the highest version counts; a payload that is older changes nothing.
- A refund that is reported on its own is kept until a state of the order names it; the state then counts.
- A deletion carries no version. An order exists while it was restored as often as deleted. Whether a change came
  after a deletion is not asked of the clock: the shop's may be wrong, or tell local times.
- WooCommerce signs the content, not the topic. Content that was delivered before is no restoration, whatever its topic
  says, unless it is newer than what was known when the deletion came (`with_evidence`).
- The customer is the one of the latest state that names one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple, TypeVar

from .order_lines import LineRefunds, Lines, lines_item, read_lines, standing_share


class OrderVersion(NamedTuple):
    """Which of two states is the later. Shops count whole seconds, so what has gone further wins within one."""

    at: int
    """When the shop last changed the order (milliseconds), or its own counter."""
    refunds: int = 0
    progress: int = 0
    triggered_at: int = 0
    """When the shop says that it happened: not signed, so it decides only where nothing else does."""
    tiebreaker: str = ""


MIN_VERSION = OrderVersion(-1)

Told = TypeVar("Told", str, int)

MAX_VERSIONS: Final = 50
"""As many of an order's versions are remembered, the latest."""


@dataclass(frozen=True, slots=True)
class OrderSnapshot:
    """An order as one payload shows it. Amounts in paise."""

    version: OrderVersion
    paid: bool
    bill: int
    """What counts for the reward, before refunds."""
    base: int
    """What refunds are a share of: the bill, or the order's total where the shop refunds shares of that."""
    refunds: Mapping[str, int] = field(default_factory=dict)
    lines: Lines = field(default_factory=dict)
    line_refunds: LineRefunds = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderUpdate:
    """What one delivery says of one order: its state, or a refund, a deletion, a restoration."""

    order: str
    reference: str
    state: OrderSnapshot | None = None
    refunds: Mapping[str, int] = field(default_factory=dict)
    line_refunds: LineRefunds = field(default_factory=dict)
    refund_version: int = 0
    """Of `refunds` that can change, such as a credit note that is cancelled: the latest version counts."""
    deleted: str | None = None
    """The delivery that reports a deletion: one deletion reported twice is one."""
    restored: str | None = None
    deleted_after: int = -1
    """Of a deletion: the version of the order (its `at`) that was known when it came."""
    phones: tuple[str, ...] = ()
    """Phone numbers of the customer as written, the best first."""
    email: str | None = None
    region: str | None = None
    """The customer's country (ISO 3166), for phone numbers that are written without one."""
    made_at: int | None = None
    """When the order was made (milliseconds), where it says so."""
    day: int | None = None
    """The day of the document (proleptic ordinal), where its number begins again each year."""
    restorable: bool = False
    """Whether its system tells deletions and restorations."""
    skip: str | None = None
    """Why it earns nothing and is not looked at further."""
    invalid: str | None = None
    """Why it can't be read, where other orders of the same document can."""
    is_return: bool = False
    """A document that takes goods back, of the sale `order` where that is known."""
    may_be: tuple[str, ...] = ()
    """What else may identify the sale of a return, whose year is not told (`sale_numbers`)."""
    number: str | None = None
    """What a return names its sale by, where that is not the sale's `order` (`sale_numbers`); and the sale's own."""


@dataclass(frozen=True, slots=True)
class OrderState:
    """All that is known of an order so far."""

    state: OrderSnapshot | None = None
    refunds: Mapping[str, int] = field(default_factory=dict)
    refund_versions: Mapping[str, int] = field(default_factory=dict)
    """Of the refunds that can change."""
    line_refunds: LineRefunds = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()
    restored: frozenset[str] = frozenset()
    deleted_after: int = -1
    """The version (its `at`) that was known when the last deletion came."""
    versions: frozenset[int] = frozenset()
    """Versions (their `at`) that were delivered, of an order whose system can restore it."""
    phone: tuple[OrderVersion, str] | None = None
    """E.164, with the version of the state that named it."""
    email: tuple[OrderVersion, str] | None = None
    sold_on: tuple[OrderVersion, int] | None = None
    """The day of the sale, where its number begins again each year; and of its returns:"""
    returned_on: Mapping[str, int] = field(default_factory=dict)

    @property
    def counted_refunds(self) -> Mapping[str, int]:
        """The refunds without returns from before the sale: those are of an older sale under the same number, which
        nobody told us of."""
        since = self.sold_on[1] if self.sold_on else 0
        return {name: amount for name, amount in self.refunds.items() if self.returned_on.get(name, since) >= since}


class RewardShare(NamedTuple):
    """How much of the reward for `bill` an order deserves: `kept` of `whole`."""

    bill: int
    kept: int
    whole: int

    def of(self, coins: int) -> int:
        return coins * self.kept // self.whole if self.whole else 0


def with_evidence(known: OrderState, update: OrderUpdate) -> OrderUpdate:
    """The update without a restoration that its signed content does not bear out; a deletion with what was known then.

    The topic of a webhook is not signed: anyone who has seen one body could send it again as a restoration, and have an
    order that was deleted keep its coins.
    """
    if update.deleted and update.deleted not in known.deleted:
        return replace(update, deleted_after=known.state.version.at if known.state else -1)
    if update.restored and update.state and update.restored not in known.restored:
        at = update.state.version.at
        gone = len(known.deleted) > len(known.restored)
        repeated = at in known.versions or (known.state is not None and at == known.state.version.at)
        if repeated and not (gone and at > known.deleted_after):
            return replace(update, restored=None)
    return update


def merge_update(known: OrderState, update: OrderUpdate, phone: str | None) -> OrderState:
    """The state of an order after one more delivery. Associative, commutative and idempotent."""
    version = update.state.version if update.state else MIN_VERSION
    stated = update.refund_version
    newer = {
        name: amount
        for name, amount in update.refunds.items()
        if (stated, amount) >= (known.refund_versions.get(name, 0), known.refunds.get(name, 0) if stated else 0)
    }
    snapshot = known.state
    if update.state and (snapshot is None or update.state.version > snapshot.version):
        snapshot = update.state
    return replace(
        known,
        state=snapshot,
        refunds={**known.refunds, **newer},
        line_refunds={
            **known.line_refunds,
            **{name: lines for name, lines in update.line_refunds.items() if name in newer},
        },
        refund_versions={**known.refund_versions, **(dict.fromkeys(newer, update.refund_version) if stated else {})},
        deleted=known.deleted | {update.deleted} if update.deleted else known.deleted,
        restored=known.restored | {update.restored} if update.restored else known.restored,
        deleted_after=max(known.deleted_after, update.deleted_after),
        versions=known.versions | {version.at} if update.state and update.restorable else known.versions,
        phone=_later_of(known.phone, version, phone),
        email=_later_of(known.email, version, update.email),
        sold_on=_later_of(known.sold_on, version, update.day) if update.state else known.sold_on,
        returned_on={**known.returned_on, **_returned_on(known, update)},
    )


def _returned_on(known: OrderState, update: OrderUpdate) -> dict[str, int]:
    if update.day is None or not update.is_return:
        return {}
    return {name: max(update.day, known.returned_on.get(name, 0)) for name in update.refunds}


def earned_share(known: OrderState) -> RewardShare:
    """The share of its reward that the order earns now: nothing while it is unpaid, cancelled or deleted."""
    order = known.state
    if order is None or not order.paid or not _exists(known) or order.bill <= 0 or order.base <= 0:
        return RewardShare(0, 0, 1)
    refunded = sum({**known.counted_refunds, **order.refunds}.values())
    return RewardShare(order.bill, min(order.base, max(0, order.base - refunded)), order.base)


def standing_lines(known: OrderState, matched: tuple[str, ...]) -> tuple[int, int]:
    """How much of some lines of the order stands now, as a fraction."""
    share, order = earned_share(known), known.state
    if order is None:
        return 0, 1
    counted = {name: lines for name, lines in known.line_refunds.items() if name in known.counted_refunds}
    refunds = {**counted, **order.line_refunds}
    return standing_share(order.lines, refunds, matched, share.kept, share.whole)


def without_lines(update: OrderUpdate) -> OrderUpdate:
    """What a delivery says, less the lines: where no campaign asks for them they are not kept."""
    state = replace(update.state, lines={}, line_refunds={}) if update.state else None
    return replace(update, state=state, line_refunds={})


def _exists(known: OrderState) -> bool:
    return len(known.restored) >= len(known.deleted)


def _later_of(
    there: tuple[OrderVersion, Told] | None, version: OrderVersion, value: Told | None
) -> tuple[OrderVersion, Told] | None:
    return (version, value) if value and (there is None or (version, value) > there) else there


def order_state_item(known: OrderState) -> dict[str, Any]:
    state = known.state
    return {
        "state": _snapshot_item(state) if state else None,
        "line_refunds": {name: dict(lines) for name, lines in known.line_refunds.items()} or None,
        "refunds": dict(known.refunds) or None,
        "refund_versions": dict(known.refund_versions) or None,
        "deleted": sorted(known.deleted) or None,
        "restored": sorted(known.restored) or None,
        "deleted_after": known.deleted_after if known.deleted else None,
        "versions": sorted(known.versions)[-MAX_VERSIONS:] or None,
        "phone": [list(known.phone[0]), known.phone[1]] if known.phone else None,
        "email": [list(known.email[0]), known.email[1]] if known.email else None,
        "sold_on": [list(known.sold_on[0]), known.sold_on[1]] if known.sold_on else None,
        "returned_on": dict(known.returned_on) or None,
    }


def read_order_state(record: Mapping[str, Any]) -> OrderState:
    state = record.get("state")
    return OrderState(
        state=_read_snapshot(state) if state else None,
        line_refunds=record.get("line_refunds", {}),
        refunds=record.get("refunds", {}),
        refund_versions=record.get("refund_versions", {}),
        deleted=frozenset(record.get("deleted", ())),
        restored=frozenset(record.get("restored", ())),
        deleted_after=record.get("deleted_after", -1),
        versions=frozenset(record.get("versions", ())),
        phone=_read_latest(record.get("phone")),
        email=_read_latest(record.get("email")),
        sold_on=_read_latest(record.get("sold_on")),
        returned_on=record.get("returned_on", {}),
    )


def _snapshot_item(state: OrderSnapshot) -> list[Any]:
    item = [list(state.version), state.paid, state.bill, state.base, dict(state.refunds)]
    if state.lines:
        item += [lines_item(state.lines), {name: dict(lines) for name, lines in state.line_refunds.items()}]
    return item


def _read_snapshot(stored: Any) -> OrderSnapshot:
    version, paid, bill, base, refunds, *more = stored
    lines, line_refunds = more or ({}, {})
    return OrderSnapshot(OrderVersion(*version), paid, bill, base, refunds, read_lines(lines), line_refunds)


def _read_latest(pair: Any) -> tuple[OrderVersion, Any] | None:
    return (OrderVersion(*pair[0]), pair[1]) if pair else None
