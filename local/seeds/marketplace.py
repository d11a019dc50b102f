"""Seed data of the first merchant's marketplace: a gift card of the house, and an order at each step of the workflow.

Planted again, nothing changes.
"""

from __future__ import annotations

from typing import Any

from local.seeds import rewards
from local.seeds.writing import DAY_MS, fixed_id, write_missing

CODES = tuple(f"BOOK-{number:04d}" for number in range(1, 21))


def plant(tenants: Any) -> dict[str, str]:
    """Plants what is missing, after the rewards, whose customer orders. Returns what the sample events name."""
    from batua.marketplace.carrying import advance_order
    from batua.marketplace.settling import settle_market_order
    from batua.rewards import reward_codes
    from batua.rewards.reward import Reward, RewardCodes, reward_item, stock_item
    from batua.store import keys, reward_keys
    from batua.store.store import store
    from batua.store.writes import ABSENT, Put

    kaveri, at = tenants.kaveri, tenants.now - 9 * DAY_MS
    scope = keys.scope("live", kaveri.program.owner)
    card = Reward(
        id=fixed_id("rew", "BookBarn gift card"),
        tenant=kaveri.id,
        program=kaveri.program.id,
        type="gift_card",
        title="BookBarn gift card",
        points=3,
        status="active",
        version=1,
        created_at=at,
        updated_at=at,
        updated_by=fixed_id("usr", "merchant_tenant_admin"),
        stock_epoch=1,
        worth=3_00,
        benefit={"amount": 3_00, "provider": "BookBarn"},
        categories=("books",),
        delivery="instant",
        codes=RewardCodes("pool", valid_days=365, low_at=2),
    )
    write_missing(
        [
            Put(reward_keys.reward_key(scope, card.id), reward_item(scope, card), when=ABSENT),
            Put(reward_keys.reward_stock_key(scope, card.id), stock_item(card, 0), when=ABSENT),
        ]
    )
    reward_codes.add_codes(store(), scope, card, CODES, at)
    planted = {"product_id": card.id, "market_scope": scope}
    for name in ("new", "delivered", "settled"):
        id = _ordered(tenants, scope, card, name)
        event = {"scope": scope, "order": id}
        if name != "new":
            advance_order(store(), event, tenants.now)
        if name == "settled":
            settle_market_order(store(), event, tenants.now)
        planted["market_order_id" if name == "settled" else f"{name}_market_order_id"] = id
    return planted


def _ordered(tenants: Any, scope: str, card: Any, name: str) -> str:
    from batua.customers import model as customers
    from batua.ledger.decisions import customer_coins
    from batua.ledger.model import Origin
    from batua.ledger.posting.request import PostingRequest
    from batua.marketplace.checkout import HOLD_YEARS
    from batua.marketplace.order import Order, market_order_item, order_id_of
    from batua.store import keys, market_keys
    from batua.store.writes import ABSENT, Put

    kaveri, program, at = tenants.kaveri, tenants.kaveri.program, tenants.now - 1_800_000
    customer = customers.customer_id_by_phone(scope, program.owner, rewards.PHONE)
    wallet = customers.customer_wallet_id(scope, program.id, customer)
    source = Origin("seed", "192.0.2.50", kaveri.id, f"SEED-MARKET-{name.upper()}")
    request = PostingRequest("seed", "live", scope, source, f"market {name}", {"seed": name})
    order = Order(
        id=order_id_of(request.id),
        tenant=kaveri.id,
        by=fixed_id("usr", "merchant_tenant_admin"),
        customer=customer,
        wallet=wallet,
        program=program.id,
        vendor="house",
        owner=kaveri.id,
        product=card.id,
        sku=card.id,
        title=card.title,
        face=3_00,
        quantity=1,
        unit_points=card.points,
        created_at=at,
        updated_at=at,
        reference=source.reference,
    )
    merchant = customer_coins.Merchant(kaveri.id, kaveri.joined_at, kaveri.rules)
    until = at + HOLD_YEARS * 365 * DAY_MS
    extra = [
        Put(market_keys.market_order_key(scope, order.id), market_order_item(scope, order), when=ABSENT),
        Put(market_keys.open_order_key(order.id), {"scope": scope, "at": tenants.now}, when=ABSENT),
    ]
    rewards.post(
        tenants,
        request,
        rewards.stored_wallet(keys.wallet_key(scope, wallet)),
        extra,
        lambda state: customer_coins.decide_hold(
            state.wallet, program, merchant, at, id=order.hold, coins=order.points, expires_at=until
        ),
    )
    return order.id
