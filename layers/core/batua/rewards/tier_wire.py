"""A program's tiers from what a request says of them, and as answers show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise

from .. import errors, ids
from ..api.models import minor_units
from ..ledger.model import Program
from ..ledger.tiers import MAX_PERIOD_MONTHS, LoyaltyTier, TierPolicy
from ..money import to_wire
from .tier_models import ProgramTier, ProgramTierOut, ProgramTiers, ProgramTiersOut, TierPeriod

_FACTOR_SCALE = 2
_UNIT = 100

TierBenefits = Mapping[str, tuple[str, ...]]
"""Tier -> its benefits other than coins."""


def tiers_from(given: ProgramTiers | None, scale: int, before: TierPolicy | None) -> TierPolicy | None:
    """The tiers as the request has them, under the next version if they changed. Raises a 400 that names the field."""
    if given is None:
        return None
    there = {tier.id for tier in before.tiers} if before else set()
    tiers = tuple(_tier(level, f"tiers.levels.{index}", scale, there) for index, level in enumerate(given.levels))
    for index, (lower, higher) in enumerate(pairwise(tiers), start=1):
        if higher.earned <= lower.earned:
            raise errors.invalid(f"tiers.levels.{index}.earned", "must be more than that of the previous tier")
    if len({tier.id for tier in tiers}) != len(tiers):
        raise errors.invalid("tiers.levels", "must not repeat an id")
    if len({tier.name.casefold() for tier in tiers}) != len(tiers):
        raise errors.invalid("tiers.levels", "must not repeat a name")
    rolling = given.period.type == "rolling"
    policy = TierPolicy(
        tiers,
        period="rolling" if rolling else "calendar",
        months=given.period.months or MAX_PERIOD_MONTHS,
        starts_in=given.period.starts_in or 1,
        grace=given.grace_months,
        version=before.version if before else 1,
    )
    return policy if before in (None, policy) else replace(policy, version=policy.version + 1)


def tier_benefits(program: Program, given: ProgramTiers | None) -> TierBenefits:
    """The benefits of a request, by the ids of the program's tiers: they are in the same order."""
    if program.tiers is None or given is None:
        return {}
    pairs = zip(program.tiers.tiers, given.levels, strict=True)
    return {tier.id: tuple(level.benefits) for tier, level in pairs if level.benefits}


def tiers_out(program: Program, benefits: TierBenefits) -> ProgramTiersOut | None:
    policy = program.tiers
    if policy is None:
        return None
    rolling = policy.period == "rolling"
    return ProgramTiersOut(
        version=policy.version,
        period=TierPeriod(type="rolling", months=policy.months)
        if rolling
        else TierPeriod(type="calendar_year", starts_in=policy.starts_in),
        grace_months=policy.grace,
        levels=[
            ProgramTierOut(
                id=tier.id,
                name=tier.name,
                earned=to_wire(tier.earned, program.scale) if tier.earned else None,
                multiplier=to_wire(tier.factor, _FACTOR_SCALE),
                benefits=list(benefits.get(tier.id, ())),
            )
            for tier in policy.tiers
        ],
    )


def _tier(level: ProgramTier, field: str, scale: int, there: set[str]) -> LoyaltyTier:
    if level.id is not None and level.id not in there:
        raise errors.invalid(f"{field}.id", "must be the id of one of the program's tiers, or left out")
    factor = _UNIT if level.multiplier is None else minor_units(level.multiplier, _FACTOR_SCALE, f"{field}.multiplier")
    if not _UNIT <= factor <= 100 * _UNIT:
        raise errors.invalid(f"{field}.multiplier", "must be from 1 to 100")
    earned = 0 if level.earned is None else minor_units(level.earned, scale, f"{field}.earned")
    return LoyaltyTier(level.id or ids.new_id("tier"), level.name, earned, factor)
