"""A wallet with an entry of every kind, as stored, for tests that replay it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from batua import clock, ids
from batua.audit import replay
from batua.audit.coin_records import CoinRecords
from batua.ledger.decisions import customer_coins
from batua.ledger.decisions.customer_coins import Merchant
from batua.ledger.model import Hold, MirPolicy, Origin, Original, Posting, Program, Wallet
from batua.ledger.queries.coin_entries import original_from
from batua.ledger.records.customer_coins import entry_item, hold_item, read_entry, wallet_item
from batua.ledger.records.shared import entry_hash
from batua.store import keys

OWNER, SHOP, BAKERY = (ids.derived_id("ten", name) for name in ("owner", "shop", "bakery"))
SCOPE = keys.scope("live", OWNER)
PROGRAM = Program("prg", OWNER, "p", "network", "UTC", mir=MirPolicy(), expiry_months=1, reversal="negative")
WALLET, OPEN, DONE, VOID = (
    ids.derived_id("wal", "asha"),
    ids.derived_id("hold", "open"),
    ids.derived_id("hold", "done"),
    ids.derived_id("hold", "void"),
)
NOVEMBER, DECEMBER = clock.parse_iso("2026-11-21T09:30:00Z"), clock.parse_iso("2026-12-05T00:00:00Z")
JANUARY = clock.parse_iso("2027-01-02T00:00:00Z")

Record = dict[str, Any]


def txn(name: str) -> str:
    return ids.derived_id("txn", name)


class Ledger:
    """One customer's wallet with an entry of every kind, by the names of its movements."""

    def __init__(self) -> None:
        self.wallet = Wallet(WALLET, "cust")
        self.entries: dict[str, Record] = {}
        self.holds: dict[str, Record] = {}
        self.undone: dict[str, int] = {}
        self.months: dict[tuple[str, int, int], Record] = {}
        self.now = NOVEMBER
        self.issue("first", 100)
        self.post(
            "redeem", lambda s: customer_coins.decide_redemption(self.wallet, PROGRAM, s, self.now, coins=30, shard=1)
        )
        self.issue("bakery", 8, BAKERY)
        self.now = DECEMBER
        self.issue("second", 40)
        for name, id in (("open", OPEN), ("done", DONE), ("void", VOID)):
            self.hold(name, id)
        self.post(
            "capture",
            lambda s: customer_coins.decide_capture(self.wallet, PROGRAM, s, self.held(DONE), self.now, coins=15),
        )
        self.post(
            "release",
            lambda _: customer_coins.decide_void(self.wallet, PROGRAM, self.held(VOID), self.now, why="voided"),
        )
        self.now = JANUARY
        self.issue("third", 5)
        self.reverse("back", "redeem", 12)
        self.reverse("unissue", "third", 3)
        self.reverse("owing", "first", 90)
        self.reverse("again", "redeem", 3)

    def post(self, name: str, decided: Callable[[Merchant], Any], merchant: str = SHOP) -> None:
        self.now += 1000
        posting = decided(Merchant(merchant, 0))
        assert isinstance(posting, Posting), posting
        day = clock.local_day(self.now, "UTC")
        month = posting.months[0].month if posting.months else day // 100
        item = entry_item(SCOPE, txn(name), posting, Origin("key", "::1", merchant), b"f", day, month)
        key = keys.transaction_key(SCOPE, txn(name))
        self.entries[name] = {"pk": key.pk, "sk": key.sk, **item}
        self.wallet = replace(posting.after, last_hash=item["hash"])
        if posting.hold:
            self.holds[posting.hold.id] = there(hold_item(posting.hold, SCOPE), keys.hold_key(SCOPE, posting.hold.id))
        if posting.original:
            self.undone[posting.original.id] = posting.original.reversed
        whose = posting.original.merchant if posting.original else merchant
        for change in posting.months:
            stands = self.months.setdefault(
                (whose, change.month, change.shard), {"issued": 0, "redeemed": 0, "reach": 2}
            )
            stands["issued"] += change.issued
            stands["redeemed"] += change.redeemed

    def issue(self, name: str, coins: int, merchant: str = SHOP) -> None:
        self.post(
            name,
            lambda s: customer_coins.decide_issue(self.wallet, PROGRAM, s, self.now, coins=coins, bill=None),
            merchant,
        )

    def hold(self, name: str, id: str) -> None:
        self.post(
            name,
            lambda s: customer_coins.decide_hold(
                self.wallet, PROGRAM, s, self.now, id=id, coins=20, expires_at=JANUARY * 2
            ),
        )

    def held(self, id: str) -> Hold:
        item = self.holds[id]
        lots = {int(month): count for month, count in item["lots"].items()}
        return Hold(id, WALLET, item["amt"], lots, item["st"], item["exp"], item["mer"])

    def reverse(self, name: str, of: str, coins: int) -> None:
        undoes = self.original(of)
        self.post(name, lambda _: customer_coins.decide_reversal(self.wallet, PROGRAM, undoes, self.now, coins=coins))

    def original(self, of: str) -> Original:
        return original_from(read_entry(self.entries[of]), self.undone.get(txn(of), 0))

    def books(self, **changes: Any) -> CoinRecords:
        stands = {WALLET: there(wallet_item(SCOPE, self.wallet), keys.wallet_key(SCOPE, WALLET))}
        said = {"wallets": stands, "holds": self.holds, "reversals": self.undone, "months": self.months, **changes}
        return CoinRecords(tuple(self.entries.values()), **said)

    def forge(self, name: str, **changes: Any) -> None:
        """Changes an entry (None takes an attribute away), and seals it and all that follow anew."""
        forged = {**self.entries[name], **changes}
        self.entries[name] = {attribute: value for attribute, value in forged.items() if value is not None}
        previous = b""
        for record in self.entries.values():
            record["prev"] = previous
            record["hash"] = previous = entry_hash(record["pk"].rpartition("#")[2], record)
        self.wallet = replace(self.wallet, last_hash=previous)

    def findings(self) -> list[tuple[str, str, str, str]]:
        """What a replay of the wallet finds: name of the entry (or the subject), invariant, expected, found."""
        names = {txn(name): name for name in self.entries} | {WALLET: "wallet", OPEN: "open", DONE: "done"}
        return [
            (names.get(one.subject, one.subject), one.invariant, one.expected, one.found)
            for one in replay.replay_wallet(SCOPE, WALLET, self.books())
        ]

    def invariants(self, name: str) -> set[str]:
        return {invariant for subject, invariant, _, _ in self.findings() if subject == name}


def there(item: Any, key: keys.Key) -> Record:
    return {"pk": key.pk, "sk": key.sk, **{name: value for name, value in item.items() if value is not None}}
