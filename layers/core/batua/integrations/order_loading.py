"""Loads everything a settlement needs to know about one order: its state, reward, customer, wallet and postings."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple

from ..customers import model as customers
from ..identity.tenant import Tenant
from ..ledger.decisions.customer_coins import Merchant
from ..ledger.model import Program, Wallet
from ..ledger.posting.recall import follow_merges
from ..ledger.records.customer_coins import Entry, read_entry, read_wallet
from ..ledger.records.moved_coins import replacement_of
from ..phone import PhoneError, to_e164
from ..store import contact_keys, keys, moved_keys
from ..store.keys import Key
from ..store.store import ConditionFailed, Record, Store
from ..store.writes import ABSENT, Put
from .model import Connection, ConnectionDelivery
from .order_record import OrderRecord, RewardBasis, contact_location, order_key, read_order_record
from .orders import (
    OrderState,
    OrderUpdate,
    RewardShare,
    earned_share,
    merge_update,
    standing_lines,
    with_evidence,
    without_lines,
)

_NUMBER_SEPARATORS: Final = re.compile(r"[/|,;]")


@dataclass(frozen=True, slots=True)
class SettlementContext:
    """Whose books a delivery is settled in."""

    store: Store
    connection: Connection
    tenant: Tenant
    program: Program
    now: int

    @property
    def scope(self) -> str:
        return keys.scope(self.connection.mode, self.program.owner)

    @property
    def merchant(self) -> Merchant:
        return Merchant(self.tenant.id, self.tenant.program_since, self.tenant.rules)


class StandingIssue(NamedTuple):
    """An issue for the order, and how much of it is reversed already, by anyone."""

    entry: Entry
    undone: int

    @property
    def left(self) -> int:
        return max(0, self.entry.amount - self.undone)


class CoinChange(NamedTuple):
    """What has to move for an order. At most one of `issue` and `reverse` is above zero."""

    issue: int = 0
    reverse: int = 0
    reinstate: int = 0
    """Written-off coins that the order deserves again; below zero, reinstated coins that it no longer deserves."""


@dataclass(frozen=True, slots=True)
class LoadedOrder:
    """An order at one look: what is known, what it deserves, whose it is, and what the ledger holds for it."""

    record: OrderRecord
    state: OrderState
    share: RewardShare
    phone: str | None
    customer: str | None
    wallet: Wallet | None
    issues: tuple[StandingIssue, ...]

    @property
    def held(self) -> int:
        return sum(issue.left for issue in self.issues)

    @property
    def latest(self) -> StandingIssue:
        """The last issue of which something is left. Raises StopIteration where nothing is held."""
        return next(issue for issue in reversed(self.issues) if issue.left)

    def target(self, basis: RewardBasis) -> int:
        """What the order deserves now. What a campaign gave for certain lines goes with these lines alone."""
        if basis.campaign is None or not basis.lines:
            return self.share.of(basis.coins)
        part, whole = standing_lines(self.state, basis.lines)
        return self.share.of(basis.coins - basis.campaign.coins) + basis.campaign.coins * part // whole

    @property
    def manually_reversed(self) -> int:
        """What someone took back without us. We don't give it again."""
        return max(0, self.record.given - self.held)

    def change_towards(self, target: int) -> CoinChange:
        """What has to move so that the order has `target` coins.

        Coins that were spent before they could be taken back are counted first when the order deserves more, and last
        when it deserves less.
        """
        counted = self.held + self.record.reinstated
        missing = target - counted - self.manually_reversed
        if missing > 0:
            reinstate = min(missing, self.record.written_off)
            return CoinChange(issue=missing - reinstate, reinstate=reinstate)
        excess = max(0, counted - target)
        reverse = min(excess, self.held)
        return CoinChange(reverse=reverse, reinstate=-min(excess - reverse, self.record.reinstated))


def load_order(books: SettlementContext, update: OrderUpdate, delivery: ConnectionDelivery) -> LoadedOrder:
    key = order_key(books.scope, books.connection, update.order)
    found = books.store.read([key])[key]
    record = read_order_record(found) if found else OrderRecord(key.pk.rpartition("#")[2])
    if not (any(one.for_items for one in books.program.campaigns) or (record.basis and record.basis.lines)):
        update = without_lines(update)
    match = delivery.matched_phone(update.order)
    phone = match or first_valid_phone(update, books.tenant.region)
    known = merge_update(record.known, with_evidence(record.known, update), phone)
    if match is None:
        phone = known.phone[1] if known.phone else None
    email = known.email[1] if known.email else None
    wanted = [key for id in record.issues for key in _issue_keys(books.scope, id)]
    link = (
        contact_location(books.scope, books.tenant.id, email)
        if email and phone is None and record.customer is None
        else None
    )
    customer = record.customer or (
        customers.customer_id_by_phone(books.scope, books.program.owner, phone) if phone else None
    )
    if customer:
        wanted.append(keys.wallet_key(books.scope, wallet_id_of(books, customer)))
    if record.issues and customer:
        wanted.append(moved_keys.merged_wallet_key(books.scope, wallet_id_of(books, customer)))
    there = books.store.read([*wanted, *([link] if link else [])]) if wanted or link else {}
    contact = there[link] if link else None
    if contact and "phone" in contact:
        phone = str(contact["phone"])
        customer = customers.customer_id_by_phone(books.scope, books.program.owner, phone)
        place = keys.wallet_key(books.scope, wallet_id_of(books, customer))
        there |= books.store.read([place])
    issues = _standing_issues(books, record.issues, there)
    if issues and customer == record.customer:
        customer = _current_customer(books, issues[-1].entry, there)
        if customer != record.customer:
            phone = None  # the number that the order was made with is the wrong one
    wallet = None
    if customer:
        place = keys.wallet_key(books.scope, wallet_id_of(books, customer))
        if place not in there:
            there |= books.store.read([place])
        stored = there[keys.wallet_key(books.scope, wallet_id_of(books, customer))]
        wallet = read_wallet(stored) if stored else Wallet(wallet_id_of(books, customer), customer)
    return LoadedOrder(record, known, earned_share(known), phone, customer, wallet, issues)


def _issue_keys(scope: str, id: str) -> list[Key]:
    return [
        keys.transaction_key(scope, id),
        keys.reversed_sum_key(scope, id),
        moved_keys.reassigned_issue_key(scope, id),
    ]


def _standing_issues(
    books: SettlementContext, ids: tuple[str, ...], there: dict[Key, Record | None]
) -> tuple[StandingIssue, ...]:
    """The issues that stand for an order, each as staff left it: one that was reassigned as its replacement."""
    return tuple(_standing_issue(books, id, there) for id in ids)


def _standing_issue(books: SettlementContext, id: str, there: dict[Key, Record | None]) -> StandingIssue:
    scope = books.scope
    while replacement := replacement_of(there[moved_keys.reassigned_issue_key(scope, id)]):
        id = replacement
        there |= books.store.read(_issue_keys(scope, id))
    entry = there[keys.transaction_key(scope, id)]
    if entry is None:
        raise LookupError(f"the entry {id} of an order is not in the ledger")
    return StandingIssue(read_entry(entry), (there[keys.reversed_sum_key(scope, id)] or {}).get("sum", 0))


def _current_customer(books: SettlementContext, latest: Entry, there: dict[Key, Record | None]) -> str:
    """Whose the order's coins are now: the customer of its latest issue, or whom that one was merged into."""
    merges = follow_merges(books.store, books.scope, latest, there)
    return merges[-1].customer if merges else latest.customer


def first_valid_phone(update: OrderUpdate, region: str) -> str | None:
    """The first usable number of an order. A placeholder before the customer's own number does not hide it."""
    for text in update.phones:
        # People write two numbers into one field: `9876543210 / 9876500000`.
        for part in _NUMBER_SEPARATORS.split(text):
            with suppress(PhoneError):
                return to_e164(part, update.region or region)
    return None


def wallet_id_of(books: SettlementContext, customer: str) -> str:
    return customers.customer_wallet_id(books.scope, books.program.id, customer)


def issue_wallet(books: SettlementContext, view: LoadedOrder, issue: StandingIssue) -> Wallet:
    """The wallet of an issue: of the order's customer, or of one whose coins were moved since."""
    if view.wallet is not None and view.wallet.id == issue.entry.wallet:
        return view.wallet
    key = keys.wallet_key(books.scope, issue.entry.wallet)
    record = books.store.read([key])[key]
    if record is None:
        raise LookupError(f"the wallet of the entry {issue.entry.id} is not in the ledger")
    return read_wallet(record)


def remember_contact(books: SettlementContext, email: str, phone: str) -> None:
    """The first number that came with an address stays: a later order can't turn somebody's coins to itself."""
    customer = customers.customer_id_by_phone(books.scope, books.program.owner, phone)
    key = contact_location(books.scope, books.tenant.id, email)
    found_by = {"g1p": contact_keys.contacts_partition(books.scope, customer), "g1s": key.pk}
    with suppress(ConditionFailed):
        books.store.write(Put(key, {"phone": phone, "at": books.now, **found_by}, when=ABSENT))
