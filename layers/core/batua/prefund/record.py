"""A prefund request on record. The record is the truth: endpoints change it, the workflow only carries it.

Every change adds one to `version`, on the condition that the version is as read, and puts a step that says who and
when. A step's key is the version that it made, so no two changes can take the same place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from .. import audit_trail, clock, errors, ids
from ..api.endpoint import Call
from ..api.request import Request
from ..identity.credentials import Claims
from ..store import prefund_keys as keys
from ..store.keys import Key, Mode
from ..store.store import Cancelled, Record, Store
from ..store.writes import ABSENT, Condition, Put, Update, Write

PrefundStatus = Literal[
    "draft",
    "submitted",
    "under_review",
    "clarification",
    "approved",
    "credited",
    "rejected",
    "withdrawn",
    "settlement_failed",
]

WORKFLOW: Final = "workflow"
"""Who acts where nobody does."""

DECIDABLE: Final = frozenset({"under_review", "settlement_failed"})
DECIDED: Final = frozenset({"approved", "credited", "rejected", "withdrawn"})
"""Nothing is left to decide, or (`withdrawn`) the tenant wants no decision any more."""


@dataclass(frozen=True, slots=True)
class PrefundVerdict:
    """A decision. `otp` is the code that confirmed it; `amount` is what an approval credits, in paise."""

    kind: Literal["approve", "reject"]
    by: str
    at: int
    amount: int
    otp: str
    address: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Prefund:
    """Amounts in paise. `proof` is the document as it was when it was handed in, whatever becomes of it later."""

    id: str
    tenant: str
    mode: Mode
    state: PrefundStatus
    amount: int
    utr: str
    account: str
    paid_on: str
    proof: Mapping[str, Any]
    by: str
    created_at: int
    since: int
    execution: str
    fingerprint: str
    note: str | None = None
    assignee: str | None = None
    reviewers: tuple[str, ...] = field(default=())
    """Who has reviewed it: they can't decide."""
    verdict: PrefundVerdict | None = None
    transaction: str | None = None
    reminders: int = 0
    """Sent since it came into its state."""
    version: int = 1

    @property
    def key(self) -> Key:
        return keys.prefund_request_key(self.id)

    @property
    def transfer(self) -> Key:
        return keys.bank_transfer_key(self.mode, self.utr)


def prefund_creation(prefund: Prefund, now: int) -> list[Write]:
    """The request, and that this transfer belongs to it: there is no other request with it."""
    return [
        Put(prefund.key, prefund_item(prefund), when=ABSENT),
        Put(prefund.transfer, {"request": prefund.id, "tenant": prefund.tenant}, when=ABSENT),
        _step_put(prefund, "create", prefund.by, now, prefund.state, prefund.note, number=prefund.version),
    ]


def prefund_change(
    prefund: Prefund,
    what: str,
    who: str,
    now: int,
    *,
    state: PrefundStatus | None = None,
    note: str | None = None,
    **changes: Any,
) -> list[Write]:
    """The writes of a step. They fail where somebody has taken another one meanwhile."""
    moved: dict[str, Any] = {"st": state, "since": now, "reminders": 0} if state else {}
    update = Update(
        prefund.key,
        add={"version": 1},
        set={**moved, **changes},
        when=Condition(equal={"version": prefund.version}),
    )
    return [update, _step_put(prefund, what, who, now, state or prefund.state, note, number=prefund.version + 1)]


def _step_put(
    prefund: Prefund, what: str, who: str, now: int, state: PrefundStatus, note: str | None, *, number: int
) -> Put:
    item = {"what": what, "who": who, "at": now, "st": state, "note": note}
    return Put(
        keys.prefund_step_key(prefund.id, number),
        {name: value for name, value in item.items() if value is not None},
        when=ABSENT,
    )


def prefund_audit_entry(call: Call[Any], prefund: Prefund, what: str, **details: Any) -> Put:
    """The line of the audit trail, in the tenant's own: to be committed with what it tells of."""
    caller = call.caller
    return audit_trail.audit_entry(
        prefund.mode,
        prefund.tenant,
        clock.system(),
        what=f"prefund.{what}",
        who=caller.id,
        address=caller.address,
        reference=prefund.id,
        request_id=call.request.id,
        details=details or None,
    )


def load_prefund(store: Store, request_id: str) -> Prefund | None:
    key = keys.prefund_request_key(request_id)
    record = store.read([key])[key]
    return read_prefund(record) if record else None


@dataclass(frozen=True, slots=True)
class PrefundLookup:
    """The request that a path names: read with the credential's records."""

    key: Key

    @property
    def keys(self) -> list[Key]:
        return [self.key]


def prefetch_prefund(claims: Claims, content: Any, request: Request) -> PrefundLookup:
    if not ids.is_id(request.path["id"], "pfr"):
        raise errors.PREFUND_REQUEST_NOT_FOUND()
    return PrefundLookup(keys.prefund_request_key(request.path["id"]))


def requested_prefund(call: Call[Any]) -> Prefund:
    """The request of the path, if this caller may know of it."""
    found = call.loaded[call.lookup.key]
    return visible_prefund(call, read_prefund(found) if found else None)


def commit_prefund(call: Call[Any], prefund: Prefund, writes: Sequence[Write]) -> Prefund:
    """Commits a step, and reads what has become of the request. Raises VERSION_CONFLICT where another came first."""
    try:
        call.store.commit(writes, caller=call.request.id)
    except Cancelled as overtaken:
        raise errors.VERSION_CONFLICT() from overtaken
    return visible_prefund(call, load_prefund(call.store, prefund.id))


def visible_prefund(call: Call[Any], prefund: Prefund | None) -> Prefund:
    """The request, if this caller may know of it. Another tenant's is as none, but for the operator's staff."""
    caller = call.caller
    if prefund is None or prefund.mode != caller.mode:
        raise errors.PREFUND_REQUEST_NOT_FOUND()
    if prefund.tenant != caller.tenant.id and "platform:review" not in caller.permissions:
        raise errors.PREFUND_REQUEST_NOT_FOUND()
    return prefund


def require_state(prefund: Prefund, *states: str) -> None:
    if prefund.state not in states:
        raise errors.PREFUND_NOT_IN_STATE(figures={"status": prefund.state})


def prefund_item(prefund: Prefund) -> dict[str, Any]:
    place = f"{clock.iso(prefund.created_at)}#{prefund.id}"
    item = {
        "ten": prefund.tenant,
        "mode": prefund.mode,
        "st": prefund.state,
        "amt": prefund.amount,
        "utr": prefund.utr,
        "acc": prefund.account,
        "paid": prefund.paid_on,
        "proof": dict(prefund.proof),
        "by": prefund.by,
        "at": prefund.created_at,
        "since": prefund.since,
        "exec": prefund.execution,
        "fp": prefund.fingerprint,
        "note": prefund.note,
        "version": prefund.version,
        "g1p": keys.tenant_prefunds_partition(prefund.mode, prefund.tenant),
        "g1s": place,
        "g2p": keys.all_prefunds_partition(prefund.mode),
        "g2s": place,
    }
    return {name: value for name, value in item.items() if value is not None}


def read_prefund(record: Record) -> Prefund:
    verdict = record.get("verdict")
    return Prefund(
        id=record["pk"].rpartition("#")[2],
        tenant=record["ten"],
        mode=record["mode"],
        state=record["st"],
        amount=record["amt"],
        utr=record["utr"],
        account=record["acc"],
        paid_on=record["paid"],
        proof=record["proof"],
        by=record["by"],
        created_at=record["at"],
        since=record["since"],
        execution=record["exec"],
        fingerprint=record["fp"],
        note=record.get("note"),
        assignee=record.get("assignee"),
        reviewers=tuple(record.get("reviewers", ())),
        verdict=read_verdict(verdict) if verdict else None,
        transaction=record.get("txn"),
        reminders=record.get("reminders", 0),
        version=record["version"],
    )


def verdict_item(verdict: PrefundVerdict) -> dict[str, Any]:
    return {
        "kind": verdict.kind,
        "by": verdict.by,
        "at": verdict.at,
        "amt": verdict.amount,
        "otp": verdict.otp,
        "ip": verdict.address,
        "note": verdict.note,
    }


def read_verdict(record: Mapping[str, Any]) -> PrefundVerdict:
    return PrefundVerdict(
        record["kind"],
        record["by"],
        record["at"],
        record["amt"],
        record["otp"],
        record["ip"],
        record.get("note"),
    )
