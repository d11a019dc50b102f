"""What a provider says of a payment for a top-up, carried to the tenant's wallet.

The payment's own name at the provider is the key of the posting, and the top-up's record changes in the same
transaction: however often, late or in whatever order the provider tells of it, it is credited once. The money came to
the operator's account, so the other side of the credit is `bank`. What does not fit (another amount or currency, a
second payment) is never credited: it is kept on the record, for the operator to refund or to credit by hand.

A refund or a lost dispute takes the amount back from the wallet. What the wallet does not hold any more is the
top-up's `shortfall`: the schedule takes it as soon as the wallet has it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from .. import audit_trail, errors, observe
from ..identity.tenant import Tenant, read_tenant
from ..ledger.decisions import tenant_money
from ..ledger.decisions.tenant_money import FundsDecision, FundsLine, FundsPosting, FundsState, tenant_wallet
from ..ledger.errors import LedgerError, PostingRefused, PreconditionFailed
from ..ledger.model import Origin
from ..ledger.posting.tenant_money import TenantLedger, funds_request
from ..ledger.queries.money_entries import load_balances
from ..store import keys
from ..store.store import Store
from ..store.writes import Put, Write
from .open_payments import watch_item
from .payment_accounts import PaymentAccount
from .payment_port import ProviderEvent
from .payment_source import RecordingSource, RecordingStatus
from .provider_payments import load_provider_payment
from .top_up_records import TopUp, TopUpChange, change_top_up, changed_top_up_put, load_top_up

CREDIT_OPERATION: Final = "billing.top_up"
RETURN_OPERATION: Final = "billing.top_up_return"
_POSTING_TRIES: Final = 20
_MAX_UNMATCHED: Final = 20


def record_top_up_event(
    store: Store, account: PaymentAccount, id: str, event: ProviderEvent, now: int, source: RecordingSource
) -> RecordingStatus:
    """Credits a payment, or takes back what the provider took back. Raises BUSY where it should be sent again."""
    if event.kind == "refunded":
        status = _record_return(store, account, id, event, now, source)
        collect_returns(store, id, now, source)
        return status
    for _ in range(_POSTING_TRIES):
        top_up = load_top_up(store, id)
        # Anybody can sign with a secret of their own: only the account that the link was made with counts.
        if top_up is None or top_up.account != account.id:
            return "ignored"
        if top_up.payment == event.payment:
            return "duplicate"
        if top_up.payment is not None and source.asked and event.amount == top_up.amount:
            return "duplicate"
        if top_up.payment is not None or (event.amount, event.currency) != (top_up.amount, "INR"):
            return _record_unmatched(store, top_up, account, event, now, source)
        outcome = _credit(store, top_up, account, event, now, source)
        if outcome == "frozen":
            return _defer(store, top_up, account, event, now, source)
        if outcome == "credited":
            collect_returns(store, id, now, source)
            return "recorded"
    raise errors.BUSY(headers={"Retry-After": "5"})


def _credit(
    store: Store, top_up: TopUp, account: PaymentAccount, event: ProviderEvent, now: int, source: RecordingSource
) -> Literal["credited", "changed", "frozen"]:
    """Posts the payment, with the refunds that came before it, unless the top-up has changed meanwhile. Raises BUSY."""
    known = load_provider_payment(store, account, event.payment)
    wallet, payment = tenant_wallet(top_up.mode, top_up.tenant), f"{account.provider}:{event.payment}"
    origin = Origin(account.id, source.address, top_up.tenant, top_up.id, None, source.request)
    content = {"top_up": top_up.id, "amount": top_up.amount}
    request = funds_request(CREDIT_OPERATION, top_up.mode, top_up.tenant, origin, payment, content)
    details = {"top_up": top_up.id, "provider": account.provider, "payment": event.payment}
    line = FundsLine(
        wallet, "credit", top_up.amount, (("wallet", top_up.amount), ("bank", -top_up.amount)), details=details
    )
    after = replace(
        top_up,
        payment=event.payment,
        wallet_credit=request.id,
        credited_at=now,
        returns=(*top_up.returns, *known.early),
    )
    writes: list[Write] = [
        changed_top_up_put(top_up, after),
        known.recorded_put(top_up.id),
        _top_up_act(top_up, "wallet topped up", event, now, source, account),
    ]
    if known.early:
        writes.append(_watch(account, after, event.reference, now))

    def decide(state: FundsState) -> FundsDecision:
        return tenant_money.check_balances(state, FundsPosting("credit", top_up.amount, (line,), now))

    try:
        _ledger(store, top_up, now).post(request, decide, extra_writes=writes, keep_refusal=False)
    except PreconditionFailed:
        return "changed"
    except PostingRefused:
        return "frozen"
    except LedgerError as busy:
        raise errors.BUSY(headers={"Retry-After": "5"}) from busy
    return "credited"


def _defer(
    store: Store, top_up: TopUp, account: PaymentAccount, event: ProviderEvent, now: int, source: RecordingSource
) -> RecordingStatus:
    """Leaves a payment for a frozen wallet to the schedule. Raises BUSY to the schedule itself: it asks again.

    A webhook that fails for a day is switched off by the provider, and every tenant's payments come by it.
    """
    if source.asked or top_up.link is None:
        raise errors.BUSY("The wallet is frozen and cannot be credited.", headers={"Retry-After": "60"})
    change_top_up(
        store,
        top_up.id,
        source.request,
        lambda current: TopUpChange(current, (_watch(account, current, event.reference, now),)),
    )
    return "deferred"


def _watch(account: PaymentAccount, top_up: TopUp, reference: str, now: int) -> Put:
    """The write that has a top-up looked at, whatever becomes of what records it now."""
    link = top_up.link or {"id": top_up.id, "amt": top_up.amount, "until": now}
    return watch_item(account.id, top_up.id, link, reference, now)


def _record_unmatched(
    store: Store, top_up: TopUp, account: PaymentAccount, event: ProviderEvent, now: int, source: RecordingSource
) -> RecordingStatus:
    def decide(current: TopUp) -> TopUpChange | None:
        known = {current.payment, *(each["pay"] for each in current.unmatched)}
        if event.payment in known or len(current.unmatched) >= _MAX_UNMATCHED:
            return None
        kept = {"pay": event.payment, "amt": event.amount, "cur": event.currency, "at": now}
        act = _top_up_act(current, "payment not credited", event, now, source, account)
        named = load_provider_payment(store, account, event.payment).recorded_put(current.id)
        return TopUpChange(replace(current, unmatched=(*current.unmatched, kept)), (act, named))

    _, changed = change_top_up(store, top_up.id, source.request, decide)
    if changed:
        observe.log().error("a payment for a top-up does not fit and was not credited", extra={"top_up": top_up.id})
    return "unmatched" if changed else "duplicate"


def _record_return(
    store: Store, account: PaymentAccount, id: str, event: ProviderEvent, now: int, source: RecordingSource
) -> RecordingStatus:
    def decide(current: TopUp) -> TopUpChange | None:
        # What was refunded without ever being credited concerns no wallet.
        if current.account != account.id or current.payment != event.payment:
            return None
        if any(each["id"] == event.refund for each in current.returns):
            return None
        kept = {"id": event.refund, "amt": event.amount, "at": now}
        after = replace(current, returns=(*current.returns, kept))
        # Watched until it has been debited: the function that records it may die before that.
        watched = _watch(account, current, f"{current.id}-0", now)
        return TopUpChange(after, (watched, _top_up_act(current, "top-up returned", event, now, source, account)))

    top_up, changed = change_top_up(store, id, source.request, decide)
    if changed:
        return "recorded"
    known = top_up is not None and any(each["id"] == event.refund for each in top_up.returns)
    return "duplicate" if known else "ignored"


def collect_returns(store: Store, id: str, now: int, source: RecordingSource) -> TopUp | None:
    """Takes from the wallet what the provider has taken back of a top-up, as far as it holds it. Raises BUSY."""
    for _ in range(_POSTING_TRIES):
        top_up = load_top_up(store, id)
        if top_up is None or not top_up.shortfall or not _refund_next(store, top_up, now, source):
            return top_up
    raise errors.BUSY(headers={"Retry-After": "5"})


def _refund_next(store: Store, top_up: TopUp, now: int, source: RecordingSource) -> bool:
    """One refund of the credit; whether it is worth looking again. What was taken before makes the key of each step."""
    ledger, wallet = _ledger(store, top_up, now), tenant_wallet(top_up.mode, top_up.tenant)
    transaction = ledger.transaction(top_up.scope, str(top_up.wallet_credit))
    assert transaction is not None, "a top-up is credited in the transaction that its record names"
    original = ledger.load_original(transaction)
    # A tenant may have returned the money by hand before the provider did: it is not taken twice.
    reversed_already = min(top_up.shortfall, original.reversed - top_up.taken)
    if reversed_already > 0:
        return change_top_up(
            store, top_up.id, source.request, lambda current: _taken_change(current, top_up, reversed_already)
        )[1]
    amount = min(top_up.shortfall, max(0, load_balances(store, wallet)[wallet.id].available))
    if amount == 0:
        return False
    origin = Origin(top_up.account, source.address, top_up.tenant, top_up.id, None, source.request)
    key = f"{top_up.id}:{top_up.taken}"
    request = funds_request(RETURN_OPERATION, top_up.mode, top_up.tenant, origin, key, {"top_up": top_up.id})
    put = changed_top_up_put(top_up, replace(top_up, taken=top_up.taken + amount))
    try:
        ledger.post(
            request,
            lambda known: tenant_money.decide_refund(known, original, now, amount=amount),
            extra_writes=[put],
            keep_refusal=False,
        )
    except (PostingRefused, PreconditionFailed):
        return True  # spent, or collected, at the same moment
    except LedgerError as busy:
        raise errors.BUSY(headers={"Retry-After": "5"}) from busy
    return True


def _taken_change(current: TopUp, before: TopUp, amount: int) -> TopUpChange | None:
    return TopUpChange(replace(current, taken=before.taken + amount)) if current.taken == before.taken else None


def _ledger(store: Store, top_up: TopUp, now: int) -> TenantLedger:
    return TenantLedger(store, _load_top_up_tenant(store, top_up).time_zone, now)


def _load_top_up_tenant(store: Store, top_up: TopUp) -> Tenant:
    key = keys.tenant_key(top_up.tenant)
    record = store.read([key])[key]
    assert record is not None, "a tenant is never deleted"
    return read_tenant(record)


def _top_up_act(
    top_up: TopUp, what: str, event: ProviderEvent, now: int, source: RecordingSource, account: PaymentAccount
) -> Put:
    return audit_trail.audit_entry(
        top_up.mode,
        top_up.tenant,
        now,
        what=what,
        who=account.id,
        address=source.address,
        reference=top_up.id,
        request_id=source.request,
        details={"payment": event.payment, "amount": event.amount, "currency": event.currency},
    )
