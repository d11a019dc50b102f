"""A campaign as requests and answers have it, and as the ledger decides by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

from .. import clock, errors, ids
from ..api.models import minor_units
from ..identity.tenant import read_campaign
from ..ledger.campaigns import FACTOR_UNIT, Campaign
from ..ledger.model import Program
from ..money import INR_SCALE, to_wire
from ..store.store import Record
from .campaign_models import CampaignDay, CampaignHours, CampaignItems, CampaignOut, CampaignRules

USUAL_WAIT_DAYS: Final = 7
USUAL_PER_REFERRER: Final = 20

_DAYS: Final[tuple[CampaignDay, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def campaign_from(body: CampaignRules, program: Program, id: str) -> Campaign:
    """The campaign as the request has it, without its dates. Raises a 400 that names the field."""
    factor = FACTOR_UNIT if body.multiplier is None else minor_units(body.multiplier, 2, "multiplier")
    if body.multiplier is not None and not FACTOR_UNIT < factor <= 100 * FACTOR_UNIT:
        raise errors.invalid("multiplier", "must be more than 1 and at most 100")
    for index, merchant in enumerate(body.merchants):
        if not ids.is_id(merchant, "ten"):
            raise errors.invalid(f"merchants.{index}", "must be a tenant's id such as ten_01KDC0V6M8W3T4Q9X2Z7N5B1FA")
    lowest = 0 if body.minimum_bill is None else minor_units(body.minimum_bill, INR_SCALE, "minimum_bill")
    highest = None if body.maximum_bill is None else minor_units(body.maximum_bill, INR_SCALE, "maximum_bill")
    if highest is not None and highest < lowest:
        raise errors.invalid("maximum_bill", "must not be below minimum_bill")
    hours = body.hours
    first, last = (clock.minute_of_day(hours.from_time), clock.minute_of_day(hours.until)) if hours else (0, 24 * 60)
    if first == last:
        raise errors.invalid("hours", "must start and end at different times")
    return Campaign(
        id=id,
        kind=body.type,
        starts_at=0,
        ends_at=0,
        name=body.name,
        factor=factor,
        coins=0 if body.coins is None else minor_units(body.coins, program.scale, "coins"),
        referrer_coins=0
        if body.referrer_coins is None
        else minor_units(body.referrer_coins, program.scale, "referrer_coins"),
        wait_days=_wait_days(body, program),
        per_referrer=(body.per_referrer or USUAL_PER_REFERRER) if body.type == "referral" else None,
        weekdays=tuple(sorted({_DAYS.index(day) for day in body.weekdays})),
        from_minute=first,
        until_minute=last,
        minimum_bill=lowest,
        maximum_bill=highest,
        merchants=tuple(dict.fromkeys(body.merchants)),
        first_purchase=body.first_purchase,
        win_back_days=body.win_back_days or 0,
        anniversary_days=body.anniversary_days or 0,
        skus=_names(body.items.skus if body.items else ()),
        categories=_names(body.items.categories if body.items else ()),
        brands=_names(body.items.brands if body.items else ()),
        limited=body.budget is not None,
    )


def _wait_days(body: CampaignRules, program: Program) -> int:
    if body.type != "referral":
        return 0
    return (program.pending_days or USUAL_WAIT_DAYS) if body.wait_days is None else body.wait_days


def _names(given: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.casefold() for name in given))


def campaign_out(row: Record, program: Program, now: int) -> CampaignOut:
    campaign = read_campaign(row)
    status: Literal["scheduled", "running", "ended"] = "running"
    if now >= campaign.ends_at:
        status = "ended"
    elif now < campaign.starts_at:
        status = "scheduled"

    def coins(count: int | None) -> Any:
        return None if count is None else to_wire(count, program.scale)

    all_day = (campaign.from_minute, campaign.until_minute) == (0, 24 * 60)
    return CampaignOut(
        id=campaign.id,
        program_id=program.id,
        version=campaign.version,
        name=campaign.name,
        type=campaign.kind,
        status=status,
        multiplier=to_wire(campaign.factor, 2) if campaign.kind == "multiplier" else None,
        coins=coins(campaign.coins or None),
        starts_at=clock.iso(campaign.starts_at),
        ends_at=clock.iso(campaign.ends_at),
        weekdays=[_DAYS[day] for day in campaign.weekdays],
        hours=None
        if all_day
        else CampaignHours(
            **{"from": clock.time_text(campaign.from_minute), "until": clock.time_text(campaign.until_minute)}
        ),
        minimum_bill=to_wire(campaign.minimum_bill, INR_SCALE) if campaign.minimum_bill else None,
        maximum_bill=None if campaign.maximum_bill is None else to_wire(campaign.maximum_bill, INR_SCALE),
        merchants=list(campaign.merchants),
        first_purchase=campaign.first_purchase,
        win_back_days=campaign.win_back_days or None,
        anniversary_days=campaign.anniversary_days or None,
        items=CampaignItems(
            skus=list(campaign.skus), categories=list(campaign.categories), brands=list(campaign.brands)
        )
        if campaign.for_items
        else None,
        referrer_coins=coins(campaign.referrer_coins or None),
        wait_days=campaign.wait_days if campaign.kind == "referral" else None,
        per_referrer=campaign.per_referrer,
        budget=coins(row.get("budget")),
        budget_left=coins(row.get("left")),
    )
