"""A dry run of a campaign comes to what the same sales get if they are issued with the campaign in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from batua import clock, ids
from batua.ledger.campaigns import Campaign
from batua.ledger.decisions import customer_coins
from batua.ledger.decisions.customer_coins import Merchant
from batua.ledger.earning import EarningRule
from batua.ledger.model import Origin, Posting, Program, Refusal, Wallet
from batua.ledger.records.customer_coins import Entry, entry_item, read_entry
from batua.rewards.campaign_forecast import forecast_campaign
from batua.store import keys

OWNER, PROGRAM_ID = ids.derived_id("ten", "forecast"), ids.derived_id("prg", "forecast")
SCOPE, ZONE = keys.scope("live", OWNER), "Asia/Kolkata"
RULE = EarningRule("rule_1", "percentage", basis_points=500)
PROGRAM = Program(PROGRAM_ID, OWNER, "Coins", "closed", ZONE, rules=(RULE,))
BEGIN = clock.parse_iso("2026-09-01T00:00:00+05:30")
FAR = clock.parse_iso("2099-01-01")
SeasonSale = tuple[int, int, int]
"""Hours since the sale before, customer, and the bill in paise."""


def issue_season(
    program: Program, sales: Sequence[SeasonSale], campaign: Campaign | None = None, budget: int | None = None
) -> list[Entry]:
    """The sales issued one after the other, as the posting path decides them, with what the budget still covers."""
    wallets: dict[int, Wallet] = {}
    entries, at, left = [], BEGIN, budget
    for number, (hours, customer, bill) in enumerate(sales):
        at += hours * 3_600_000
        wallet = wallets.get(customer) or Wallet(ids.derived_id("wal", str(customer)), f"cust_{customer}")
        exhausted: set[str] = set()
        while True:
            decision = customer_coins.decide_issue(
                wallet, program, Merchant(OWNER, 0), at, coins=None, bill=bill,
                campaigns=(campaign,) if campaign else (), exhausted=exhausted,
            )  # fmt: skip
            if not isinstance(decision, Posting) or decision.campaign is None or left is None:
                break
            if decision.campaign.coins <= left:
                left -= decision.campaign.coins
                break
            exhausted.add(decision.campaign.id)
        if isinstance(decision, Refusal):
            continue
        wallets[customer] = decision.after
        day = clock.local_day(at, ZONE)
        id = ids.derived_id("txn", str(number))
        item = entry_item(SCOPE, id, decision, Origin("key", "::1", OWNER), b"", day, day // 100)
        entries.append(read_entry({"pk": f"{SCOPE}#K#{id}", "sk": "TX", **item}))
    return entries


campaigns = st.builds(
    Campaign,
    st.just("cmp_1"),
    st.just("multiplier"),
    st.integers(0, 600).map(lambda hours: BEGIN + hours * 3_600_000),
    st.just(FAR),
    factor=st.sampled_from([110, 150, 200, 300]),
    weekdays=st.sampled_from([(), (1,), (4, 5, 6)]),
    from_minute=st.sampled_from([0, 17 * 60]),
    minimum_bill=st.sampled_from([0, 50_000]),
    first_purchase=st.booleans(),
    win_back_days=st.sampled_from([0, 0, 2]),
)
bonuses = st.builds(lambda one, coins: replace(one, kind="bonus", coins=coins), campaigns, st.integers(1, 40))
seasons = st.lists(
    st.tuples(st.integers(0, 90), st.integers(1, 3), st.integers(2_000, 200_000)), min_size=1, max_size=60
)


def really_given(entries: Sequence[Entry]) -> tuple[int, int]:
    grants = [entry.campaign.coins for entry in entries if entry.campaign]
    return len(grants), sum(grants)


@settings(deadline=None)
@given(seasons, campaigns | bonuses, st.none() | st.integers(0, 300), st.booleans())
@example([(1, 1, 20_000)] * 50, Campaign("cmp_1", "bonus", 0, FAR, coins=7), 60, False)
def test_a_seasons_dry_run_comes_to_what_the_same_sales_really_get(
    sales: list[SeasonSale], campaign: Campaign, budget: int | None, carries: bool
) -> None:
    program = replace(PROGRAM, carry_remainders=carries)
    limited = replace(campaign, limited=budget is not None)
    forecast = forecast_campaign(limited, program, issue_season(program, sales), program.rules, budget)
    issued = issue_season(program, sales, limited, budget)
    assert (forecast.matched, forecast.coins) == really_given(issued)
    assert forecast.sales == len(issued)
    assert budget is None or forecast.coins <= budget


@settings(deadline=None, max_examples=50)
@given(seasons, campaigns, st.integers(5, 60))
@example([(1, 1, 20_000)] * 12, Campaign("cmp_1", "multiplier", 0, FAR, factor=200), 30)
def test_a_cap_per_day_is_reached_sooner_with_the_campaign_in_the_dry_run_too(
    sales: list[SeasonSale], campaign: Campaign, cap: int
) -> None:
    capped = replace(PROGRAM, rules=(replace(RULE, cap_per_day=cap),))
    forecast = forecast_campaign(campaign, capped, issue_season(capped, sales), capped.rules)
    assert (forecast.matched, forecast.coins) == really_given(issue_season(capped, sales, campaign))


def test_a_sale_that_another_campaign_gave_as_much_is_left_out_and_one_that_gave_less_is_taken_over() -> None:
    sales: list[SeasonSale] = [(1, 1, 100_000), (1, 2, 400_000)]
    before = issue_season(PROGRAM, sales, Campaign("cmp_0", "bonus", 0, FAR, coins=50))
    double = Campaign("cmp_1", "multiplier", 0, FAR, factor=200)
    forecast = forecast_campaign(double, PROGRAM, before)
    assert (forecast.sales, forecast.matched, forecast.coins) == (2, 1, 200)


def test_coins_that_were_named_are_no_sale_of_a_rule() -> None:
    named: Any = replace(issue_season(PROGRAM, [(1, 1, 100_000)])[0], rule=None)
    assert forecast_campaign(Campaign("cmp_1", "bonus", 0, FAR, coins=9), PROGRAM, [named]).sales == 0


def test_sales_before_the_ones_looked_at_say_who_is_won_back_and_count_no_more() -> None:
    entries = issue_season(PROGRAM, [(1, 1, 100_000), (24 * 10, 1, 100_000), (1, 2, 100_000)])
    campaign = Campaign("cmp_1", "bonus", 0, FAR, coins=9, win_back_days=7)
    within = forecast_campaign(campaign, PROGRAM, entries, since=entries[1].at)
    assert (within.sales, within.matched) == (2, 1)
    assert forecast_campaign(replace(campaign, win_back_days=11), PROGRAM, entries).matched == 0
    assert forecast_campaign(campaign, PROGRAM, entries[1:], since=entries[1].at).matched == 1, "longer ago"
