"""Earning rules in requests and answers; without what the counter posts with."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from .. import errors, ids
from ..api.models import Amount, Model, Number, Percent, Text, minor_units
from ..ledger.earning import EarningRule, Slab
from ..ledger.model import Program
from ..money import INR_SCALE, to_wire

MAX_RULES: Final = 20


_NEEDED: Final = {"percentage": "percent", "flat": "coins", "slab": "slabs"}
"""Type of a rule -> the field that it cannot do without."""


class SlabIn(Model):
    from_bill: Annotated[Amount, Field(description="INR")]
    coins: Amount


class RuleIn(Model):
    """One rule. `percentage` needs `percent`, `flat` needs `coins`, `slab` needs `slabs`."""

    id: str | None = Field(None, description="Of a rule that is there already; new ones are given an id.")
    type: Literal["percentage", "slab", "flat"]
    name: Text | None = None
    percent: Percent | None = Field(
        None, description="Of the bill's value in coins, at most two decimals, at most 100."
    )
    coins: Amount | None = None
    slabs: list[SlabIn] | None = Field(None, min_length=1, max_length=20)
    minimum_bill: Amount | None = None
    cap_per_bill: Amount | None = None
    cap_per_customer_per_day: Amount | None = None
    rounding: Literal["down", "half_up", "up"] = "down"


class ReplaceRules(Model):
    rules: list[RuleIn] = Field(max_length=MAX_RULES)
    version: int | None = Field(None, ge=0, description="As read; refuses the change where it is no longer that.")


class SlabOut(Model):
    from_bill: Number
    coins: Number


class RuleOut(Model):
    id: str
    version: int
    type: Literal["percentage", "slab", "flat"]
    name: str | None
    percent: Number | None
    coins: Number | None
    slabs: list[SlabOut] | None
    minimum_bill: Number | None
    cap_per_bill: Number | None
    cap_per_customer_per_day: Number | None
    rounding: Literal["down", "half_up", "up"]


class RulesOut(Model):
    rules: list[RuleOut]
    version: int
    source: Literal["merchant", "program"]


def earning_rule_out(rule: EarningRule, program: Program) -> RuleOut:
    def coins(count: int | None) -> int | Decimal | None:
        return None if count is None else to_wire(count, program.scale)

    return RuleOut(
        id=rule.id,
        version=rule.version,
        type=rule.kind,
        name=rule.name or None,
        percent=to_wire(rule.basis_points, 2) if rule.kind == "percentage" else None,
        coins=coins(rule.coins) if rule.kind == "flat" else None,
        slabs=[
            SlabOut(from_bill=to_wire(slab.from_bill, INR_SCALE), coins=coins(slab.coins) or 0) for slab in rule.slabs
        ]
        or None,
        minimum_bill=to_wire(rule.minimum_bill, INR_SCALE) if rule.minimum_bill else None,
        cap_per_bill=coins(rule.cap_per_bill),
        cap_per_customer_per_day=coins(rule.cap_per_day),
        rounding=rule.rounding,
    )


def earning_rule_from(given: RuleIn, index: int, program: Program, there: Mapping[str, EarningRule]) -> EarningRule:
    """The rule as the ledger knows it. One that has changed takes the next version: old entries stay explained."""

    def whole(value: Decimal | None, scale: int, field: str) -> int | None:
        return None if value is None else minor_units(value, scale, f"rules.{index}.{field}")

    if getattr(given, _NEEDED[given.type]) is None:
        raise errors.invalid(f"rules.{index}.{_NEEDED[given.type]}", f"is required for a rule of type {given.type}")
    if given.id is not None and given.id not in there:
        raise errors.invalid(f"rules.{index}.id", "must be the id of one of your rules, or left out")
    before = there.get(given.id or "")
    values: dict[str, Any] = {
        "id": given.id or ids.new_id("rule"),
        "kind": given.type,
        "name": given.name or "",
        "basis_points": whole(given.percent, 2, "percent") or 0 if given.type == "percentage" else 0,
        "coins": whole(given.coins, program.scale, "coins") or 0 if given.type == "flat" else 0,
        "slabs": _slabs(given, index, program) if given.type == "slab" else (),
        "minimum_bill": whole(given.minimum_bill, INR_SCALE, "minimum_bill") or 0,
        "cap_per_bill": whole(given.cap_per_bill, program.scale, "cap_per_bill"),
        "cap_per_day": whole(given.cap_per_customer_per_day, program.scale, "cap_per_customer_per_day"),
        "rounding": given.rounding,
    }
    if before is None:
        return EarningRule(**values)
    same = EarningRule(**values, version=before.version)
    return before if same == before else EarningRule(**values, version=before.version + 1)


def _slabs(given: RuleIn, index: int, program: Program) -> tuple[Slab, ...]:
    return tuple(
        Slab(
            minor_units(slab.from_bill, INR_SCALE, f"rules.{index}.slabs.{number}.from_bill"),
            minor_units(slab.coins, program.scale, f"rules.{index}.slabs.{number}.coins"),
        )
        for number, slab in enumerate(given.slabs or ())
    )
