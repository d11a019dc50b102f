"""A thousand events, and a receiver that fails three times in ten: PublishEvents, RouteEvents, DeliverWebhooks."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from batua import clock, ids
from batua.ledger.decisions import customer_coins
from batua.ledger.model import Origin, Posting, Wallet
from batua.ledger.records.customer_coins import entry_item, wallet_item
from batua.store import keys
from batua.store.store import store
from batua.store.writes import ABSENT, Put
from tests.api.conftest import Client
from tests.api.events.receivers import DROPPED, Receiver, deliveries, requeue_all
from tests.api.shops import Shop

WALLETS, EACH = 40, 25


class Flaky:
    """Fails three times in ten, in every way: an error, a redirect, a cut line, or an error after it has taken it."""

    def __init__(self, receiver: Receiver) -> None:
        self._receiver = receiver
        self._dice = random.Random(2026)
        self.failures = 0

    def __call__(self, received: Any) -> tuple[int, bytes]:
        with self._receiver.lock:
            if self._dice.random() >= 0.3:
                return 200, b"ok"
            self.failures += 1
            how = self._dice.choice(["error", "moved", "cut", "taken"])
            if how == "taken":
                self._receiver.taken.append(received)
        return {"error": 503, "moved": 302, "cut": DROPPED, "taken": 500}[how], b"no"


def post_many(shop: Shop) -> set[tuple[str, int]]:
    """A thousand entries as they stand in the ledger, fifty at a time. Returns wallet and number of each."""
    program = shop.tenant.program
    assert program
    scope, merchant = keys.scope("live", shop.tenant.id), customer_coins.Merchant(shop.tenant.id, 0)
    source = Origin("key", "::1", shop.tenant.id)
    puts: list[Put] = []
    posted = set()
    for _ in range(WALLETS):
        wallet = Wallet(ids.new_id("wal"), ids.new_id("cust"))
        for _ in range(EACH):
            posting = customer_coins.decide_issue(wallet, program, merchant, clock.system(), coins=7, bill=None)
            assert isinstance(posting, Posting)
            id = ids.new_id("txn")
            item = entry_item(scope, id, posting, source, b"", 20261121, 202611)
            puts.append(Put(keys.transaction_key(scope, id), item, when=ABSENT))
            posted.add((wallet.id, posting.after.seq))
            wallet = replace(posting.after, last_hash=item["hash"])
        puts.append(Put(keys.wallet_key(scope, wallet.id), wallet_item(scope, wallet), when=ABSENT))
    for start in range(0, len(puts), 50):
        store().commit(puts[start : start + 50])
    return posted


def test_a_thousand_events_arrive_at_a_receiver_that_fails_three_times_in_ten(
    listen: Callable[..., Any],
    shop: Shop,
    admin: Client,
    drain: Callable[[], None],
    receiver: Receiver,
) -> None:
    made = listen(events=["coins.*"])
    flaky = Flaky(receiver)
    receiver.answer, receiver.secret = flaky, made["secret"]
    posted = post_many(shop)
    assert len(posted) == 1_000
    drain()
    for day in range(1, 11):
        if requeue_all(days=2 * day) == 0:
            break
        drain()
    assert flaky.failures > 200
    # Some come twice, as the receiver failed after it had taken them: the id tells.
    once = {each.headers["webhook-id"]: each for each in receiver.taken}
    assert len(receiver.taken) > len(once)
    assert {(each.event["subject"], int(each.event["sequence"])) for each in once.values()} == posted
    assert len(once) == 1_000
    assert receiver.forged == []
    # They come in any order; the sequence puts each wallet's into that of its ledger.
    by_wallet = defaultdict(list)
    for each in once.values():
        by_wallet[each.event["subject"]].append(each.event)
    for events in by_wallet.values():
        events.sort(key=lambda event: event["sequence"])
        balances = ["0", *(event["data"]["balance"] for event in events)]
        assert [event["data"]["previous_balance"] for event in events] == balances[:-1]
        assert balances[-1] == str(7 * EACH)
    assert deliveries(admin, made["id"], status="pending") == []
    assert deliveries(admin, made["id"], status="failed") == []
