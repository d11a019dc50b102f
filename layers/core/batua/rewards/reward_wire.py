"""A reward from what a request says of it, and as answers show it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.models import minor_units, parse_instant
from ..identity import sealing
from ..ledger.model import Program
from ..money import INR_SCALE, to_wire
from .reward import (
    CodeSource,
    CustomerLimits,
    Reward,
    RewardCodes,
    RewardDelivery,
    RewardType,
    RewardWindow,
)
from .reward_models import RewardBenefit, RewardBenefitOut, RewardCodeIn, RewardCodeOut, RewardIn, RewardLimitsOut
from .reward_models import RewardOut as RewardOut

_NEEDED: dict[RewardType, str] = {"percentage_off": "percent", "amount_off": "amount", "free_product": "product"}
"""Type of a reward -> the field of its benefit that it cannot do without."""

_PAISE = ("maximum", "amount")


def reward_from(body: RewardIn, call: Call[Any], program: Program, before: Reward | None, id: str) -> Reward:
    """The reward as the request has it, checked as a whole. Raises a 400 that names the field."""
    tenant = call.caller.tenant.id
    codes = _codes(body, before, tenant, id)
    stock_epoch = before.stock_epoch if before else 1
    if before and (body.stock is None) != (before.stock is None):
        stock_epoch += 1
    delivery: RewardDelivery = body.delivery or (before.delivery if before else _usual_delivery(body, codes.source))
    if delivery == "instant" and body.type == "physical":
        raise errors.invalid("delivery", "must be manual for a physical reward, which is shipped after redemption")
    if body.stock is not None and codes.source == "pool":
        raise errors.invalid("stock", "must be left out for a reward with a pool: its stock is the number of codes")
    if body.codes and codes.source != "pool":
        raise errors.invalid("codes", "can only be given with code.source pool")
    limits = body.limits
    return Reward(
        id=id,
        tenant=tenant,
        program=program.id,
        type=body.type,
        title=body.title,
        points=minor_units(body.points, program.scale, "points"),
        status=body.status,
        version=before.version + 1 if before else 1,
        created_at=before.created_at if before else call.now,
        updated_at=call.now,
        updated_by=call.caller.id,
        description=body.description,
        terms=body.terms,
        images=tuple(body.images),
        categories=tuple(dict.fromkeys(body.categories)),
        featured=body.featured,
        worth=None if body.worth is None else minor_units(body.worth, INR_SCALE, "worth"),
        benefit=_benefit(body, call, program),
        visible=_window(body.visible_from, body.visible_until, "visible"),
        active=_window(body.active_from, body.active_until, "active"),
        stock=body.stock,
        stock_epoch=stock_epoch,
        limits=CustomerLimits(limits.ever, limits.month, limits.day) if limits else CustomerLimits(),
        merchants=_merchants(body, program, tenant),
        minimum_tier=_tier_of(body, program),
        tags=tuple(dict.fromkeys(body.customer_tags or ())),
        approval=body.approval_required,
        delivery=delivery,
        codes=codes,
        deadline_days=body.fulfil_within_days,
        made_from=before.made_from if before else b"",
    )


def _usual_delivery(body: RewardIn, source: CodeSource) -> RewardDelivery:
    at_once = body.type == "wallet_credit" or (source != "none" and body.type != "physical")
    return "instant" if at_once else "manual"


def _codes(body: RewardIn, before: Reward | None, tenant: str, id: str) -> RewardCodes:
    given = body.code or RewardCodeIn(source="none")
    if before and given.source != before.codes.source and "pool" in (given.source, before.codes.source):
        raise errors.invalid("code.source", "cannot change to or from pool; create a new reward")
    sealed = None
    if given.source == "static":
        sealed = before.codes.sealed if before else None
        if given.value is not None:
            sealed = sealing.seal_tenant_secret(tenant, id, given.value)
        if sealed is None:
            raise errors.invalid("code.value", "is required for the source static")
    elif given.value is not None:
        raise errors.invalid("code.value", "is only for the source static")
    return RewardCodes(given.source, given.valid_days, given.prefix, given.length, given.low_at, sealed)


def _benefit(body: RewardIn, call: Call[Any], program: Program) -> dict[str, Any]:
    given = body.benefit or RewardBenefit()
    needed = _NEEDED.get(body.type)
    if needed and getattr(given, needed) is None:
        raise errors.invalid(f"benefit.{needed}", f"is required for a reward of type {body.type}")
    made: dict[str, Any] = {
        name: minor_units(value, INR_SCALE, f"benefit.{name}")
        for name in _PAISE
        if (value := getattr(given, name)) is not None
    }
    if given.percent is not None:
        made["percent"] = minor_units(given.percent, 2, "benefit.percent")
    made.update({name: value for name in ("product", "provider") if (value := getattr(given, name)) is not None})
    if body.type == "wallet_credit":
        from .wallet_credit import credit_benefit  # few rewards are one

        return {**made, **credit_benefit(body, call, program)}
    for name in ("wallet_type", "credit"):
        if getattr(given, name) is not None:
            raise errors.invalid(f"benefit.{name}", "is only for rewards of type wallet_credit")
    return made


def _window(since: str | None, until: str | None, name: str) -> RewardWindow:
    window = RewardWindow(parse_instant(since, f"{name}_from"), parse_instant(until, f"{name}_until"))
    if window.since is not None and window.until is not None and window.until <= window.since:
        raise errors.invalid(f"{name}_until", f"must be after {name}_from")
    return window


def _merchants(body: RewardIn, program: Program, tenant: str) -> tuple[str, ...]:
    if body.merchants and tenant != program.owner:
        raise errors.invalid("merchants", "is only for rewards of a network; yours are redeemed at your own counter")
    for number, merchant in enumerate(body.merchants):
        if not ids.is_id(merchant, "ten"):
            raise errors.invalid(f"merchants.{number}", "must be a tenant's id, `ten_…`")
    return tuple(dict.fromkeys(body.merchants))


def _tier_of(body: RewardIn, program: Program) -> str | None:
    known = [tier.id for tier in program.tiers.tiers] if program.tiers else []
    if body.minimum_tier is not None and body.minimum_tier not in known:
        raise errors.invalid("minimum_tier", "must be the id of one of the program's tiers")
    return body.minimum_tier


def reward_out(reward: Reward, left: int | None, program: Program, now: int) -> RewardOut:
    codes, limits = reward.codes, reward.limits
    return RewardOut(
        id=reward.id,
        tenant_id=reward.tenant,
        program_id=reward.program,
        type=reward.type,
        title=reward.title,
        description=reward.description,
        terms=reward.terms,
        images=list(reward.images),
        categories=list(reward.categories),
        featured=reward.featured,
        points=to_wire(reward.points, program.scale),
        worth=None if reward.worth is None else to_wire(reward.worth, INR_SCALE),
        benefit=RewardBenefitOut(**_benefit_wire(reward.benefit)),
        status=reward.status,
        redeemable=reward.status == "active" and reward.active.contains(now) and left != 0,
        visible_from=clock.iso_or_none(reward.visible.since),
        visible_until=clock.iso_or_none(reward.visible.until),
        active_from=clock.iso_or_none(reward.active.since),
        active_until=clock.iso_or_none(reward.active.until),
        stock=reward.stock,
        left=left,
        limits=RewardLimitsOut(ever=limits.ever, month=limits.month, day=limits.day),
        merchants=list(reward.merchants),
        minimum_tier=reward.minimum_tier,
        customer_tags=list(reward.tags),
        approval_required=reward.approval,
        delivery=reward.delivery,
        code=RewardCodeOut(
            source=codes.source,
            prefix=codes.prefix,
            length=codes.length,
            valid_days=codes.valid_days,
            low_at=codes.low_at,
        ),
        fulfil_within_days=reward.deadline_days,
        version=reward.version,
        created_at=clock.iso(reward.created_at),
        updated_at=clock.iso(reward.updated_at),
    )


def reward_wire(reward: Reward, program: Program) -> dict[str, Any]:
    """A reward in the words of a request: what a partial change starts from. Its static code stays behind."""
    shown = reward_out(reward, None, program, reward.updated_at).model_dump()
    benefit = {name: value for name, value in shown["benefit"].items() if value is not None}
    whole = {name: shown[name] for name in RewardIn.model_fields if name in shown}
    return {**whole, "benefit": benefit or None, "codes": None}


def _benefit_wire(benefit: Mapping[str, Any]) -> dict[str, int | Decimal | str | None]:
    percent = benefit.get("percent")
    return {
        "percent": None if percent is None else to_wire(percent, 2),
        **{name: None if (paise := benefit.get(name)) is None else to_wire(paise, INR_SCALE) for name in _PAISE},
        "product": benefit.get("product"),
        "provider": benefit.get("provider"),
        "wallet_type": benefit.get("wallet_type"),
        "wallet_name": benefit.get("wallet_name"),
        "credit": None if (credit := benefit.get("credit")) is None else to_wire(credit, benefit["decimals"]),
    }
