"""Wallets and books made again from the entries alone, and every way in which the record differs. Pure.

The invariants are the ledger's own: numbers without gaps, a chain of hashes, legs that add up to zero, lots that settle
as `lots.settle` says, holds that end once, reversals that never exceed their original, and an item per wallet, hold and
merchant's month that says what its entries say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final, Literal

from ..ledger import lots as lot
from ..ledger.campaigns import GIFTS
from ..ledger.decisions.coin_posting import FIRST_ISSUE, earned_before
from ..ledger.findings import Finding
from ..ledger.lots import add_pending, beyond_lots, pending_on
from ..ledger.model import Hold, LedgerAccount, Wallet
from ..ledger.records.customer_coins import Entry, hold_item, read_entry, wallet_item
from ..ledger.records.shared import entry_hash
from ..ledger.tiers import TierPolicy, count_qualifying, tier_bonus, tier_in
from ..store.store import Record
from .coin_records import CoinRecords, record_id

SIGNS: Mapping[str, tuple[LedgerAccount, int]] = {
    "issue": ("mint", -1),
    "redeem": ("redeemed", 1),
    "hold": ("held", 1),
    "capture": ("redeemed", 1),
    "void": ("held", -1),
    "reverse_issue": ("mint", 1),
    "reverse_redeem": ("redeemed", -1),
    "expire": ("breakage", 1),
    "transfer_out": ("transferred", 1),
    "transfer_in": ("transferred", -1),
    "import": ("imported", -1),
    "reverse_import": ("imported", 1),
}
"""Kind -> the account whose leg is the entry's amount, and its sign."""

COUNTED: Mapping[str, tuple[str, int]] = {
    "issue": ("issued", 1),
    "reverse_issue": ("issued", -1),
    "redeem": ("redeemed", 1),
    "capture": ("redeemed", 1),
    "reverse_redeem": ("redeemed", -1),
}
"""Kind -> the figure of the merchant's month that it counts in, and its sign."""

UNREADABLE: Final = (KeyError, ValueError, TypeError, IndexError, AttributeError)
"""What reading an item raises that is not as it was written."""


def replay_wallet(scope: str, wallet_id: str, books: CoinRecords) -> list[Finding]:
    """Replays one wallet from its entries (all of them, in any order)."""
    counted_from = books.wallets.get(wallet_id, {}).get("qual_from", 0)
    played = _Replay(scope, Wallet(wallet_id, ""), counted_from, books.tiers)
    for record in sorted(books.entries, key=lambda record: str(record.get("g1s"))):
        played.enter(record)
    played.close(books)
    return played.findings


class _Replay:
    """A wallet while its entries are gone through, one after the other."""

    def __init__(self, scope: str, wallet: Wallet, qualifying_from: int, tiers: Mapping[str, TierPolicy]) -> None:
        self.scope = scope
        self.tiers = tiers
        self.qualifying_from = qualifying_from
        self.wallet = wallet
        self.entries: dict[str, Entry] = {}
        self.holds: dict[str, Hold] = {}
        self.undone: Counter[str] = Counter()
        self.earlier_days: list[tuple[int, dict[str, int]]] = []  # since the last issue, as returns once counted
        self.findings: list[Finding] = []
        self.whole = True
        """Whether every entry so far made sense: after one that does not, balances are not followed further."""

    def check(self, subject: str, invariant: str, expected: object, found: object) -> None:
        if expected != found:
            self.findings.append(Finding(subject, invariant, _as_text(expected), _as_text(found)))

    def enter(self, record: Record) -> None:
        id = str(record.get("pk", "")).rpartition("#")[2]
        try:
            entry = read_entry(record)
        except UNREADABLE as fault:
            self.findings.append(_unreadable(id, fault))
            self.whole = False
            return
        self.check(id, "an entry is of its key", entry.id, id)
        self.check(id, "an entry is of its wallet", self.wallet.id, entry.wallet)
        self.check(id, "numbers have no gaps", self.wallet.seq + 1, entry.seq)
        self.check(id, "the chain of hashes is whole", self.wallet.last_hash, entry.previous)
        self.check(id, "an entry says what it said when it was sealed", entry_hash(id, record), entry.hash)
        self.check(id, "legs add up to zero", 0, sum(leg.amount for leg in entry.legs))
        self.check(id, "time does not run backwards", True, entry.at >= self.wallet.last_at)
        after = replace(
            self.wallet,
            customer=entry.customer,
            seq=entry.seq,
            last_hash=entry.hash,
            last_at=entry.at,
            opened_at=self.wallet.opened_at or entry.at,
        )
        if self.whole:
            known = len(self.findings)
            after = self._move(entry, after)
            self.whole = len(self.findings) == known
        self.wallet = after
        self.entries[entry.id] = entry

    def _move(self, entry: Entry, after: Wallet) -> Wallet:
        """The wallet after an entry, from what the entry moved; what the entry says of balances is compared with it."""
        before = self.wallet
        moved = _by_account(entry)
        past = sum(entry.expired.values())
        debt = sum(entry.lots.values()) - past - moved["wallet"]
        settled = lot.settle_lots(before.lots, before.debt + debt, entry.lots, entry.day // 100)
        carried = before.carried + entry.carried
        held = before.held + moved["held"]
        pending = add_pending(pending_on(before.pending, entry.day), entry.pending)
        after = replace(after, lots=settled.lots, debt=settled.debt, held=held, carried=carried, pending=pending)
        account, sign = SIGNS.get(entry.kind, ("wallet", 1))
        check = self.check
        check(entry.id, "the amount is what the legs say", sign * entry.amount, moved[account])
        check(entry.id, "lots that are past leave as breakage", settled.past, dict(entry.expired))
        check(entry.id, "breakage is what the legs say", past, moved["breakage"])
        made = debt > 0 and entry.kind in ("reverse_issue", "reverse_import")
        check(entry.id, "only a reversed issue makes debt", True, made or debt == 0)
        check(entry.id, "the balance before is the last balance after", before.balance, entry.before)
        check(entry.id, "the balance after is what the movement leaves", after.balance, entry.after)
        check(entry.id, "what is held is what the movement leaves", after.held, entry.held)
        check(entry.id, "debt is what the movement leaves", after.debt, entry.debt)
        if entry.remainder is not None:
            check(entry.id, "the remainder is what the movement leaves", carried, entry.remainder)
        check(entry.id, "no lot is overdrawn", True, after.held >= 0 and all(n > 0 for n in after.lots.values()))
        check(entry.id, "what is pending is a part of its lot", {}, beyond_lots(pending, settled.lots))
        check(entry.id, "no pending lot is overdrawn", True, all(coins > 0 for coins in pending.values()))
        self._follow_hold(entry, moved["held"])
        self._follow_reversal(entry)
        self._follow_tier(entry)
        return self._qualifying(entry, self._earned(entry, after))

    def _follow_hold(self, entry: Entry, held: int) -> None:
        if entry.hold is None:
            self.check(entry.id, "only the entries of holds move what is held", 0, held)
        elif entry.kind == "hold":
            self.check(entry.id, "a hold is made once", False, entry.hold in self.holds)
            taken = lot.negate_lots(entry.lots)
            self.holds[entry.hold] = Hold(
                entry.hold, entry.wallet, entry.amount, taken, "open", entry.until, entry.merchant
            )
        else:
            hold = self.holds.get(entry.hold)
            self.check(entry.id, "a hold ends once", "open", hold.state if hold else None)
            if hold:
                self.check(entry.id, "the end of a hold releases all of it", -hold.amount, held)
                ends = lot.add_lots(entry.lots, entry.spent)
                self.check(entry.id, "a hold's lots come back or are spent", dict(hold.lots), ends)
                captured = entry.amount if entry.kind == "capture" else 0
                ended: Literal["captured", "voided"] = "captured" if entry.kind == "capture" else "voided"
                self.holds[hold.id] = replace(hold, state=ended, captured=captured)

    def _follow_reversal(self, entry: Entry) -> None:
        if entry.original is None:
            self.check(entry.id, "a reversal names its original", False, entry.kind.startswith("reverse_"))
            return
        original = self.entries.get(entry.original)
        self.check(entry.id, "a reversal's original is an entry of the wallet before it", True, original is not None)
        coins = entry.amount + entry.shortfall
        if original is not None and not original.amount:
            coins = original.reversible  # of an issue of a part of a coin alone
        before, self.undone[entry.original] = self.undone[entry.original], self.undone[entry.original] + coins
        if original is None:
            return
        within = self.undone[entry.original] <= original.reversible
        self.check(entry.id, "reversals never exceed the original", True, within)
        whole = original.kind == "issue" and self.undone[entry.original] == original.reversible
        back = -original.carried if whole else 0
        self.check(entry.id, "the last of a reversal undoes what the issue did to the remainder", back, entry.carried)
        if entry.kind == "reverse_redeem":
            given = lot.take_lifo(original.spent, coins, skip=before)
            self.check(entry.id, "undoing a redemption gives its lots back", given, dict(entry.lots))

    def _follow_tier(self, entry: Entry) -> None:
        """What a tier gave: the customer was in it by what they had earned, and it gave what it says."""
        policy, applied = self.tiers.get(entry.asset), entry.tier
        if policy is None or applied is None or applied.version != policy.version:
            return
        tier = tier_in(policy, self.wallet.qualifying, entry.day // 100)
        self.check(entry.id, "the tier is that of the coins earned before", tier and tier.id, applied.id)
        if tier and tier.id == applied.id:
            base = entry.amount - applied.coins - (entry.campaign.coins if entry.campaign else 0)
            # An order that gets a part of its reward gets that part of the tier's coins, rounded down.
            within = 0 < applied.coins <= tier_bonus(tier, base)
            self.check(entry.id, "a tier gives no more than its share of the rule's coins", True, within)

    def _earned(self, entry: Entry, after: Wallet) -> Wallet:
        """What the wallet remembers of the day's coins, for daily caps."""
        after = replace(after, unused=False)
        if entry.campaign and entry.campaign.how in GIFTS:
            return after  # no visit
        today = dict(after.earned) if after.earned_on == entry.day else {}
        if entry.kind == "issue":
            was, once = entry.earned_before, {day for day, _ in self.earlier_days}
            if was is not None and was not in once:
                before = earned_before(self.wallet, entry.day)
                self.check(entry.id, "an issue says when coins were earned before it", before, was)
            today[entry.merchant] = today.get(entry.merchant, 0) + entry.amount
            self.earlier_days = []
            return replace(after, earned_on=entry.day, earned=today)
        original = self.entries.get(entry.original or "")
        if entry.kind != "reverse_issue" or original is None:
            return after
        if original.day == entry.day and original.merchant in today:
            today[original.merchant] = max(0, today[original.merchant] - entry.amount - entry.shortfall)
        self.earlier_days.append((entry.day, today))
        taken = entry.amount == original.amount and not entry.shortfall and after.debt == self.wallet.debt
        if taken and original.seq == self.wallet.seq and (was := original.earned_before) is not None:
            return replace(after, earned_on=max(0, was), earned={}, unused=was == FIRST_ISSUE)
        return replace(after, earned=today) if after.earned_on == entry.day else after

    def _qualifying(self, entry: Entry, after: Wallet) -> Wallet:
        """The coins that count towards a tier, by month. A wallet from before there were tiers has those from its
        `qual_from` on."""
        change: Mapping[int, int] = entry.moved_qualifying
        if entry.kind == "issue":
            change = {entry.day // 100: entry.amount}
        elif entry.kind == "reverse_issue":
            original = self.entries.get(entry.original or "")
            change = {original.day // 100: -entry.amount - entry.shortfall} if original else {}
        if not change or entry.seq < self.qualifying_from:
            return after
        before = self.wallet
        return replace(
            after,
            qualifying=count_qualifying(before.qualifying, change, entry.day // 100),
            qualifying_from=before.qualifying_from if before.qualifying or not before.seq else entry.seq,
        )

    def close(self, books: CoinRecords) -> None:
        """Compares what the entries make with the items that stand."""
        wallet = self.wallet
        stored = books.wallets.get(wallet.id)
        if stored is None:
            self.check(wallet.id, "a wallet with entries stands", not wallet.seq, True)
            return
        self.check(wallet.id, "the wallet's number is its last entry's", wallet.seq, stored.get("seq"))
        self.check(wallet.id, "the wallet's hash is its last entry's", wallet.last_hash, stored.get("hash"))
        if not self.whole:
            return
        made = _without_nulls({**wallet_item(self.scope, replace(wallet, status=stored.get("st", "active")))})
        once = (stored.get("day"), stored.get("earn", {})) in self.earlier_days
        for name in sorted({*made, *stored} - {"pk", "sk", "seq", "hash", *(("day", "earn") if once else ())}):
            self.check(wallet.id, f"the wallet's `{name}` is what its entries make", made.get(name), stored.get(name))
        open_holds = sum(hold.amount for hold in self.holds.values() if hold.state == "open")
        self.check(wallet.id, "what is held is the sum of the open holds", open_holds, wallet.held)
        for id, hold in self.holds.items():
            try:
                self._close_hold(hold, books.holds.get(id))
            except UNREADABLE as fault:
                self.findings.append(_unreadable(id, fault))
        for id in {*self.undone, *(books.reversals.keys() & self.entries.keys())}:
            self.check(id, "the sum of its reversals is on record", self.undone[id], books.reversals.get(id, 0))

    def _close_hold(self, hold: Hold, stored: Record | None) -> None:
        if stored is None:
            self.check(hold.id, "a hold stands", True, False)
            return
        made = hold
        if hold.state == "voided" and stored.get("st") == "expired":
            made = replace(made, state="expired")
        expected = _without_nulls(hold_item(made, self.scope))
        for name in sorted({*expected, *stored} - {"pk", "sk"}):
            self.check(hold.id, f"the hold's `{name}` is what its entries make", expected.get(name), stored.get(name))


def replay_scope(scope: str, books: CoinRecords) -> list[Finding]:
    """Replays every wallet of a scope, then the merchants' months, then the sum of everything."""
    entries: dict[str, list[Record]] = {}
    for record in books.entries:
        entries.setdefault(str(record.get("g1p")).rpartition("#")[2], []).append(record)
    findings = []
    for wallet in sorted({*entries, *books.wallets}):
        findings += replay_wallet(scope, wallet, replace(books, entries=tuple(entries.get(wallet, ()))))
    for sums in (_check_months, _shards, _conservation, _orphans):
        try:
            findings += sums(scope, books)
        except UNREADABLE as fault:
            findings.append(_unreadable(scope, fault))
    return findings


def _check_months(_scope: str, books: CoinRecords) -> list[Finding]:
    """What the merchants' months say was issued and redeemed, shard by shard, against the entries."""
    kept: Counter[tuple[str, int, int, str]] = Counter()
    merchants = {record_id(record): record for record in books.entries}
    for record in books.entries:
        if record.get("kind") not in COUNTED:
            continue
        figure, sign = COUNTED[record["kind"]]
        # A reversal counts in the month of the merchant that issued or redeemed, even where another one requested it.
        merchant = str(merchants.get(record.get("orig", ""), record)["g2p"]).rpartition("#")[2]
        for shard, count in record.get("sh", {}).items():
            kept[merchant, record["mon"], int(shard), figure] += sign * count
    stored = {
        (*place, figure): item[figure]
        for place, item in books.months.items()
        for figure in ("issued", "redeemed")
        if item.get(figure)
    }
    findings = []
    for place in sorted({*kept, *stored}):
        merchant, month, shard, figure = place
        if kept[place] != stored.get(place, 0):
            invariant = f"{figure} in {month}, shard {shard}, is the sum of the entries"
            findings.append(Finding(merchant, invariant, str(kept[place]), str(stored.get(place, 0))))
    return findings


def _shards(_scope: str, books: CoinRecords) -> list[Finding]:
    """What lets a posting trust one shard of a month: all are within its reach, none is below zero beside others."""
    findings = []
    for place, item in sorted(books.months.items()):
        merchant, month, number = place
        first = books.months.get((merchant, month, 0), {})
        if number >= first.get("reach", 1):
            invariant = f"shard {number} of {month} is one of those that shard 0 knows of"
            findings.append(Finding(merchant, invariant, f"below {first.get('reach', 1)}", str(number)))
        if item.get("room", 0) < 0 and (number or _others_open(books, merchant, month)):
            invariant = f"no shard of {month} is below zero while others are open"
            findings.append(Finding(merchant, invariant, "0 or more", str(item["room"])))
    return findings


def _others_open(books: CoinRecords, merchant: str, month: int) -> bool:
    return any(item.get("open") for place, item in books.months.items() if place[:2] == (merchant, month) and place[2])


def _conservation(scope: str, books: CoinRecords) -> list[Finding]:
    """Every coin that was minted is in a wallet, held, redeemed or expired."""
    totals = account_totals(books.entries)
    wallets = books.wallets.values()
    there = {
        "wallet": sum(sum(item["lots"].values()) - item.get("debt", 0) for item in wallets),
        "held": sum(item["held"] for item in wallets),
    }
    findings = []
    if totals["transferred"]:
        invariant = "what is transferred out of wallets comes into others"
        findings.append(Finding(scope, invariant, "0", str(totals["transferred"])))
    if sum(totals.values()):
        findings.append(Finding(scope, "all legs add up to zero", "0", str(sum(totals.values()))))
    for account, amount in there.items():
        if totals[account] != amount:
            invariant = f"all wallets' `{account}` is the sum of the legs"
            findings.append(Finding(scope, invariant, str(totals[account]), str(amount)))
    return findings


def _orphans(_scope: str, books: CoinRecords) -> list[Finding]:
    """Holds and sums of reversals that no entry speaks of."""
    ids = {record_id(record) for record in books.entries}
    holds = {record.get("hold") for record in books.entries}
    invariant = "an entry speaks of it"
    orphans = [*sorted(books.holds.keys() - holds), *sorted(books.reversals.keys() - ids)]
    return [Finding(orphan, invariant, "an entry", "none") for orphan in orphans]


def account_totals(entries: Iterable[Record]) -> Counter[str]:
    """The sum of the legs on each account. An entry that cannot be read has none (and has been found before)."""
    totals: Counter[str] = Counter()
    for record in entries:
        with suppress(*UNREADABLE):
            totals.update(_by_account(read_entry(record)))
    return totals


def _by_account(entry: Entry) -> Counter[str]:
    moved: Counter[str] = Counter()
    for leg in entry.legs:
        moved[leg.account] += leg.amount
    return moved


def _without_nulls(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in item.items() if value is not None}


def _unreadable(subject: str, fault: Exception) -> Finding:
    return Finding(subject, "every item can be read", "all of its attributes", f"{type(fault).__name__}: {fault}")


def _as_text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
