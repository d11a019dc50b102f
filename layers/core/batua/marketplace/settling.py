"""The end of an order: its coins are captured, whole or in part, or given back, in one transaction with the record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from .. import observe
from ..identity.tenant import Tenant, read_program, read_tenant
from ..ledger.decisions import customer_coins
from ..ledger.decisions.customer_coins import Merchant
from ..ledger.errors import LedgerError, PostingRefused, PreconditionFailed
from ..ledger.model import CoinDecision, Origin, Program
from ..ledger.posting.customer_coins import PostingService
from ..ledger.posting.request import ExtraWrite, PostingRequest, PostingState
from ..ledger.records.customer_coins import read_hold, read_wallet
from ..store import keys, market_keys
from ..store.store import Store
from ..store.writes import Delete, Update
from .carrying import DELAYED_AFTER_MS, OrderBusy, OrderOutlook
from .order import Order, load_market_order, order_change, order_mode

_CALLER: Final = "workflow:market_order"
_ROOM_SECONDS: Final = 3600
"""Between two tries where the merchant's month has no room for the capture."""


class OrderNotSettleable(Exception):
    """The hold is gone, or the wallet: nothing that trying again would mend."""


def settle_market_order(store: Store, event: dict[str, Any], now: int) -> OrderOutlook:
    """Captures the price of what was delivered, or voids the hold; once, however often it is called."""
    scope: str = event["scope"]
    order = load_market_order(store, scope, event["order"])
    if order is None or order.step == "settled":
        return {"next": "done", "seconds": 0}
    if order.step not in ("delivered", "denied"):
        return {"next": "wait", "seconds": 1}
    try:
        _post(store, scope, order, now)
    except PostingRefused as refusal:
        return _capture_refused(store, scope, order, refusal.refusal.code, now)
    except (LedgerError, PreconditionFailed) as busy:
        raise OrderBusy(order.id) from busy
    return {"next": "done", "seconds": 0}


def _capture_refused(store: Store, scope: str, order: Order, code: str, now: int) -> OrderOutlook:
    """The capture waits for room in the merchant's month. The card is here, and is shown once it is paid."""
    current = load_market_order(store, scope, order.id)
    if current is None or current.step == "settled":
        return {"next": "done", "seconds": 0}
    if code != "mir_limit_reached":
        raise OrderNotSettleable(f"{order.id}: {code}")
    if now - order.created_at >= DELAYED_AFTER_MS:
        observe.tally(MarketOrdersDelayed=1)
    if order.delayed_at is None:
        _, write = order_change(scope, order, replace(order, delayed_at=now, reason=code), now)
        store.commit([write, _wakes(order, now + _ROOM_SECONDS * 1000)])
    else:
        store.commit([_wakes(order, now + _ROOM_SECONDS * 1000)])
    return {"next": "wait", "seconds": _ROOM_SECONDS}


def _wakes(order: Order, at: int) -> Update:
    return Update(market_keys.open_order_key(order.id), set={"wakes": at})


def _post(store: Store, scope: str, order: Order, now: int) -> None:
    owner = keys.Scope.of(scope).tenant
    wallet_key, hold_key = keys.wallet_key(scope, order.wallet), keys.hold_key(scope, order.hold)
    tenant_key, program_key = keys.tenant_key(order.tenant), keys.program_key(owner, order.program)
    found = store.read([wallet_key, hold_key, tenant_key, program_key])
    wallet, hold, tenant, program = (found[key] for key in (wallet_key, hold_key, tenant_key, program_key))
    if wallet is None or hold is None or tenant is None or program is None:
        raise OrderNotSettleable(order.id)
    held, merchant = read_hold(hold), read_tenant(tenant)
    captures = order.step == "delivered"
    coins = order.unit_points * order.delivered
    request = _settlement_request(scope, order, captures)
    after = replace(
        order,
        step="settled",
        state=_final_state(order),
        captured=coins if captures else 0,
        settlement=request.id,
        settled_at=now,
    )
    _, write = order_change(scope, order, after, now)
    rules = read_program(program)
    service = _posting_service(store, merchant, rules)
    service.extra_writes = [ExtraWrite(write), ExtraWrite(Delete(market_keys.open_order_key(order.id)))]

    def decision(state: PostingState) -> CoinDecision:
        if not captures:
            return customer_coins.decide_void(state.wallet, rules, state.hold or held, state.now, why="voided")
        return customer_coins.decide_capture(
            state.wallet,
            rules,
            Merchant(merchant.id, merchant.program_since, merchant.rules),
            state.hold or held,
            state.now,
            coins=coins,
            shard=state.shard,
            shards=state.shards,
        )

    service.post(request, PostingState(read_wallet(wallet), now, hold=held), decision)


def _posting_service(store: Store, merchant: Tenant, program: Program) -> PostingService:
    # What is refused today, for want of room, may be captured tomorrow: nothing is kept under the order's own key.
    return PostingService(store, program, merchant.shards, keep_refusal=False)


def _final_state(order: Order) -> Any:
    if order.step == "denied":
        return "failed"
    return "completed" if order.delivered == order.quantity else "partially_completed"


def _settlement_request(scope: str, order: Order, captures: bool) -> PostingRequest:
    """Under the order's id: captured once or given back once, and never both, as the hold ends only once."""
    source = Origin(_CALLER, "", order.tenant, order.reference, order.title[:128])
    operation = "marketplace.capture" if captures else "marketplace.release"
    return PostingRequest(operation, order_mode(scope), scope, source, f"order:{order.id}", {})
