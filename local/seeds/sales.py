"""A month of sales at the seeded shops, and the points of an application's customer."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

from local.seeds.tenants import HISTORY_DAYS, SeedTenants
from local.seeds.writing import DAY_MS

NAMES = (
    *("Asha Rao", "Imran Qureshi", "Lakshmi Iyer", "Harpreet Singh", "Anita Deshpande"),
    *("Joseph D'Souza", "Meena Pillai", "Vikram Joshi", "Farida Khan", "Ravi Kumar"),
)
"""What shops call most of their customers; the others have given no name."""


def plant_sales(tenants: SeedTenants) -> None:
    """A month of sales, each under a reference of its own: planted again, they are replays that change nothing.

    The points come last. A store that has them has the sales as well.
    """
    points = _points_order(tenants)
    if _is_posted(points):
        return
    dice = random.Random(2026)  # noqa: S311 - the same sales every time
    shops = [(tenants.kaveri, 60), (tenants.meera, 20), (tenants.bakery, 20), (tenants.other, 15)]
    for shop, sales in shops:
        phones = [f"+9198{dice.randrange(10**8):08d}" for _ in range(12)]
        days = min(HISTORY_DAYS, (tenants.now - shop.joined_at) // DAY_MS)
        times = sorted(tenants.now - dice.randrange(3_600_000, days * DAY_MS) for _ in range(sales))
        for number, at in enumerate(times):
            phone = dice.choice(phones)
            redeems = number > 6 and dice.random() < 0.3
            _sale(
                shop, phone, at, f"SEED-{shop.name[:3].upper()}-{number:04d}", dice.randrange(120, 4_000) * 100, redeems
            )
        for phone, name in zip(sorted(phones), NAMES, strict=False):
            _name(shop, phone, name, tenants.now)
    _points(tenants, points)


def plant_report(tenants: SeedTenants) -> None:
    """The report on the network's customers, as if it had been asked for an hour ago."""
    from batua.rewards.customer_survey import SURVEY_LAG_MS, CustomerSurvey, ask_for_report
    from batua.store import keys
    from batua.store.store import store

    program = tenants.network.program
    scope = keys.scope("live", program.owner)
    survey = CustomerSurvey(store(), scope, program)
    if survey.go_through(tenants.now - SURVEY_LAG_MS):
        survey.report(tenants.now - SURVEY_LAG_MS)
        ask_for_report(store(), scope, program.id, tenants.now)


def _name(shop: Any, phone: str, name: str, now: int) -> None:
    from batua.customers import model as customers
    from batua.customers.listing import name_writes
    from batua.store import keys
    from batua.store.store import Cancelled, store
    from batua.store.writes import Condition, Update

    owner = shop.program.owner
    scope = keys.scope("live", owner)
    customer = customers.customer_id_by_phone(scope, owner, phone)
    unnamed = Condition(equal={"by": shop.id}, missing=("name", "erased"))
    named = Update(keys.customer_key(scope, customer), set={"name": name, "name_at": now}, when=unnamed)
    with suppress(Cancelled):  # nobody came with this number
        store().commit([named, *name_writes(scope, customer, shop.id, None, name)])


def _sale(shop: Any, phone: str, at: int, reference: str, bill: int, redeems: bool) -> None:
    from batua.customers import model as customers
    from batua.ledger.decisions import customer_coins
    from batua.ledger.errors import PostingRefused
    from batua.ledger.model import Origin, Wallet
    from batua.ledger.posting.customer_coins import PostingService
    from batua.ledger.posting.request import PostingRequest, PostingState, on_first_entry
    from batua.ledger.records.customer_coins import read_wallet
    from batua.store import keys
    from batua.store.store import store

    program, scope = shop.program, keys.scope("live", shop.program.owner)
    customer = customers.customer_id_by_phone(scope, program.owner, phone)
    key = keys.wallet_key(scope, customers.customer_wallet_id(scope, program.id, customer))
    record = store().read([key])[key]
    wallet = read_wallet(record) if record else Wallet(key.pk.rpartition("#")[2], customer)
    merchant = customer_coins.Merchant(shop.id, shop.joined_at, shop.rules)
    desk = PostingService(store(), program, shop.shards)
    newcomer = customers.Customer(customer, at, phone=phone)
    desk.extra_writes = on_first_entry(customers.customer_put(scope, newcomer, by=shop.id))
    live = next(each for each in shop.keys.values() if each.mode == "live")
    coins = min(wallet.available, bill // 100 // 2, 40) if redeems else 0
    operation = "redeem" if coins else "issue"
    order = PostingRequest(
        operation=operation,
        mode="live",
        scope=scope,
        source=Origin(live.id, "192.0.2.10", shop.id, reference),
        key=f"reference:{reference}",
        content={"seed": reference},
    )

    def decision(state: Any) -> Any:
        if coins:
            return customer_coins.decide_redemption(
                state.wallet, program, merchant, at, coins=coins, bill=bill, shard=state.shard, shards=state.shards
            )
        return customer_coins.decide_issue(
            state.wallet, program, merchant, at, coins=None, bill=bill, shard=state.shard
        )

    try:
        desk.post(order, PostingState(wallet, at), decision)
    except PostingRefused:
        return  # a refusal is history as well


def _points_order(tenants: SeedTenants) -> Any:
    """The posting of the points of the application's customer."""
    from batua.ledger.model import Origin
    from batua.ledger.posting.request import PostingRequest

    app = tenants.application
    return PostingRequest(
        operation="points",
        mode="live",
        scope=f"L#{app.id}",
        source=Origin(next(iter(app.keys)), "192.0.2.20", app.id, None, "Welcome points"),
        key="seed-welcome",
        content={},
    )


def _is_posted(order: Any) -> bool:
    from batua.store.store import store

    return store().read([order.entry_key])[order.entry_key] is not None


def _points(tenants: SeedTenants, order: Any) -> None:
    """The application's customer `krishna123`, with 40 points to begin with."""
    from batua.customers import model as customers
    from batua.ledger.decisions import customer_coins
    from batua.ledger.model import Wallet
    from batua.ledger.posting.customer_coins import PostingService
    from batua.ledger.posting.request import PostingState, on_first_entry
    from batua.store.store import store

    app, scope, at = tenants.application, order.scope, tenants.now - 7 * DAY_MS
    customer = customers.customer_id_by_source(scope, app.id, "krishna123")
    known = customers.Customer(customer, at, source_id="krishna123")
    desk = PostingService(store(), tenants.points)
    desk.extra_writes = on_first_entry(customers.customer_put(scope, known, by=app.id))
    wallet = Wallet(customers.customer_wallet_id(scope, tenants.points.id, customer), customer)
    merchant = customer_coins.Merchant(app.id, app.joined_at)
    desk.post(
        order,
        PostingState(wallet, at),
        lambda state: customer_coins.decide_issue(state.wallet, tenants.points, merchant, at, coins=40, bill=None),
    )
