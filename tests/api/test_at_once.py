"""Many at once, through the gateway: nothing is lost, nothing happens twice, nothing goes below zero."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from batua.audit.verify import verify_wallet
from batua.ledger.queries import coin_entries
from batua.store.store import store
from tests.api.counter import BALANCE, ISSUE, REDEEM, data


def test_a_thousand_redemptions_of_one_coin_from_five_hundred(live: Any, scope: str, phone: str) -> None:
    wallet = data(live.post(ISSUE, {"phone": phone, "coins": 500}))["wallet_id"]
    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda _: live.post(REDEEM, {"phone": phone, "coins": 1}), range(1000)))
    codes = Counter((answer.status_code, answer.json()["code"]) for answer in answers)
    assert codes == {(200, "success"): 500, (409, "insufficient_balance"): 500}
    assert data(live.get(BALANCE, params={"phone": phone}))["balance"] == 0
    balances = sorted(data(answer)["balance"] for answer in answers if answer.status_code == 200)
    assert balances == list(range(500))
    assert_clean(wallet, scope, entries=501)


def test_one_key_sent_sixty_four_times_at_once_has_one_effect_and_equal_bodies(
    live: Any, scope: str, phone: str
) -> None:
    wallet = data(live.post(ISSUE, {"phone": phone, "coins": 500}))["wallet_id"]
    headers = {"Idempotency-Key": f"at-once-{phone}"}
    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda _: live.post(REDEEM, {"phone": phone, "coins": 7}, headers=headers), range(64)))
    bodies = [data(answer) for answer in answers]
    assert all(body == bodies[0] for body in bodies)
    assert sum("Idempotency-Replayed" not in answer.headers for answer in answers) == 1
    assert data(live.get(BALANCE, params={"phone": phone}))["balance"] == 493
    assert_clean(wallet, scope, entries=2)


def assert_clean(wallet: str, scope: str, *, entries: int) -> None:
    """The wallet's numbers have no gap, and replaying its entries finds nothing."""
    numbers = sorted(
        entry.seq for entry in coin_entries.read_entries(coin_entries.wallet_statement(store(), scope, wallet))
    )
    assert numbers == list(range(1, entries + 1))
    assert verify_wallet(store(), scope, wallet).findings == []
