"""Earning rules: how many coins a bill is worth. Pure.

A program or a merchant has a list of them; the rule that gives most wins, the earlier one where two give the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ..money import to_text

Rounding = Literal["down", "half_up", "up"]

_SHARES: Final = 10_000
"""Basis points of the whole."""


@dataclass(frozen=True, slots=True)
class Slab:
    """From this bill (paise) on, so many coins (minor)."""

    from_bill: int
    coins: int


@dataclass(frozen=True, slots=True)
class EarningRule:
    """`percentage` gives `basis_points` of the bill, `slab` the coins of the highest slab reached, `flat` `coins`."""

    id: str
    kind: Literal["percentage", "slab", "flat"]
    version: int = 1
    name: str = ""
    basis_points: int = 0
    coins: int = 0
    slabs: tuple[Slab, ...] = ()
    minimum_bill: int = 0
    cap_per_bill: int | None = None
    cap_per_day: int | None = None
    """Coins that one customer can earn by this rule's merchant on one day."""
    rounding: Rounding = "down"


@dataclass(frozen=True, slots=True)
class Earned:
    """What the winning rule gives. `how` describes it."""

    rule: EarningRule
    coins: int
    how: str
    carried: int = 0
    """What the bill adds to the customer's remainder or, below zero, uses of it: see `remainder_unit`."""


def remainder_unit(coin_value: int) -> int:
    """How many parts of a carried remainder make one coin (minor). In such parts a percentage of a bill is exact."""
    return _SHARES * coin_value


def best_earning(
    rules: Sequence[EarningRule],
    bill: int,
    *,
    scale: int,
    coin_value: int,
    earned_today: int,
    carried: int | None = None,
) -> Earned | None:
    """The best of the rules for a bill (paise), or None where no rule gives a coin or a part of one.

    `coin_value` is paise per whole coin, `earned_today` what the customer has earned here today (minor). `carried` is
    the customer's remainder, which a percentage that rounds down adds to; None where parts of a coin are dropped.
    """
    unit = remainder_unit(coin_value)
    best: Earned | None = None
    for rule in rules:
        candidate = _apply(rule, bill, scale, coin_value, earned_today, carried)
        if candidate and (best is None or _worth(candidate, unit) > _worth(best, unit)):
            best = candidate
    return best


def _worth(earned: Earned, unit: int) -> int:
    return earned.coins * unit + earned.carried


def _apply(
    rule: EarningRule, bill: int, scale: int, coin_value: int, earned_today: int, carried: int | None
) -> Earned | None:
    if bill < rule.minimum_bill:
        return None
    coins, how = _rule_coins(rule, bill, scale, coin_value)
    change = 0
    if carried is not None and rule.kind == "percentage" and rule.rounding == "down":
        unit = remainder_unit(coin_value)
        total = carried + bill * rule.basis_points * 10**scale
        coins, before = max(0, total // unit), coins
        change = total - coins * unit - carried
        how = how if coins <= before else f"{how}, with the remainder of earlier bills"
    # What a cap takes away is not carried over, and the remainder of earlier bills stays as it was.
    if rule.cap_per_bill is not None and coins > rule.cap_per_bill:
        coins, how, change = rule.cap_per_bill, f"{how}, capped per bill", 0
    if rule.cap_per_day is not None and coins > rule.cap_per_day - earned_today:
        coins, how, change = max(0, rule.cap_per_day - earned_today), f"{how}, capped per day", 0
    return Earned(rule, coins, how, change) if coins > 0 or change > 0 else None


def _rule_coins(rule: EarningRule, bill: int, scale: int, coin_value: int) -> tuple[int, str]:
    if rule.kind == "percentage":
        coins = divide(bill * rule.basis_points * 10**scale, remainder_unit(coin_value), rule.rounding)
        return coins, f"{to_text(rule.basis_points, 2)}% of the bill"
    if rule.kind == "slab":
        reached = [slab for slab in rule.slabs if bill >= slab.from_bill]
        if not reached:
            return 0, "below the first slab"
        slab = max(reached, key=lambda slab: slab.from_bill)
        return slab.coins, f"slab from {slab.from_bill // 100}"
    return rule.coins, "flat"


def divide(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Exact division of what is not below zero, rounded as named."""
    quotient, rest = divmod(numerator, denominator)
    if rounding == "up":
        return quotient + (rest > 0)
    if rounding == "half_up":
        return quotient + (2 * rest >= denominator)
    return quotient
