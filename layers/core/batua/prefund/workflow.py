"""The tasks of the workflow that carries a prefund request. Each may be run any number of times.

    submit -> wait for the decision -> follow up -> settle -> tell
                  ^_______ time is up: look again, remind

The exceptions are named as the state machine knows them: `PrefundBusy` and `PrefundNotWritten` are retried,
`PrefundAlreadyDecided` moves on, `PrefundSettlementRefused` is never retried.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from .. import audit_trail, ids
from ..identity.tenant import Tenant, read_tenant
from ..ledger.decisions import tenant_money
from ..ledger.decisions.tenant_money import FundsDecision, FundsLine, FundsPosting, FundsState, tenant_wallet
from ..ledger.errors import LedgerError, PostingRefused, PreconditionFailed
from ..ledger.model import Origin
from ..ledger.posting.request import PostingRequest
from ..ledger.posting.tenant_money import TenantLedger, funds_request
from ..settings import settings
from ..store import keys
from ..store.store import Cancelled, Contended, Store
from ..store.writes import Condition, Put, Update
from . import execution, notifications, record
from .record import DECIDED, WORKFLOW, Prefund

PREFUND_HOUR_MS: Final = 3_600_000
REMIND_EVERY_MS: Final = 24 * PREFUND_HOUR_MS
ESCALATE_AFTER: Final = 3
"""Reminders without effect, before the super admins get them as well."""


class PrefundNotWritten(Exception):
    """The record is written right after the start."""


class PrefundBusy(Exception):
    """Others were at it, or a service did not answer."""


class PrefundAlreadyDecided(Exception):
    """The decision was made before the workflow began to wait for it."""


class PrefundSettlementRefused(Exception):
    """It can't be credited as things are. The text is the reason."""


@contextmanager
def _retrying() -> Iterator[None]:
    """What the tables did not answer is tried again: the machine knows no other name for it, and would give up."""
    try:
        yield
    except Contended as busy:
        raise PrefundBusy(str(busy)) from busy


@_retrying()
def prefund_submit_step(store: Store, event: dict[str, Any], now: int) -> dict[str, str]:
    """Takes a draft into the queue of the staff, who are notified. An execution that no record names ends."""
    request = record.load_prefund(store, event["request"])
    if request is None:
        raise PrefundNotWritten(event["request"])
    if request.execution != event["execution"]:
        if request.state == "settlement_failed":
            # Perhaps the decision that names this execution is being committed.
            raise PrefundNotWritten(event["request"])
        return {"state": "superseded"}
    if request.state == "draft":
        _commit_step(store, record.prefund_change(request, "submit", WORKFLOW, now, state="submitted"))
        notifications.notify_staff(store, request, "prefund_submitted")
        request = _load_prefund(store, event)
    execution.record_position(store, request.id, request.execution, "submitted", now)
    return {"state": request.state}


@_retrying()
def prefund_wait_step(store: Store, event: dict[str, Any], now: int) -> None:
    """Leaves the token by which a decision wakes the workflow; then looks, so that no decision is missed."""
    wakes_at = now + settings().prefund_wait_seconds * 1000
    execution.record_position(
        store, event["request"], event["execution"], "waiting", now, token=event["token"], wakes_at=wakes_at
    )
    if _load_prefund(store, event).state in DECIDED:
        raise PrefundAlreadyDecided(event["request"])


@_retrying()
def prefund_follow_up_step(store: Store, event: dict[str, Any], now: int) -> dict[str, str]:
    """What the record says. The person who keeps it waiting is reminded once a day, and after three days others as
    well.
    """
    request = _load_prefund(store, event)
    execution.record_position(store, request.id, event["execution"], "following up", now)
    if request.execution != event["execution"]:
        return {"state": "superseded"}
    due = request.since + (request.reminders + 1) * REMIND_EVERY_MS
    if request.state in ("submitted", "under_review", "clarification") and now >= due:
        _send_reminder(store, request, now)
    return {"state": request.state}


@_retrying()
def prefund_settle_step(store: Store, event: dict[str, Any], now: int) -> dict[str, str]:
    """Credits the tenant's wallet, exactly once: the request's id is the idempotency key."""
    request = _load_prefund(store, event)
    if request.state == "credited":
        return {"state": "credited"}
    if request.state != "approved" or request.verdict is None:
        raise PrefundSettlementRefused(f"the request is {request.state}")
    execution.record_position(store, request.id, event["execution"], "settling", now)
    order, tenant = _settlement_request(request), _load_tenant(store, request)
    steps = record.prefund_change(request, "credit", WORKFLOW, now, state="credited", txn=order.id)
    # The transfer's item says that its money has been credited: once, for this request.
    credited = Update(
        request.transfer,
        set={"credited": order.id},
        when=Condition(equal={"request": request.id}, missing=("credited",)),
    )
    try:
        TenantLedger(store, tenant.time_zone, now).post(
            order,
            lambda known: decide_prefund_credit(known, request, now),
            extra_writes=[*steps, credited, _audit_put(request, "credit", now, transaction=order.id)],
            keep_refusal=False,
        )
    except PostingRefused as refusal:
        raise PrefundSettlementRefused(refusal.refusal.code) from None
    except PreconditionFailed as overtaken:
        raise PrefundBusy("the request has changed") from overtaken
    except LedgerError as busy:
        raise PrefundBusy(str(busy)) from busy
    return {"state": "credited"}


def decide_prefund_credit(known: FundsState, request: Prefund, now: int) -> FundsDecision:
    """The posting: into the tenant's wallet in rupees, against the bank account that the money came to. Pure."""
    amount = request.verdict.amount if request.verdict else 0
    details = {"prefund": request.id, "receiver": request.account, "utr": request.utr}
    wallet = tenant_wallet(request.mode, request.tenant)
    line = FundsLine(wallet, "credit", amount, (("wallet", amount), ("bank", -amount)), details=details)
    return tenant_money.check_balances(known, FundsPosting("credit", amount, (line,), now))


@_retrying()
def prefund_fail_step(store: Store, event: dict[str, Any], now: int) -> dict[str, str]:
    """Says on the record that settling has failed for good: a super admin can decide anew, once the reason is gone."""
    request = _load_prefund(store, event)
    if request.state == "approved":
        why = str((event.get("error") or {}).get("Error", "unknown"))[:100]
        steps = record.prefund_change(request, "settlement_failed", WORKFLOW, now, state="settlement_failed", note=why)
        _commit_step(store, [*steps, _audit_put(request, "settlement_failed", now, why=why)])
        request = _load_prefund(store, event)
        notifications.notify_deciders(store, request, "prefund_failed")
    execution.record_position(store, request.id, event["execution"], "failed", now)
    return {"state": request.state}


@_retrying()
def prefund_notify_step(store: Store, event: dict[str, Any], now: int) -> None:
    """Writes to the user who made the request how it ended. At least once: the same mail may come again."""
    request = _load_prefund(store, event)
    note = request.verdict.note if request.verdict else None
    notifications.notify_requester(store, request, f"prefund_{request.state}", note)
    execution.record_position(store, request.id, event["execution"], "ended", now)


def _send_reminder(store: Store, request: Prefund, now: int) -> None:
    """The record says that it was done before it is, so that a flood is impossible: at worst, one is missing."""
    count = request.reminders + 1
    escalates = count >= ESCALATE_AFTER and request.state != "clarification"
    steps = record.prefund_change(request, "escalate" if escalates else "remind", WORKFLOW, now, reminders=count)
    _commit_step(store, steps)
    if request.state == "clarification":
        notifications.notify_requester(store, request, "prefund_question", "reminder")
    else:
        notifications.notify_staff(store, request, "prefund_reminder")
    if escalates:
        notifications.notify_deciders(store, request, "prefund_escalated")


def _load_prefund(store: Store, event: dict[str, Any]) -> Prefund:
    request = record.load_prefund(store, event["request"])
    if request is None:
        raise PrefundNotWritten(event["request"])
    return request


def _commit_step(store: Store, writes: list[Any]) -> None:
    try:
        store.commit(writes, caller=ids.new_id("req"))
    except Cancelled as busy:
        raise PrefundBusy(str(busy)) from busy


def _load_tenant(store: Store, request: Prefund) -> Tenant:
    key = keys.tenant_key(request.tenant)
    stored = store.read([key])[key]
    if stored is None:
        raise PrefundSettlementRefused("the tenant is gone")
    return read_tenant(stored)


def _settlement_request(request: Prefund) -> PostingRequest:
    """Under the request's id, however often it was approved: what was credited once is never credited again."""
    verdict = request.verdict
    by = verdict.by if verdict else WORKFLOW
    source = Origin(by, WORKFLOW, request.tenant, request.utr, request.note, request.execution)
    content = {"request": request.id}
    return funds_request("prefund.credit", request.mode, request.tenant, source, request.id, content)


def _audit_put(request: Prefund, what: str, now: int, **details: Any) -> Put:
    return audit_trail.audit_entry(
        request.mode,
        request.tenant,
        now,
        what=f"prefund.{what}",
        who=WORKFLOW,
        address=WORKFLOW,
        reference=request.id,
        details=details,
    )
