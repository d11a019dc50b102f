"""What a customer can spend in the marketplace now, and the merchant's room that bounds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import clock
from ..api.endpoint import Call
from ..coins import counter
from ..coins.models import CustomerReference
from ..errors import Problem
from ..ledger.decisions import allowance
from ..ledger.decisions.coin_posting import wallet_as_of
from ..ledger.model import Program, Refusal
from ..ledger.queries import coin_entries
from ..money import INR_SCALE, to_wire
from .models import MarketplaceBalance


@dataclass(frozen=True, slots=True)
class RedemptionRoom:
    """The merchant's month under the issuance ratio, in minor units."""

    issued: int
    redeemed: int
    ceiling: int

    @property
    def left(self) -> int:
        return max(0, self.ceiling - self.redeemed)


def redemption_room(call: Call[Any]) -> RedemptionRoom | None:
    """What the merchant may still redeem this month; None without a ceiling.

    Read before anything is held, because a vendor's card can't be taken back. The capture is decided by the ledger's
    own rule: where others were quicker, it waits for room, and the card is not shown before.
    """
    caller, program = call.caller, counter.program_of(call.caller)
    policy = None if program.kind == "application" else program.ceiling_policy(call.now)
    if policy is None:
        return None
    month = clock.local_month(call.now, program.time_zone)
    (totals,) = coin_entries.month_totals(call.store, caller.scope, caller.tenant.id, [month], caller.tenant.shards)
    new = allowance.is_new(policy, caller.tenant.program_since, call.now)
    return RedemptionRoom(totals.issued, totals.redeemed, allowance.ceiling_of(policy, totals.issued, new=new))


def room_problem(room: RedemptionRoom, program: Program) -> Problem:
    figures = {"issued": room.issued, "redeemed": room.redeemed, "ceiling": room.ceiling, "left": room.left}
    return counter.refusal_problem(Refusal("mir_limit_reached", figures), program)


def read_marketplace_balance(call: Call[CustomerReference]) -> MarketplaceBalance:
    """The customer's coins, and how many of them a checkout can spend."""
    program = counter.program_of(call.caller)
    wallet = counter.existing_wallet(call, call.lookup)
    available = max(0, wallet_as_of(wallet, program, call.now).available)
    can_spend = wallet.status == "active" and program.moves_coins(call.now)
    room = redemption_room(call)
    spendable = available if room is None else min(available, room.left)
    spendable = spendable if can_spend else 0
    return MarketplaceBalance(
        customer_id=wallet.customer,
        wallet_id=wallet.id,
        available=to_wire(available, program.scale),
        held=to_wire(wallet.held, program.scale),
        spendable=to_wire(spendable, program.scale),
        worth=to_wire(program.value_of(spendable), INR_SCALE),
        can_spend=can_spend,
    )
