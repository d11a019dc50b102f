"""Seed data of the first merchant's rewards: a catalogue, and a redemption for each step that people take.

Planted again, nothing changes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from local.seeds.writing import DAY_MS, fixed_id, write_missing

PHONE = "+919845012345"
CODES = ("CINEMA-0001", "CINEMA-0002", "CINEMA-0003")


def plant(tenants: Any) -> dict[str, str]:
    """Plants what is missing. Returns what the sample events name."""
    from batua.rewards import reward_codes
    from batua.rewards.reward import CustomerLimits, Reward, RewardCodes, reward_item, stock_item
    from batua.store import keys, reward_keys
    from batua.store.store import store
    from batua.store.writes import ABSENT, Put

    kaveri, at = tenants.kaveri, tenants.now - 10 * DAY_MS
    scope = keys.scope("live", kaveri.program.owner)

    def reward(name: str, points: int, **more: Any) -> Reward:
        made = Reward(
            id=fixed_id("rew", name),
            tenant=kaveri.id,
            program=kaveri.program.id,
            type=more.pop("type", "free_product"),
            title=name,
            points=points,
            status="active",
            version=1,
            created_at=at,
            updated_at=at,
            updated_by=fixed_id("usr", "merchant_tenant_admin"),
            stock_epoch=1,
            **more,
        )
        puts = [Put(reward_keys.reward_key(scope, made.id), reward_item(scope, made), when=ABSENT)]
        if made.counted:
            key = reward_keys.reward_stock_key(scope, made.id)
            puts.append(Put(key, stock_item(made, made.stock or 0), when=ABSENT))
        write_missing(puts)
        return made

    mug = reward("Steel travel mug", 1, stock=50_000, benefit={"product": "SKU-1042"}, worth=399_00)
    ticket = reward(
        "Cinema ticket",
        2,
        type="voucher",
        delivery="instant",
        codes=RewardCodes("pool", valid_days=90, low_at=2),
        limits=CustomerLimits(month=2),
    )
    reward_codes.add_codes(store(), scope, ticket, CODES, at)
    return {
        **_redemptions(tenants, scope, mug),
        "reward_id": mug.id,
        "coded_reward_id": ticket.id,
        "replaced_reward_id": reward("Cotton tote bag", 8, benefit={"product": "SKU-2001"}).id,
        "retired_reward_id": reward("Last year's calendar", 2, benefit={"product": "SKU-0907"}).id,
    }


def _redemptions(tenants: Any, scope: str, reward: Any) -> dict[str, str]:
    """One customer's redemptions, each waiting for another decision."""
    from batua.customers import model as customers
    from batua.ledger.decisions import customer_coins
    from batua.ledger.model import Wallet
    from batua.ledger.posting.request import on_first_entry
    from batua.rewards.redemption import opened_redemption, redemption_id
    from batua.rewards.redemption_writes import taking_writes
    from batua.store import keys

    kaveri, program, at = tenants.kaveri, tenants.kaveri.program, tenants.now - 3_600_000
    customer = customers.customer_id_by_phone(scope, program.owner, PHONE)
    wallet = Wallet(customers.customer_wallet_id(scope, program.id, customer), customer)
    merchant = customer_coins.Merchant(kaveri.id, kaveri.joined_at, kaveri.rules)
    newcomer = customers.customer_put(scope, customers.Customer(customer, at, phone=PHONE), by=kaveri.id)
    opening = _order(kaveri, scope, "opening")
    post(
        tenants,
        opening,
        wallet,
        on_first_entry(newcomer),
        lambda state: customer_coins.decide_issue(state.wallet, program, merchant, at, coins=200, bill=None),
    )
    planted = {"reward_wallet_id": wallet.id}
    for name in ("pending", "approved", "rejected", "cancelled", "read"):
        order = _order(kaveri, scope, name)
        redemption = opened_redemption(
            reward,
            id=redemption_id(order.id),
            tenant=kaveri.id,
            by=fixed_id("usr", "merchant_tenant_admin"),
            customer=customer,
            wallet=wallet.id,
            state="pending" if name == "pending" else "approved",
            created_at=at,
            updated_at=at,
            due_at=at + 30 * DAY_MS,
        )

        def hold(state: Any, id: str = redemption.hold) -> Any:
            until = at + 30 * DAY_MS
            return customer_coins.decide_hold(
                state.wallet, program, merchant, at, id=id, coins=reward.points, expires_at=until
            )

        key = keys.wallet_key(scope, wallet.id)
        post(tenants, order, stored_wallet(key), taking_writes(scope, reward, redemption, {}), hold)
        planted["redemption_id" if name == "read" else f"{name}_redemption_id"] = redemption.id
    return planted


def stored_wallet(key: Any) -> Any:
    from batua.ledger.records.customer_coins import read_wallet
    from batua.store.store import store

    return read_wallet(store().read([key])[key] or {})


def _order(shop: Any, scope: str, name: str) -> Any:
    from batua.ledger.model import Origin
    from batua.ledger.posting.request import PostingRequest

    source = Origin("seed", "192.0.2.50", shop.id, f"SEED-REWARD-{name.upper()}")
    return PostingRequest("seed", "live", scope, source, f"reward {name}", {"seed": name})


def post(tenants: Any, order: Any, wallet: Any, extra: Any, decide: Callable[[Any], Any]) -> None:
    from batua.ledger.posting.customer_coins import PostingService
    from batua.ledger.posting.request import PostingState

    desk = PostingService(_store(), tenants.kaveri.program, tenants.kaveri.shards)
    desk.extra_writes = extra
    desk.post(order, PostingState(wallet, tenants.now), decide)


def _store() -> Any:
    from batua.store.store import store

    return store()
