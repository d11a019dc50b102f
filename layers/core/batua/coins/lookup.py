"""Who a customer is, for the counter: wallet, last visit, and the rewards they can have."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pydantic import Field

from .. import clock, errors
from ..api.endpoint import Call
from ..api.models import Instant, Model, Number
from ..customers import model as customers
from ..ledger.decisions import customer_coins
from ..ledger.model import Wallet
from . import counter
from .counter import ProfileLookup
from .models import CustomerReference, CustomerTier
from .tiers import customer_tier, load_tier_benefits


class CustomerFound(Model):
    id: str
    phone: str | None = Field(description="In full if you looked it up by phone; otherwise masked.")
    name: str | None = Field(
        None,
        description="As the shop has set or imported it. For the program's owner and the merchant who registered the "
        "customer.",
        examples=["Asha Rao"],
    )
    tags: list[str] = Field(default_factory=list, description="Your tenant's own.", examples=[["vip"]])
    created_at: Instant | None


class WalletFound(Model):
    wallet_id: str
    program: str
    balance: Number
    available: Number
    pending: Number = Field(0, description="Coins of the balance that cannot be spent yet.")
    status: str
    tier: CustomerTier | None = Field(None, description="Null in a program without tiers.")


class RedeemableReward(Model):
    id: str = Field(examples=["rew_01KDC0V6M8W3T4Q9X2Z7N5B1FA"])
    type: str = Field(examples=["free_product"])
    title: str = Field(examples=["Steel travel mug"])
    image: str | None = Field(description="The first of its pictures.", examples=["https://cdn.example/mug.webp"])
    points: Number
    left: int | None = Field(description="In stock, or codes; null: no limit.", examples=[3])
    needs_address: bool = Field(description="It is sent, so redeeming it takes an address.")
    needs_approval: bool


class UnavailableReward(RedeemableReward):
    obstacle: str = Field(
        description="The error code that redeeming it for this customer would get.",
        examples=["insufficient_balance"],
    )


class CounterRewards(Model):
    """What a merchant offers, as far as one customer is concerned."""

    redeemable: list[RedeemableReward] = Field(
        default_factory=list, description="Rewards that the customer's coins buy now, 20 at most."
    )
    unavailable: list[UnavailableReward] = Field(
        default_factory=list,
        description="Other rewards of the merchant, with what keeps the customer from each, 20 at most. Empty for who "
        "has no coins.",
    )


class Lookup(CounterRewards):
    customer: CustomerFound
    wallets: list[WalletFound]
    last_visit: Instant | None


RewardFinder = Callable[[Call[CustomerReference], Wallet, int], CounterRewards]
"""What a wallet's available coins buy now, and what not."""


def look_up_customer(call: Call[CustomerReference], rewards_for: RewardFinder) -> Lookup:
    """A customer with its wallet in the merchant's program, the time of its last visit, and what it can have now."""
    profiled: ProfileLookup = call.lookup
    subject, program = profiled.subject, counter.program_of(call.caller)
    wallet = counter.loaded_wallet(call, subject)
    customer_id = wallet.customer if wallet else subject.customer
    if customer_id is None:
        raise errors.CUSTOMER_NOT_FOUND()
    about = profiled.about(customer_id)
    found = call.loaded if about[0] in call.loaded else call.store.read(about)
    record, tagged = (found[key] for key in about)
    customer = customers.read_customer(record) if record else None
    if wallet is None and customer is None:
        raise errors.CUSTOMER_NOT_FOUND()
    shown = []
    rewards = CounterRewards()
    if wallet:
        now = customer_coins.wallet_as_of(wallet, program, call.now)
        amount = partial(counter.coins_wire, program=program)
        shown.append(
            WalletFound(
                wallet_id=wallet.id,
                program=program.name,
                balance=amount(now.balance),
                available=amount(now.available),
                pending=amount(sum(now.pending.values())),
                status=wallet.status,
                tier=customer_tier(program, wallet, call.now, load_tier_benefits(call.store, program)),
            )
        )
        if wallet.status == "active" and now.available > 0:
            rewards = rewards_for(call, wallet, now.available)
    own = customer is not None and call.caller.tenant.id in (customer.registered_by, call.caller.claims.owner)
    return Lookup(
        customer=CustomerFound(
            id=customer_id,
            phone=subject.phone or (customer.masked_phone if customer else None),
            name=customer.name if customer and own else None,
            tags=list(tagged["tags"]) if tagged else [],
            created_at=clock.iso(customer.created_at) if customer else None,
        ),
        wallets=shown,
        last_visit=clock.iso(wallet.last_at) if wallet else None,
        redeemable=rewards.redeemable,
        unavailable=rewards.unavailable,
    )
