"""A customer's referral code, its referrals, and entering another customer's code."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import Field

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import Instant, Model, Number
from ..api.styles import Reply
from ..coins import counter
from ..customers.model import customer_wallet_id
from ..customers.referrals import (
    Referral,
    may_still_name,
    new_referral,
    read_code,
    read_referral,
    referral_campaign,
    referral_code,
    referral_put,
)
from ..ledger.model import Program, Wallet
from ..ledger.records.customer_coins import read_wallet
from ..store import keys, referral_keys
from ..store.store import Cancelled, ConditionFailed
from ..store.writes import ABSENT, Put

_SHOWN: Final = 50

NAME_REFERRER_ERRORS: Final = (
    errors.REFERRAL_NOT_OFFERED,
    errors.REFERRAL_CODE_NOT_FOUND,
    errors.REFERRAL_NOT_NEW,
    errors.REFERRAL_NAMED,
)


class ReferralOffer(Model):
    """The campaign in force."""

    referrer_coins: Number = Field(description="For the customer whose code is named.", examples=[100])
    friend_coins: Number = Field(description="For the new customer who names it.", examples=[50])
    minimum_bill: Number | None = Field(description="INR, of the new customer's first bill.", examples=[500])
    wait_days: int = Field(description="How many days the first bill has to stand.", examples=[7])
    per_referrer: int | None = Field(description="New customers that count for one customer in a year.", examples=[20])
    ends_at: Instant


class ReferredFriend(Model):
    """A referral by the customer's code, without the name of the new customer."""

    named_at: Instant
    status: Literal["waiting", "rewarded", "not_rewarded"]
    coins: Number = Field(description="What the customer has got for it.", examples=[100])
    reason: str | None = Field(
        description="Why nothing was given: `no_bill`, `not_new`, `same_customer`, `limit_reached`, `budget_spent`, or "
        "the code of what stood in the way.",
        examples=["limit_reached"],
    )


class MyReferral(Model):
    offer: ReferralOffer | None = Field(description="Null while no referral campaign is running.")
    code: str | None = Field(
        description="For friends to name with their first bill. Null without an offer, and before the customer's own "
        "first bill.",
        examples=["K7MX2Q4B"],
    )
    may_name: bool = Field(description="Whether the customer is new and can enter a referral code.")
    named: ReferredFriend | None = Field(description="The outcome of the code that the customer entered.")
    friends: list[ReferredFriend] = Field(description="The newest first, 50 at most.")


class NameMyReferrer(Model):
    referral_code: str = Field(min_length=8, max_length=16, examples=["K7MX 2Q4B"])


def read_my_referral(call: Call[None]) -> MyReferral:
    """The code is created at its first request."""
    caller, program = call.caller, counter.program_of(call.caller)
    scope, campaign = caller.scope, referral_campaign(program, call.now)
    own = referral_keys.referral_key(scope, program.id, caller.id)
    place = keys.wallet_key(scope, customer_wallet_id(scope, program.id, caller.id))
    found = call.store.read([own, place])
    record, stored = found[own], found[place]
    wallet = read_wallet(stored) if stored else None
    code = _own_code(call, program) if campaign and wallet and wallet.seq else None
    partition = referral_keys.referrer_partition(scope, program.id, caller.id)
    page = call.store.query("directory", partition, index="by_parent", descending=True, limit=_SHOWN)
    somebody = Wallet("", "", seq=1)
    return MyReferral(
        offer=ReferralOffer(
            referrer_coins=counter.coins_wire(campaign.referrer_coins, program),
            friend_coins=counter.coins_wire(campaign.coins, program),
            minimum_bill=counter.rupees_wire(campaign.minimum_bill or None),
            wait_days=campaign.wait_days,
            per_referrer=campaign.per_referrer,
            ends_at=clock.iso(campaign.ends_at),
        )
        if campaign
        else None,
        code=code,
        may_name=bool(campaign) and record is None and may_still_name(wallet, somebody, call.now),
        named=_referred_friend(read_referral(record), program, of_friend=True) if record else None,
        friends=[_referred_friend(read_referral(row), program) for row in page.items],
    )


def name_my_referrer(call: Call[NameMyReferrer]) -> Reply:
    """Once, before the first bill or in the days after it. Said again with the same code, it changes nothing."""
    caller, program = call.caller, counter.program_of(call.caller)
    scope, code = caller.scope, read_code(call.input.referral_code)
    code_key = referral_keys.referral_code_key(scope, program.id, code)
    own = referral_keys.referral_key(scope, program.id, caller.id)
    mine = keys.wallet_key(scope, customer_wallet_id(scope, program.id, caller.id))
    found = call.store.read([code_key, own, mine])
    if record := found[own]:
        return _named_before(read_referral(record), found[code_key], program)
    referral = new_referral(keys.Scope.of(scope), program, caller.id, found[code_key], call.now, caller.id)
    theirs = keys.wallet_key(scope, customer_wallet_id(scope, program.id, referral.referrer))
    other = call.store.read([theirs])[theirs]
    wallet, referrer = (read_wallet(each) if each else None for each in (found[mine], other))
    if not may_still_name(wallet, referrer, call.now):
        raise errors.REFERRAL_NOT_NEW()
    try:
        call.store.commit([referral_put(referral), call.act("referral code named", caller.id)], caller=call.request.id)
    except Cancelled:
        stored = call.store.read([own])[own]
        if stored is None:
            raise
        return _named_before(read_referral(stored), found[code_key], program)
    return Reply(_referred_friend(referral, program, of_friend=True), "Code named", status=201)


def _named_before(referral: Referral, owner_of_code: Any, program: Program) -> Reply:
    if owner_of_code is None:
        raise errors.REFERRAL_CODE_NOT_FOUND()
    if owner_of_code["cust"] != referral.referrer:
        raise errors.REFERRAL_NAMED()
    return Reply(_referred_friend(referral, program, of_friend=True), "Code named")


def _own_code(call: Call[Any], program: Program) -> str:
    caller = call.caller
    code = referral_code(caller.scope, program.owner, program.id, caller.id)
    place = referral_keys.referral_code_key(caller.scope, program.id, code)
    if call.store.read([place])[place] is None:
        try:
            call.store.write(Put(place, {"cust": caller.id, "at": call.now}, when=ABSENT))
        except ConditionFailed:
            return code  # another request was quicker
    return code


def _referred_friend(referral: Referral, program: Program, *, of_friend: bool = False) -> ReferredFriend:
    outcome = referral.friend_outcome if of_friend else referral.referrer_outcome
    coins = referral.friend_coins if of_friend else referral.referrer_coins
    given, status = outcome == "given", "waiting"
    if not referral.is_open or given:
        status = "rewarded" if given else "not_rewarded"
    return ReferredFriend(
        named_at=clock.iso(referral.named_at),
        status=status,
        coins=counter.coins_wire(coins if given else 0, program),
        reason=None if given else referral.why or outcome,
    )
