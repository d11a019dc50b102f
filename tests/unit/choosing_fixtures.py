"""A posting that chooses among a month's shards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from batua.ledger.decisions import customer_coins
from batua.ledger.model import MonthChange, Posting
from batua.ledger.posting.request import PostingState
from tests.unit.posting_fixtures import NOW, PROGRAM, SHOP, WALLET

STATE = PostingState(WALLET, NOW, shard=99)


def issuing(coins: int = 5, *, moves: tuple[MonthChange, ...] | None = None) -> Callable[[PostingState], Posting]:
    """An issue, which changes this in the merchant's month."""

    def decided(state: PostingState) -> Posting:
        made = customer_coins.decide_issue(
            WALLET, PROGRAM, customer_coins.Merchant(SHOP, 0), NOW, coins=coins, bill=None, shard=state.shard
        )
        assert isinstance(made, Posting)
        return made if moves is None else replace(made, months=moves)

    return decided
