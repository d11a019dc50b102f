"""A program's campaigns: announced, listed, ended, and tried out on the sales of the past."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, Literal

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.styles import Reply, replay_headers
from ..canonical import content_fingerprint
from ..identity.tenant import campaign_item, read_campaign
from ..ledger.campaigns import FACTOR_UNIT, Campaign
from ..ledger.model import Program
from ..ledger.records.customer_coins import Entry, read_entry
from ..money import INR_SCALE, to_wire
from ..store import keys, program_keys
from ..store.store import Record
from ..store.writes import ABSENT, Put, Update
from . import programs
from .campaign_forecast import forecast_campaign
from .campaign_models import (
    CampaignDay,
    CampaignHours,
    CampaignOut,
    CampaignRules,
    CampaignSimulation,
    CreateCampaign,
    SimulateCampaign,
)
from .program import ProgramRecord
from .program_wire import program_instant

MAX_CAMPAIGNS: Final = 10
"""Campaigns of a program that have not ended: the tenant item, which every request reads, repeats them."""

_DAYS: Final[tuple[CampaignDay, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOKED_AT: Final = 10_000
_FAR: Final = clock.parse_iso("3000-01-01")

CREATE_CAMPAIGN_ERRORS: Final = (
    errors.PROGRAM_NOT_FOUND,
    errors.PROGRAM_RETIRED,
    errors.CAMPAIGN_LIMIT_REACHED,
    errors.IDEMPOTENCY_KEY_REUSED,
    errors.VERSION_CONFLICT,
)
END_CAMPAIGN_ERRORS: Final = (errors.PROGRAM_NOT_FOUND, errors.CAMPAIGN_NOT_FOUND, errors.VERSION_CONFLICT)


def create_campaign(call: Call[CreateCampaign]) -> Reply:
    """Adds a campaign to the program; it counts at every member's counter once the program has been carried there."""
    before, body, key = _coin_program(call), call.input, call.idempotency_key
    if before.program.status == "retired":
        raise errors.PROGRAM_RETIRED()
    program, now = before.program, call.now
    id = ids.derived_id("cmp", program.id, key) if key is not None else ids.new_id("cmp", now)
    hash = content_fingerprint("campaigns.create", body.model_dump(exclude={"idempotency_key"}, by_alias=True))
    place = program_keys.campaign_key(program.id, id)
    stored = call.store.read([place])[place]
    if stored:
        if bytes(stored["fp"]) != hash:
            raise errors.IDEMPOTENCY_KEY_REUSED()
        return Reply(_campaign_out(stored, program, now), headers=replay_headers(True))
    starts, ends = program_instant(body.starts_at, "starts_at") or now, program_instant(body.ends_at, "ends_at") or 0
    if ends <= max(starts, now):
        raise errors.invalid("ends_at", "must be after starts_at, and in the future")
    campaign = replace(campaign_from(body, program, id), starts_at=starts, ends_at=ends)
    running = [one for one in program.campaigns if one.ends_at > now]
    if len(running) >= MAX_CAMPAIGNS:
        raise errors.CAMPAIGN_LIMIT_REACHED(figures={"limit": MAX_CAMPAIGNS})
    budget = None if body.budget is None else minor_units(body.budget, program.scale, "budget")
    item = {**campaign_item(campaign), "budget": budget, "left": budget, "fp": hash, "at": now, "by": call.caller.id}
    after = _with_campaigns(call, before, (*running, campaign))
    programs.commit_program(call, before, after, "campaign created", Put(place, item, when=ABSENT))
    return Reply(_campaign_out({**item, "sk": id}, program, now), "Campaign created", status=201)


def list_campaigns(call: Call[None]) -> list[CampaignOut]:
    """All campaigns of the program, past ones too, the newest first, with what is left of their budgets."""
    record = call.lookup.record(call.loaded)
    if record is None or record.program.kind == "application":
        raise errors.PROGRAM_NOT_FOUND()
    partition = program_keys.campaigns_partition(record.program.id)
    rows = call.store.query_all("directory", partition, consistent=True)
    shown = [_campaign_out(row, record.program, call.now) for row in rows]
    return sorted(shown, key=lambda campaign: (campaign.starts_at, campaign.id), reverse=True)


def end_campaign(call: Call[None]) -> CampaignOut:
    """Ends a campaign now; what it gave stays. Done again, it changes nothing."""
    before, id = _coin_program(call), call.path["campaign_id"]
    if not ids.is_id(id, "cmp"):
        raise errors.CAMPAIGN_NOT_FOUND()
    place = program_keys.campaign_key(before.program.id, id)
    stored = call.store.read([place])[place]
    if stored is None:
        raise errors.CAMPAIGN_NOT_FOUND()
    if stored["to"] > call.now:
        left = tuple(one for one in before.program.campaigns if one.id != id)
        ended = {"to": call.now, "from": min(stored["from"], call.now)}
        after = _with_campaigns(call, before, left)
        programs.commit_program(call, before, after, "campaign ended", Update(place, set=ended))
        stored = {**stored, **ended}
    return _campaign_out(stored, before.program, call.now)


def simulate_campaign(call: Call[SimulateCampaign]) -> CampaignSimulation:
    """Decides, as the counter does, what the campaign would have given on past sales. Nothing is written."""
    program, body, now = _coin_program(call).program, call.input, call.now
    campaign = replace(campaign_from(body, program, ids.new_id("cmp", now)), ends_at=_FAR)
    budget = None if body.budget is None else minor_units(body.budget, program.scale, "budget")
    since = now - body.days * clock.DAY_MS
    # A customer's last visit before these sales decides who is won back.
    entries = list(_sales(call, program, since - campaign.win_back_days * clock.DAY_MS))
    complete = len(entries) <= _LOOKED_AT
    rules = (*program.rules, *call.caller.tenant.rules)
    found = forecast_campaign(campaign, program, entries[:_LOOKED_AT], rules, budget, since)
    return CampaignSimulation(
        since=clock.iso(since),
        until=clock.iso(now),
        sales=found.sales,
        matched=found.matched,
        coins=to_wire(found.coins, program.scale),
        value=to_wire(program.value_of(found.coins), INR_SCALE),
        budget_spent_at=None if found.budget_spent_at is None else clock.iso(found.budget_spent_at),
        complete=complete,
    )


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
        raise errors.invalid("hours", "must begin and end at different times")
    return Campaign(
        id=id,
        kind=body.type,
        starts_at=0,
        ends_at=0,
        name=body.name,
        factor=factor,
        coins=0 if body.coins is None else minor_units(body.coins, program.scale, "coins"),
        weekdays=tuple(sorted({_DAYS.index(day) for day in body.weekdays})),
        from_minute=first,
        until_minute=last,
        minimum_bill=lowest,
        maximum_bill=highest,
        merchants=tuple(dict.fromkeys(body.merchants)),
        first_purchase=body.first_purchase,
        win_back_days=body.win_back_days or 0,
        limited=body.budget is not None,
    )


def _with_campaigns(call: Call[Any], before: ProgramRecord, campaigns: tuple[Campaign, ...]) -> ProgramRecord:
    program = replace(before.program, campaigns=campaigns, version=before.program.version + 1)
    return replace(before, program=program, updated_at=call.now, updated_by=call.caller.id)


def _coin_program(call: Call[Any]) -> ProgramRecord:
    record = programs.own_program(call)
    if record.program.kind == "application":
        raise errors.PROGRAM_NOT_FOUND("An application credits its points itself, so its program has no campaigns.")
    return record


def _sales(call: Call[Any], program: Program, since: int) -> Iterator[Entry]:
    """Issues since then: of this tenant, and of the members of its network."""
    merchants = [call.caller.tenant.id]
    if program.kind == "network":
        rows = call.store.query_all("directory", program_keys.members_partition(program.id), consistent=True)
        merchants += [row["sk"] for row in rows if row["st"] == "active"]
    scope, count = keys.scope("live", program.owner), 0
    for merchant in merchants:
        partition = keys.activity_partition(scope, merchant)
        for row in call.store.query_all("ledger", partition, index="activity", since=clock.iso(since), limit=500):
            if row.get("kind") == "issue" and row.get("asset") == program.id:
                yield read_entry(row)
                count += 1
                if count > _LOOKED_AT:
                    return


def _campaign_out(row: Record, program: Program, now: int) -> CampaignOut:
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
        coins=coins(campaign.coins) if campaign.kind == "bonus" else None,
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
        budget=coins(row.get("budget")),
        budget_left=coins(row.get("left")),
    )


def _hours(campaign: Campaign) -> CampaignHours:
    return CampaignHours(
        **{"from": clock.time_text(campaign.from_minute), "until": clock.time_text(campaign.until_minute)}
    )
