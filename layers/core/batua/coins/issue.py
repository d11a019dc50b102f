"""Issuing coins."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from .. import clock, errors
from ..api.endpoint import Call
from ..api.styles import Reply
from ..customers.model import Customer, customer_put
from ..ledger.decisions import customer_coins
from ..ledger.errors import PostingRefused
from ..ledger.lots import PendingCoins
from ..ledger.model import AppliedGrant, CoinDecision, Program, Refusal
from ..ledger.posting.request import PostingState, on_first_entry
from ..ledger.records.customer_coins import Entry
from ..store.keys import Mode
from . import counter
from .counter import CustomerLookup
from .models import AppliedCampaign, AppliedRule, AppliedTier, CalculateIssue, IssueCalculation, IssueCoins, IssueResult

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


def issue_coins(call: Call[IssueCoins]) -> Reply:
    """Gives coins to a customer; a phone number that is new here becomes a customer in the same transaction."""
    subject: CustomerLookup = call.lookup
    program, merchant = counter.program_of(call.caller), counter.merchant_of(call.caller)
    wallet = counter.wallet_or_new(call, subject)
    coins, bill = counter.coins_minor(call.input.coins, program), counter.bill_minor(call.input.bill_amount)
    service = counter.posting_service(call)
    if subject.phone and subject.customer:
        newcomer = Customer(subject.customer, call.now, phone=subject.phone)
        service.extra_writes = on_first_entry(customer_put(subject.scope, newcomer, by=call.caller.tenant.id))

    def decision(state: PostingState) -> CoinDecision:
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
        )

    note = call.input.note
    order = counter.coin_request(call, "issue", {"wallet": wallet.id, "coins": coins, "bill": bill, "note": note}, note)
    try:
        posted = service.post(order, PostingState(wallet, call.now), decision)
    except PostingRefused as refusal:
        raise counter.coin_problem(refusal, program) from None
    data = issue_result(posted.entry, program, call.caller.mode)
    return Reply(data, "Coins issued", headers=counter.replay_headers(posted.replayed))


def calculate_issue(call: Call[CalculateIssue]) -> IssueCalculation:
    """The decision that `issue` would take now; nothing is written."""
    program, merchant = counter.program_of(call.caller), counter.merchant_of(call.caller)
    wallet = counter.wallet_or_new(call, call.lookup)
    bill = counter.bill_minor(call.input.bill_amount)
    coins = counter.coins_minor(call.input.coins, program)
    decision = customer_coins.decide_issue(
        wallet, program, merchant, call.now, coins=coins, bill=bill, campaigns=program.campaigns
    )
    if isinstance(decision, Refusal):
        raise counter.refusal_problem(decision, program)
    amount = partial(counter.coins_wire, program=program)
    return IssueCalculation(
        coins=amount(decision.amount),
        previous_balance=amount(decision.after.balance - decision.amount),
        balance=amount(decision.after.balance),
        bill_amount=counter.rupees_wire(bill),
        rule=_rule(decision.rule),
        campaign=_campaign(decision.campaign, program),
        tier=_tier(decision.tier, program),
        remainder=counter.remainder_wire(decision.after.carried if program.carry_remainders else None, program),
        available_at=_available_at(decision.pending, program),
        expires_at=_expires_at(decision.lots, program),
        mode=call.caller.mode,
    )


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
        rule=_rule(entry.rule),
        campaign=_campaign(entry.campaign, program),
        tier=_tier(entry.tier, program),
        remainder=counter.remainder_wire(entry.remainder, program),
        available_at=_available_at(entry.pending, program),
        expires_at=_expires_at(entry.lots, program),
        reference=entry.reference,
        note=entry.note,
        mode=mode,
        created_at=entry.created_at,
        occurred_at=clock.iso(entry.occurred_at) if entry.occurred_at is not None else None,
    )


def _rule(applied: tuple[str, int, str] | None) -> AppliedRule | None:
    return AppliedRule(id=applied[0], version=applied[1], how=applied[2]) if applied else None


def _campaign(applied: AppliedGrant | None, program: Program) -> AppliedCampaign | None:
    if applied is None:
        return None
    coins = counter.coins_wire(applied.coins, program)
    return AppliedCampaign(id=applied.id, version=applied.version, coins=coins, how=applied.how)


def _tier(applied: AppliedGrant | None, program: Program) -> AppliedTier | None:
    if applied is None:
        return None
    coins = counter.coins_wire(applied.coins, program)
    return AppliedTier(id=applied.id, version=applied.version, coins=coins, how=applied.how)


def _available_at(pending: PendingCoins, program: Program) -> str | None:
    return counter.available_at(next(iter(pending)).day, program) if pending else None


def _expires_at(lots: Mapping[int, int], program: Program) -> str | None:
    """An issue gives one lot."""
    return counter.expires_at(next(iter(lots)), program) if lots else None
