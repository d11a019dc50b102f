"""A coin program from what a request says of it, checked as a whole, and as answers show it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from .. import clock, errors
from ..api.models import minor_units
from ..coins.rule_wire import RuleIn, earning_rule_from, earning_rule_out
from ..identity.tenant import Tenant
from ..ledger.earning import EarningRule
from ..ledger.model import RATIO_UNIT, MessagePolicy, MirPolicy, Program
from ..money import INR_SCALE, to_wire
from .program import ProgramRecord
from .program_models import (
    CoinNames,
    ProgramExpiry,
    ProgramIn,
    ProgramMessages,
    ProgramMir,
    ProgramMirOut,
    ProgramOut,
    ProgramQuietHours,
)
from .tier_wire import tiers_from, tiers_out

_RATIO_SCALE = 2


def program_from(body: ProgramIn, tenant: Tenant, before: Program | None, id: str, now: int) -> Program:
    """The program as the request has it. Raises a 400 that names the field and what was expected."""
    if body.kind != "application" and body.currency != "INR":
        raise errors.invalid("currency", "must be INR, except in a program of kind application")
    if body.kind != "network" and body.mir is not None:
        raise errors.invalid("mir", "is only for programs of kind network")
    if body.kind == "application" and body.funding != "none":
        raise errors.invalid("funding", "must be none in a program of kind application")
    if body.kind == "application" and (body.rules or body.earn_percent is not None):
        raise errors.invalid("rules", "must be left out: the application says how many points it credits")
    if body.kind == "application" and body.tiers:
        raise errors.invalid("tiers", "must be left out: the application says how many points it credits")
    if body.kind == "application" and body.carry_remainders:
        raise errors.invalid("carry_remainders", "must be false: the application says how many points it credits")
    if body.kind == "application" and body.pending_days:
        raise errors.invalid("pending_days", "must be 0: the application says how many points it credits")
    starts = program_instant(body.starts_at, "starts_at")
    ends = program_instant(body.ends_at, "ends_at")
    if ends is not None and ends <= (starts or 0):
        raise errors.invalid("ends_at", "must be after starts_at")
    program = Program(
        id=id,
        owner=before.owner if before else tenant.id,
        name=body.name,
        kind=body.kind,
        time_zone=_zone(body.time_zone or tenant.time_zone),
        scale=body.decimals,
        coin_value=100 if body.coin_value is None else minor_units(body.coin_value, INR_SCALE, "coin_value"),
        expiry_months=_expiry_months(body.expiry),
        mir=_mir(body.mir, body.decimals) if body.kind == "network" else None,
        reversal=body.reversal_policy,
        funding=body.funding,
        singular=body.coin.singular,
        plural=body.coin.plural,
        currency=body.currency,
        created_at=before.created_at if before else now,
        status=body.status,
        starts_at=starts or 0,
        ends_at=ends,
        version=before.version + 1 if before else 1,
        campaigns=before.campaigns if before else (),
        messages=_messages(body.messages),
        carry_remainders=body.carry_remainders,
        pending_days=body.pending_days,
        tiers=tiers_from(body.tiers, body.decimals, before.tiers if before else None),
    )
    return _with_rules(program, body, before)


def _with_rules(program: Program, body: ProgramIn, before: Program | None) -> Program:
    from dataclasses import replace

    given = body.rules
    if body.earn_percent is not None:
        given = [RuleIn(type="percentage", percent=body.earn_percent)]
    there = {rule.id: rule for rule in before.rules} if before else {}
    rules: tuple[EarningRule, ...] = tuple(
        earning_rule_from(rule, index, program, there) for index, rule in enumerate(given)
    )
    if len({rule.id for rule in rules}) != len(rules):
        raise errors.invalid("rules", "must not repeat an id")
    return replace(program, rules=rules)


def program_wire(record: ProgramRecord) -> dict[str, Any]:
    """The content of a program as a request would say it, for a change of some of its fields."""
    out = program_out(record, record.program.created_at, "owner")
    fields = out.model_dump(include=set(ProgramIn.model_fields) - {"rules", "earn_percent"})
    fields["rules"] = [
        {name: value for name, value in rule.model_dump().items() if name != "version"} for rule in out.rules
    ]
    if record.program.status == "retired":
        del fields["status"]
    return fields


def program_out(record: ProgramRecord, now: int, role: Literal["owner", "member", "invited"]) -> ProgramOut:
    program, last = record.program, record.spendable_until()
    return ProgramOut(
        id=program.id,
        owner_id=program.owner,
        role=role,
        name=program.name,
        kind=program.kind,
        status=program.status,
        issuing=program.moves_coins(now) and not program.is_over(now),
        redeeming=program.moves_coins(now),
        description=record.description,
        coin=CoinNames(singular=program.singular, plural=program.plural),
        decimals=program.scale,
        coin_value=to_wire(program.coin_value, INR_SCALE),
        currency=program.currency,
        expiry=_expiry_out(program.expiry_months),
        mir=_mir_out(program),
        reversal_policy=program.reversal,
        funding=program.funding,
        time_zone=program.time_zone,
        rules=[earning_rule_out(rule, program) for rule in program.rules],
        terms_url=record.terms_url,
        starts_at=clock.iso(program.starts_at) if program.starts_at else None,
        ends_at=clock.iso_or_none(program.ends_at),
        messages=_messages_out(program.messages),
        tiers=tiers_out(program, record.tier_benefits),
        carry_remainders=program.carry_remainders,
        pending_days=program.pending_days,
        spendable_until=None if last is None else "never" if last == clock.NO_EXPIRY else clock.month_text(last),
        version=program.version,
        created_at=clock.iso(program.created_at),
        updated_at=clock.iso(record.updated_at),
    )


def _expiry_months(given: ProgramExpiry | None) -> int | None:
    if given is None:
        return 12
    return {"never": None, "month_end": 0, "months": given.months}[given.type]


def _expiry_out(months: int | None) -> ProgramExpiry:
    if months is None:
        return ProgramExpiry(type="never")
    return ProgramExpiry(type="months", months=months) if months else ProgramExpiry(type="month_end")


def _mir(given: ProgramMir | None, scale: int) -> MirPolicy:
    if given is None:
        return MirPolicy()

    def ratio(value: Decimal, field: str) -> int:
        hundredths = minor_units(value, _RATIO_SCALE, field)
        if hundredths > 1000 * RATIO_UNIT:
            raise errors.invalid(field, "must be 1000 or less")
        return hundredths

    return MirPolicy(
        ratio=ratio(given.ratio, "mir.ratio"),
        new_ratio=ratio(given.new_merchant_ratio, "mir.new_merchant_ratio"),
        new_days=given.new_merchant_days,
        floor=0 if given.floor is None else minor_units(given.floor, scale, "mir.floor"),
    )


def _mir_out(program: Program) -> ProgramMirOut | None:
    mir = program.mir
    if mir is None:
        return None
    return ProgramMirOut(
        ratio=to_wire(mir.ratio, _RATIO_SCALE),
        new_merchant_ratio=to_wire(mir.new_ratio, _RATIO_SCALE),
        new_merchant_days=mir.new_days,
        floor=to_wire(mir.floor, program.scale) if mir.floor else None,
    )


def _messages(given: ProgramMessages) -> MessagePolicy:
    quiet = given.quiet_hours
    begin, end = (clock.minute_of_day(quiet.begin), clock.minute_of_day(quiet.end)) if quiet else (0, 0)
    if quiet and begin == end:
        raise errors.invalid("messages.quiet_hours.end", "must differ from begin")
    return MessagePolicy(given.receipts, given.expiry_reminders, begin, end)


def _messages_out(policy: MessagePolicy) -> ProgramMessages:
    quiet = None
    if policy.quiet_from != policy.quiet_until:
        quiet = ProgramQuietHours(begin=clock.time_text(policy.quiet_from), end=clock.time_text(policy.quiet_until))
    return ProgramMessages(receipts=policy.receipts, expiry_reminders=policy.expiry_reminders, quiet_hours=quiet)


def program_instant(given: str | None, field: str) -> int | None:
    """An instant of a request. Raises a 400 that names the field."""
    if given is None:
        return None
    try:
        at = clock.parse_iso(given)
    except (ValueError, OverflowError) as error:
        raise errors.invalid(field, "must be an ISO 8601 time such as 2027-01-01T00:00:00+05:30") from error
    if not clock.parse_iso("2000-01-01") <= at < clock.parse_iso("3000-01-01"):
        raise errors.invalid(field, "must be in the years 2000 to 2999")
    return at


def _zone(name: str) -> str:
    if not clock.is_zone(name):
        raise errors.invalid("time_zone", "must be an IANA time zone such as Asia/Kolkata")
    return name
