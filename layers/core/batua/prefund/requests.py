"""A tenant's part: it tells of money that it has sent, and answers what it is asked.

The workflow is started first and the record written after: a record so always has its execution. The transfer's item
goes along in the same transaction, so that one transfer never pays for two requests.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.request import Request
from ..api.styles import Reply, replay_headers
from ..identity.credentials import Claims
from ..money import INR_SCALE
from ..store import keys as directory
from ..store import prefund_keys as keys
from ..store.keys import Key
from ..store.store import Cancelled, Record
from ..store.writes import Condition, Delete
from ..tenants import documents, uploads
from . import execution, notifications, record
from .models import ClarificationAnswer, NewPrefund, Remark
from .queries import prefund_out
from .receivers import receiver_account_from, receiver_key_of
from .record import Prefund

PAID_WITHIN_DAYS: Final = 180
WITHDRAWABLE: Final = ("draft", "submitted", "under_review", "clarification")


@dataclass(frozen=True, slots=True)
class NewPrefundLookup:
    """What a new request names: read with the credential's records."""

    account: Key
    transfer: Key
    proof: Key

    @property
    def keys(self) -> list[Key]:
        return [self.account, self.transfer, self.proof]


def prefetch_new_prefund(claims: Claims, body: NewPrefund, request: Request) -> NewPrefundLookup:
    return NewPrefundLookup(
        receiver_key_of(body.receiver_account_id),
        keys.bank_transfer_key(claims.mode, body.utr.upper()),
        _document_key(claims.tenant, body.document_id),
    )


def create_prefund(call: Call[NewPrefund]) -> Reply:
    """Makes a request, and starts the workflow that carries it. The key, or else the UTR, tells a replay."""
    body, key = call.input, call.idempotency_key
    scope = f"{call.caller.mode}:{call.caller.tenant.id}"
    request_id = ids.derived_id("pfr", scope, key) if key is not None else ids.new_id("pfr", clock.system())
    fingerprint = _fingerprint(body)
    there = _existing_request(
        call, request_id, fingerprint, keyed=key is not None, transfer=call.loaded[call.lookup.transfer]
    )
    if there is not None:
        return _replayed(there)
    from . import limits  # of the two functions here, one alone needs it

    limits.require_prefund_proofs(call, minor_units(body.amount, INR_SCALE, "amount"))
    prefund = _draft_prefund(call, request_id, fingerprint)
    writes = record.prefund_creation(prefund, prefund.created_at)
    try:
        call.store.commit(
            [*writes, record.prefund_audit_entry(call, prefund, "create", utr=prefund.utr, amount=prefund.amount)]
        )
    except Cancelled as taken:
        transfer = call.store.read([prefund.transfer])[prefund.transfer]
        there = _existing_request(call, request_id, fingerprint, keyed=key is not None, transfer=transfer)
        if there is None:
            raise errors.UTR_USED() from taken
        return _replayed(there)
    return Reply(prefund_out(prefund), "Prefund request made", status=201)


def _draft_prefund(call: Call[NewPrefund], request_id: str, fingerprint: str) -> Prefund:
    body, caller, now = call.input, call.caller, clock.system()
    found = call.loaded[call.lookup.account]
    if found is None:
        raise errors.RECEIVER_ACCOUNT_NOT_FOUND()
    if not receiver_account_from(found).active:
        raise errors.RECEIVER_ACCOUNT_INACTIVE()
    return Prefund(
        id=request_id,
        tenant=caller.tenant.id,
        mode=caller.mode,
        state="draft",
        amount=minor_units(body.amount, INR_SCALE, "amount"),
        utr=body.utr.upper(),
        account=body.receiver_account_id,
        paid_on=_paid_on(call, now),
        proof=_current_proof(call, call.lookup.proof, call.loaded[call.lookup.proof]),
        by=caller.id,
        created_at=now,
        since=now,
        execution=execution.start_prefund(request_id),
        fingerprint=fingerprint,
        note=body.note,
    )


def _existing_request(
    call: Call[NewPrefund], request_id: str, fingerprint: str, *, keyed: bool, transfer: Record | None
) -> Prefund | None:
    """The request that was made before by this one. Raises where the key or the transfer belongs to another one."""
    before = record.load_prefund(call.store, request_id) if keyed else None
    if before is not None:
        if before.fingerprint != fingerprint:
            raise errors.IDEMPOTENCY_KEY_REUSED()
        return before
    if transfer is None:
        return None
    if keyed or transfer["tenant"] != call.caller.tenant.id:
        raise errors.UTR_USED()
    named = record.load_prefund(call.store, transfer["request"])
    if named is None or named.fingerprint != fingerprint:
        raise errors.UTR_USED()
    return named


def _replayed(prefund: Prefund) -> Reply:
    return Reply(prefund_out(prefund), "Prefund request made", status=201, headers=replay_headers(True))


def withdraw_prefund(call: Call[Remark]) -> Reply:
    """The tenant takes its request back while nobody has decided it, and sets the transfer free for another one.

    Whichever comes first, this or the decision, changes the version that the other rests on. Withdrawn again it stays
    as it is.
    """
    prefund = record.requested_prefund(call)
    if prefund.tenant != call.caller.tenant.id:
        raise errors.PREFUND_REQUEST_NOT_FOUND()
    if prefund.state == "withdrawn":
        return Reply(prefund_out(prefund), "Withdrawn", headers=replay_headers(True))
    if prefund.state in record.DECIDED:
        raise errors.PREFUND_DECIDED(figures={"status": prefund.state})
    record.require_state(prefund, *WITHDRAWABLE)
    writes = record.prefund_change(
        prefund, "withdraw", call.caller.id, clock.system(), state="withdrawn", note=call.input.note
    )
    writes.append(Delete(prefund.transfer, when=Condition(equal={"request": prefund.id})))
    done = record.commit_prefund(call, prefund, [*writes, record.prefund_audit_entry(call, prefund, "withdraw")])
    execution.wake_prefund(call.store, prefund.id)
    if prefund.state != "draft":
        notifications.notify_staff(call.store, done, "prefund_withdrawn", call.input.note)
    return Reply(prefund_out(done), "Withdrawn")


def _fingerprint(body: NewPrefund) -> str:
    amount = str(minor_units(body.amount, INR_SCALE, "amount"))
    parts = (body.receiver_account_id, amount, body.utr.upper(), body.paid_on, body.document_id, body.note or "")
    return hashlib.sha256(ids.injective(*parts)).hexdigest()[:32]


def _paid_on(call: Call[NewPrefund], now: int) -> str:
    zone = call.caller.tenant.time_zone
    try:
        paid_on = date.fromisoformat(call.input.paid_on)
    except ValueError as error:
        raise errors.invalid("paid_on", "must be a date such as 2026-11-20") from error
    day = paid_on.year * 10000 + paid_on.month * 100 + paid_on.day
    earliest = clock.local_day(now - PAID_WITHIN_DAYS * clock.DAY_MS, zone)
    if not earliest <= day <= clock.local_day(now, zone):
        raise errors.invalid("paid_on", f"must be today or within the {PAID_WITHIN_DAYS} days before")
    return call.input.paid_on


def _document_key(tenant: str, document: str) -> Key:
    if not ids.is_id(document, "doc"):
        raise errors.invalid("document_id", "must be the id of one of your tenant's documents")
    return directory.document_key(tenant, document)


def _current_proof(call: Call[Any], key: Key, found: Record | None) -> dict[str, Any]:
    """The document as it is now. Raises DOCUMENT_UNFIT where nothing has been uploaded, or nothing good."""
    if found is None or found.get("leaving"):
        raise errors.invalid("document_id", "must be the id of one of your tenant's documents")
    checked = documents.check_document(call, key, found)
    content = uploads.usable_content(checked)
    return {
        "doc": key.sk.rpartition("#")[2],
        "name": checked["name"],
        "media": content.media,
        "sha": content.sha256,
        "file": uploads.content_key(key, content),
    }


def clarify_prefund(call: Call[ClarificationAnswer]) -> Reply:
    """Answers what staff asked, and gives the request back to review."""
    body, now = call.input, clock.system()
    prefund = record.requested_prefund(call)
    if prefund.tenant != call.caller.tenant.id:
        raise errors.PREFUND_REQUEST_NOT_FOUND()
    record.require_state(prefund, "clarification")
    changes: dict[str, Any] = {}
    if body.document_id is not None:
        key = _document_key(prefund.tenant, body.document_id)
        changes["proof"] = _current_proof(call, key, call.store.read([key])[key])
    writes = record.prefund_change(
        prefund, "clarify", call.caller.id, now, state="under_review", note=body.note, **changes
    )
    done = record.commit_prefund(call, prefund, [*writes, record.prefund_audit_entry(call, prefund, "clarify")])
    notifications.notify_staff(call.store, done, "prefund_clarified")
    return Reply(prefund_out(done), "Answered")
