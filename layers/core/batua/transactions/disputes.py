"""Disputes on a transaction: raised by the tenant, decided by the platform's staff.

One is open at a time; an item of its own sees to that. An accepted dispute pays back by a refund: the refund,
the decision and the audit trail's line are one transaction, so there is never one without the others. Disputes are kept
by the id of their transaction, as staff decide on those of other tenants.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

from .. import audit_trail, clock, errors, ids
from ..api import cursor
from ..api.endpoint import Call
from ..api.request import Request
from ..api.styles import Reply, replay_headers
from ..errors import Problem
from ..identity.credentials import Claims
from ..identity.tenant import Tenant, read_tenant
from ..ledger.decisions import tenant_money
from ..ledger.decisions.tenant_money import REFUNDABLE, FundsOriginal
from ..ledger.errors import IdempotencyKeyConflict, PostingRefused, PreconditionFailed
from ..ledger.model import Origin, Program
from ..ledger.posting.tenant_money import TenantLedger, funds_request
from ..ledger.records.tenant_money import FundsEntry
from ..money import to_text, to_wire
from ..store import keys
from ..store.keys import Key, Mode
from ..store.store import Cancelled, Contended, Record
from ..store.writes import ABSENT, Condition, Delete, Put, Update, Write
from ..wallets import service
from . import queries
from .models import DecideDispute, DisputeOut, OpenDisputesQuery, RaiseDispute

RAISE_ERRORS = (
    errors.TRANSACTION_NOT_FOUND,
    errors.NOT_DISPUTABLE,
    errors.DISPUTE_OPEN,
    errors.NOTHING_TO_REVERSE,
    errors.REVERSAL_EXCEEDS_ORIGINAL,
    errors.IDEMPOTENCY_KEY_REUSED,
)
DECIDE_ERRORS = (
    errors.DISPUTE_NOT_FOUND,
    errors.DISPUTE_DECIDED,
    errors.NOTHING_TO_REVERSE,
    errors.REVERSAL_EXCEEDS_ORIGINAL,
    errors.REFUND_WHOLE_ONLY,
    errors.CREDIT_EXCEEDS_DEBITS,
    errors.INSUFFICIENT_BALANCE,
    errors.WALLET_CLOSED,
)
RAISED_WITHIN_DAYS: Final = 90
DECIDED_WITHIN_DAYS: Final = 14
_MAX_ATTEMPTS: Final = 5


def raise_dispute(call: Call[RaiseDispute]) -> Reply:
    """Raises a dispute on a transaction of this tenant's own wallets, unless one is open."""
    transaction = queries.requested_funds_transaction(call)
    entry = transaction.entries[0]
    late = call.now > entry.at + RAISED_WITHIN_DAYS * clock.DAY_MS
    if not transaction.own or entry.kind not in REFUNDABLE or late:
        raise errors.NOT_DISPUTABLE()
    key = _dispute_key(call, entry)
    # First of all, as a refund since then would refuse what this key has raised.
    before = call.store.read([key])[key] if call.idempotency_key else None
    if before is not None:
        return _raised_before(call, before)
    put = _raised(call, key, entry, entry.total - transaction.reversed)
    record = {"pk": put.key.pk, "sk": put.key.sk, **put.item}
    lock = Put(keys.open_dispute_key(call.caller.mode, entry.id), {"id": put.key.sk.partition("#")[2]}, when=ABSENT)
    try:
        _commit_dispute(
            call, [put, lock, _audit_put(call, call.caller.tenant.id, "disputes.raise", entry.id, put.key.sk)]
        )
    except Cancelled as cancelled:
        # The reason beside a conflict says nothing of this very dispute, so it is read.
        found = call.store.read([key])[key]
        if found is None:
            raise errors.DISPUTE_OPEN() from cancelled
        return _raised_before(call, found)
    shown = _dispute_response(record, call.caller.tenant.program, call.now)
    return Reply(shown, "Dispute raised", headers=replay_headers(False))


def _raised_before(call: Call[RaiseDispute], record: Record) -> Reply:
    """The answer where the key made this dispute. Raises IDEMPOTENCY_KEY_REUSED for another one."""
    if record["fp"] != _fingerprint(call.input):
        raise errors.IDEMPOTENCY_KEY_REUSED()
    shown = _dispute_response(record, call.caller.tenant.program, call.now)
    return Reply(shown, "Dispute raised", headers=replay_headers(True))


def _dispute_key(call: Call[RaiseDispute], entry: FundsEntry) -> Key:
    given, mode = call.idempotency_key, call.caller.mode
    return keys.dispute_key(
        mode, entry.id, ids.derived_id("dsp", mode, entry.id, given) if given else ids.new_id("dsp")
    )


def _fingerprint(body: RaiseDispute) -> str:
    """Of the request, not of what it comes to: the same request later may find less left."""
    content = ids.injective(body.reason, body.description, *body.evidence, str(body.amount))
    return ids.derived_id("fp", content.hex())


def _raised(call: Call[RaiseDispute], key: Key, entry: FundsEntry, left: int) -> Put:
    body, caller, asset = call.input, call.caller, entry.line.wallet.asset
    amount = left if body.amount is None else service.amount_minor(body.amount, asset, caller.tenant.program)
    if left <= 0:
        raise errors.NOTHING_TO_REVERSE()
    if amount > left:
        raise errors.REVERSAL_EXCEEDS_ORIGINAL()
    id = key.sk.partition("#")[2]
    content = {"reason": body.reason, "description": body.description, "evidence": body.evidence}
    item = {
        **content,
        "txn": entry.id,
        "ten": caller.tenant.id,
        "asset": asset,
        "amt": amount,
        "st": "open",
        "by": caller.id,
        "at": call.now,
        "due": call.now + DECIDED_WITHIN_DAYS * clock.DAY_MS,
        "fp": _fingerprint(body),
        "g1p": keys.open_disputes_partition(caller.mode),
        "g1s": f"{clock.iso(call.now + DECIDED_WITHIN_DAYS * clock.DAY_MS)}#{id}",
    }
    return Put(key, item, when=ABSENT)


def list_disputes(call: Call[Any]) -> Reply:
    """Every dispute on a transaction of this tenant's, the earliest first."""
    if queries.requested_coin_transaction(call) is None:
        queries.requested_funds_transaction(call)
    partition = keys.disputes_partition(call.caller.mode, call.lookup.id)
    rows = call.store.query_all("directory", partition, beginning="DISPUTE#", consistent=True)
    disputes = sorted(rows, key=lambda row: int(row["at"]))
    return Reply([_dispute_response(row, call.caller.tenant.program, call.now) for row in disputes])


_OPEN_LIST: Final = {"list": "disputes"}


def list_open_disputes(call: Call[OpenDisputesQuery]) -> Reply:
    """Every open dispute of every tenant, the one that is due first leading: the staff's work."""
    query, caller, partition = call.input, call.caller, keys.open_disputes_partition(call.caller.mode)
    if caller.tenant.kind != "operator":
        raise errors.FORBIDDEN("Only the operator's staff can see the disputes of all tenants.")
    after: dict[str, Any] | None = None
    if query.cursor:
        place, _, transaction = cursor.open_cursor(caller.tenant.id, _OPEN_LIST, query.cursor).rpartition("#")
        key = keys.dispute_key(caller.mode, transaction, place.rpartition("#")[2])
        after = {"pk": key.pk, "sk": key.sk, "g1p": partition, "g1s": place}
    page = call.store.query("directory", partition, index="by_parent", limit=query.limit, after=after)
    last = page.items[-1] if page.items and page.last else None
    following = cursor.seal_cursor(caller.tenant.id, _OPEN_LIST, f"{last['g1s']}#{last['txn']}") if last else None
    from ..identity.tenant_names import load_tenant_names  # the operator's list alone names tenants

    names = load_tenant_names(call.store, {row["ten"] for row in page.items})
    data = [_dispute_response(row, caller.tenant.program, call.now, names.get(row["ten"])) for row in page.items]
    return Reply(data, meta={"next_cursor": following, "limit": query.limit})


@dataclass(frozen=True, slots=True)
class DisputeLookup:
    key: Key

    @property
    def keys(self) -> list[Key]:
        return [self.key]


def prefetch_dispute(claims: Claims, body: Any, request: Request) -> DisputeLookup:
    id, dispute = request.path["id"], request.path["dispute_id"]
    if not ids.is_id(id, "txn") or not ids.is_id(dispute, "dsp"):
        raise errors.DISPUTE_NOT_FOUND()
    return DisputeLookup(keys.dispute_key(claims.mode, id, dispute))


def decide_dispute(call: Call[DecideDispute]) -> Reply:
    """Decides an open dispute. Accepting it refunds; the same decision again gets the same answer."""
    key: Key = call.lookup.key
    record = call.loaded[key]
    if record is None:
        raise errors.DISPUTE_NOT_FOUND()
    tenant = _disputed_tenant(call, record)
    if record["st"] != "open":
        return _replayed_decision(call, record, tenant)
    try:
        decided = _accept(call, key, record, tenant) if call.input.decision == "accept" else _reject(call, key, record)
    except Problem as problem:
        if problem.kind is not errors.DISPUTE_DECIDED:
            raise
        # Perhaps by this very decision, sent twice at once.
        return _replayed_decision(call, call.store.read([key])[key] or record, tenant)
    return Reply(_dispute_response(decided, tenant.program, call.now), "Dispute decided")


def _replayed_decision(call: Call[DecideDispute], record: Record, tenant: Tenant) -> Reply:
    """The answer to a decision that was made before: the first answer to the same decision, else a refusal."""
    same = record["st"] == f"{call.input.decision}ed" and record["who"] == call.caller.id
    if record["st"] == "accepted":
        same = same and record["paid"] == _refund_amount(call, record, tenant)
    if not same or record["why"] != call.input.reason:
        raise errors.DISPUTE_DECIDED()
    return Reply(_dispute_response(record, tenant.program, call.now), "Dispute decided", headers=replay_headers(True))


def _reject(call: Call[DecideDispute], key: Key, record: Record) -> Record:
    decided = _decision_reply(call, "rejected")
    try:
        _commit_dispute(call, _decision_writes(call, key, record, decided))
    except Cancelled as cancelled:
        raise errors.DISPUTE_DECIDED() from cancelled
    return {**record, **decided}


def _accept(call: Call[DecideDispute], key: Key, record: Record, tenant: Tenant) -> Record:
    body, caller = call.input, call.caller
    amount = _refund_amount(call, record, tenant)
    if amount > record["amt"]:
        raise errors.REVERSAL_EXCEEDS_ORIGINAL()
    tenant_ledger = TenantLedger(call.store, tenant.time_zone, call.now)
    original = _original(tenant_ledger, caller.mode, record)
    dispute = key.sk.partition("#")[2]
    order = funds_request(
        "disputes.accept",
        caller.mode,
        tenant.id,
        Origin(caller.id, caller.address, tenant.id, dispute, body.reason, call.request.id),
        # A refund that was refused may be granted later, so a refusal is not kept.
        dispute,
        {"amount": amount, "by": caller.id, "reason": body.reason},
    )
    decided = {**_decision_reply(call, "accepted"), "paid": amount, "refund": order.id}
    try:
        posted = tenant_ledger.post(
            order,
            lambda known: tenant_money.decide_refund(known, original, call.now, amount=amount),
            extra_writes=[*_decision_writes(call, key, record, decided), *_others_told(call, record, original, amount)],
            keep_refusal=False,
        )
    except PostingRefused as refusal:
        raise service.wallet_problem(refusal, record["asset"], tenant.program) from None
    except (PreconditionFailed, IdempotencyKeyConflict) as overtaken:
        raise errors.DISPUTE_DECIDED() from overtaken
    if posted.replayed:
        raise errors.DISPUTE_DECIDED()
    return {**record, **decided}


def _others_told(call: Call[DecideDispute], record: Record, original: FundsOriginal, amount: int) -> Iterator[Put]:
    """What tells other tenants, from whose wallets an acceptance takes: a child, of a settled balance request."""
    scale = service.scale_of(record["asset"], None)
    for tenant in dict.fromkeys(line.wallet.tenant for line in original.lines):
        if tenant != record["ten"]:
            what = f"{record['asset']} {to_text(amount, scale)} of transaction {record['txn']} were taken back"
            details = {"transaction": record["txn"], "amount": amount, "disputed_by": record["ten"]}
            yield audit_trail.audit_entry(
                call.caller.mode,
                tenant,
                call.now,
                what="disputes.accept",
                who=call.caller.id,
                address=call.caller.address,
                request_id=call.request.id,
                details=details,
                announce=f"{what} from your wallet: the operator has accepted a dispute about it.",
            )


def _refund_amount(call: Call[DecideDispute], record: Record, tenant: Tenant) -> int:
    """What an acceptance refunds, in minor units: the amount given, or all that is disputed."""
    if call.input.amount is None:
        return int(record["amt"])
    return service.amount_minor(call.input.amount, record["asset"], tenant.program)


def _original(tenant_ledger: TenantLedger, mode: Mode, record: Record) -> FundsOriginal:
    transaction = tenant_ledger.transaction(keys.scope(mode, record["ten"]), record["txn"])
    if transaction is None:
        raise errors.DISPUTE_NOT_FOUND()
    return tenant_ledger.load_original(transaction)


def _disputed_tenant(call: Call[Any], record: Record) -> Tenant:
    key = keys.tenant_key(record["ten"])
    stored = call.store.read([key])[key]
    if stored is None:
        raise errors.DISPUTE_NOT_FOUND()
    return read_tenant(stored)


def _decision_reply(call: Call[DecideDispute], state: str) -> dict[str, Any]:
    return {"st": state, "who": call.caller.id, "when": call.now, "why": call.input.reason}


def _decision_writes(call: Call[DecideDispute], key: Key, record: Record, decided: dict[str, Any]) -> list[Write]:
    """The decision on record, while the dispute is open: it leaves the list of those, and another can be raised."""
    update = Update(key, set=decided, remove=("g1p", "g1s"), when=Condition(equal={"st": "open"}))
    lock = Delete(keys.open_dispute_key(call.caller.mode, record["txn"]))
    what = f"disputes.{call.input.decision}"
    return [update, lock, _audit_put(call, record["ten"], what, record["txn"], key.sk)]


def _audit_put(call: Call[Any], tenant: str, what: str, transaction: str, dispute: str) -> Put:
    caller = call.caller
    return audit_trail.audit_entry(
        caller.mode,
        tenant,
        call.now,
        what=what,
        who=caller.id,
        address=caller.address,
        request_id=call.request.id,
        details={"transaction": transaction, "dispute": dispute.partition("#")[2]},
    )


def _commit_dispute(call: Call[Any], writes: list[Write]) -> None:
    """Commits what moves no value. Raises Cancelled, or `busy` through Contended."""
    for tries in range(_MAX_ATTEMPTS):
        try:
            call.store.commit(writes)
            return
        except Contended:
            call.store.sleep(0.02 * 2**tries)
    raise Contended("the dispute could not be written")


def _dispute_response(record: Record, program: Program | None, now: int, tenant_name: str | None = None) -> DisputeOut:
    scale = service.scale_of(record["asset"], program)
    is_open = record["st"] == "open"
    return DisputeOut(
        dispute_id=str(record["sk"]).partition("#")[2],
        transaction_id=record["txn"],
        tenant_id=record["ten"],
        tenant_name=tenant_name,
        status=cast(Any, record["st"]),
        reason=record["reason"],
        description=record["description"],
        evidence=record["evidence"],
        asset=record["asset"],
        amount=to_wire(record["amt"], scale),
        accepted_amount=to_wire(record["paid"], scale) if "paid" in record else None,
        raised_by=record["by"],
        raised_at=clock.iso(record["at"]),
        due_at=clock.iso(record["due"]),
        overdue=is_open and now > record["due"],
        decided_by=record.get("who"),
        decided_at=None if is_open else clock.iso(record["when"]),
        decision_reason=record.get("why"),
        refund_transaction_id=record.get("refund"),
    )
