"""Books of a network, and tamperings with them that leave every wallet, hash and balance in order, each made as
somebody with the table's keys would.

What gives them away stands elsewhere: in another tenant's books, in the program, or in the totals of the stream.
"""

from __future__ import annotations

from typing import Any

from batua import clock, ids
from batua.audit import verify
from batua.identity.tenant import program_item
from batua.ledger import totals
from batua.ledger.decisions import customer_coins, tenant_money
from batua.ledger.model import MirPolicy, Origin, Program, Wallet
from batua.ledger.posting.customer_coins import PostingService
from batua.ledger.posting.request import PostingRequest, PostingState
from batua.ledger.posting.tenant_money import TenantLedger, funds_request
from batua.ledger.records.customer_coins import read_wallet
from batua.ledger.records.shared import entry_hash
from batua.store import keys
from batua.store.codec import decode, encode
from batua.store.store import Store
from batua.store.writes import Put
from tests.fakes.dynamodb import FakeDynamoDB

OWNER, SHOP, CHILD = (ids.derived_id("ten", name) for name in ("network", "shop", "child"))
SCOPE = keys.scope("live", OWNER)
MONEY, CHILDS = tenant_money.tenant_wallet("live", SHOP), tenant_money.tenant_wallet("live", CHILD)
NOW = clock.parse_iso("2026-11-21T09:30:00Z")
LATER = NOW + 3 * clock.DAY_MS
"""When the days and the totals of what is posted are complete."""
ZONE = "Asia/Kolkata"
PROGRAM = Program(
    ids.derived_id("prg", "stars"), OWNER, "Stars", "network", ZONE, mir=MirPolicy(floor=10), funding="prefunded"
)
ASHA, BALA = (Wallet(ids.derived_id("wal", name), ids.derived_id("cust", name)) for name in ("asha", "bala"))
HOLD = ids.derived_id("hold", "one")
MONTH = keys.month_key(SCOPE, SHOP, 0, 202611)

Record = dict[str, Any]


class Books:
    """A network, a merchant of it and that merchant's child, with coins and money moved between all of them."""

    def __init__(self) -> None:
        self.client = FakeDynamoDB()
        self.store = Store(self.client, "ledger", "directory", sleep=lambda seconds: None)
        self.store.write(Put(keys.program_key(OWNER, PROGRAM.id), program_item(PROGRAM)))
        merchant = customer_coins.Merchant(SHOP, 0)
        self.credited = self.money("credit", lambda known: tenant_money.decide_credit(known, MONEY, 100_000, NOW))
        self.sent = self.money("send", lambda known: tenant_money.decide_transfer(known, MONEY, CHILDS, 5_000, NOW))
        self.debited = self.money("debit", lambda known: tenant_money.decide_debit(known, MONEY, 700, NOW))
        for wallet in (ASHA, BALA):
            self.coins("issue", wallet, lambda s: customer_coins.decide_issue(
                s.wallet, PROGRAM, merchant, s.now, coins=100, bill=None))  # fmt: skip
        self.coins("redeem", ASHA, lambda s: customer_coins.decide_redemption(
            s.wallet, PROGRAM, merchant, s.now, coins=30))  # fmt: skip
        self.coins("hold", ASHA, lambda s: customer_coins.decide_hold(
            s.wallet, PROGRAM, merchant, s.now, id=HOLD, coins=20, expires_at=LATER))  # fmt: skip
        self.last = self.coins("issue", ASHA, lambda s: customer_coins.decide_issue(
            s.wallet, PROGRAM, merchant, s.now, coins=40, bill=None))  # fmt: skip
        stream = [
            {"eventName": "INSERT", "dynamodb": {"NewImage": item, "SequenceNumber": str(number)}}
            for number, (place, item) in enumerate(self.client.items.items())
            if place[0] == "ledger"
        ]
        assert totals.add_to_totals(self.store, {"Records": stream}, NOW) == []

    def money(self, operation: str, decide: Any) -> str:
        request = funds_request(operation, "live", SHOP, Origin("usr", "::1", SHOP), operation, {})
        return TenantLedger(self.store, ZONE, NOW).post(request, decide).id

    def coins(self, operation: str, wallet: Wallet, decide: Any) -> str:
        record = self.store.read([key := keys.wallet_key(SCOPE, wallet.id)])[key]
        state = PostingState(read_wallet(record) if record else wallet, NOW)
        request = PostingRequest(operation, "live", SCOPE, Origin("key", "::1", SHOP), ids.new_id("txn"), {})
        return PostingService(self.store, PROGRAM).post(request, state, decide).entry.id

    def item(self, key: keys.Key) -> Record:
        return decode(self.client.items[tuple(key)])

    def change(self, key: keys.Key, **changes: Any) -> None:
        self.client.items[tuple(key)] = encode({**self.item(key), **changes})

    def drop(self, *wanted: keys.Key) -> None:
        for key in wanted:
            del self.client.items[tuple(key)]

    def reseal(self, id: str, **changes: Any) -> None:
        """Rewrites the last entry of Asha's wallet, with its hash, and the wallet with it."""
        key = keys.transaction_key(SCOPE, id)
        self.change(key, **changes)
        self.change(key, hash=entry_hash(id, {n: v for n, v in self.item(key).items() if n not in ("pk", "sk")}))
        self.change(keys.wallet_key(SCOPE, ASHA.id), hash=self.item(key)["hash"])

    def invariants(self, settled_until: int | None = LATER) -> set[str]:
        found = set()
        for scope in (SCOPE, MONEY.scope, CHILDS.scope):
            report = verify.verify_scope(self.store, scope, None, settled_until)
            found |= {finding.invariant for finding in report.findings}
        return found


def rewrite_the_last_entry(books: Books) -> None:
    entry = books.item(keys.transaction_key(SCOPE, books.last))
    (expiry,) = entry["lots"]
    lots = {expiry: entry["lots"][expiry] + 60}
    wallet = books.item(keys.wallet_key(SCOPE, ASHA.id))
    lot, counted = {expiry: wallet["lots"][expiry] + 60}, {"202611": 200}
    books.change(keys.wallet_key(SCOPE, ASHA.id), lots=lot, earn={SHOP: 200}, qual=counted)
    month = books.item(MONTH)
    room = {"room": month["room"] + 300 * 60, "room_new": month["room_new"] + 500 * 60}
    books.change(MONTH, issued=month["issued"] + 60, **room)
    legs = [["mint", -100], ["wallet", 100]]
    books.reseal(books.last, amt=100, aft=entry["aft"] + 60, lots=lots, legs=legs, sh={"0": 100}, fund=10_000)
    line = keys.funds_line_key(MONEY.scope, books.last, 1)
    books.change(line, amt=10_000, legs=[["wallet", -10_000], ["float", 10_000]])
    content = {name: value for name, value in books.item(line).items() if name not in ("pk", "sk")}
    books.change(line, hash=entry_hash(books.last, content))
    books.change(MONEY.key, free=books.item(MONEY.key)["free"] - 6_000)


def cut_the_tail(books: Books) -> None:
    entry = books.item(keys.transaction_key(SCOPE, books.last))
    (expiry,) = entry["lots"]
    wallet = keys.wallet_key(SCOPE, ASHA.id)
    left = books.item(wallet)["lots"][expiry] - 40
    before = {"seq": books.item(wallet)["seq"] - 1, "hash": entry["prev"], "earn": {SHOP: 100}}
    books.change(wallet, lots={expiry: left}, qual={"202611": 100}, **before)
    month = books.item(MONTH)
    room = {"room": month["room"] - 300 * 40, "room_new": month["room_new"] - 500 * 40}
    books.change(MONTH, issued=month["issued"] - 40, **room)
    books.drop(keys.transaction_key(SCOPE, books.last), keys.funds_line_key(MONEY.scope, books.last, 1))
    books.change(MONEY.key, free=books.item(MONEY.key)["free"] + 4_000)


def delete_a_whole_wallet(books: Books) -> None:
    partition = keys.wallet_partition(SCOPE, BALA.id)
    for record in list(books.store.query_all("ledger", partition, index="statement")):
        id = record["pk"].rpartition("#")[2]
        books.drop(keys.transaction_key(SCOPE, id), keys.funds_line_key(MONEY.scope, id, 1))
    books.drop(keys.wallet_key(SCOPE, BALA.id))
    month = books.item(MONTH)
    room = {"room": month["room"] - 300 * 100, "room_new": month["room_new"] - 500 * 100}
    books.change(MONTH, issued=month["issued"] - 100, **room)
    books.change(MONEY.key, free=books.item(MONEY.key)["free"] + 10_000)


def raise_the_room(books: Books) -> None:
    books.change(MONTH, room=books.item(MONTH)["room"] + 1)


def raise_the_overdraft(books: Books) -> None:
    books.change(MONEY.key, free=books.item(MONEY.key)["free"] + 5_000, over=5_000)


def delete_a_debit(books: Books) -> None:
    books.drop(keys.funds_line_key(MONEY.scope, books.debited))
    books.change(MONEY.key, free=books.item(MONEY.key)["free"] + 700)


def delete_both_sides_of_a_transfer(books: Books) -> None:
    books.drop(keys.funds_line_key(MONEY.scope, books.sent, 0))
    books.change(MONEY.key, free=books.item(MONEY.key)["free"] + 5_000)
    books.drop(keys.funds_line_key(CHILDS.scope, books.sent, 1), CHILDS.key)


def delete_the_childs_side(books: Books) -> None:
    books.drop(keys.funds_line_key(CHILDS.scope, books.sent, 1), CHILDS.key)


def delete_the_parents_side(books: Books) -> None:
    books.drop(keys.funds_line_key(MONEY.scope, books.sent, 0))
    books.change(MONEY.key, free=books.item(MONEY.key)["free"] + 5_000)


def put_off_the_end_of_a_hold(books: Books) -> None:
    books.change(keys.hold_key(SCOPE, HOLD), exp=LATER + clock.DAY_MS)


def delete_the_payment_of_an_issue(books: Books) -> None:
    books.drop(keys.funds_line_key(MONEY.scope, books.last, 1))
    books.change(MONEY.key, free=books.item(MONEY.key)["free"] + 4_000)
