"""The right to erasure: a deletion is requested, waits, and is cancelled or carried out.

The record is the truth, the workflow carries it: it wakes when the time of grace is over and erases what the record
still says is to be erased. Started before the record is written, it finds either the record or nothing to do.
Entries of the ledger stay as they are. They name the user by id alone, which from then on leads to nobody.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Literal

from .. import audit_trail, clock, errors, ids, workflows
from ..api.endpoint import Call
from ..identity import otp, sessions, users
from ..identity.users import User
from ..messages import outbound
from ..messages.model import Message
from ..settings import settings
from ..store import keys
from ..store.store import Cancelled, Record, Store
from ..store.writes import ABSENT, Condition, Delete, Put, Update, Write
from ..tenants import last_admin
from . import account
from .models import AccountDeletion, DeletionState
from .reauthentication import require_password

DeletionStage = Literal["scheduled", "cancelled", "erasing", "erased", "unknown"]
_BATCH_SIZE = 90
_OPEN = ("g2p", "g2s")
"""Where a deletion is found that is not done."""


@dataclass(frozen=True, slots=True)
class Deletion:
    id: str
    tenant: str
    user: str
    state: DeletionStage
    erase_at: int
    requested_at: int


def request_account_deletion(call: Call[AccountDeletion]) -> DeletionState:
    """Plans the deletion, or ends it while the time of grace runs. Asked again, it tells what is planned."""
    user, now = account.current_user(call), clock.system()
    if call.input.cancel:
        return _cancelled(call, user, now)
    proven = _proven(call, user, now)
    if user.deletion and user.deletion_at:
        return _state(Deletion(user.deletion, user.tenant, user.id, "scheduled", user.deletion_at, 0))
    keeping = last_admin.remaining_admin_writes(call.store, user)
    erase_at = now + settings().deletion_grace_days * clock.DAY_MS
    deletion = Deletion(ids.new_id("del", now), user.tenant, user.id, "scheduled", erase_at, now)
    _start_workflow(deletion)
    account.commit_account(
        call.store,
        [
            users.user_change(user, {"deletion": deletion.id, "deletion_at": erase_at}),
            Put(keys.deletion_key(deletion.id), _deletion_item(deletion), when=ABSENT),
            account.account_audit_entry(call, user, "deletion_requested", now, reference=deletion.id),
            *proven,
            *keeping,
        ],
    )
    values = {"name": user.name, "when": clock.iso(erase_at)}
    outbound.enqueue(Message("deletion_planned", user.email, "email", user.tenant, values, readers=(user.id,)))
    return _state(deletion)


def erase_account(store: Store, deletion_id: str, now: int) -> DeletionStage:
    """Does what the record says is due, as often as it is called. Returns the record's state."""
    key = keys.deletion_key(deletion_id)
    record = store.read([key])[key]
    if record is None:
        return "unknown"
    if record["state"] not in ("scheduled", "erasing") or now < record["erase_at"]:
        return _stage(record["state"])
    if record["state"] == "scheduled":
        try:
            store.commit([Update(key, set={"state": "erasing"}, when=Condition(equal={"state": "scheduled"}))])
        except Cancelled:
            # Cancelled, or begun by another, in this very moment.
            return erase_account(store, deletion_id, now)
    user = users.load_user(store, record["tenant"], record["user"])
    if user is None or user.status == "erased":
        return _stage(record["state"])
    ended = [session.key for session in sessions.sessions_of(store, user.id)]
    for start in range(0, len(ended), _BATCH_SIZE):
        store.commit([Delete(key) for key in ended[start : start + _BATCH_SIZE]])
    # The address is known for the last time here. Called again, this mail may go out twice.
    values = {"name": user.name, "proof": deletion_id}
    outbound.enqueue(Message("account_deleted", user.email, "email", user.tenant, values, readers=(user.id,)))
    store.commit([*users.user_erasure(user, now), *_deletion_proof(key, record, user, len(ended), now)])
    return "erased"


def _deletion_proof(key: keys.Key, record: Record, user: User, sessions_erased: int, now: int) -> list[Write]:
    """What stays to show that it was done. Who has the address can tell that it was this account; the record can't."""
    facts = {
        "deletion": key.pk.rpartition("#")[2],
        "user": user.id,
        "tenant": user.tenant,
        "requested": record["requested"],
        "erased": now,
        "erased_items": {"user": 1, "credentials": 1, "login": 1, "sessions": sessions_erased},
        "login": users.login_digest(user.email),
    }
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
    done = audit_trail.audit_entry(
        "live", user.tenant, now, what="account_erased", who=user.id, address="workflow", reference=facts["deletion"]
    )
    ended = {"state": "erased", "erased": now, "facts": facts, "digest": digest}
    return [Update(key, set=ended, remove=_OPEN), done]


def _cancelled(call: Call[AccountDeletion], user: User, now: int) -> DeletionState:
    if not user.deletion or not user.deletion_at:
        raise errors.DELETION_NOT_REQUESTED()
    account.commit_account(
        call.store,
        [
            Update(
                keys.deletion_key(user.deletion),
                set={"state": "cancelled", "cancelled": now},
                remove=_OPEN,
                when=Condition(equal={"state": "scheduled"}),
            ),
            users.user_change(user, {"deletion": None, "deletion_at": None}),
            account.account_audit_entry(call, user, "deletion_cancelled", now, reference=user.deletion),
        ],
        first=errors.DELETION_NOT_REQUESTED,
    )
    outbound.enqueue(
        Message("deletion_cancelled", user.email, "email", user.tenant, {"name": user.name}, readers=(user.id,))
    )
    return DeletionState(id=user.deletion, state="cancelled", erase_at=None)


def _proven(call: Call[AccountDeletion], user: User, now: int) -> list[Write]:
    """Who asks proves once more who they are: by the password, or by a one-time code for this very purpose."""
    given = call.input
    if given.otp_id and given.otp_code:
        return [otp.check_otp(call.store, user.id, given.otp_id, given.otp_code, "account_deletion", user.id, now)]
    if given.password is None:
        raise errors.invalid("password", "is required, unless otp_id and otp_code are given")
    return [require_password(call, user, "deletion_requested", given.password, now).cleared]


def _start_workflow(deletion: Deletion) -> None:
    """Starts the workflow, whose name is the deletion's id: there is never a second one."""
    content = workflow_input(deletion.id, deletion.erase_at)
    workflows.launch_execution(settings().deletion_workflow, deletion.id, content)


def workflow_input(id: str, erase_at: int) -> dict[str, Any]:
    return {"deletion": id, "erase_at": clock.iso(erase_at)}


def _deletion_item(deletion: Deletion) -> dict[str, Any]:
    return {
        "tenant": deletion.tenant,
        "user": deletion.user,
        "state": deletion.state,
        "erase_at": deletion.erase_at,
        "requested": deletion.requested_at,
        "g2p": keys.open_deletions_partition(),
        "g2s": f"{clock.iso(deletion.erase_at)}#{deletion.id}",
    }


def _state(deletion: Deletion) -> DeletionState:
    return DeletionState(id=deletion.id, state="scheduled", erase_at=clock.iso(deletion.erase_at))


def _stage(state: str) -> DeletionStage:
    known: dict[str, DeletionStage] = {
        "scheduled": "scheduled",
        "cancelled": "cancelled",
        "erasing": "erasing",
        "erased": "erased",
    }
    return known.get(state, "unknown")
