"""Balance requests: a child asks its parent for balance. The record is the truth; a workflow carries it.

| status | what has happened |
|---|---|
| `PENDING` | nobody has decided |
| `APPROVED` | the parent's balance is held (`step` SETTLING), then moved to the child (SETTLED) |
| `REJECTED`, `WITHDRAWN`, `EXPIRED` | nothing moved |
| `FAILED` | approved, but it could not be settled: the hold was released |

The record is in the parent's partition, so that only the parent finds it there; the child's list is an index.
The workflow is started before the record is written: it finds the record, or after a while that there is none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from .. import clock, errors, ids, workflows
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.styles import Reply, replay_headers
from ..identity.tenant import read_tenant
from ..money import INR_SCALE
from ..settings import settings
from ..store import gateway_keys, keys
from ..store.keys import Key
from ..store.store import Cancelled, Record, Store
from ..store.writes import ABSENT, Put
from . import paging, wallet
from .models import (
    BalanceRequestOut,
    BalanceRequestsQuery,
    BalanceRequestStatus,
    BalanceRequestTerms,
    ChildRequestsQuery,
    RequestBalance,
    WorkflowOut,
)

REQUEST_ERRORS = (errors.NO_PARENT, errors.IDEMPOTENCY_KEY_REUSED, errors.SERVICE_UNAVAILABLE)
MIN_REQUEST_PAISE = 100
_HOUR_MS = 3_600_000
WorkflowStep = Literal["WAITING", "SETTLING", "SETTLED", "RELEASED", "CLOSED"]


@dataclass(frozen=True, slots=True)
class BalanceRequest:
    """A request in its present state. Amounts in paise; `scope` is of the parent's own books."""

    scope: str
    id: str
    child: str
    child_name: str
    customer: str
    amount: int
    status: BalanceRequestStatus
    step: WorkflowStep
    execution: str
    created_at: int
    updated_at: int
    expires_at: int
    remind_every: int
    remarks: str | None = None
    approved: int | None = None
    hold: str | None = None
    decided_by: str | None = None
    decided_at: int | None = None
    decision_key: str | None = None
    decision_remarks: str | None = None
    settled_at: int | None = None
    settlement: str | None = None
    reminded_at: int | None = None
    failure: str | None = None
    token: str | None = None

    @property
    def key(self) -> Key:
        return gateway_keys.balance_request_key(self.scope, self.id)

    @property
    def parent(self) -> str:
        return keys.Scope.of(self.scope).tenant

    @property
    def is_open(self) -> bool:
        """Whether the parent may still decide it, or holds money for it."""
        return self.status == "PENDING" or self.step == "SETTLING"

    @property
    def mode(self) -> keys.Mode:
        return keys.Scope.of(self.scope).mode


_NAMES = {
    "child": "ten",
    "child_name": "name",
    "customer": "cust",
    "amount": "amt",
    "status": "st",
    "step": "step",
    "execution": "exec",
    "created_at": "made",
    "updated_at": "upd",
    "expires_at": "exp",
    "remind_every": "every",
    "remarks": "note",
    "approved": "appr",
    "hold": "hold",
    "decided_by": "by",
    "decided_at": "at",
    "decision_key": "dkey",
    "decision_remarks": "why",
    "settled_at": "done",
    "settlement": "txn",
    "reminded_at": "rem",
    "failure": "fail",
    "token": "token",
}


def balance_request_item(request: BalanceRequest) -> dict[str, Any]:
    item = {short: getattr(request, name) for name, short in _NAMES.items()}
    child_scope = keys.scope(request.mode, request.child)
    item.update(g1p=gateway_keys.own_balance_requests_partition(child_scope), g1s=request.id)
    item.update(
        g2p=gateway_keys.all_balance_requests_partition(request.mode),
        g2s=f"{clock.iso(request.expires_at)}#{request.id}",
    )
    return {name: value for name, value in item.items() if value is not None}


def read_balance_request(record: Record) -> BalanceRequest:
    found = {name: record[short] for name, short in _NAMES.items() if short in record}
    return BalanceRequest(scope=record["pk"].removesuffix("#REQUESTS"), id=record["sk"], **found)


def request_changes(**fields: Any) -> dict[str, Any]:
    """Attributes to set, by the record's own names."""
    return {_NAMES[name]: value for name, value in fields.items() if value is not None}


def find_request(store: Store, scope: str, id: str) -> BalanceRequest | None:
    key = gateway_keys.balance_request_key(scope, id)
    record = store.read([key])[key]
    return read_balance_request(record) if record else None


def find_party_request(call: Call[Any], id: str) -> BalanceRequest | None:
    """A request that this tenant made, or that one of its children made to it; None for any other."""
    if not ids.is_id(id, "breq"):
        return None
    mode, tenant = call.caller.mode, call.caller.tenant
    books = [keys.scope(mode, owner) for owner in (tenant.id, tenant.parent) if owner is not None]
    found = call.store.read(gateway_keys.balance_request_key(scope, id) for scope in books)
    for request in (read_balance_request(record) for record in found.values() if record):
        if tenant.id in (request.parent, request.child):
            return request
    # Made to a parent that the tenant has left since.
    partition = gateway_keys.own_balance_requests_partition(keys.scope(mode, tenant.id))
    page = call.store.query("directory", partition, index="by_parent", since=id, until=id)
    return read_balance_request(page.items[0]) if page.items else None


def read_request(call: Call[None]) -> Reply:
    """One request, for the child that made it and for the parent that decides it."""
    request = find_party_request(call, call.path["requestId"])
    if request is None:
        raise errors.BALANCE_REQUEST_NOT_FOUND()
    return Reply(balance_request_out(request), "Successfully retrieved balance request")


def open_requests_of_child(store: Store, mode: keys.Mode, parent: str, child: str) -> list[BalanceRequest]:
    """What a child asked of a parent and is not ended yet, strongly read."""
    partition = gateway_keys.balance_requests_partition(keys.scope(mode, parent))
    found = map(read_balance_request, store.query_all("directory", partition, consistent=True))
    return [request for request in found if request.child == child and request.is_open]


def request_balance(call: Call[RequestBalance]) -> Reply:
    """Makes the request, and starts the workflow that carries it."""
    body, caller = call.input, call.caller
    amount = wallet.to_paise(body.amount, "amount")
    if amount < MIN_REQUEST_PAISE:
        raise errors.invalid("amount", "must be at least 1")
    parent = caller.tenant.parent
    if parent is None or caller.tenant.kind == "parent":
        raise errors.NO_PARENT()
    scope, given = keys.scope(caller.mode, parent), call.idempotency_key
    id = ids.new_id("breq", call.now)
    if given is not None:
        id = ids.derived_id("breq", scope, caller.tenant.id, given)
    terms = _terms_for(call, parent, gateway_keys.balance_request_key(scope, id))
    if isinstance(terms, BalanceRequest):
        return _replayed_request(terms, body, amount)
    request = BalanceRequest(
        scope=scope,
        id=id,
        child=caller.tenant.id,
        child_name=caller.tenant.name,
        customer=body.wallet_customer_id,
        amount=amount,
        status="PENDING",
        step="WAITING",
        execution=ids.new_id("exec", call.now),
        created_at=call.now,
        updated_at=call.now,
        expires_at=call.now + terms.expires_after_hours * _HOUR_MS,
        remind_every=terms.remind_after_hours * _HOUR_MS,
        remarks=body.remarks,
    )
    asked = wallet.gateway_audit_entry(call, "gateway.request", request.id, amount=amount)
    current = begin_workflow(call.store, request, asked)
    if current.execution != request.execution:
        return _replayed_request(current, body, amount)
    return Reply(balance_request_out(request), "Balance request created successfully")


def begin_workflow(store: Store, request: BalanceRequest, *along: Put) -> BalanceRequest:
    """Starts the workflow and writes the record, and what goes along with it; returns what is stored: another's record,
    where that was the first."""
    start_workflow(request)
    try:
        store.commit([Put(request.key, balance_request_item(request), when=ABSENT), *along])
    except Cancelled as taken:
        # Its own first coming, after a lost reply, or the same request at the same time.
        item = taken.reasons[0].item
        return read_balance_request(item) if item else request
    return request


def _terms_for(call: Call[RequestBalance], parent: str, key: Key) -> BalanceRequestTerms | BalanceRequest:
    """The parent's terms; or the request itself, where it was made before."""
    of_parent, of_terms = keys.tenant_key(parent), gateway_keys.balance_request_terms_key(parent)
    found = call.store.read([of_parent, of_terms, key])
    if (record := found[key]) is not None:
        return read_balance_request(record)
    tenant = found[of_parent]
    if tenant is None or not read_tenant(tenant).active:
        raise errors.NO_PARENT("The parent tenant is not active.")
    return read_terms(found[of_terms])


def _replayed_request(request: BalanceRequest, body: RequestBalance, amount: int) -> Reply:
    if (request.amount, request.customer, request.remarks) != (amount, body.wallet_customer_id, body.remarks):
        raise errors.IDEMPOTENCY_KEY_REUSED()
    return Reply(balance_request_out(request), "Balance request created successfully", headers=replay_headers(True))


def decision_wait(ahead: int) -> int:
    """For how many seconds a workflow waits for a decision before it looks at a record on which something is due in
    `ahead` milliseconds."""
    return min(max(1, -(-ahead // 1000)), settings().decision_wait_seconds)


def start_workflow(request: BalanceRequest) -> None:
    """Starts the workflow. Its input names the request, says how long the first wait is, and holds nothing personal."""
    ahead = min(request.remind_every, request.expires_at - request.created_at)
    content = {"scope": request.scope, "request": request.id, "seen": {"wait": decision_wait(ahead)}}
    workflows.launch_execution(settings().balance_workflow, request.execution, content)


def read_terms(record: Record | None) -> BalanceRequestTerms:
    return (
        BalanceRequestTerms(expires_after_hours=record["exp"], remind_after_hours=record["rem"])
        if record
        else BalanceRequestTerms()
    )


def set_terms(call: Call[BalanceRequestTerms]) -> Reply:
    """Sets how long this tenant's children wait for its decision. Open requests keep what they were made with."""
    terms, caller = call.input, call.caller
    act = wallet.gateway_audit_entry(call, "gateway.terms", **terms.model_dump())
    item = {"exp": terms.expires_after_hours, "rem": terms.remind_after_hours}
    call.store.commit(
        [Put(gateway_keys.balance_request_terms_key(caller.tenant.id), item), act], caller=ids.new_id("req")
    )
    return Reply(terms, "Balance request terms saved successfully")


def list_own(call: Call[BalanceRequestsQuery]) -> Reply:
    """Requests that this tenant made, the newest first."""
    partition = gateway_keys.own_balance_requests_partition(wallet.gateway_scope(call))
    found = call.store.query_all("directory", partition, index="by_parent")
    return _request_page(call, found, lambda request: True, "Successfully retrieved my balance requests")


def list_children(call: Call[ChildRequestsQuery]) -> Reply:
    """Requests that this tenant's children made, the newest first."""
    query = call.input
    wanted = (query.tenant_name or "").casefold()

    def fits(request: BalanceRequest) -> bool:
        of = query.sub_tenant_id
        return (of is None or request.child == of) and wanted in request.child_name.casefold()

    partition = gateway_keys.balance_requests_partition(wallet.gateway_scope(call))
    found = call.store.query_all("directory", partition, consistent=True)
    return _request_page(call, found, fits, "Successfully retrieved child balance requests")


def _request_page(call: Call[Any], found: Any, fits: Callable[[BalanceRequest], bool], message: str) -> Reply:
    query: BalanceRequestsQuery = call.input
    general = _filter(query, call.caller.tenant.time_zone)
    requests = [request for request in map(read_balance_request, found) if general(request) and fits(request)]
    requests.sort(key=lambda request: (request.created_at, request.id), reverse=True)
    return paging.numbered_page(requests, query.page, query.limit, balance_request_out, message)


def _filter(query: BalanceRequestsQuery, zone: str) -> Callable[[BalanceRequest], bool]:
    least = minor_units(query.min_amount, INR_SCALE, "minAmount") if query.min_amount else None
    most = minor_units(query.max_amount, INR_SCALE, "maxAmount") if query.max_amount else None
    since = paging.first_instant(query.created_at_from, zone, "createdAtFrom")
    until = paging.last_instant(query.created_at_to, zone, "createdAtTo")
    words = (query.remarks_search or "").casefold()

    def fits(request: BalanceRequest) -> bool:
        return (
            (query.status is None or request.status == query.status)
            and (query.wallet_customer_id is None or request.customer == query.wallet_customer_id)
            and (least is None or request.amount >= least)
            and (most is None or request.amount <= most)
            and (since is None or request.created_at >= since)
            and (until is None or request.created_at <= until)
            and words in (request.remarks or "").casefold()
        )

    return fits


def balance_request_out(request: BalanceRequest) -> BalanceRequestOut:
    rejected, withdrawn = request.status == "REJECTED", request.status == "WITHDRAWN"
    approved = request.approved is not None
    decided_at = clock.iso(request.decided_at) if request.decided_at else None
    return BalanceRequestOut(
        id=request.id,
        parent_tenant_id=request.parent,
        sub_tenant_id=request.child,
        tenant_name=request.child_name,
        wallet_customer_id=request.customer,
        requested_amount=wallet.rupees_text(request.amount),
        approved_amount=wallet.rupees_text(request.approved) if request.approved is not None else None,
        status=request.status,
        remarks=request.remarks,
        approval_remarks=request.decision_remarks if approved else None,
        rejection_reason=request.decision_remarks if rejected else None,
        failure_reason=request.failure,
        approved_by=request.decided_by if approved else None,
        approved_at=decided_at if approved else None,
        rejected_by=request.decided_by if rejected else None,
        rejected_at=decided_at if rejected else None,
        withdrawal_remarks=request.decision_remarks if withdrawn else None,
        withdrawn_by=request.decided_by if withdrawn else None,
        withdrawn_at=decided_at if withdrawn else None,
        expires_at=clock.iso(request.expires_at),
        workflow=WorkflowOut(
            execution=request.execution,
            step=request.step,
            settled_at=clock.iso(request.settled_at) if request.settled_at else None,
            settlement_transaction_id=request.settlement,
            reminded_at=clock.iso(request.reminded_at) if request.reminded_at else None,
        ),
        created_at=clock.iso(request.created_at),
        updated_at=clock.iso(request.updated_at),
    )
