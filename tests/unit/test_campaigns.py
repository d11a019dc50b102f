"""Which campaign counts for a sale, and how much it gives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from batua import clock
from batua.identity.tenant import campaign_item, read_campaign
from batua.ledger.campaigns import Campaign, Sale, SaleLine, applies, best_campaign, matched_amount
from batua.ledger.decisions import customer_coins
from batua.ledger.earning import EarningRule
from batua.ledger.model import Posting, Program, Wallet

ZONE = "Asia/Kolkata"
FAR = clock.parse_iso("2099-01-01")
BONUS = Campaign("cmp_1", "bonus", 0, FAR, coins=10)


def sale(at: str = "2026-11-24T12:00:00+05:30", **more: Any) -> Sale:
    """A Tuesday at noon."""
    return replace(Sale(100_000, 50, "ten_1", clock.parse_iso(at), ZONE, first=False), **more)


@pytest.mark.parametrize(
    ("fields", "at", "counts"),
    [
        ({"weekdays": (1,)}, "2026-11-24T00:00:00+05:30", True),
        ({"weekdays": (1,)}, "2026-11-23T23:59:59+05:30", False),
        ({"weekdays": (1,)}, "2026-11-24T23:00:00Z", False),
        ({"from_minute": 17 * 60, "until_minute": 21 * 60}, "2026-11-24T17:00:00+05:30", True),
        ({"from_minute": 17 * 60, "until_minute": 21 * 60}, "2026-11-24T21:00:00+05:30", False),
        ({"from_minute": 22 * 60, "until_minute": 2 * 60}, "2026-11-24T23:00:00+05:30", True),
        ({"from_minute": 22 * 60, "until_minute": 2 * 60}, "2026-11-24T01:59:00+05:30", True),
        ({"from_minute": 22 * 60, "until_minute": 2 * 60}, "2026-11-24T02:00:00+05:30", False),
        ({"from_minute": 22 * 60, "until_minute": 2 * 60, "weekdays": (0,)}, "2026-11-24T01:00:00+05:30", True),
        ({"from_minute": 22 * 60, "until_minute": 2 * 60, "weekdays": (1,)}, "2026-11-24T01:00:00+05:30", False),
        ({"starts_at": clock.parse_iso("2026-11-24T06:30:00Z")}, "2026-11-24T12:00:00+05:30", True),
        ({"ends_at": clock.parse_iso("2026-11-24T06:30:00Z")}, "2026-11-24T12:00:00+05:30", False),
    ],
)
def test_days_and_hours_are_those_of_the_program(fields: dict[str, Any], at: str, counts: bool) -> None:
    assert applies(replace(BONUS, **fields), sale(at)) is counts


def test_bills_merchants_and_first_purchases_are_told_apart() -> None:
    assert applies(replace(BONUS, minimum_bill=100_000, maximum_bill=100_000), sale())
    assert not applies(replace(BONUS, minimum_bill=100_001), sale())
    assert not applies(replace(BONUS, maximum_bill=99_999), sale())
    assert applies(replace(BONUS, merchants=("ten_1",)), sale())
    assert not applies(replace(BONUS, merchants=("ten_2",)), sale())
    assert not applies(replace(BONUS, first_purchase=True), sale())
    assert applies(replace(BONUS, first_purchase=True), sale(first=True))


def test_one_campaign_counts_and_the_exhausted_are_passed_over() -> None:
    double = Campaign("cmp_2", "multiplier", 0, FAR, factor=250)
    won = best_campaign([BONUS, double, replace(BONUS, id="cmp_3")], sale())
    assert won
    assert (won.campaign.id, won.coins) == ("cmp_2", 75)
    won = best_campaign([BONUS, double, replace(BONUS, id="cmp_3")], sale(), exhausted={"cmp_2"})
    assert won
    assert won.campaign.id == "cmp_1", "the earlier of two that give the same"
    assert best_campaign([double], sale(base=0)) is None


def test_an_entry_says_what_the_rule_gave_and_what_the_campaign() -> None:
    rule = EarningRule("rule_1", "percentage", basis_points=500)
    program = Program("prg_1", "ten_1", "Coins", "closed", ZONE, rules=(rule,))
    merchant, wallet = customer_coins.Merchant("ten_1", 0), Wallet("wal", "cust")

    def issue(**more: Any) -> Any:
        arguments = {"coins": None, "bill": 100_000, "campaigns": (BONUS,), **more}
        return customer_coins.decide_issue(wallet, program, merchant, sale().at, **arguments)

    moved = issue()
    assert isinstance(moved, Posting)
    assert moved.campaign
    assert (moved.amount, moved.rule, moved.campaign.coins) == (60, ("rule_1", 1, "5.00% of the bill"), 10)
    assert issue(exhausted=frozenset({"cmp_1"})).amount == 50
    assert issue(coins=7).campaign is None
    alone = issue(bill=1)
    assert (alone.amount, alone.rule) == (10, None)


campaigns = st.builds(
    Campaign,
    id=st.sampled_from(["cmp_1", "cmp_2", "cmp_3"]),
    kind=st.sampled_from(["bonus", "multiplier"]),
    starts_at=st.just(0),
    ends_at=st.just(FAR),
    factor=st.integers(101, 1000),
    coins=st.integers(1, 100),
    minimum_bill=st.integers(0, 2_000),
    first_purchase=st.booleans(),
    limited=st.booleans(),
)
sales = st.builds(
    Sale, bill=st.integers(1, 4_000), base=st.integers(0, 200), merchant=st.just("ten_1"), at=st.just(sale().at),
    zone=st.just(ZONE), first=st.booleans(),
)  # fmt: skip


@given(st.lists(campaigns, max_size=4), st.lists(sales, max_size=30), st.integers(0, 500))
def test_whatever_is_sold_no_campaign_gives_more_than_its_budget(
    offered: list[Campaign], sold: list[Sale], budget: int
) -> None:
    """The protocol of a posting: take under a condition, and where that fails, decide again without the campaign."""
    left = {campaign.id: budget for campaign in offered}
    given: dict[str, int] = {}
    for each in sold:
        exhausted: set[str] = set()
        while (grant := best_campaign(offered, each, exhausted)) is not None:
            id = grant.campaign.id
            if not grant.campaign.limited or left[id] >= grant.coins:
                if grant.campaign.limited:
                    left[id] -= grant.coins
                    given[id] = given.get(id, 0) + grant.coins
                best = max(
                    (one.coins if one.kind == "bonus" else each.base * (one.factor - 100) // 100)
                    for one in offered
                    if one.id not in exhausted and applies(one, each)
                )
                assert grant.coins == best
                break
            exhausted.add(id)
            assert len(exhausted) <= 3
    assert all(amount <= budget for amount in given.values())


@given(campaigns)
def test_a_campaign_is_read_as_it_was_written(campaign: Campaign) -> None:
    normal = replace(campaign, factor=campaign.factor if campaign.kind == "multiplier" else 100)
    assert read_campaign(campaign_item(normal)) == normal


def test_a_customer_is_won_back_who_has_earned_before_and_not_in_so_many_days() -> None:
    campaign = Campaign("cmp_1", "bonus", 0, clock.parse_iso("2090-01-01"), coins=50, win_back_days=60)

    def reached(last: int, day: int = 20261129) -> bool:
        at = clock.parse_iso("2026-11-29T06:00:00Z")
        return applies(campaign, Sale(100_00, 5, "ten", at, "Asia/Kolkata", first=not last, day=day, last_earned=last))

    assert [reached(last) for last in (0, 20260930, 20261001, 20261129)] == [False, True, False, False]
    assert read_campaign({**campaign_item(campaign)}) == campaign


def test_lines_are_of_a_campaign_by_each_list_that_it_names() -> None:
    lines = (
        SaleLine(40_000, "mug-350", "kitchen", "kaveri"),
        SaleLine(30_000, "pan", "kitchen", "hawkins"),
        SaleLine(10_000, "mug-350", "gifts"),
    )
    for fields, amount in (
        ({"skus": ("mug-350",)}, 50_000),
        ({"categories": ("kitchen",)}, 70_000),
        ({"categories": ("kitchen",), "brands": ("kaveri", "prestige")}, 40_000),
        ({"skus": ("tea",)}, 0),
    ):
        assert matched_amount(replace(BONUS, **fields), lines) == amount
        assert applies(replace(BONUS, **fields), sale(lines=lines)) is (amount > 0)
    assert not applies(replace(BONUS, skus=("mug-350",)), sale()), "nothing is known of what was sold"


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=5), st.integers(0, 10**6), st.integers(101, 1000))
def test_lines_together_never_get_more_than_the_whole_bill(amounts: list[int], base: int, factor: int) -> None:
    lines = tuple(SaleLine(amount, f"sku-{number}") for number, amount in enumerate(amounts))
    whole = Campaign("cmp_1", "multiplier", 0, FAR, factor=factor)
    bill = sale(bill=sum(amounts), base=base, lines=lines)
    most = best_campaign([whole], bill)
    parts = [best_campaign([replace(whole, skus=(line.sku,))], bill) for line in lines]
    given_by_lines = sum(part.coins for part in parts if part)
    assert given_by_lines <= (most.coins if most else 0) < given_by_lines + len(lines) + 1


@pytest.mark.parametrize(
    ("joined", "day", "last", "counts"),
    [
        (20251124, 20261124, 20261001, True),
        (20251124, 20261201, 20261123, True),
        (20251124, 20261202, 20261123, False),
        (20251124, 20261125, 20261124, False),
        (20261124, 20261124, 20261124, False),
        (20240229, 20260228, 20260101, True),
        (20241228, 20260103, 20251001, True),
        (0, 20261124, 0, False),
    ],
)
def test_the_first_bill_within_days_of_an_anniversary_counts(joined: int, day: int, last: int, counts: bool) -> None:
    campaign = replace(BONUS, anniversary_days=7)
    assert applies(campaign, sale(joined=joined, day=day, last_earned=last)) is counts


def test_gifts_are_given_apart_from_bills_and_campaigns_are_read_as_written() -> None:
    gift = replace(BONUS, kind="birthday")
    referral = replace(BONUS, kind="referral", referrer_coins=50, wait_days=7, per_referrer=20)
    items = replace(BONUS, skus=("a",), brands=("b", "c"), anniversary_days=3)
    assert not applies(gift, sale())
    assert not applies(referral, sale())
    assert [read_campaign(campaign_item(each)) for each in (gift, referral, items)] == [gift, referral, items]
