"""A program's campaigns: announced, listed, ended, and tried out on the sales of the past."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.styles import Reply, replay_headers
from ..canonical import content_fingerprint
from ..identity.tenant import campaign_item
from ..ledger.campaigns import Campaign
from ..ledger.model import Program
from ..ledger.records.customer_coins import Entry, read_entry
from ..money import INR_SCALE, to_wire
from ..store import keys, program_keys, referral_keys
from ..store.writes import ABSENT, Put, Update
from . import programs
from .campaign_forecast import forecast_campaign
from .campaign_models import CampaignOut, CampaignRules, CampaignSimulation, CreateCampaign, SimulateCampaign
from .campaign_wire import campaign_from, campaign_out
from .program import ProgramRecord
from .program_wire import program_instant

MAX_CAMPAIGNS: Final = 10
"""Campaigns of a program that have not ended: the tenant item, which every request reads, repeats them."""

_MAX_SCANNED: Final = 10_000
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
        return Reply(campaign_out(stored, program, now), headers=replay_headers(True))
    starts, ends = program_instant(body.starts_at, "starts_at") or now, program_instant(body.ends_at, "ends_at") or 0
    if ends <= max(starts, now):
        raise errors.invalid("ends_at", "must be after starts_at, and in the future")
    campaign = replace(campaign_from(body, program, id), starts_at=starts, ends_at=ends)
    running = [one for one in program.campaigns if one.ends_at > now]
    if len(running) >= MAX_CAMPAIGNS:
        raise errors.CAMPAIGN_LIMIT_REACHED(figures={"limit": MAX_CAMPAIGNS})
    budget = None if body.budget is None else minor_units(body.budget, program.scale, "budget")
    item = {**campaign_item(campaign), "budget": budget, "left": budget, "fp": hash, "at": now, "by": call.caller.id}
    if campaign.kind == "birthday":  # for the job that gives its coins
        item.update(owner=program.owner, g2p=referral_keys.BIRTHDAY_CAMPAIGNS_PARTITION, g2s=id)
    after = _with_campaigns(call, before, (*running, campaign))
    programs.commit_program(call, before, after, "campaign created", Put(place, item, when=ABSENT))
    return Reply(campaign_out({**item, "sk": id}, program, now), "Campaign created", status=201)


def list_campaigns(call: Call[None]) -> list[CampaignOut]:
    """All campaigns of the program, past ones too, newest first, with their remaining budgets."""
    record = call.lookup.record(call.loaded)
    if record is None or record.program.kind == "application":
        raise errors.PROGRAM_NOT_FOUND()
    partition = program_keys.campaigns_partition(record.program.id)
    rows = call.store.query_all("directory", partition, consistent=True)
    shown = [campaign_out(row, record.program, call.now) for row in rows]
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
        programs.commit_program(call, before, after, "campaign ended", Update(place, set=ended, remove=("g2p", "g2s")))
        stored = {**stored, **ended}
    return campaign_out(stored, before.program, call.now)


def simulate_campaign(call: Call[SimulateCampaign]) -> CampaignSimulation:
    """Decides, as the counter does, what the campaign would have given on past sales. Nothing is written."""
    program, body, now = _coin_program(call).program, call.input, call.now
    _require_forecast(body)
    campaign = replace(campaign_from(body, program, ids.new_id("cmp", now)), ends_at=_FAR)
    budget = None if body.budget is None else minor_units(body.budget, program.scale, "budget")
    since = now - body.days * clock.DAY_MS
    # A customer's last visit before these sales decides who is won back.
    entries = list(_sales(call, program, since - campaign.win_back_days * clock.DAY_MS))
    complete = len(entries) <= _MAX_SCANNED
    rules = (*program.rules, *call.caller.tenant.rules)
    joined = _joined(call, program, entries[:_MAX_SCANNED]) if campaign.anniversary_days else {}
    found = forecast_campaign(campaign, program, entries[:_MAX_SCANNED], rules, budget, since, joined)
    return CampaignSimulation(
        since=clock.iso(since),
        until=clock.iso(now),
        sales=found.sales,
        matched=found.matched,
        coins=to_wire(found.coins, program.scale),
        value=to_wire(program.value_of(found.coins), INR_SCALE),
        budget_spent_at=clock.iso_or_none(found.budget_spent_at),
        complete=complete,
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
                if count > _MAX_SCANNED:
                    return


def _require_forecast(body: CampaignRules) -> None:
    if body.type in ("birthday", "referral"):
        raise errors.invalid("type", "cannot be tried on past sales: campaigns of this type give coins without a bill")
    if body.items is not None:
        raise errors.invalid("items", "cannot be tried on past sales: the ledger does not store the items of a bill")


def _joined(call: Call[Any], program: Program, entries: Sequence[Entry]) -> dict[str, int]:
    """The days on which the customers of these issues joined, by wallet."""
    scope = keys.scope("live", program.owner)
    places = {keys.wallet_key(scope, wallet): wallet for wallet in {entry.wallet for entry in entries}}
    found = call.store.read(places, consistent=False) if places else {}
    return {
        places[place]: clock.local_day(record["open"], program.time_zone)
        for place, record in found.items()
        if record and record.get("open")
    }
