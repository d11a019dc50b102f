"""Campaigns and tiers count for the orders of shops as they do at the counter, and refunds take their share back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batua import clock, ids
from batua.integrations.order_record import OrderRecord, RewardBasis, order_item, part_of_grant, read_order_record
from batua.ledger.campaigns import Campaign
from batua.ledger.model import AppliedGrant
from batua.ledger.tiers import LoyaltyTier, TierPolicy
from batua.store.program_keys import campaign_key
from batua.store.writes import Put
from tests.fakes.settling import World, pepper, world
from tests.fakes.shops import ShopifyShop, WooShop

PHONES = [f"+9198765432{number:02d}" for number in range(10, 20)]
FAR = clock.parse_iso("2099-01-01")
DOUBLE = Campaign(ids.derived_id("cmp", "double"), "multiplier", 0, FAR, factor=200, limited=True)
GOLD = LoyaltyTier(ids.derived_id("tier", "gold"), "Gold", 50, 150)


@pytest.fixture(scope="module", autouse=True)
def _pepper() -> Iterator[None]:
    with pepper():
        yield


def with_budget(coins: int, **settings: Any) -> World:
    there = world(campaigns=(DOUBLE,), **settings)
    there.store.write(Put(campaign_key(there.program.id, DOUBLE.id), {"budget": coins, "left": coins}))
    return there


def left(there: World) -> int:
    key = campaign_key(there.program.id, DOUBLE.id)
    record = there.store.read([key])[key]
    assert record is not None
    coins: int = record["left"]
    return coins


def test_an_order_gets_its_campaign_and_the_entry_names_it() -> None:
    there = with_budget(1000)
    connection = there.connect("shopify")
    order = ShopifyShop(PHONES[0]).place(60_000, 40_000).pay()
    there.deliver_all(connection, order.webhooks)
    there.deliver_all(connection, order.update().webhooks)
    (entry,) = there.entries(PHONES[0])
    assert entry.campaign
    assert (entry.amount, entry.campaign.id, entry.campaign.coins, left(there)) == (100, DOUBLE.id, 50, 950)
    there.deliver_all(connection, order.refund(1).webhooks)
    assert there.balance(PHONES[0]) == 60, "a refund takes its share of what the campaign gave, too"
    assert (left(there), there.findings()) == (950, [])


def test_a_budget_is_never_overspent_by_orders_and_then_the_rule_gives_alone() -> None:
    there = with_budget(120)
    connection = there.connect("shopify")
    for number, phone in enumerate(PHONES[:4]):
        there.deliver_all(connection, ShopifyShop(phone, id=number).place(100_000).pay().webhooks)
    assert [there.balance(phone) for phone in PHONES[:4]] == [100, 100, 50, 50]
    assert (left(there), there.findings()) == (20, [])


def test_an_order_that_deserves_its_campaign_again_after_the_budget_is_spent_gets_what_the_rule_gives() -> None:
    there = with_budget(50)
    connection = there.connect("woocommerce")
    order = WooShop(PHONES[0]).place(100_000).pay()
    there.deliver_all(connection, order.webhooks)
    there.deliver_all(connection, order.cancel().webhooks)
    assert (there.balance(PHONES[0]), left(there)) == (0, 0)
    there.deliver_all(connection, order.pay().webhooks)
    assert (there.balance(PHONES[0]), there.findings()) == (50, [])


def test_an_order_gets_what_the_customers_tier_adds() -> None:
    there = world(tiers=TierPolicy((GOLD,)))
    connection = there.connect("shopify")
    for number in (1, 2):
        there.deliver_all(connection, ShopifyShop(PHONES[0], id=number).place(100_000).pay().webhooks)
    first, second = there.entries(PHONES[0])
    assert second.tier
    assert (first.amount, first.tier, second.amount, second.tier.coins) == (50, None, 75, 25)
    assert there.findings() == []


def test_a_part_of_a_reward_takes_its_part_of_a_grant_and_never_more() -> None:
    grant = AppliedGrant("cmp", 1, 50, "bonus", limited=True)
    assert part_of_grant(grant, 100, 100) == grant
    assert [each and each.coins for each in (part_of_grant(grant, n, 100) for n in (33, 33, 34, 1))] == [
        16,
        16,
        17,
        None,
    ]
    assert part_of_grant(None, 1, 1) is None
    assert part_of_grant(grant, 0, 0) is None


@pytest.mark.parametrize("tier", [None, AppliedGrant("tier", 3, 9, "Gold")])
@pytest.mark.parametrize("campaign", [None, AppliedGrant("cmp", 1, 50, "bonus", limited=True)])
def test_an_orders_record_keeps_what_its_reward_is_made_of(
    campaign: AppliedGrant | None, tier: AppliedGrant | None
) -> None:
    basis = RewardBasis(100, 60, ("rule", 1, "flat"), campaign, tier)
    written = order_item(OrderRecord("ord", 1, basis=basis), "t", "c")
    item = {name: value for name, value in written.items() if value is not None}
    assert read_order_record({"pk": "ORDER#ord", **item}).basis == basis
    assert basis.without(["cmp"]) == (basis if campaign is None else RewardBasis(100, 10, basis.rule, None, tier))
    assert basis.without(["other"]) == basis
