"""Carried remainders: the part of a coin that a bill earns is kept for the customer's next bill, and never lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from batua import clock, ids
from batua.audit.coin_records import CoinRecords
from batua.audit.replay import replay_scope
from batua.identity.tenant import program_item, read_program
from batua.ledger.campaigns import Campaign
from batua.ledger.decisions import customer_coins, transfers
from batua.ledger.decisions.customer_coins import Merchant
from batua.ledger.earning import EarningRule, best_earning, remainder_unit
from batua.ledger.model import CoinDecision, Origin, Original, Posting, Program, Refusal, Wallet
from batua.ledger.queries.coin_entries import original_from
from batua.ledger.records.customer_coins import entry_item, read_entry, read_wallet, wallet_item
from batua.ledger.tiers import LoyaltyTier, TierPolicy
from batua.store import keys

OWNER, ASHA, BILAL = (ids.derived_id(*name) for name in (("ten", "carry"), ("wal", "asha"), ("wal", "bilal")))
SHOP, SCOPE = Merchant(OWNER, 0), keys.scope("live", OWNER)
TXN = ids.derived_id("txn", "original")
NOW = clock.parse_iso("2026-11-29T06:00:00Z")
RULE = EarningRule("rul_1", "percentage", basis_points=200)
PROGRAM = Program(
    ids.derived_id("prg", "carry"), OWNER, "p", "closed", "Asia/Kolkata", rules=(RULE,), carry_remainders=True
)
UNIT = remainder_unit(PROGRAM.coin_value)


def asha(carried: int = 0, **more: Any) -> Wallet:
    return Wallet(ASHA, "cust", carried=carried, seq=1, opened_at=1, **more)


def issued(wallet: Wallet, bill: int, program: Program = PROGRAM, **more: Any) -> Posting:
    decision = customer_coins.decide_issue(wallet, program, SHOP, NOW, coins=None, bill=bill, **more)
    assert isinstance(decision, Posting), decision
    return decision


def undone(wallet: Wallet, original: Original, coins: int | None = None, program: Program = PROGRAM) -> CoinDecision:
    return customer_coins.decide_reversal(wallet, program, original, NOW, coins=coins)


def original(posting: Posting, reversed: int = 0) -> Original:
    return Original(
        "txn", "issue", posting.after.id, posting.amount, posting.lots, 202611, 0, OWNER, reversed,
        day=20261129, carried=posting.carried,
    )  # fmt: skip


def test_bills_of_30_and_20_rupees_make_a_coin_at_two_percent() -> None:
    first = issued(asha(), 30_00)
    assert (first.amount, first.lots, first.legs, first.carried) == (0, {}, (), UNIT * 6 // 10)
    assert first.rule == ("rul_1", 1, "2.00% of the bill")
    second = issued(first.after, 20_00)
    assert (second.amount, second.after.carried) == (1, 0)
    assert second.rule == ("rul_1", 1, "2.00% of the bill, with the remainder of earlier bills")


def test_without_the_setting_the_part_of_a_coin_is_dropped_and_what_was_carried_stays() -> None:
    program = replace(PROGRAM, carry_remainders=False)
    decision = customer_coins.decide_issue(asha(), program, SHOP, NOW, coins=None, bill=30_00)
    assert decision == Refusal("no_rule_matches", {"earned_today": 0})
    assert issued(asha(carried=7), 120_00, program).after.carried == 7


@pytest.mark.parametrize(
    ("rule", "coins", "change"),
    [
        (replace(RULE, rounding="up"), 2, 0),
        (replace(RULE, rounding="half_up"), 2, 0),
        (EarningRule("rul_1", "flat", coins=3), 3, 0),
        (replace(RULE, cap_per_bill=1), 1, UNIT // 2),
        (replace(RULE, cap_per_bill=1, basis_points=300), 1, 0),
        (replace(RULE, cap_per_day=6, basis_points=300), 1, 0),
        (RULE, 1, UNIT // 2),
    ],
)
def test_only_a_percentage_that_rounds_down_carries_and_what_a_cap_takes_is_gone(
    rule: EarningRule, coins: int, change: int
) -> None:
    won = best_earning([rule], 75_00, scale=0, coin_value=100, earned_today=5, carried=0)
    assert won is not None
    assert (won.coins, won.carried) == (coins, change)


def test_a_bill_below_the_minimum_or_at_the_daily_cap_carries_nothing() -> None:
    below = best_earning(
        [replace(RULE, minimum_bill=100_00)], 75_00, scale=0, coin_value=100, earned_today=0, carried=9
    )
    reached = best_earning([replace(RULE, cap_per_day=5)], 75_00, scale=0, coin_value=100, earned_today=5, carried=9)
    assert (below, reached) == (None, None)


def test_the_rule_that_gives_most_wins_by_its_part_of_a_coin_too() -> None:
    rules = [replace(RULE, id="low", basis_points=100), RULE]
    won = best_earning(rules, 30_00, scale=0, coin_value=100, earned_today=0, carried=0)
    assert won is not None
    assert won.rule is RULE


def test_tier_and_campaign_multiply_the_whole_coins_alone() -> None:
    campaign = Campaign("cmp_1", "multiplier", 0, clock.parse_iso("2090-01-01"), factor=300)
    tiers = TierPolicy((LoyaltyTier("tier_1", "Gold", 0, 150),))
    program = replace(PROGRAM, tiers=tiers)
    first = issued(asha(), 30_00, program, campaigns=[campaign])
    assert (first.amount, first.campaign, first.tier) == (0, None, None)
    second = issued(first.after, 70_00, program, campaigns=[campaign])
    assert second.campaign is not None
    assert second.tier is not None
    assert (second.amount, second.campaign.coins, second.tier.coins, second.after.carried) == (7, 4, 1, 0)


def test_a_bonus_is_given_beside_a_part_of_a_coin() -> None:
    bonus = Campaign("cmp_1", "bonus", 0, clock.parse_iso("2090-01-01"), coins=5)
    posting = issued(asha(), 30_00, campaigns=[bonus])
    assert (posting.amount, posting.carried) == (5, UNIT * 6 // 10)


def test_the_last_of_a_reversal_takes_the_remainder_back() -> None:
    first = issued(asha(), 170_00)
    assert (first.amount, first.carried) == (3, UNIT * 4 // 10)
    part = undone(first.after, original(first), coins=2)
    assert isinstance(part, Posting)
    assert (part.amount, part.after.carried) == (2, first.after.carried)
    rest = undone(part.after, original(first, reversed=2))
    assert isinstance(rest, Posting)
    assert (rest.amount, rest.after.carried, rest.after.available) == (1, 0, 0)


def test_a_part_of_a_coin_is_reversed_once_and_owed_where_it_has_become_a_coin() -> None:
    first = issued(asha(), 30_00)
    second = issued(first.after, 20_00)
    back = undone(second.after, original(first))
    assert isinstance(back, Posting)
    assert back.original is not None
    assert (back.amount, back.original.reversed, back.after.carried, back.after.available) == (
        0, 1, -UNIT * 6 // 10, 1,
    )  # fmt: skip
    assert undone(back.after, original(first, reversed=1)) == Refusal(
        "nothing_to_reverse", {"original": 0, "reversed": 1}
    )
    assert undone(second.after, original(first), coins=1) == Refusal(
        "reversal_exceeds_original", {"original": 0, "left": 0}
    )
    later = issued(back.after, 20_00)
    assert (later.amount, later.after.carried) == (0, -UNIT * 2 // 10)
    assert issued(later.after, 60_00).amount == 1


def test_a_merge_and_a_reassignment_move_the_remainder_with_the_coins() -> None:
    first = issued(asha(), 80_00)
    target = Wallet(BILAL, "other", carried=UNIT * 7 // 10, seq=1, opened_at=1)
    out = transfers.decide_merge(first.after, target, PROGRAM, NOW)
    assert isinstance(out, Posting)
    into = transfers.merged_into(target, PROGRAM, out, NOW)
    assert (out.after.carried, into.after.carried) == (0, UNIT * 13 // 10)
    out = transfers.decide_reassignment(first.after, target, PROGRAM, original(first), NOW)
    assert isinstance(out, Posting)
    into = transfers.reassigned_to(target, PROGRAM, out, NOW)
    assert (out.after.carried, into.carried, into.after.carried) == (0, UNIT * 6 // 10, UNIT * 13 // 10)
    assert issued(into.after, 35_00).amount == 2, "0.6 and 0.7 carried, and 0.7 of this bill"


def test_the_items_keep_it_and_a_program_says_whether_it_carries() -> None:
    kept = {name: value for name, value in program_item(PROGRAM).items() if value is not None}
    assert read_program(kept) == PROGRAM
    assert "carry" not in {
        k for k, v in program_item(replace(PROGRAM, carry_remainders=False)).items() if v is not None
    }
    posting = issued(asha(carried=5), 30_00)
    item = entry_item(SCOPE, TXN, posting, Origin("key", "::1", OWNER), b"", 20261129, 202611)
    assert item["carry"] == [UNIT * 6 // 10, UNIT * 6 // 10 + 5]
    entry = read_entry({"pk": keys.transaction_key(SCOPE, TXN).pk, "sk": "TX", **item})
    assert (entry.carried, entry.remainder, entry.reversible) == (UNIT * 6 // 10, UNIT * 6 // 10 + 5, 1)
    assert original_from(entry, 0).reversible == 1
    stored = {name: value for name, value in wallet_item(SCOPE, posting.after).items() if value is not None}
    assert read_wallet({"pk": keys.wallet_key(SCOPE, ASHA).pk, **stored}) == posting.after
    assert wallet_item(SCOPE, asha())["carry"] is None


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("bill"), st.integers(1, 400_00)),
        st.tuples(st.just("undo"), st.integers(0, 50)),
        st.tuples(st.just("part"), st.integers(0, 50)),
        st.tuples(st.just("spend"), st.integers(1, 3)),
    ),
    max_size=25,
)


@settings(max_examples=120, deadline=None)
@given(STEPS, st.sampled_from([0, 1, 2]), st.sampled_from([100, 37]), st.sampled_from([200, 333, 5]))
def test_what_bills_earned_is_in_coins_and_the_remainder_to_the_last_part(
    steps: list[tuple[str, int]], scale: int, value: int, points: int
) -> None:
    rule = replace(RULE, basis_points=points)
    program = replace(PROGRAM, rules=(rule,), scale=scale, coin_value=value, reversal="negative")
    unit, wallet = remainder_unit(value), Wallet(ASHA, "cust")
    bills: dict[str, int] = {}
    entries: dict[str, dict[str, Any]] = {}
    reversed: Counter[str] = Counter()
    spent = 0
    for number, (step, size) in enumerate(steps):
        name, standing = ids.derived_id("txn", str(number)), sorted(bills)
        if step == "bill":
            decision = customer_coins.decide_issue(wallet, program, SHOP, NOW + number, coins=None, bill=size)
        elif step == "spend":
            decision = customer_coins.decide_redemption(wallet, program, SHOP, NOW + number, coins=size)
        elif standing:
            which = standing[size % len(standing)]
            undoes = original_from(read_entry(entries[which]), reversed[which])
            part = 1 if step == "part" else None
            decision = customer_coins.decide_reversal(wallet, program, undoes, NOW + number, coins=part)
        else:
            continue
        if isinstance(decision, Refusal):
            continue
        item = entry_item(SCOPE, name, decision, Origin("key", "::1", OWNER), b"", 20261129, 202611)
        entries[name] = {"pk": keys.transaction_key(SCOPE, name).pk, "sk": "TX", **item}
        wallet = replace(decision.after, last_hash=item["hash"])
        if decision.kind == "issue":
            bills[name] = size * points * 10**scale
        elif decision.kind == "redeem":
            spent += decision.amount
        else:
            assert decision.original is not None
            reversed[which] = decision.original.reversed
    owed = 0
    for name, parts in bills.items():
        entry = read_entry(entries[name])
        # A whole reversal takes the bill's parts back, a part of one the coins alone.
        owed += 0 if reversed[name] == entry.reversible else parts - reversed[name] * unit
    assert (wallet.available + spent) * unit + wallet.carried == owed
    stored = {name: value for name, value in wallet_item(SCOPE, wallet).items() if value is not None}
    months = {(OWNER, 202611, 0): _month(entries)}
    books = CoinRecords(tuple(entries.values()), {ASHA: stored} if wallet.seq else {}, {}, +reversed, months)
    assert replay_scope(SCOPE, books) == []


def _month(entries: dict[str, dict[str, Any]]) -> dict[str, int]:
    signs = {"issue": ("issued", 1), "reverse_issue": ("issued", -1), "redeem": ("redeemed", 1)}
    month: Counter[str] = Counter()
    for entry in entries.values():
        name, sign = signs[entry["kind"]]
        month[name] += sign * entry["amt"]
    return {**month, "reach": 1}
