"""Settling an order: what it deserves now, against what the ledger holds for it, and the difference posted.

The order's record is written in the transaction of each posting, on the condition that nobody has written it since it
was read. So two deliveries of one order that are processed at once cannot both post: the second finds the record
changed, looks again, and finds its difference gone. The idempotency key says the same in other words: order, number of
the record, and the coins aimed at.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from .. import clock
from ..customers import model as customers
from ..ledger import decide, read
from ..ledger.decide import Merchant
from ..ledger.entry import Entry, Source, read_entry, read_wallet
from ..ledger.model import Decision, Posting, Program, Refusal, Wallet
from ..ledger.post import Desk, Order, Overtaken, Posted, Refused, State
from ..ledger.rules import earn
from ..phone import PhoneError, to_e164
from ..store import keys
from ..store.keys import Key
from ..store.store import ConditionFailed, Contended, Record, Store
from ..store.writes import ABSENT, Condition, Put, Write
from ..tenants.model import Tenant
from .model import Connection, Delivery, Status
from .order_record import Basis, OrderRecord, contact_key, order_item, order_key, read_order_record
from .orders import Known, Said, Share, deserved, merge

_ROUNDS: Final = 20
"""How often an order is looked at again for one delivery: others are at it, or several issues are to be undone."""


FORGOTTEN_AFTER: Final = 90 * 86_400
"""Seconds that an order without a customer is kept."""


@dataclass(frozen=True, slots=True)
class Books:
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
        return Merchant(self.tenant.id, self.tenant.joined_at, self.tenant.rules)


@dataclass(frozen=True, slots=True)
class Outcome:
    order: str
    status: Status
    reason: str | None = None
    posted: tuple[dict[str, Any], ...] = ()


class Held(NamedTuple):
    """An issue that stands for the order, and how much of it is undone already, by whomever."""

    entry: Entry
    undone: int

    @property
    def left(self) -> int:
        return max(0, self.entry.amount - self.undone)


@dataclass(frozen=True, slots=True)
class _View:
    """An order at one look: what is known, what it deserves, whose it is, and what the ledger holds for it."""

    record: OrderRecord
    known: Known
    share: Share
    phone: str | None
    customer: str | None
    wallet: Wallet | None
    issues: tuple[Held, ...]

    @property
    def held(self) -> int:
        return sum(issue.left for issue in self.issues)

    @property
    def by_hand(self) -> int:
        """What someone took back without us. We don't give it again."""
        return max(0, self.record.given - self.held)


def settle(books: Books, said: Said, delivery: Delivery) -> Outcome:
    """Brings the ledger to what the order deserves by all that is known. Raises Contended: to be tried again."""
    if said.skip:
        return Outcome(said.order, "ignored", said.skip)
    posted: list[dict[str, Any]] = []
    for _ in range(_ROUNDS):
        view = _look(books, said, delivery)
        uncounted = view.record.basis is None
        if uncounted and said.made_at is not None and said.made_at < books.connection.orders_from:
            return Outcome(said.order, "ignored", "before_connection")
        try:
            step = _step(books, said, delivery, view, posted)
        except Overtaken:
            continue
        except Refused as refused:
            _note(books, view, None)
            return Outcome(said.order, "refused", refused.refusal.code, tuple(posted))
        if step:
            return step
    raise Contended(f"order {said.order} changes all the time")


def rehearse(books: Books, said: Said, delivery: Delivery) -> tuple[Outcome, int, int, str | None]:
    """What `settle` would aim at: the outcome, coins held, coins deserved, the customer's number. Writes nothing."""
    view = _look(books, said, delivery)
    if said.skip:
        return Outcome(said.order, "ignored", said.skip), view.held, view.held, view.phone
    if view.customer is None and view.share.kept:
        return Outcome(said.order, "unmatched", "no_customer"), view.held, view.held, view.phone
    basis = _basis(books, view, view.wallet or Wallet("", ""))
    target = view.share.of(basis.coins) if basis else 0
    reason = "no_rule_matches" if basis and not basis.coins else None
    status: Status = "unchanged" if target == view.held else "posted"
    return Outcome(said.order, status, reason), view.held, target, view.phone


def _step(books: Books, said: Said, delivery: Delivery, view: _View, posted: list[dict[str, Any]]) -> Outcome | None:
    """One step towards what the order deserves; the outcome where that was the last one."""
    if view.customer is None and view.share.kept:
        _note(books, view, None)
        return Outcome(said.order, "unmatched", "no_customer")
    basis = _basis(books, view, view.wallet or Wallet("", ""))
    target = view.share.of(basis.coins) if basis else 0
    if target > view.held + view.by_hand:
        last, entry = True, _issue(books, said, delivery, view, target).entry
    elif target < view.held:
        part = min(view.held - target, _latest(view).left)
        last, entry = part == view.held - target, _reverse(books, said, delivery, view, part).entry
    else:
        _note(books, view, basis)
        return _outcome(said, view, basis, posted, _posted_before(books, said, delivery, view))
    posted.append(told(said.order, entry))
    return _outcome(said, view, basis, posted, _posted_before(books, said, delivery, view)) if last else None


def _outcome(
    said: Said, view: _View, basis: Basis | None, posted: Sequence[dict[str, Any]], before: Sequence[dict[str, Any]]
) -> Outcome:
    seen = {each["transaction"] for each in posted}
    every = (*(each for each in before if each["transaction"] not in seen), *posted)
    if every:
        return Outcome(said.order, "posted", None, every)
    if view.share.kept and basis and not basis.coins:
        return Outcome(said.order, "ignored", "no_rule_matches")
    return Outcome(said.order, "unchanged")


def _look(books: Books, said: Said, delivery: Delivery) -> _View:
    key = order_key(books.scope, books.connection, said.order)
    found = books.store.read([key])[key]
    record = read_order_record(found) if found else OrderRecord(key.pk.rpartition("#")[2])
    phone = delivery.match or _phone(said, books.tenant.region)
    known = merge(record.known, said, phone, delivery.received_at)
    if delivery.match is None:
        phone = known.phone[1] if known.phone else None
    email = known.email[1] if known.email else None
    wanted: list[Key] = []
    for id in record.issues:
        wanted += [keys.transaction(books.scope, id), keys.reversed_sum(books.scope, id)]
    link = (
        contact_key(books.scope, books.tenant.id, email)
        if email and phone is None and record.customer is None
        else None
    )
    customer = record.customer or (customers.by_phone(books.scope, books.program.owner, phone) if phone else None)
    wanted += [keys.wallet(books.scope, _wallet_id(books, customer))] if customer else []
    there = books.store.read([*wanted, *([link] if link else [])]) if wanted or link else {}
    contact = there[link] if link else None
    if contact and "phone" in contact:
        phone = str(contact["phone"])
        customer = customers.by_phone(books.scope, books.program.owner, phone)
        place = keys.wallet(books.scope, _wallet_id(books, customer))
        there |= books.store.read([place])
    wallet = None
    if customer:
        stored = there[keys.wallet(books.scope, _wallet_id(books, customer))]
        wallet = read_wallet(stored) if stored else Wallet(_wallet_id(books, customer), customer)
    issues = tuple(_held(there, books.scope, id) for id in record.issues)
    return _View(record, known, deserved(known), phone, customer, wallet, issues)


def _held(there: dict[Key, Record | None], scope: str, id: str) -> Held:
    entry = there[keys.transaction(scope, id)]
    if entry is None:
        raise LookupError(f"the entry {id} of an order is not in the ledger")
    return Held(read_entry(entry), (there[keys.reversed_sum(scope, id)] or {}).get("sum", 0))


def _basis(books: Books, view: _View, wallet: Wallet) -> Basis | None:
    """What the bill earns: as found for this very bill before, else by the rules of now. None while nothing counts."""
    if not view.share.kept:
        return None
    if view.record.basis and view.record.basis.bill == view.share.bill:
        return view.record.basis
    program = books.program
    day = clock.day_of(max(books.now, wallet.last_at), program.time_zone)
    today = wallet.earned.get(books.tenant.id, 0) if wallet.earned_on == day else 0
    # What the order itself earned today makes way for what it earns now.
    today -= sum(issue.left for issue in view.issues if issue.entry.day == day)
    won = earn(
        books.tenant.rules or program.rules,
        view.share.bill,
        scale=program.scale,
        coin_value=program.coin_value,
        earned_today=max(0, today),
    )
    if won is None:
        return Basis(view.share.bill, 0, None)
    return Basis(view.share.bill, won.coins, (won.rule.id, won.rule.version, won.how))


def _issue(books: Books, said: Said, delivery: Delivery, view: _View, target: int) -> Posted:
    """Gives what is missing. Each decision asks the rules again: the day's cap may have been reached meanwhile."""
    found: list[Basis] = []

    def decision(state: State) -> Decision:
        basis = _basis(books, view, state.wallet) or Basis(view.share.bill, 0, None)
        found[:] = [basis]
        coins = view.share.of(basis.coins) - view.held - view.by_hand
        if coins <= 0:
            return Refusal("daily_cap_reached", {})
        posting = decide.issue(
            state.wallet,
            books.program,
            books.merchant,
            state.now,
            coins=coins,
            bill=None if view.issues else view.share.bill,
            shard=state.shard,
        )
        return replace(posting, rule=basis.rule) if isinstance(posting, Posting) else posting

    def guards(posting: Posting) -> Sequence[Write]:
        entries = (*(issue.entry.id for issue in view.issues if issue.left), order.id)
        after = replace(
            view.record,
            known=view.known,
            basis=found[-1],
            issues=entries,
            given=view.record.given + posting.amount,
            customer=view.customer,
        )
        return [_put(books, _by(after, delivery, order.id))]

    assert view.customer is not None
    assert view.wallet is not None
    order = _order(books, said, delivery, view, "issue", target)
    desk = _desk(books, guards)
    if view.phone:
        newcomer = customers.Customer(view.customer, books.now, phone=view.phone)
        desk.companions = [customers.customer_put(books.scope, newcomer, by=books.tenant.id)]
    posted = desk.post(order, State(view.wallet, books.now), decision)
    if view.phone and view.known.email:
        _remember(books, view.known.email[1], view.phone)
    return posted


def _reverse(books: Books, said: Said, delivery: Delivery, view: _View, part: int) -> Posted:
    """Undoes coins of the latest issue that has any left; what is more than that takes another step."""
    issue = _latest(view)
    original = read.original(issue.entry, issue.undone)

    def decision(state: State) -> Decision:
        if state.original and state.original.reversed != issue.undone:
            raise Overtaken(keys.reversed_sum(books.scope, original.id))
        return decide.reverse(state.wallet, books.program, original, state.now, coins=part)

    def guards(posting: Posting) -> Sequence[Write]:
        whole = {issue.entry.id} if part == issue.left else set()
        left = tuple(each.entry.id for each in view.issues if each.left and each.entry.id not in whole)
        # The basis of a bill that counts no more is kept: should it count again, it earns the same.
        after = replace(view.record, known=view.known, issues=left, given=view.record.given - part)
        return [_put(books, _by(after, delivery, order.id))]

    assert view.wallet is not None
    order = _order(books, said, delivery, view, "reverse", view.held - part)
    desk = _desk(books, guards)
    return desk.post(order, State(view.wallet, books.now, original=original), decision)


def _desk(books: Books, guards: Callable[[Posting], Sequence[Write]]) -> Desk:
    tenant = books.tenant
    return Desk(books.store, books.program, tenant.shards, guards=guards, keep_refusal=False, spread=tenant.spread)


def _latest(view: _View) -> Held:
    return next(issue for issue in reversed(view.issues) if issue.left)


def _order(books: Books, said: Said, delivery: Delivery, view: _View, operation: str, target: int) -> Order:
    record = view.record
    return Order(
        operation=f"integration {operation}",
        mode=books.connection.mode,
        scope=books.scope,
        source=Source(
            caller=books.connection.id,
            address=delivery.address,
            merchant=books.tenant.id,
            reference=said.reference,
            note=f"{books.connection.system} order {said.order}",
        ),
        key=f"{record.id}:{record.number}:{target}",
        content={"order": record.id, "number": record.number, "target": target},
    )


def told(order: str, entry: Entry) -> dict[str, Any]:
    """A posting as the delivery keeps it."""
    short = {"shortfall": entry.shortfall} if entry.shortfall else {}
    return {"order": order, "transaction": entry.id, "kind": entry.kind, "coins": entry.amount, **short}


def _posted_before(books: Books, said: Said, delivery: Delivery, view: _View) -> list[dict[str, Any]]:
    """What this very delivery posted before it was interrupted."""
    if not view.record.last or view.record.last[0] != delivery.id:
        return []
    found = books.store.read(keys.transaction(books.scope, id) for id in view.record.last[1:])
    return [told(said.order, read_entry(entry)) for entry in found.values() if entry]


def _by(record: OrderRecord, delivery: Delivery, entry: str) -> OrderRecord:
    before = record.last[1:] if record.last and record.last[0] == delivery.id else ()
    return replace(record, last=(delivery.id, *before, entry))


def _note(books: Books, view: _View, basis: Basis | None) -> None:
    """Keeps what is known, where that is more than before. Raises Overtaken where someone has written meanwhile."""
    before, after = view.record, replace(view.record, known=view.known, basis=basis or view.record.basis)
    if before.number and _item(books, before) == _item(books, after):
        return
    put = _put(books, after)
    try:
        books.store.write(put)
    except ConditionFailed as changed:
        there = changed.item or {}
        if {name: value for name, value in there.items() if name not in ("pk", "sk")} != put.item:
            raise Overtaken(put.key) from changed


def _put(books: Books, record: OrderRecord) -> Put:
    when = Condition(equal={"n": record.number}) if record.number else ABSENT
    item = _item(books, replace(record, number=record.number + 1))
    if record.customer is None:
        # It may hold a phone number or an address. Whoever has not turned up by then is forgotten.
        item["ttl"] = books.now // 1000 + FORGOTTEN_AFTER
    return Put(keys.shop_order(record.id), item, when=when)


def _item(books: Books, record: OrderRecord) -> dict[str, Any]:
    item = order_item(record, books.tenant.id, books.connection.id)
    return {name: value for name, value in item.items() if value is not None}


def _remember(books: Books, email: str, phone: str) -> None:
    """The first number that came with an address stays: a later order can't turn somebody's coins to itself."""
    with suppress(ConditionFailed):
        books.store.write(
            Put(contact_key(books.scope, books.tenant.id, email), {"phone": phone, "at": books.now}, when=ABSENT)
        )


def _phone(said: Said, region: str) -> str | None:
    """The first of the numbers that can be one."""
    for text in said.phones:
        with suppress(PhoneError):
            return to_e164(text, said.region or region)
    return None


def _wallet_id(books: Books, customer: str) -> str:
    return customers.wallet_of(books.scope, books.program.id, customer)
