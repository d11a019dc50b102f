"""Settling an order: what it deserves now, against what the ledger holds for it, and the difference posted.

The order's record is written in the transaction of each posting, on the condition that nobody has written it since it
was read. So two deliveries of one order that are processed at once cannot both post: the second finds the record
changed, looks again, and finds its difference gone. The idempotency key says the same in other words: order, number of
the record, and the coins aimed at.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ..customers import model as customers
from ..ledger.decisions import customer_coins
from ..ledger.decisions.coin_posting import wallet_as_of
from ..ledger.decisions.earnings import earnings_of
from ..ledger.errors import PostingRefused, PreconditionFailed
from ..ledger.model import CoinDecision, Origin, Posting, Refusal, Wallet
from ..ledger.posting.customer_coins import PostingService
from ..ledger.posting.recall import recall_merged_coins
from ..ledger.posting.request import (
    CoinPostingResult,
    ExtraWrite,
    ExtraWrites,
    PostingRequest,
    PostingState,
    on_first_entry,
)
from ..ledger.queries import coin_entries
from ..ledger.records.customer_coins import Entry, read_entry
from ..store import keys
from ..store.store import ConditionFailed, Contended
from ..store.writes import ABSENT, Condition, Put, Write
from .model import ConnectionDelivery, DeliveryStatusName
from .order_lines import matched_lines, sale_lines_of
from .order_loading import CoinChange, LoadedOrder, SettlementContext, issue_wallet, load_order, remember_contact
from .order_record import OrderRecord, RewardBasis, order_item, part_of_grant
from .orders import OrderUpdate

_MAX_ROUNDS: Final = 20
"""How often an order is looked at again for one delivery: others are at it, or several issues are to be undone."""
NO_CHANGE: Final = CoinChange()
FORGOTTEN_AFTER: Final = 90 * 86_400
"""Seconds that an order without a customer is kept."""


@dataclass(frozen=True, slots=True)
class SettlementOutcome:
    order: str
    status: DeliveryStatusName
    reason: str | None = None
    posted: tuple[dict[str, Any], ...] = ()


def settle_order(context: SettlementContext, update: OrderUpdate, delivery: ConnectionDelivery) -> SettlementOutcome:
    """Brings the ledger to what the order deserves by all that is known. Raises Contended: to be tried again."""
    if update.invalid:
        return SettlementOutcome(update.order, "invalid", update.invalid)
    if update.skip:
        return SettlementOutcome(update.order, "ignored", update.skip)
    posted: list[dict[str, Any]] = []
    for _ in range(_MAX_ROUNDS):
        view = load_order(context, update, delivery)
        uncounted = view.record.basis is None
        if uncounted and update.made_at is not None and update.made_at < context.connection.orders_from:
            return SettlementOutcome(update.order, "ignored", "before_connection")
        try:
            step = _settle_step(context, update, delivery, view, posted)
        except PreconditionFailed:
            continue
        except PostingRefused as refused:
            _store_state(context, view, None)
            return SettlementOutcome(update.order, "refused", refused.refusal.code, tuple(posted))
        if step:
            return step
    raise Contended(f"order {update.order} changes all the time")


@dataclass(frozen=True, slots=True)
class SettlementPreview:
    """What a settlement would do. Coins in minor units; `phone` in E.164."""

    outcome: SettlementOutcome
    held: int
    target: int
    change: CoinChange
    phone: str | None


def preview_settlement(
    context: SettlementContext, update: OrderUpdate, delivery: ConnectionDelivery
) -> SettlementPreview:
    """What `settle_order` would do now. Writes nothing."""
    view = load_order(context, update, delivery)

    def nothing(status: DeliveryStatusName, reason: str) -> SettlementPreview:
        outcome = SettlementOutcome(update.order, status, reason)
        return SettlementPreview(outcome, view.held, view.held, NO_CHANGE, view.phone)

    if update.invalid:
        return nothing("invalid", update.invalid)
    if update.skip:
        return nothing("ignored", update.skip)
    if view.customer is None and view.share.kept:
        return nothing("unmatched", _why_unmatched(update))
    basis = _basis(context, view, view.wallet or Wallet("", ""))
    target = view.target(basis) if basis else 0
    orphan = update.is_return and view.state.state is None
    reason = "return_without_sale" if orphan else "no_rule_matches" if basis and not basis.coins else None
    change = view.change_towards(target)
    status: DeliveryStatusName = "posted" if change.issue or change.reverse else "unchanged"
    return SettlementPreview(SettlementOutcome(update.order, status, reason), view.held, target, change, view.phone)


def _settle_step(
    books: SettlementContext,
    update: OrderUpdate,
    delivery: ConnectionDelivery,
    view: LoadedOrder,
    posted: list[dict[str, Any]],
) -> SettlementOutcome | None:
    """One step towards what the order deserves; the outcome where that was the last one."""
    if view.customer is None and view.share.kept:
        _store_state(books, view, None)
        return SettlementOutcome(update.order, "unmatched", _why_unmatched(update))
    basis = _basis(books, view, view.wallet or Wallet("", ""))
    target = view.target(basis) if basis else 0
    change = view.change_towards(target)
    if change.issue:
        last, entry = True, _issue(books, update, delivery, view, target).entry
    elif change.reverse:
        part = min(change.reverse, view.latest.left)
        wallet = issue_wallet(books, view, view.latest)
        if _recall(books, update, delivery, view, wallet, part):
            return None
        last, entry = part == change.reverse, _reverse(books, update, delivery, view, change, part, wallet).entry
    else:
        _store_state(books, view, basis, change)
        return _outcome(update, view, basis, posted, _already_posted(books, update, delivery, view))
    posted.append(posting_summary(update.order, entry))
    return _outcome(update, view, basis, posted, _already_posted(books, update, delivery, view)) if last else None


def _why_unmatched(update: OrderUpdate) -> str:
    """`phone_not_valid` where the order has a number, but none that can identify a customer."""
    return "phone_not_valid" if update.phones else "no_customer"


def _outcome(
    update: OrderUpdate,
    view: LoadedOrder,
    basis: RewardBasis | None,
    posted: Sequence[dict[str, Any]],
    before: Sequence[dict[str, Any]],
) -> SettlementOutcome:
    seen = {each["transaction"] for each in posted}
    every = (*(each for each in before if each["transaction"] not in seen), *posted)
    if every:
        return SettlementOutcome(update.order, "posted", None, every)
    if view.share.kept and basis and not basis.coins:
        return SettlementOutcome(update.order, "ignored", "no_rule_matches")
    if update.is_return and view.state.state is None:
        return SettlementOutcome(update.order, "ignored", "return_without_sale")
    return SettlementOutcome(update.order, "unchanged")


def _basis(
    books: SettlementContext, view: LoadedOrder, wallet: Wallet, exhausted: Collection[str] = ()
) -> RewardBasis | None:
    """What the bill earns: as found for this very bill before, else by the rules, the customer's tier and the campaigns
    of now. None while nothing counts."""
    if not view.share.kept:
        return None
    if view.record.basis and view.record.basis.bill == view.share.bill:
        return view.record.basis.without(exhausted)
    at = wallet_as_of(wallet, books.program, books.now)
    today = wallet.earned.get(books.tenant.id, 0) if wallet.earned_on == at.day else 0
    # What the order itself earned today makes way for what it earns now.
    today -= sum(issue.left for issue in view.issues if issue.entry.day == at.day)
    lines = view.state.state.lines if view.state.state else {}
    earned = earnings_of(
        books.program,
        books.merchant,
        at,
        view.share.bill,
        earned_today=max(0, today),
        campaigns=books.program.campaigns,
        exhausted=exhausted,
        lines=sale_lines_of(lines, view.share.bill),
    )
    if earned is None:
        return RewardBasis(view.share.bill, 0, None)
    own = matched_lines(books.program.campaigns, earned.campaign, lines)
    return RewardBasis(view.share.bill, earned.coins, earned.rule, earned.campaign, earned.tier, own)


def _issue(
    books: SettlementContext, update: OrderUpdate, delivery: ConnectionDelivery, view: LoadedOrder, target: int
) -> CoinPostingResult:
    """Gives what is missing. Each decision asks the rules again: the day's cap may have been reached meanwhile."""
    found: list[tuple[RewardBasis, CoinChange]] = []

    def decision(state: PostingState) -> CoinDecision:
        basis = _basis(books, view, state.wallet, state.exhausted) or RewardBasis(view.share.bill, 0, None)
        change = view.change_towards(view.target(basis))
        found[:] = [(basis, change)]
        if not change.issue:
            return Refusal("daily_cap_reached", {})
        posting = customer_coins.decide_issue(
            state.wallet,
            books.program,
            books.merchant,
            state.now,
            coins=change.issue,
            bill=None if view.issues else view.share.bill,
            shard=state.shard,
        )
        if isinstance(posting, Refusal):
            return posting
        campaign, tier = (part_of_grant(grant, change.issue, basis.coins) for grant in (basis.campaign, basis.tier))
        return replace(posting, rule=basis.rule, campaign=campaign, tier=tier)

    def extra_writes(posting: Posting) -> Sequence[ExtraWrite | Write]:
        entries = (*(issue.entry.id for issue in view.issues if issue.left), order.id)
        basis, change = found[-1]
        after = replace(
            _reinstated(view.record, change),
            known=view.state,
            basis=basis,
            issues=entries,
            given=view.record.given + posting.amount,
            customer=view.customer,
        )
        return [_order_put(books, _by(after, delivery, order.id)), *customer_writes(posting)]

    assert view.customer is not None
    assert view.wallet is not None
    customer_writes = on_first_entry()
    if view.phone:
        customer = customers.Customer(view.customer, books.now, phone=view.phone)
        customer_writes = on_first_entry(customers.customer_put(books.scope, customer, by=books.tenant.id))
    order = _posting_request(books, update, delivery, view, "issue", target)
    service = _posting_service(books, extra_writes)
    posted = service.post(order, PostingState(view.wallet, books.now), decision)
    if view.phone and view.state.email:
        remember_contact(books, view.state.email[1], view.phone)
    return posted


def _reverse(
    books: SettlementContext,
    update: OrderUpdate,
    delivery: ConnectionDelivery,
    view: LoadedOrder,
    change: CoinChange,
    part: int,
    wallet: Wallet,
) -> CoinPostingResult:
    """Undoes coins of the latest issue that has any left; what is more than that takes another step."""
    issue = view.latest
    original = coin_entries.original_from(issue.entry, issue.undone)

    def decision(state: PostingState) -> CoinDecision:
        if state.original and state.original.reversed != issue.undone:
            raise PreconditionFailed(keys.reversed_sum_key(books.scope, original.id))
        return customer_coins.decide_reversal(state.wallet, books.program, original, state.now, coins=part)

    def extra_writes(posting: Posting) -> Sequence[Write]:
        whole = {issue.entry.id} if part == issue.left else set()
        left = tuple(each.entry.id for each in view.issues if each.left and each.entry.id not in whole)
        # The basis of a bill that counts no more is kept: should it count again, it earns the same.
        record = _reinstated(view.record, change)
        after = replace(
            record,
            known=view.state,
            customer=view.customer,
            issues=left,
            given=record.given - part,
            written_off=record.written_off + posting.shortfall,
        )
        return [_order_put(books, _by(after, delivery, order.id))]

    order = _posting_request(books, update, delivery, view, "reverse", view.held - part)
    state = PostingState(wallet, books.now, original=original)
    return _posting_service(books, extra_writes).post(order, state, decision)


def _recall(
    books: SettlementContext,
    update: OrderUpdate,
    delivery: ConnectionDelivery,
    view: LoadedOrder,
    wallet: Wallet,
    part: int,
) -> bool:
    """Whether coins of a merged wallet had to be brought back for a reversal: then the order is looked at again."""
    request = _posting_request(books, update, delivery, view, "recall", view.held - part)
    # Nobody else may have settled the order meanwhile: the coins would come back for a refund that took others.
    put = _order_put(books, replace(view.record, known=view.state, customer=view.customer))
    issue = view.latest.entry
    return recall_merged_coins(books.store, books.program, request, issue, wallet, part, books.now, [put])


def _posting_service(books: SettlementContext, extra_writes: ExtraWrites[Posting]) -> PostingService:
    tenant = books.tenant
    return PostingService(
        books.store, books.program, tenant.shards, extra_writes=extra_writes, keep_refusal=False, scaling=tenant.scaling
    )


def _posting_request(
    books: SettlementContext,
    update: OrderUpdate,
    delivery: ConnectionDelivery,
    view: LoadedOrder,
    operation: str,
    target: int,
) -> PostingRequest:
    record = view.record
    return PostingRequest(
        operation=f"integration {operation}",
        mode=books.connection.mode,
        scope=books.scope,
        source=Origin(
            caller=books.connection.id,
            address=delivery.address,
            merchant=books.tenant.id,
            reference=update.reference,
            note=f"{books.connection.system} order {update.order}",
            request_id=delivery.id,
        ),
        key=f"{record.id}:{record.number}:{target}",
        content={"order": record.id, "number": record.number, "target": target},
    )


def posting_summary(order: str, entry: Entry) -> dict[str, Any]:
    """A posting as the delivery keeps it."""
    short = {"shortfall": entry.shortfall} if entry.shortfall else {}
    return {"order": order, "transaction": entry.id, "kind": entry.kind, "coins": entry.amount, **short}


def _already_posted(
    books: SettlementContext, update: OrderUpdate, delivery: ConnectionDelivery, view: LoadedOrder
) -> list[dict[str, Any]]:
    """What this very delivery posted before it was interrupted."""
    if not view.record.last or view.record.last[0] != delivery.id:
        return []
    found = books.store.read(keys.transaction_key(books.scope, id) for id in view.record.last[1:])
    return [posting_summary(update.order, read_entry(entry)) for entry in found.values() if entry]


def _by(record: OrderRecord, delivery: ConnectionDelivery, entry: str) -> OrderRecord:
    before = record.last[1:] if record.last and record.last[0] == delivery.id else ()
    return replace(record, last=(delivery.id, *before, entry))


def _reinstated(record: OrderRecord, change: CoinChange) -> OrderRecord:
    return replace(
        record,
        written_off=record.written_off - change.reinstate,
        reinstated=record.reinstated + change.reinstate,
    )


def _store_state(
    books: SettlementContext, view: LoadedOrder, basis: RewardBasis | None, change: CoinChange = NO_CHANGE
) -> None:
    """Keeps what is known, where that is more than before. Raises PreconditionFailed where the record has changed."""
    before = view.record
    after = replace(_reinstated(before, change), known=view.state, basis=basis or before.basis)
    if before.number and _order_item(books, before) == _order_item(books, after):
        return
    put = _order_put(books, after)
    try:
        books.store.write(put)
    except ConditionFailed as changed:
        there = changed.item or {}
        if {name: value for name, value in there.items() if name not in ("pk", "sk")} != put.item:
            raise PreconditionFailed(put.key) from changed


def _order_put(books: SettlementContext, record: OrderRecord) -> Put:
    when = Condition(equal={"n": record.number}) if record.number else ABSENT
    item = _order_item(books, replace(record, number=record.number + 1))
    if record.customer is None:
        # It may hold a phone number or an address. A customer who has not turned up by then is forgotten.
        item["ttl"] = books.now // 1000 + FORGOTTEN_AFTER
    return Put(keys.shop_order_key(record.id), item, when=when)


def _order_item(books: SettlementContext, record: OrderRecord) -> dict[str, Any]:
    item = order_item(record, books.tenant.id, books.connection.id)
    return {name: value for name, value in item.items() if value is not None}
