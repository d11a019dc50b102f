"""What is looked for, as data, and the decisions on it: pure, in integers, whatever the order in which events come.

A rule whose figures or meaning change gets a new version; flags keep the version that raised them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from ..clock import DAY_MS
from ..events.event import Event
from ..money import to_text

WINDOW_MINUTE_MS: Final = 60_000
EACH_COUNTED: Final = 400
"""Movements of a merchant of which each is counted in what is usual there."""
ONE_OF: Final = 8
"""After these, one of so many stands for all of them: a mean of hundreds does not change by one more."""
SCALE: Final = 2
"""Coins and rupees are both counted in hundredths here: a program's coins have at most two decimals."""


@dataclass(frozen=True, slots=True)
class WatchedMovement:
    """An issue or a redemption, as its event tells it. Amounts in hundredths."""

    event: str
    type: str
    at: int
    transaction: str
    wallet: str
    customer: str
    program: str
    coins: int
    bill: int | None
    by: str
    named: bool
    """Whether somebody named the coins of an issue, rather than a rule."""


@dataclass(frozen=True, slots=True)
class BurstRule:
    """`count` movements of one subject, or more, within `window_ms`."""

    id: str
    version: int
    says: str
    types: tuple[str, ...]
    subject: Literal["wallet", "person_and_customer"]
    count: int
    window_ms: int

    def subject_of(self, movement: WatchedMovement) -> str | None:
        """Whose movements are counted together; None where the rule has nothing to say of this one."""
        if movement.type not in self.types:
            return None
        if self.subject == "wallet":
            return movement.wallet
        # A key or a shop's connection serves all customers: only of a person it means something.
        return f"{movement.by}.{movement.customer}" if movement.by.startswith("usr_") else None


@dataclass(frozen=True, slots=True)
class OutlierRule:
    """An issue whose `measure` is both so many times the usual one, and so many usual deviations above it."""

    id: str
    version: int
    says: str
    measure: Literal["bill", "coins"]
    times: int
    deviations: int
    history: int
    """How many there have to be before any of them is unusual."""

    def value_of(self, movement: WatchedMovement) -> int | None:
        if movement.type != "coins.issued":
            return None
        if self.measure == "bill":
            return movement.bill
        # What a rule gives follows from the bill.
        return movement.coins if movement.named else None

    def place_of(self, movement: WatchedMovement) -> str:
        """Under which name the usual is counted: coins of two programs are not of one worth."""
        return self.measure if self.measure == "bill" else f"{self.measure}.{movement.program}"


FraudRule = BurstRule | OutlierRule

BURSTS: Final = (
    BurstRule(
        id="rapid_redemptions",
        version=1,
        says="Many redemptions from one wallet in a short time",
        types=("coins.redeemed", "coins.captured"),
        subject="wallet",
        count=5,
        window_ms=10 * WINDOW_MINUTE_MS,
    ),
    BurstRule(
        id="same_hands",
        version=1,
        says="The same person has issued coins to the same customer again and again",
        types=("coins.issued",),
        subject="person_and_customer",
        count=6,
        window_ms=DAY_MS,
    ),
)
OUTLIERS: Final = (
    OutlierRule(
        id="bill_above_usual",
        version=1,
        says="Coins were issued on a bill far above the merchant's usual one",
        measure="bill",
        times=8,
        deviations=12,
        history=30,
    ),
    OutlierRule(
        id="coins_above_usual",
        version=1,
        says="Somebody named far more coins for an issue than usual",
        measure="coins",
        times=8,
        deviations=12,
        history=30,
    ),
)


def read_movement(event: Event) -> WatchedMovement | None:
    """The movement that an event tells of; None where no rule is about it. Raises KeyError, ValueError."""
    if not any(event.type in rule.types for rule in BURSTS):
        return None
    data = event.data
    bill = data.get("bill_amount")
    return WatchedMovement(
        event=event.id,
        type=event.type,
        at=event.created_at,
        transaction=data["transaction_id"],
        wallet=data["wallet_id"],
        customer=data["customer_id"],
        program=data["program_id"],
        coins=_hundredths(data["coins"]),
        bill=_hundredths(bill) if bill is not None else None,
        by=data["by"],
        named=event.type == "coins.issued" and data["rule_id"] is None,
    )


def burst_around(rule: BurstRule, seen: Sequence[WatchedMovement], around: WatchedMovement) -> list[WatchedMovement]:
    """All movements of windows that hold `around` and enough others; none where no window does. By time."""
    ordered = sorted({each.event: each for each in seen}.values(), key=_by_time)
    times = [each.at for each in ordered]
    starts = range(bisect_left(times, around.at - rule.window_ms), bisect_right(times, around.at))
    windows = ((start, bisect_right(times, times[start] + rule.window_ms)) for start in starts)
    full = [(start, end) for start, end in windows if end - start >= rule.count]
    # All of them hold `around`, so there is no gap between the first and the last.
    return ordered[full[0][0] : full[-1][1]] if full else []


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a merchant's issues were so far: their number, their sum, and the sum of their distances from the mean."""

    count: int = 0
    sum: int = 0
    distance: int = 0

    @property
    def mean(self) -> int:
        return self.sum // self.count if self.count else 0

    def plus(self, more: Baseline) -> Baseline:
        return Baseline(self.count + more.count, self.sum + more.sum, self.distance + more.distance)

    def highest(self, rule: OutlierRule) -> int | None:
        """The highest value that is not unusual; None as long as there are too few to tell."""
        if self.count < rule.history:
            return None
        return max(rule.times * self.sum, self.sum + rule.deviations * self.distance) // self.count

    def weight_of(self, name: bytes) -> int:
        """For how many movements one is counted, by its name, which is as good as random; 0 where another stands for
        it. A write for each would cost as much as an eighth of the issue itself."""
        if self.count < EACH_COUNTED:
            return 1
        return 0 if name[0] % ONE_OF else ONE_OF

    def with_value(self, rule: OutlierRule, value: int) -> Baseline:
        """What to add for a value. An unusual one counts as the highest usual one: a merchant that has grown is
        flagged for a while and not for ever, and a single false bill does not make the next one usual."""
        highest = self.highest(rule)
        counted = value if highest is None else min(value, highest)
        return Baseline(1, counted, abs(counted - self.mean) if self.count else 0)

    def times(self, weight: int) -> Baseline:
        return Baseline(self.count * weight, self.sum * weight, self.distance * weight)


def burst_figures(rule: BurstRule, run: Sequence[WatchedMovement]) -> dict[str, Any]:
    return {
        "movements": len(run),
        "enough_for_a_flag": rule.count,
        "within_minutes": rule.window_ms // WINDOW_MINUTE_MS,
        "coins": to_text(sum(each.coins for each in run), SCALE),
    }


def outlier_figures(rule: OutlierRule, usual: Baseline, value: int) -> dict[str, Any]:
    highest = usual.highest(rule)
    return {
        rule.measure: to_text(value, SCALE),
        "usual": to_text(usual.mean, SCALE),
        "highest_without_a_flag": to_text(highest or 0, SCALE),
        "issues_before": usual.count,
    }


def _by_time(movement: WatchedMovement) -> tuple[int, str]:
    return movement.at, movement.event


def _hundredths(text: str) -> int:
    return int(Decimal(text).scaleb(SCALE))
