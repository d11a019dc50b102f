"""Redeeming coins."""

from __future__ import annotations

from functools import partial

from .. import clock, errors
from ..api.endpoint import Call
from ..api.styles import Reply
from ..ledger.decisions import allowance, customer_coins
from ..ledger.errors import PostingRefused
from ..ledger.model import RATIO_UNIT, CoinDecision, Program, Refusal
from ..ledger.posting.request import PostingState
from ..ledger.posting.shards import MonthLocation, load_shards
from ..ledger.records.customer_coins import Entry
from ..money import to_wire
from ..store import keys
from ..store.keys import Mode
from . import counter
from .models import CalculateRedeem, MirTerms, RedeemCoins, RedemptionCalculation, RedemptionResult

REDEEM_ERRORS = (
    errors.CUSTOMER_NOT_FOUND,
    errors.INSUFFICIENT_BALANCE,
    errors.MIR_LIMIT_REACHED,
    errors.COINS_EXCEED_BILL,
    errors.WALLET_NOT_ACTIVE,
    errors.PROGRAM_NOT_STARTED,
    errors.PROGRAM_PAUSED,
)


def redeem_coins(call: Call[RedeemCoins]) -> Reply:
    """Takes coins off a customer's balance, those that expire first."""
    program, merchant = counter.program_of(call.caller), counter.merchant_of(call.caller)
    wallet = counter.existing_wallet(call, call.lookup)
    coins = counter.coins_minor(call.input.coins, program) or 0
    bill = counter.bill_minor(call.input.bill_amount)

    def decision(state: PostingState) -> CoinDecision:
        return customer_coins.decide_redemption(
            state.wallet,
            program,
            merchant,
            state.now,
            coins=coins,
            bill=bill,
            shard=state.shard,
            shards=state.shards,
        )

    order = counter.coin_request(call, "redeem", {"wallet": wallet.id, "coins": coins, "bill": bill})
    try:
        posted = counter.posting_service(call).post(order, PostingState(wallet, call.now), decision)
    except PostingRefused as refusal:
        raise counter.coin_problem(refusal, program) from None
    data = redemption_result(posted.entry, program, call.caller.mode, merchant.joined_at)
    return Reply(data, "Coins redeemed", headers=counter.replay_headers(posted.replayed))


def calculate_redemption(call: Call[CalculateRedeem]) -> RedemptionCalculation:
    """The decision that `redeem` would take now, the merchant's ceiling included; nothing is written."""
    caller, program = call.caller, counter.program_of(call.caller)
    merchant, wallet = counter.merchant_of(caller), counter.existing_wallet(call, call.lookup)
    coins = counter.coins_minor(call.input.coins, program) or 0
    bill = counter.bill_minor(call.input.bill_amount)
    month = customer_coins.wallet_as_of(wallet, program, call.now).month
    shards = load_shards(call.store, MonthLocation.of(keys.month_key(caller.scope, caller.tenant.id, 0, month)))
    decision = customer_coins.decide_redemption(
        wallet, program, merchant, call.now, coins=coins, bill=bill, shards=shards
    )
    if isinstance(decision, Refusal):
        raise counter.refusal_problem(decision, program)
    amount = partial(counter.coins_wire, program=program)
    value = program.value_of(coins)
    return RedemptionCalculation(
        coins=amount(coins),
        value=to_wire(value, 2),
        previous_balance=amount(decision.after.balance + coins),
        balance=amount(decision.after.balance),
        payable=counter.rupees_wire(None if bill is None else bill - value),
        lots=counter.lot_coins(decision.spent, program),
        mir=mir_terms(program, merchant.joined_at, decision.at),
        mode=caller.mode,
    )


def redemption_result(entry: Entry, program: Program, mode: Mode, joined_at: int) -> RedemptionResult:
    """The answer, from the entry: so a replay says what was said first."""
    amount = partial(counter.coins_wire, program=program)
    value = program.value_of(entry.amount)
    return RedemptionResult(
        transaction_id=entry.id,
        customer_id=entry.customer,
        wallet_id=entry.wallet,
        coins_redeemed=amount(entry.amount),
        value=to_wire(value, 2),
        previous_balance=amount(entry.after + entry.amount),
        balance=amount(entry.after),
        bill_amount=counter.rupees_wire(entry.bill),
        payable=counter.rupees_wire(None if entry.bill is None else entry.bill - value),
        lots=counter.lot_coins(entry.spent, program),
        mir=mir_terms(program, joined_at, entry.at),
        reference=entry.reference,
        mode=mode,
        created_at=entry.created_at,
    )


def mir_terms(program: Program, joined_at: int, at: int) -> MirTerms | None:
    """The ceiling in force at an instant; None where the program has none."""
    if program.mir is None:
        return None
    month = clock.local_month(at, program.time_zone)
    return MirTerms(
        month=clock.month_text(month),
        ratio=to_wire(allowance.ratio_for(program.mir, joined_at, at) * 100 // RATIO_UNIT, 2),
        new_merchant=allowance.is_new(program.mir, joined_at, at),
    )
