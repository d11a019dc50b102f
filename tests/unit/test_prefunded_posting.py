"""Postings of a prefunded program, and refusals that are decided again."""

# ruff: noqa: F811 - fixtures have the names of what they give

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batua.audit.coin_records import CoinRecords
from batua.audit.cross_check import check_funding
from batua.ledger.campaigns import BIRTHDAY_GIFT
from batua.ledger.decisions import customer_coins, tenant_money
from batua.ledger.errors import (
    EntryUnreadable,
    PostingRefused,
)
from batua.ledger.findings import Finding
from batua.ledger.model import AppliedGrant, CoinDecision, MirPolicy
from batua.ledger.posting.request import PostingRequest, PostingState
from batua.ledger.queries import coin_entries, money_entries
from batua.ledger.records.tenant_money import read_line
from batua.rewards.gifts import Gift, decide_gift
from batua.store import keys
from batua.store.codec import decode
from batua.store.writes import Put
from tests.unit.counter_fixtures import (
    MERCHANT,
    OWNER,
    PROGRAM,
    SCOPE,
    SHOP,
    SOURCE,
    WALLET,
    Counter,
    counter,  # noqa: F401 - fixtures
    undoing,
)

# Prefunded programs

MONEY = tenant_money.tenant_wallet("live", SHOP)


def fund(counter: Counter, **state: Any) -> None:
    counter.desk.program = replace(PROGRAM, funding="prefunded")
    counter.store.write(Put(MONEY.key, {"ten": SHOP, "asset": "INR", "free": 10_000, **state}))


def test_the_line_beside_an_issue_is_the_second_of_its_transaction(counter: Counter) -> None:
    fund(counter)
    posted = counter.issue()
    key = keys.funds_line_key(MONEY.scope, posted.entry.id, 1)
    line = read_line(counter.item(key))
    assert (line.id, line.number, line.line.change) == (posted.entry.id, 1, -5000)
    assert money_entries.load_balances(counter.store, MONEY)[MONEY.id].free == 5000
    counter.store.write(Put(keys.funds_line_key(MONEY.scope, order_of("x").id, 1), {"kind": "x"}))
    counter.desk.deadline = 0
    with pytest.raises(EntryUnreadable):
        counter.issue("x")
    assert counter.wallet().balance == 50


def order_of(key: str) -> PostingRequest:
    return PostingRequest("move", "live", SCOPE, SOURCE, key, {})


def test_a_frozen_wallet_of_the_merchants_pays_for_nothing_and_takes_back(counter: Counter) -> None:
    fund(counter)
    issued = counter.issue().entry
    fund(counter, frozen=1)
    with pytest.raises(PostingRefused, match="insufficient_float"):
        counter.issue("more")
    assert counter.post("u", undoing(), original=coin_entries.original_from(issued, 0)).entry.amount == 50
    assert money_entries.load_balances(counter.store, MONEY)[MONEY.id].free == 15_000


def test_the_owner_of_a_prefunded_network_pays_for_its_gifts_and_gets_back_what_is_reversed(counter: Counter) -> None:
    """The merchant whose counter the customer came to last paid for what somebody else gave away, and was not asked."""
    fund(counter)
    owners = tenant_money.tenant_wallet("live", OWNER)
    gift = Gift(counter.desk.program, SCOPE, WALLET, AppliedGrant("cmp", 1, 30, BIRTHDAY_GIFT), "birthday")
    counter.desk.keep_refusal = False

    def give() -> Any:
        return counter.post("gift", lambda s: decide_gift(s.wallet, gift, MERCHANT, s.now)).entry

    with pytest.raises(PostingRefused, match="insufficient_float"):
        give()
    counter.store.write(Put(owners.key, {"ten": OWNER, "asset": "INR", "free": 4_000}))
    given = give()
    assert (given.merchant, given.payer, given.funded) == (SHOP, OWNER, 3_000)
    known = coin_entries.original_from(given, 0)

    def free() -> list[int]:
        return [money_entries.load_balances(counter.store, each)[each.id].free for each in (owners, MONEY)]

    assert free() == [1_000, 10_000]
    assert unpaid(counter) == []
    back = counter.post("undo", undoing(), original=known).entry
    assert (back.payer, back.funded, free()) == (OWNER, 3_000, [4_000, 10_000])
    assert unpaid(counter) == []
    assert counter.wallet().balance == 0


def unpaid(counter: Counter) -> list[Finding]:
    """What `verify` finds of issues that nobody paid for."""
    items = (decode(item) for _, item in counter.client.inner.items.items())
    return check_funding(counter.store, SCOPE, CoinRecords(tuple(item for item in items if item["sk"] == "TX")))


def test_a_months_floor_can_be_redeemed_before_anything_is_issued_and_once(counter: Counter) -> None:
    elsewhere = replace(PROGRAM, kind="application")  # whose issues count in no month
    counter.post("i", lambda s: customer_coins.decide_issue(s.wallet, elsewhere, MERCHANT, s.now, coins=300, bill=None))
    counter.desk.program = program = replace(PROGRAM, kind="network", mir=MirPolicy(floor=100))

    def redeem(key: str, coins: int) -> Any:
        return counter.post(
            key,
            lambda s: customer_coins.decide_redemption(
                s.wallet, program, MERCHANT, s.now, coins=coins, shard=s.shard, shards=s.shards
            ),
        )

    assert redeem("r1", 70).entry.amount == 70
    with pytest.raises(PostingRefused) as refused:
        redeem("r2", 31)
    assert refused.value.refusal.figures["left"] == 30
    assert redeem("r3", 30).entry.amount == 30
    with pytest.raises(PostingRefused):
        redeem("r4", 1)
    month = counter.item(keys.month_key(SCOPE, SHOP, 0, 202611))
    assert (month["floor"], month["room"], month["redeemed"]) == (100, 0, 100)


def test_a_refusal_at_the_ceiling_is_decided_again_where_the_wallet_has_changed(counter: Counter) -> None:
    elsewhere = replace(PROGRAM, kind="application")  # whose postings count in no month
    counter.post("i", lambda s: customer_coins.decide_issue(s.wallet, elsewhere, MERCHANT, s.now, coins=50, bill=None))
    counter.desk.program = program = replace(PROGRAM, kind="network", mir=MirPolicy())
    raced: list[str] = []

    def redeem(state: PostingState) -> CoinDecision:
        if state.shards and not raced:
            raced.append("another request empties the wallet")
            taking = lambda s: customer_coins.decide_redemption(s.wallet, elsewhere, MERCHANT, s.now, coins=50)  # noqa: E731
            counter.post("other", taking)
        return customer_coins.decide_redemption(
            state.wallet, program, MERCHANT, state.now, coins=40, shard=state.shard, shards=state.shards
        )

    with pytest.raises(PostingRefused, match="insufficient_balance") as refused:
        counter.post("r", redeem)
    assert refused.value.refusal.figures["available"] == 0
