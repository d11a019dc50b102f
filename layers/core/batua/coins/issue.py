"""Issuing coins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.request import Request
from ..api.styles import Reply
from ..customers.model import Customer, customer_put
from ..identity.credentials import Claims
from ..ledger.campaigns import SaleLine
from ..ledger.decisions import customer_coins
from ..ledger.errors import PostingRefused, PreconditionFailed
from ..ledger.lots import PendingCoins
from ..ledger.model import AppliedGrant, CoinDecision, Program, Refusal, Wallet
from ..ledger.posting.request import PostingRequest, PostingState, on_first_entry
from ..ledger.records.customer_coins import Entry
from ..money import INR_SCALE
from ..store import keys
from ..store.keys import Mode
from ..store.writes import Put
from . import counter
from .counter import CustomerLookup
from .models import (
    AppliedCampaign,
    AppliedRule,
    AppliedTier,
    CalculateIssue,
    IssueCalculation,
    IssueCoins,
    IssueResult,
    SaleItem,
)

ISSUE_ERRORS = (
    errors.CUSTOMER_NOT_FOUND,
    errors.NO_RULE_MATCHES,
    errors.DAILY_CAP_REACHED,
    errors.WALLET_NOT_ACTIVE,
    errors.BALANCE_LIMIT_EXCEEDED,
    errors.INSUFFICIENT_FLOAT,
    errors.PROGRAM_NOT_STARTED,
    errors.PROGRAM_PAUSED,
    errors.PROGRAM_ENDED,
)
REFERRED_ISSUE_ERRORS = (
    *ISSUE_ERRORS,
    errors.REFERRAL_NOT_OFFERED,
    errors.REFERRAL_CODE_NOT_FOUND,
    errors.REFERRAL_NOT_NEW,
    errors.REFERRAL_NAMED,
)


def issue_coins(call: Call[IssueCoins]) -> Reply:
    """Gives coins to a customer; a phone number that is new here becomes a customer in the same transaction."""
    subject: CustomerLookup = call.lookup
    program, merchant = counter.program_of(call.caller), counter.merchant_of(call.caller)
    wallet = counter.wallet_or_new(call, subject)
    coins, bill = counter.coins_minor(call.input.coins, program), counter.bill_minor(call.input.bill_amount)
    lines = sale_lines(call.input.items, bill)
    items = [[line.amount, line.sku, line.category, line.brand] for line in lines] or None
    code, note = subject.referral.sk if subject.referral else None, call.input.note
    content = {"wallet": wallet.id, "coins": coins, "bill": bill, "note": note, "items": items, "referral_code": code}
    order = counter.coin_request(call, "issue", content, note)
    referral = _referral(call, subject, wallet.customer, order) if subject.referral else None
    service = counter.posting_service(call)
    newcomer: list[Put] = []
    if subject.phone and subject.customer:
        customer = Customer(subject.customer, call.now, phone=subject.phone)
        newcomer.append(customer_put(subject.scope, customer, by=call.caller.tenant.id))
    first_writes = on_first_entry(*newcomer)
    service.extra_writes = lambda posting: [*first_writes(posting), *([referral] if referral else [])]

    def decision(state: PostingState) -> CoinDecision:
        if referral and state.wallet.seq:
            return Refusal(errors.REFERRAL_NOT_NEW.code, {})
        return customer_coins.decide_issue(
            state.wallet,
            program,
            merchant,
            state.now,
            coins=coins,
            bill=bill,
            shard=state.shard,
            campaigns=program.campaigns,
            exhausted=state.exhausted,
            lines=lines,
        )

    try:
        posted = service.post(order, PostingState(wallet, call.now), decision)
    except PostingRefused as refusal:
        raise counter.coin_problem(refusal, program) from None
    except PreconditionFailed:
        raise errors.REFERRAL_NAMED() from None
    data = issue_result(posted.entry, program, call.caller.mode)
    return Reply(data, "Coins issued", headers=counter.replay_headers(posted.replayed))


def prefetch_issue(claims: Claims, body: IssueCoins, request: Request) -> CustomerLookup:
    """The customer of an issue; with a referral code, whose code it is."""
    lookup = counter.prefetch_customer(claims, body, request)
    if body.referral_code is None:
        return lookup
    from ..customers.referrals import read_code
    from ..store.referral_keys import referral_code_key

    return replace(lookup, referral=referral_code_key(lookup.scope, lookup.program, read_code(body.referral_code)))


def _referral(call: Call[IssueCoins], subject: CustomerLookup, customer: str, order: PostingRequest) -> Put | None:
    """The record of a new customer's referral; None where the key was answered before, whatever stands in the way of
    naming the code now, such as a campaign that has ended since. Raises what does, of any other issue."""
    from ..customers.referrals import new_referral, referral_put

    assert subject.referral
    program, found = counter.program_of(call.caller), call.loaded[subject.referral]
    scope = keys.Scope.of(subject.scope)
    try:
        return referral_put(new_referral(scope, program, customer, found, call.now, call.caller.id))
    except errors.Problem:
        if call.store.read([order.entry_key])[order.entry_key] is None:
            raise
        return None  # the key has its answer


def calculate_issue(call: Call[CalculateIssue]) -> IssueCalculation:
    """The decision that `issue` would take now; nothing is written."""
    program, merchant = counter.program_of(call.caller), counter.merchant_of(call.caller)
    wallet = counter.wallet_or_new(call, call.lookup)
    bill = counter.bill_minor(call.input.bill_amount)
    coins = counter.coins_minor(call.input.coins, program)
    lines = sale_lines(call.input.items, bill)
    decision = customer_coins.decide_issue(
        wallet, program, merchant, call.now, coins=coins, bill=bill, campaigns=program.campaigns, lines=lines
    )
    if isinstance(decision, Refusal):
        raise counter.refusal_problem(decision, program)
    amount = partial(counter.coins_wire, program=program)
    return IssueCalculation(
        coins=amount(decision.amount),
        referral_coins=_referral_coins(program, wallet, call.now),
        previous_balance=amount(decision.after.balance - decision.amount),
        balance=amount(decision.after.balance),
        bill_amount=counter.rupees_wire(bill),
        rule=_applied_rule(decision.rule),
        campaign=_campaign(decision.campaign, program),
        tier=_applied_tier(decision.tier, program),
        remainder=counter.remainder_wire(decision.after.carried if program.carry_remainders else None, program),
        available_at=_available_at(decision.pending, program),
        expires_at=_expires_at(decision.lots, program),
        mode=call.caller.mode,
    )


def sale_lines(items: Sequence[SaleItem] | None, bill: int | None) -> tuple[SaleLine, ...]:
    """The items of a bill as campaigns look at them. Raises a 400 where they come to more than the bill."""
    lines = tuple(
        SaleLine(
            minor_units(item.amount, INR_SCALE, f"items.{index}.amount"),
            *((name or "").casefold() for name in (item.sku, item.category, item.brand)),
        )
        for index, item in enumerate(items or ())
    )
    if lines and sum(line.amount for line in lines) > (bill or 0):
        raise errors.invalid("items", "must not add up to more than bill_amount")
    return lines


def _referral_coins(program: Program, wallet: Wallet, now: int) -> Any:
    if wallet.seq or not any(one.kind == "referral" for one in program.campaigns):
        return None
    from ..customers.referrals import referral_campaign

    campaign = referral_campaign(program, now)
    return counter.coins_wire(campaign.coins, program) if campaign else None


def issue_result(entry: Entry, program: Program, mode: Mode) -> IssueResult:
    """The answer, from the entry alone: so a replay says what was said first."""
    amount = partial(counter.coins_wire, program=program)
    return IssueResult(
        transaction_id=entry.id,
        customer_id=entry.customer,
        wallet_id=entry.wallet,
        coins_issued=amount(entry.amount),
        previous_balance=amount(entry.after - entry.amount),
        balance=amount(entry.after),
        bill_amount=counter.rupees_wire(entry.bill),
        rule=_applied_rule(entry.rule),
        campaign=_campaign(entry.campaign, program),
        tier=_applied_tier(entry.tier, program),
        remainder=counter.remainder_wire(entry.remainder, program),
        available_at=_available_at(entry.pending, program),
        expires_at=_expires_at(entry.lots, program),
        reference=entry.reference,
        note=entry.note,
        mode=mode,
        created_at=entry.created_at,
        occurred_at=clock.iso(entry.occurred_at) if entry.occurred_at is not None else None,
    )


def _applied_rule(applied: tuple[str, int, str] | None) -> AppliedRule | None:
    return AppliedRule(id=applied[0], version=applied[1], how=applied[2]) if applied else None


def _campaign(applied: AppliedGrant | None, program: Program) -> AppliedCampaign | None:
    if applied is None:
        return None
    coins = counter.coins_wire(applied.coins, program)
    return AppliedCampaign(id=applied.id, version=applied.version, coins=coins, how=applied.how)


def _applied_tier(applied: AppliedGrant | None, program: Program) -> AppliedTier | None:
    if applied is None:
        return None
    coins = counter.coins_wire(applied.coins, program)
    return AppliedTier(id=applied.id, version=applied.version, coins=coins, how=applied.how)


def _available_at(pending: PendingCoins, program: Program) -> str | None:
    return counter.available_at(next(iter(pending)).day, program) if pending else None


def _expires_at(lots: Mapping[int, int], program: Program) -> str | None:
    """An issue gives one lot."""
    return counter.expires_at(next(iter(lots)), program) if lots else None
