"""The operator's price plans, and which tenant is on which of them."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.styles import Reply, replay_headers
from ..money import INR_SCALE, to_wire
from ..store import billing_keys
from ..store.store import Cancelled, Record, commit_unless_changed
from ..store.versions import load_versioned, require_version
from ..store.writes import ABSENT, Put, Update
from ..tenants.audit_entries import tenant_audit_entry
from . import gst
from .models import day_number
from .operator_books import billed_tenant, operator_books, operator_page
from .plan_models import (
    CreatePricePlan,
    MeterPriceIn,
    MeterPriceOut,
    OperatorListQuery,
    PhaseOut,
    PricePlanOut,
    SaveSubscription,
    SubscriptionOut,
    TierOut,
)
from .plans import (
    MeterPrice,
    Phase,
    PricePlan,
    Tier,
    phase_record,
    phases_with,
    plan_record,
    read_phases,
    read_plan,
)
from .presenting import wire_rupees
from .refusals import PRICE_PLAN_NOT_FOUND, TENANT_NOT_BILLED, USE_ALREADY_INVOICED
from .return_models import dashed_day

CREATE_PLAN_ERRORS = (errors.IDEMPOTENCY_KEY_REUSED,)
OPERATOR_LIST_ERRORS = (errors.INVALID_CURSOR,)
PLAN_ERRORS = (PRICE_PLAN_NOT_FOUND,)
SUBSCRIPTION_ERRORS = (PRICE_PLAN_NOT_FOUND, TENANT_NOT_BILLED, USE_ALREADY_INVOICED, errors.VERSION_CONFLICT)
MAX_PHASES: Final = 60


def create_price_plan(call: Call[CreatePricePlan]) -> Reply:
    """Makes a plan. Under the same idempotency key, the same one."""
    scope, body = operator_books(call), call.input
    key_given = call.idempotency_key
    id = ids.derived_id("plan", scope, key_given) if key_given else ids.new_id("plan", call.now)
    rate = _hundredths(body.gst_rate)
    allowed = gst.rates_on(clock.local_day(call.now, call.caller.tenant.time_zone))
    if rate not in allowed:
        listed = ", ".join(f"{each / 100:g}" for each in sorted(allowed))
        raise errors.invalid("gst_rate", f"must be a rate in force: {listed}")
    if len({price.meter for price in body.meters}) < len(body.meters):
        raise errors.invalid("meters", "must not repeat a meter")
    meters = tuple(_meter_price(number, price) for number, price in enumerate(body.meters))
    plan = PricePlan(id, body.name, _hundredths(body.monthly_fee), meters, rate, body.hsn_or_sac, created_at=call.now)
    key = billing_keys.price_plan_key(scope, id)
    announce = f"A price plan for tenants was created: “{plan.name}”, {wire_rupees(plan.monthly_fee)} INR a month."
    act = tenant_audit_entry(call, "price plan created", id, {"name": plan.name}, announce=announce)
    try:
        call.store.commit([Put(key, plan_record(plan), when=ABSENT), act])
    except Cancelled as taken:
        stored = call.store.read([key])[key]
        if stored is None or plan_record(read_plan(stored)) != {
            **plan_record(plan),
            "at": stored["at"],
            "archived": stored["archived"],
        }:
            raise errors.IDEMPOTENCY_KEY_REUSED() from taken
        return Reply(_plan_out(stored), "Price plan already created", headers=replay_headers(True))
    return Reply(_plan_out({"pk": key.pk, "sk": key.sk, **plan_record(plan)}), "Price plan created")


def list_price_plans(call: Call[OperatorListQuery]) -> Reply:
    """The newest first, archived ones included."""
    partition = billing_keys.price_plans_partition(operator_books(call))
    return operator_page(call, "price plans", partition, _plan_out, newest=True)


def archive_price_plan(call: Call[None]) -> Reply:
    """Nobody new gets the plan. Who is on it stays there."""
    plan = _plan(call, operator_books(call), call.path["plan"])
    key = billing_keys.price_plan_key(operator_books(call), plan["sk"])
    if not plan["archived"]:
        announce = f"The price plan “{read_plan(plan).name}” was archived."
        act = tenant_audit_entry(call, "price plan archived", plan["sk"], announce=announce)
        call.store.commit([Update(key, set={"archived": True}), act])
    return Reply(_plan_out({**plan, "archived": True}), "Price plan archived")


def list_subscriptions(call: Call[OperatorListQuery]) -> Reply:
    partition = billing_keys.subscriptions_partition(operator_books(call))
    return operator_page(call, "subscriptions", partition, _subscription_out)


def save_subscription(call: Call[SaveSubscription]) -> SubscriptionOut:
    """Puts a tenant on a plan from a day on, or ends its subscription. What has been invoiced stays as it is."""
    scope, body, tenant = operator_books(call), call.input, billed_tenant(call.store, call.path["tenant"])
    today = clock.local_day(call.now, tenant.time_zone)
    since = day_number(body.since) if body.since else today
    earliest = clock.add_months(today // 100, -1)
    if since // 100 < earliest:
        raise errors.invalid(
            "from", f"must not be before {dashed_day(earliest * 100 + 1)}, the first day of last month"
        )
    if body.plan_id is not None and _plan(call, scope, body.plan_id)["archived"]:
        raise errors.invalid("plan_id", "must be the id of a plan that is not archived")
    key = billing_keys.subscription_key(scope, tenant.id)
    saved = load_versioned(call.store, key)
    require_version(saved, body.version)
    before = saved.stored or {}
    if since // 100 <= before.get("to", 0):
        raise USE_ALREADY_INVOICED(figures={"invoiced_to": clock.month_text(before["to"])})
    phases = phases_with(read_phases(before), body.plan_id, since)
    if len(phases) > MAX_PHASES:
        raise errors.invalid("plan_id", f"a subscription can change plans at most {MAX_PHASES} times")
    item = {
        "phases": [phase_record(phase) for phase in phases],
        **({"to": before["to"]} if "to" in before else {}),
    }
    terms = f"is on the price plan {body.plan_id}" if body.plan_id else "has no price plan any more"
    announce = f"{tenant.name} {terms}, from {dashed_day(since)}."
    details = {"plan": body.plan_id, "from": since}
    act = tenant_audit_entry(call, "subscription saved", tenant.id, details, announce=announce)
    put = saved.replacement(item)
    commit_unless_changed(call.store, [put, act], caller=call.request.id)
    return _subscription_out({"pk": key.pk, "sk": key.sk, **put.item})


def _plan(call: Call[Any], scope: str, plan: str) -> Record:
    if not ids.is_id(plan, "plan"):
        raise PRICE_PLAN_NOT_FOUND()
    key = billing_keys.price_plan_key(scope, plan)
    record = call.store.read([key])[key]
    if record is None:
        raise PRICE_PLAN_NOT_FOUND()
    return record


def _meter_price(number: int, price: MeterPriceIn) -> MeterPrice:
    bounds = [tier.up_to for tier in price.tiers]
    field = f"meters.{number}.tiers"
    if bounds[-1] is not None or None in bounds[:-1]:
        raise errors.invalid(field, "must end with one tier whose up_to is null")
    rising = [bound for bound in bounds if bound is not None]
    if any(later <= sooner for sooner, later in pairwise(rising)):
        raise errors.invalid(field, "must have up_to values in ascending order")
    tiers = tuple(Tier(tier.up_to, _hundredths(tier.unit_price)) for tier in price.tiers)
    return MeterPrice(price.meter, price.tiering, price.per, tiers)


def _hundredths(value: Decimal) -> int:
    return int(value.scaleb(INR_SCALE))


def _plan_out(record: Record) -> PricePlanOut:
    plan = read_plan(record)
    return PricePlanOut(
        id=plan.id,
        name=plan.name,
        monthly_fee=wire_rupees(plan.monthly_fee),
        meters=[
            MeterPriceOut(
                meter=price.meter,
                tiering=price.tiering,
                per=price.per,
                tiers=[TierOut(up_to=tier.up_to, unit_price=wire_rupees(tier.unit_price)) for tier in price.tiers],
            )
            for price in plan.meters
        ],
        gst_rate=to_wire(plan.rate, 2),
        hsn_or_sac=plan.code,
        archived=plan.archived,
        created_at=clock.iso(plan.created_at),
    )


def _subscription_out(record: Record) -> SubscriptionOut:
    return SubscriptionOut(
        tenant_id=record["sk"],
        phases=[_phase_out(phase) for phase in read_phases(record)],
        invoiced_to=clock.month_text(record["to"]) if "to" in record else None,
        version=record["version"],
    )


def _phase_out(phase: Phase) -> PhaseOut:
    until = dashed_day(phase.until) if phase.until else None
    return PhaseOut(plan_id=phase.plan, first_day=dashed_day(phase.since), last_day=until)
