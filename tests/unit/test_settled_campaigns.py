"""Campaigns and tiers count for the orders of shops as they do at the counter, and refunds take their share back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batua import clock, ids
from batua.integrations.mappings import FieldMapping
from batua.integrations.order_lines import OrderLine, standing_share
from batua.integrations.order_record import OrderRecord, RewardBasis, order_item, part_of_grant, read_order_record
from batua.ledger.campaigns import Campaign
from batua.ledger.model import AppliedGrant
from batua.ledger.tiers import LoyaltyTier, TierPolicy
from batua.store.program_keys import campaign_key
from batua.store.writes import Put
from tests.fakes.settling import World, pepper, world
from tests.fakes.shops import SHOPIFY_VERSIONS, ShopifyShop, ShopWebhook, WooShop

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


MUGS = replace(DOUBLE, factor=300, skus=("sku-9000",))
"""Trebles what the rule gives for the order's first line."""


def with_mugs() -> World:
    there = world(campaigns=(MUGS,))
    there.store.write(Put(campaign_key(there.program.id, MUGS.id), {"budget": 1000, "left": 1000}))
    return there


@pytest.mark.parametrize("version", [SHOPIFY_VERSIONS[0], SHOPIFY_VERSIONS[-1]])
@pytest.mark.parametrize("first", [0, 1])
def test_a_refund_of_a_line_takes_back_exactly_what_the_campaign_gave_for_it(version: str, first: int) -> None:
    there = with_mugs()
    connection = there.connect("shopify")
    order = ShopifyShop(PHONES[0], version=version).place(40_000, 60_000).pay()
    there.deliver_all(connection, order.webhooks)
    (entry,) = there.entries(PHONES[0])
    assert entry.campaign
    # 5 % of 1,000 rupees, and twice that of the line of 400 rupees beside it.
    assert (entry.amount, entry.campaign.coins, entry.campaign.how) == (
        90,
        40,
        "3.00 times the rule on items of 400.00",
    )
    there.deliver_all(connection, order.refund(first).webhooks)
    assert there.balance(PHONES[0]) == (30 if first == 0 else 60)
    there.deliver_all(connection, order.update().webhooks)
    assert there.balance(PHONES[0]) == (30 if first == 0 else 60)
    there.deliver_all(connection, order.refund(1 - first).webhooks)
    assert (there.balance(PHONES[0]), there.findings()) == (0, [])


def test_a_refund_that_names_no_line_takes_its_share_of_every_line() -> None:
    there = with_mugs()
    connection = there.connect("shopify")
    order = ShopifyShop(PHONES[0]).place(40_000, 60_000).pay()
    there.deliver_all(connection, order.webhooks)
    there.deliver_all(connection, order.goodwill(50_000).webhooks)
    assert there.balance(PHONES[0]) == 25 + 20
    there.deliver_all(connection, order.cancel().webhooks)
    assert (there.balance(PHONES[0]), there.findings()) == (0, [])


def test_an_order_without_the_line_gets_what_the_rule_gives_and_keeps_no_lines_without_such_a_campaign() -> None:
    there = with_mugs()
    connection = there.connect("shopify")
    other = ShopifyShop(PHONES[0])
    other.lines.append([8_000, 100_000, 1, 1])
    other.placed = 100_000
    there.deliver_all(connection, other.pay().webhooks)
    assert there.balance(PHONES[0]) == 50
    plain = with_budget(1000)
    connection = plain.connect("shopify")
    plain.deliver_all(connection, ShopifyShop(PHONES[0]).place(100_000).pay().webhooks)
    (order,) = plain.store.scan_all("directory", beginning="ORDER#")
    assert "lines" not in str(order)
    assert len(order["known"]["state"]) == 5


def test_a_credit_note_of_a_billing_system_names_its_items() -> None:
    there = world(campaigns=(replace(MUGS, skus=("mug",)),))
    there.store.write(Put(campaign_key(there.program.id, MUGS.id), {"budget": 1000, "left": 1000}))
    connection = there.connect("pos", mapping=FieldMapping("zoho_books"))

    def note(id: str, total: int, items: dict[str, int], **more: Any) -> ShopWebhook:
        lines = [{"sku": sku, "item_total": price} for sku, price in items.items()]
        phone = [{"mobile": PHONES[0]}]
        body = {"total": total, "line_items": lines, "contact_persons_details": phone, "currency_code": "INR", **more}
        return ShopWebhook("sale", id, body)

    sale = note("s-1", 1000, {"MUG": 400, "PAN": 600}, invoice_id="17", invoice_number="INV-17", status="paid")
    there.deliver_all(connection, [sale])
    assert there.balance(PHONES[0]) == 90
    credit = note("s-2", 400, {"MUG": 400}, creditnote_id="18", creditnote_number="CN-18", invoice_id="17")
    there.deliver_all(connection, [credit])
    assert (there.balance(PHONES[0]), there.findings()) == (30, [])


def test_a_record_of_an_order_keeps_the_lines_of_its_campaign() -> None:
    grant = AppliedGrant("cmp", 1, 40, "items", limited=True)
    basis = RewardBasis(100, 90, ("rule", 1, "flat"), grant, None, ("9000", "9001"))
    written = order_item(OrderRecord("o", 1, basis=basis), "t", "c")
    item = {name: value for name, value in written.items() if value is not None}
    assert read_order_record({"pk": "ORDER#o", **item}).basis == basis
    assert basis.without(["cmp"]) == RewardBasis(100, 50, basis.rule)


@given(
    st.dictionaries(st.sampled_from("abcde"), st.integers(1, 10**6), min_size=1, max_size=5),
    st.data(),
)
def test_no_more_of_some_lines_stands_than_was_bought_and_none_after_all_went_back(
    prices: dict[str, int], data: st.DataObject
) -> None:
    lines = {id: OrderLine(price) for id, price in prices.items()}
    matched = tuple(data.draw(st.sets(st.sampled_from(sorted(lines)), min_size=1)))
    whole = sum(prices.values())
    back = {id: data.draw(st.integers(0, price)) for id, price in prices.items()}
    goodwill = data.draw(st.integers(0, whole - sum(back.values())))
    kept = whole - sum(back.values()) - goodwill
    part, of = standing_share(lines, {"1": back}, matched, kept, whole)
    assert 0 <= part <= of
    if all(back[id] == prices[id] for id in matched):
        assert part == 0
    if not goodwill and kept:
        bought = sum(prices[id] for id in matched)
        assert part * bought == (bought - sum(back[id] for id in matched)) * of
