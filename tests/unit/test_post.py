"""The posting path: round trips, replays, refusals, and who wins a race."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from batua import clock, ids
from batua.audit.verify import verify_scope
from batua.ledger.decisions import customer_coins
from batua.ledger.errors import IdempotencyKeyConflict, LedgerBusy, PostingRefused
from batua.ledger.model import CoinDecision, Hold, InvariantBroken, Origin, Refusal, Wallet
from batua.ledger.posting.request import PostingState, on_first_entry
from batua.ledger.posting.shard_scaling import shard_of
from batua.ledger.queries import coin_entries
from batua.ledger.records.customer_coins import entry_item, read_entry, read_hold
from batua.ledger.records.shared import entry_hash
from batua.store import keys
from batua.store.codec import encode
from batua.store.store import Store
from batua.store.writes import ABSENT, Put, Update
from tests.fakes.faults import Fault, FaultyClient
from tests.unit.posting_fixtures import BAKERY, NOW, OWNER, PROGRAM, SCOPE, SHOP, WALLET, Counter, key_on, order


def test_a_movement_takes_one_read_and_one_transaction_and_a_replay_no_more() -> None:
    counter = Counter()
    first = counter.issue("k", 50)
    assert counter.calls() == ["BatchGetItem", "TransactWriteItems"]
    again = counter.desk.post(
        order("issue", "k", coins=50), PostingState(counter.wallet(), NOW + 5), counter.issuing(50)
    )
    assert counter.calls() == ["BatchGetItem", "TransactWriteItems"]
    assert (again.entry, again.replayed) == (first, True)
    assert counter.wallet().balance == 50


def test_a_refusal_takes_one_put_and_is_given_again_though_it_would_be_possible_now() -> None:
    counter = Counter()
    with pytest.raises(PostingRefused) as refused:
        counter.redeem("k", 5)
    assert counter.calls() == ["BatchGetItem", "PutItem"]
    assert not refused.value.replayed
    counter.issue("i", 50)
    with pytest.raises(PostingRefused) as again:
        counter.redeem("k", 5)
    assert again.value.replayed
    assert again.value.refusal == refused.value.refusal
    assert counter.wallet().balance == 50


def test_another_content_under_a_key_is_refused_whatever_the_key_had_been_answered() -> None:
    counter = Counter()
    counter.issue("k", 50)
    with pytest.raises(IdempotencyKeyConflict):
        counter.issue("k", 51)
    with pytest.raises(PostingRefused):
        counter.redeem("k", 51)
    for coins in (50, 52):
        with pytest.raises(IdempotencyKeyConflict):
            counter.redeem("k", coins)


def test_a_redemption_that_emptied_the_wallet_is_answered_as_the_success_that_it_was() -> None:
    counter = Counter()
    counter.issue("i", 50)
    first = counter.redeem("r", 50)
    again = counter.desk.post(
        order("redeem", "r", coins=50), PostingState(counter.wallet(), NOW), counter.redeeming(50)
    )
    assert (again.entry, again.replayed) == (first, True)


def test_a_refusal_that_meets_the_success_of_its_twin_is_that_success() -> None:
    counter = Counter()
    counter.issue("i", 50)
    empty = PostingState(replace(counter.wallet(), lots={}), NOW)
    first = counter.redeem("r", 5)
    assert counter.desk.post(order("redeem", "r", coins=5), empty, counter.redeeming(5)).entry == first


def test_keys_of_other_merchants_and_other_operations_are_other_keys() -> None:
    made = {order(op, "k", who).id for op in ("issue", "redeem") for who in (SHOP, BAKERY)}
    assert len(made) == 4


def test_a_request_without_a_key_is_one_request_however_often_the_order_is_asked() -> None:
    counter, one, other = Counter(), order("issue", None, coins=5), order("issue", None, coins=5)
    assert one.id == one.id
    assert one.id != other.id
    for asked in (one, one, other):
        counter.move(asked, counter.issuing(5))
    assert counter.wallet().balance == 10


@pytest.mark.parametrize("lost", ["lost_before", "lost_after"])
def test_a_lost_reply_is_made_up_for_by_sending_the_same_again(lost: Fault) -> None:
    counter = Counter("none", lost, "conflict", "throttle_item", "throttle")
    counter.issue(None, 50)
    assert counter.wallet().balance == 50
    assert counter.wallet().seq == 1


def test_at_the_deadline_the_key_is_looked_at_before_it_is_called_busy() -> None:
    counter = Counter("none", "lost_after")
    counter.desk.deadline = 0.0
    assert counter.issue("k", 50).after == 50
    counter = Counter("none", "lost_before")
    counter.desk.deadline = 0.0
    with pytest.raises(LedgerBusy):
        counter.issue("k", 50)


def test_a_read_that_stays_unanswered_on_the_way_is_busy() -> None:
    counter = Counter(shards=2)
    counter.issue("gift", 500, merchant=BAKERY)
    # What one shard has is not enough, and the others can't be read.
    counter.client.plan = iter(["none", "none", "lost_before"])
    with pytest.raises(LedgerBusy):
        counter.redeem(key_on(1, "redeem", 2), 5)


def test_another_writer_between_read_and_commit_is_seen_and_decided_upon_anew() -> None:
    counter = Counter()
    counter.issue("i", 50)
    counter.calls()
    counter.client.plan = iter(["none", "other"])
    counter.client.other = lambda: Counter.redeem(clean(counter), "other", 30)
    with pytest.raises(PostingRefused) as refused:
        counter.redeem("r", 40)
    assert refused.value.refusal == Refusal("insufficient_balance", {"balance": 20, "available": 20, "requested": 40})
    # What the wallet has become came with the reasons: no second read.
    assert counter.calls()[-2:] == ["TransactWriteItems", "PutItem"]


def clean(counter: Counter) -> Counter:
    other = Counter(shards=counter.desk.shard_count, program=counter.program)
    other.client = FaultyClient(counter.client.inner)
    other.store = other.desk.store = Store(other.client, "ledger", "directory", sleep=lambda _: None)
    return other


def test_a_wallet_that_is_frozen_between_read_and_commit_stays_frozen() -> None:
    counter = Counter()
    counter.issue("i", 50)
    read_before = counter.wallet()
    counter.store.write(Update(keys.wallet_key(SCOPE, WALLET.id), set={"st": "frozen"}))
    with pytest.raises(PostingRefused) as refused:
        counter.desk.post(order("issue", "k", coins=5), PostingState(read_before, NOW), counter.issuing(5))
    assert refused.value.refusal.code == "wallet_not_active"
    assert counter.wallet().status == "frozen"


def test_a_wallet_that_is_gone_is_a_fault_and_never_made_anew() -> None:
    counter = Counter()
    counter.issue("i", 50)
    read_before = counter.wallet()
    counter.client.inner.items.pop(("ledger", *keys.wallet_key(SCOPE, WALLET.id)[1:]))
    with pytest.raises(InvariantBroken, match="gone"):
        counter.desk.post(order("issue", "k", coins=5), PostingState(read_before, NOW), counter.issuing(5))


def test_two_first_entries_at_once_make_one_wallet_and_one_customer() -> None:
    counter = Counter("none", "other")
    customer = Put(keys.customer_key(SCOPE, WALLET.customer), {"name": "Asha"}, when=ABSENT)
    counter.desk.extra_writes = on_first_entry(customer)
    other = clean(counter)
    other.desk.extra_writes = on_first_entry(customer)
    counter.client.other = lambda: other.issue("other", 30)
    assert counter.issue("k", 20).seq == 2
    assert counter.wallet().balance == 50


def test_an_optional_write_that_is_there_already_is_left_as_it_is() -> None:
    counter = Counter()
    customer = keys.customer_key(SCOPE, WALLET.customer)
    counter.store.write(Put(customer, {"name": "Asha"}))
    counter.desk.extra_writes = on_first_entry(Put(customer, {"name": "nobody"}, when=ABSENT))
    counter.issue("k", 20)
    assert (counter.store.read([customer])[customer] or {})["name"] == "Asha"


def test_a_hold_that_ended_meanwhile_is_not_ended_again() -> None:
    counter = Counter()
    counter.issue("i", 50)
    open_hold = held(counter)

    def voiding(s: PostingState) -> CoinDecision:
        assert s.hold is not None
        return customer_coins.decide_void(s.wallet, PROGRAM, s.hold, s.now, why="voided")

    stale = PostingState(counter.wallet(), NOW, hold=open_hold)
    counter.desk.post(order("void", "v1"), stale, voiding)
    with pytest.raises(PostingRefused) as refused:
        counter.desk.post(order("void", "v2"), stale, voiding)
    assert refused.value.refusal.code == "hold_not_open"
    assert verify_scope(counter.store, SCOPE).findings == []


def held(counter: Counter) -> Hold:
    """A hold of 20 coins, as read back."""
    shop, id = customer_coins.Merchant(SHOP, 0), ids.derived_id("hold", "h")
    counter.move(
        order("hold", "h"),
        lambda s: customer_coins.decide_hold(s.wallet, PROGRAM, shop, s.now, id=id, coins=20, expires_at=NOW + 1000),
    )
    key = keys.hold_key(SCOPE, id)
    return read_hold(counter.store.read([key])[key] or {})


def capturing(s: PostingState) -> CoinDecision:
    assert s.hold is not None
    return customer_coins.decide_capture(
        s.wallet, PROGRAM, customer_coins.Merchant(SHOP, 0), s.hold, s.now, shard=s.shard, shards=s.shards
    )


def test_a_capture_whose_reply_was_lost_is_answered_as_it_was_made() -> None:
    counter = Counter()
    counter.issue("i", 50)
    state = PostingState(counter.wallet(), NOW, hold=held(counter))
    state = replace(state, wallet=counter.wallet())
    counter.client.plan = iter(["lost_after"])
    posted = counter.desk.post(order("capture", "c"), state, capturing)
    assert (posted.entry.kind, posted.entry.after) == ("capture", 30)
    assert verify_scope(counter.store, SCOPE).findings == []


def test_a_wallet_and_a_hold_that_were_not_read_in_one_moment_are_read_again() -> None:
    counter = Counter()
    counter.issue("i", 50)
    open_hold = held(counter)
    counter.desk.post(order("capture", "c1"), PostingState(counter.wallet(), NOW, hold=open_hold), capturing)
    # The hold as it was before that capture, the wallet as it is after it.
    with pytest.raises(PostingRefused) as refused:
        counter.desk.post(order("capture", "c2"), PostingState(counter.wallet(), NOW, hold=open_hold), capturing)
    assert refused.value.refusal.code == "hold_not_open"


def test_a_state_that_makes_no_sense_however_often_it_is_read_is_a_fault() -> None:
    counter = Counter()
    counter.issue("i", 50)
    open_hold = held(counter)
    counter.store.write(Update(keys.wallet_key(SCOPE, WALLET.id), set={"held": 0}))
    with pytest.raises(InvariantBroken):
        counter.desk.post(order("capture", "c"), PostingState(counter.wallet(), NOW, hold=open_hold), capturing)
    assert counter.wallet().seq == 2


def test_a_reversal_whose_reply_was_lost_is_answered_as_it_was_made() -> None:
    counter = Counter()
    issued = counter.issue("i", 50)
    counter.client.plan = iter(["none", "none", "lost_after"])
    assert counter.reverse("back", issued.id).amount == 50
    assert counter.wallet().balance == 0


def test_reversals_that_meet_do_not_exceed_the_original_together() -> None:
    counter = Counter()
    issued = counter.issue("i", 50)
    original = coin_entries.original_from(issued, 0)
    stale = PostingState(counter.wallet(), NOW, original=original)

    def half(s: PostingState) -> CoinDecision:
        assert s.original is not None
        return customer_coins.decide_reversal(s.wallet, PROGRAM, s.original, s.now, coins=30)

    counter.desk.post(order("reverse", "a"), stale, half)
    with pytest.raises(PostingRefused) as refused:
        counter.desk.post(order("reverse", "b"), stale, half)
    assert refused.value.refusal == Refusal("reversal_exceeds_original", {"original": 50, "left": 20})


def test_a_reversal_counts_in_the_month_of_the_merchant_that_issued_whoever_asks_for_it() -> None:
    counter = Counter()
    issued = counter.issue("i", 50)
    counter.reverse("back", issued.id, by=OWNER)
    assert counter.months(SHOP) == (0, 0)
    assert counter.months(OWNER) == (0, 0)
    assert verify_scope(counter.store, SCOPE).findings == []


def test_a_redemption_larger_than_every_shard_is_gathered_from_all_of_them() -> None:
    counter = Counter(shards=3)
    for shard in range(3):
        counter.issue(key_on(shard, "issue"), 10)
    counter.issue("gift", 100, merchant=BAKERY)
    counter.redeem("r", 90)
    assert counter.months(SHOP) == (30, 90)
    with pytest.raises(PostingRefused) as refused:
        counter.redeem("r2", 1)
    assert refused.value.refusal.figures == {"issued": 30, "redeemed": 90, "ceiling": 90, "left": 0}
    assert verify_scope(counter.store, SCOPE).findings == []


def test_on_one_shard_the_table_itself_holds_a_merchant_to_its_ceiling() -> None:
    counter = Counter()
    counter.issue("i", 10)
    counter.issue("gift", 100, merchant=BAKERY)
    with pytest.raises(PostingRefused) as refused:
        counter.redeem("r", 31)
    assert refused.value.refusal.figures == {"issued": 10, "redeemed": 0, "ceiling": 30, "left": 30}
    counter.redeem("r2", 30)
    assert counter.months(SHOP) == (10, 30)


def test_of_two_redemptions_that_meet_only_as_many_coins_go_as_there_is_room_for() -> None:
    other_wallet = Wallet(ids.derived_id("wal", "b"), ids.derived_id("cust", "b"))
    for shards in (1, 3):
        counter = Counter(shards=shards)
        counter.issue("i", 10)
        counter.issue("gift", 100, merchant=BAKERY)
        counter.issue("gift too", 100, merchant=BAKERY, wallet=other_wallet)
        # Another customer's redemption takes the room after this one has been decided, before it is committed.
        counter.client.plan = iter(["none"] * (1 if shards == 1 else 2) + ["other"])
        counter.client.other = lambda counter=counter: clean(counter).redeem("o", 20, wallet=other_wallet)
        with pytest.raises(PostingRefused) as refused:
            counter.redeem("r", 20)
        assert refused.value.refusal.code == "mir_limit_reached"
        assert counter.months(SHOP) == (10, 20)


def test_room_that_a_reversal_took_back_on_one_shard_is_not_spent_on_another() -> None:
    counter = Counter(shards=3)
    counter.issue("gift", 400, merchant=BAKERY)
    issued = counter.issue(key_on(0, "issue"), 100)
    counter.redeem(key_on(0, "redeem"), 300)
    counter.reverse("back", issued.id)
    counter.issue(key_on(1, "issue"), 50)
    # Issued 50, redeemed 300: the merchant is far above its ceiling, though shard 1 by itself has room for 150.
    with pytest.raises(PostingRefused) as refused:
        counter.redeem(key_on(1, "redeem"), 1)
    assert refused.value.refusal.figures == {"issued": 50, "redeemed": 300, "ceiling": 150, "left": 0}


def test_a_posting_counts_on_one_shard_of_its_own() -> None:
    assert {shard_of(ids.derived_id("txn", str(n)), 4) for n in range(100)} == {0, 1, 2, 3}


# How entries stand


def size(value: Any) -> int:
    """Bytes that DynamoDB counts for a value."""
    ((kind, inner),) = value.items()
    match kind:
        case "S":
            return len(inner.encode())
        case "N":
            return 2 + len(inner) // 2
        case "M":
            return 3 + sum(1 + len(name) + size(part) for name, part in inner.items())
        case "L":
            return 3 + sum(1 + size(part) for part in inner)
        case "B":
            return len(inner)
    return 1


def test_an_entry_stays_under_the_kilobyte_that_a_write_unit_buys() -> None:
    lots = {clock.add_months(202611, n): 10**9 for n in range(13)}
    wallet = Wallet(WALLET.id, WALLET.customer, lots, seq=10**6, last_hash=b"h" * 32)
    shop = customer_coins.Merchant(SHOP, 0)
    decision = customer_coins.decide_redemption(wallet, PROGRAM, shop, NOW, coins=13 * 10**9, bill=10**15)
    assert not isinstance(decision, Refusal)
    source = Origin("key_" + "0" * 26, "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", SHOP, "R" * 64, "N" * 100)
    item = entry_item(SCOPE, ids.new_id("txn"), decision, source, b"f" * 16, 20261121, 202611)
    wire = encode({"pk": keys.transaction_key(SCOPE, ids.new_id("txn")).pk, "sk": "TX", **item})
    assert sum(len(name) + size(value) for name, value in wire.items()) < 1024


def test_an_entry_is_read_back_as_it_was_posted_and_its_seal_is_over_all_it_says() -> None:
    counter = Counter()
    entry = counter.issue("k", 50)
    record, _ = coin_entries.find_transaction(counter.store, SCOPE, entry.id)
    assert record is not None
    assert read_entry(record) == entry
    assert entry_hash(entry.id, record) == entry.hash
    for name in record.keys() - {"pk", "sk", "hash"}:
        assert entry_hash(entry.id, {**record, name: "something else"}) != entry.hash
    assert entry_hash(ids.new_id("txn"), record) != entry.hash
