"""Tiers: by what was earned in a period, never by the balance; kept for a while; computed anew from the months."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batua import clock, ids
from batua.audit.coin_records import CoinRecords
from batua.audit.replay import replay_wallet
from batua.clock import add_months
from batua.identity.tenant import program_item, read_program
from batua.ledger.campaigns import Campaign
from batua.ledger.decisions import customer_coins, transfers
from batua.ledger.decisions.customer_coins import Merchant
from batua.ledger.earning import EarningRule
from batua.ledger.model import Origin, Original, Posting, Program, Wallet
from batua.ledger.records.customer_coins import entry_item, wallet_item
from batua.ledger.tiers import (
    KEPT_MONTHS,
    LoyaltyTier,
    TierPolicy,
    count_qualifying,
    earned_in_period,
    tier_in,
    tier_standing,
    tiers_held,
)
from batua.store import keys

OWNER, WALLET, PROGRAM_ID = (ids.derived_id(kind, "tiers") for kind in ("ten", "wal", "prg"))
TXN = ids.derived_id("txn", "original")
SILVER, GOLD = LoyaltyTier("tier_s", "Silver", 100, 125), LoyaltyTier("tier_g", "Gold", 500, 200)
ROLLING = TierPolicy((SILVER, GOLD))
YEARLY = TierPolicy((SILVER, GOLD), period="calendar", starts_in=4)
ZONE = "Asia/Kolkata"
RULE = EarningRule("rule_1", "percentage", basis_points=500)
PROGRAM = Program(PROGRAM_ID, OWNER, "Coins", "closed", ZONE, rules=(RULE,), tiers=ROLLING)
SHOP = Merchant(OWNER, 0)
SCOPE = keys.scope("live", OWNER)


def at(date: str) -> int:
    return clock.parse_iso(f"{date}T12:00:00+05:30")


def posted(decision: Any) -> Posting:
    assert isinstance(decision, Posting), decision
    return decision


def issue(wallet: Wallet, date: str, program: Program = PROGRAM, **more: Any) -> Posting:
    return posted(customer_coins.decide_issue(wallet, program, SHOP, at(date), **{"coins": None, "bill": None, **more}))


@pytest.mark.parametrize(
    ("policy", "month", "earned"),
    [
        (ROLLING, 202611, 160), (ROLLING, 202612, 150), (replace(ROLLING, months=1), 202611, 50),
        (YEARLY, 202611, 60), (YEARLY, 202703, 60), (YEARLY, 202704, 0), (replace(YEARLY, starts_in=1), 202611, 150),
    ],
)  # fmt: skip
def test_the_period_is_rolling_or_begins_with_its_month(policy: TierPolicy, month: int, earned: int) -> None:
    assert earned_in_period(policy, {202512: 10, 202601: 90, 202610: 10, 202611: 50}, month) == earned


def test_a_tier_is_reached_with_its_last_coin_and_kept_through_the_grace() -> None:
    assert tier_in(ROLLING, {202601: 99}, 202601) is None
    assert tier_in(ROLLING, {202601: 100}, 202601) == SILVER
    assert tier_in(ROLLING, {202601: 100}, 202612) == SILVER
    assert tier_in(ROLLING, {202601: 100}, 202701) is None
    kept = replace(ROLLING, grace=2)
    assert tier_in(kept, {202601: 100}, 202702) == SILVER
    assert tier_in(kept, {202601: 100}, 202703) is None


def test_the_standing_says_until_when_and_what_is_missing() -> None:
    standing = tier_standing(replace(ROLLING, grace=1), {202601: 120, 202602: 30}, 202701)
    assert (standing.tier, standing.earned, standing.by_grace, standing.until) == (SILVER, 30, True, 202701)
    assert (standing.next, standing.missing) == (GOLD, 470)
    below = tier_standing(ROLLING, {202601: 20}, 202601)
    assert (below.tier, below.until, below.next, below.missing) == (None, None, SILVER, 80)
    base = TierPolicy((LoyaltyTier("tier_b", "Member", 0), GOLD))
    everybody = tier_standing(base, {}, 202601)
    assert (everybody.tier, everybody.until) == (base.tiers[0], None)
    assert tier_standing(ROLLING, {202601: 900}, 202601).next is None


def test_a_tier_opens_what_is_for_it_and_for_those_below() -> None:
    assert tiers_held(ROLLING, {202601: 500}, 202601) == {SILVER.id, GOLD.id}
    assert tiers_held(ROLLING, {202601: 100}, 202601) == {SILVER.id}
    assert tiers_held(ROLLING, {202601: 99}, 202601) == tiers_held(None, {202601: 500}, 202601) == frozenset()


qualifying = st.dictionaries(st.integers(0, 40).map(lambda n: add_months(202401, n)), st.integers(1, 300), max_size=12)
policies = st.builds(
    TierPolicy,
    st.just((SILVER, GOLD)),
    period=st.sampled_from(["rolling", "calendar"]),
    months=st.integers(1, 12),
    starts_in=st.integers(1, 12),
    grace=st.integers(0, 12),
)


@settings(deadline=None)
@given(policies, qualifying, st.integers(0, 60).map(lambda n: add_months(202401, n)))
def test_what_a_wallet_drops_changes_no_tier_and_until_is_the_last_month_of_it(
    policy: TierPolicy, earned: dict[int, int], month: int
) -> None:
    known = {each: coins for each, coins in earned.items() if each <= month}
    kept = count_qualifying(known, {}, month)
    assert len(kept) <= KEPT_MONTHS
    standing = tier_standing(policy, kept, month)
    assert standing == tier_standing(policy, known, month)
    if standing.tier and standing.until:
        later = [tier_in(policy, kept, add_months(standing.until, n)) for n in (0, 1)]
        assert later[0] is not None
        assert later[0].earned >= standing.tier.earned
        assert later[1] is None or later[1].earned < standing.tier.earned


def test_redeeming_and_expiry_take_no_tier_and_a_reversal_does() -> None:
    first = issue(Wallet(WALLET, "cust"), "2026-01-10", bill=200_000)
    assert (first.amount, first.tier, first.after.qualifying) == (100, None, {202601: 100})
    spent = posted(customer_coins.decide_redemption(first.after, PROGRAM, SHOP, at("2026-01-11"), coins=100))
    assert spent.after.balance == 0
    more = issue(spent.after, "2026-02-10", bill=20_000)
    assert (more.amount, more.tier and more.tier.coins) == (12, 2)
    assert more.tier
    assert more.tier.how == "Silver: 1.25 times the rule"
    assert more.after.qualifying == {202601: 100, 202602: 12}
    original = Original(TXN, "issue", WALLET, 100, first.lots, 202601, 0, OWNER, day=20260110)
    undone = posted(customer_coins.decide_reversal(more.after, PROGRAM, original, at("2026-02-11"), coins=40))
    assert undone.after.qualifying == {202601: 60, 202602: 12}
    assert issue(undone.after, "2026-02-12", bill=20_000).tier is None


def test_neither_tier_nor_campaign_multiplies_the_other_and_given_coins_are_given() -> None:
    wallet = Wallet(WALLET, "cust", qualifying={202601: 500}, seq=3)
    double = Campaign("cmp_1", "multiplier", 0, at("2099-01-01"), factor=300)
    both = issue(wallet, "2026-01-20", bill=20_000, campaigns=(double,))
    assert both.tier
    assert both.campaign
    assert (both.amount, both.tier.coins, both.campaign.coins) == (10 + 10 + 20, 10, 20)
    assert issue(wallet, "2026-01-20", coins=7).tier is None


def test_imported_coins_count_for_no_tier() -> None:
    given_coins = posted(customer_coins.decide_import(Wallet(WALLET, "cust"), PROGRAM, at("2026-01-10"), coins=900))
    assert given_coins.after.qualifying == {}


def test_a_merge_takes_what_counts_along_and_a_recall_brings_it_back() -> None:
    source = issue(Wallet(ids.derived_id("wal", "a"), "a"), "2026-01-10", bill=200_000).after
    target = issue(Wallet(ids.derived_id("wal", "b"), "b"), "2026-01-10", bill=20_000).after
    out = posted(transfers.decide_merge(source, target, PROGRAM, at("2026-02-01")))
    into = transfers.merged_into(target, PROGRAM, out, at("2026-02-01"))
    assert (out.after.qualifying, into.after.qualifying) == ({}, {202601: 110})
    back = posted(
        transfers.decide_recall(
            into.after, out.after, PROGRAM, at("2026-02-02"), coins=100, month=202701, issued_in=202601
        )
    )
    assert back.after.qualifying == {202601: 10}
    assert transfers.merged_into(out.after, PROGRAM, back, at("2026-02-02")).after.qualifying == {202601: 100}


def test_a_program_keeps_its_tiers_and_a_plain_one_has_none() -> None:
    for tiers in (ROLLING, replace(YEARLY, grace=3, version=7), None):
        program = replace(PROGRAM, tiers=tiers)
        stored = {name: value for name, value in program_item(program).items() if value is not None}
        assert read_program(stored) == program


class Chain:
    """A wallet's entries as the posting path stores them."""

    def __init__(self) -> None:
        self.wallet, self.entries = Wallet(WALLET, "cust"), list[dict[str, Any]]()

    def post(self, posting: Posting) -> None:
        number = ids.derived_id("txn", str(len(self.entries)))
        day = clock.local_day(posting.at, ZONE)
        item = entry_item(SCOPE, number, posting, Origin("key", "::1", OWNER), b"", day, day // 100)
        self.entries.append({"pk": f"{SCOPE}#K#{number}", "sk": "TX", **item})
        self.wallet = replace(posting.after, last_hash=item["hash"])

    def findings(self, **more: Any) -> set[str]:
        stored = {name: value for name, value in wallet_item(SCOPE, self.wallet).items() if value is not None}
        books = CoinRecords(tuple(self.entries), {WALLET: {**stored, **more}}, tiers={PROGRAM_ID: ROLLING})
        return {finding.invariant for finding in replay_wallet(SCOPE, WALLET, books)}


def test_a_replay_computes_the_months_and_the_tier_of_each_entry_anew() -> None:
    chain = Chain()
    for date, bill in (("2024-01-10", 200_000), ("2026-01-10", 200_000), ("2026-02-10", 20_000)):
        chain.post(issue(chain.wallet, date, bill=bill))
    assert chain.wallet.qualifying == {202601: 100, 202602: 12}
    assert chain.findings() == set()
    assert chain.findings(qual={"202601": 500}) == {"the wallet's `qual` is what its entries make"}
    wrong = replace(PROGRAM, tiers=replace(ROLLING, tiers=(replace(SILVER, factor=150), GOLD)))
    chain.post(issue(chain.wallet, "2026-02-11", wrong, bill=20_000))
    assert chain.findings() == {"a tier gives no more than its share of the rule's coins"}


def test_a_wallet_from_before_there_were_tiers_counts_from_its_next_issue_on() -> None:
    chain = Chain()
    chain.post(issue(chain.wallet, "2026-01-10", bill=200_000))
    chain.wallet = replace(chain.wallet, qualifying={})
    chain.post(issue(chain.wallet, "2026-02-10", bill=20_000))
    assert (chain.wallet.qualifying, chain.wallet.qualifying_from) == ({202602: 10}, 2)
    assert chain.findings() == set()
