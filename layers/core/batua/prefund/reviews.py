"""The staff's part: take a request into review, assign it, ask the tenant."""

from __future__ import annotations

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.styles import Reply
from ..identity import users
from ..identity.roles import permissions
from . import notifications, record
from .models import Assignment, ClarificationQuestion, Remark
from .queries import prefund_out
from .record import Prefund


def start_review(call: Call[Remark]) -> Reply:
    """Takes a submitted request into review. The user who does is a reviewer, and can't decide on it."""
    prefund = record.requested_prefund(call)
    _require_other(call.caller.id, prefund)
    record.require_state(prefund, "submitted")
    who = call.caller.id
    writes = record.prefund_change(
        prefund,
        "review",
        who,
        clock.system(),
        state="under_review",
        note=call.input.note,
        reviewers=_with(prefund, who),
        assignee=prefund.assignee or who,
    )
    done = record.commit_prefund(call, prefund, [*writes, record.prefund_audit_entry(call, prefund, "review")])
    return Reply(prefund_out(done), "Under review")


def assign_request(call: Call[Assignment]) -> Reply:
    """Assigns a request that is not decided yet to one of the operator's staff, who is reminded of it."""
    prefund, chosen = record.requested_prefund(call), call.input.user_id
    record.require_state(prefund, "draft", "submitted", "under_review", "clarification", "settlement_failed")
    known = users.load_user(call.store, call.caller.tenant.id, chosen) if ids.is_id(chosen, "usr") else None
    if known is None or known.status != "active" or "platform:review" not in permissions(known.roles):
        raise errors.ASSIGNEE_UNFIT()
    if chosen == prefund.by:
        raise errors.FOUR_EYES()
    writes = record.prefund_change(
        prefund, "assign", call.caller.id, clock.system(), note=call.input.note, assignee=chosen
    )
    done = record.commit_prefund(
        call, prefund, [*writes, record.prefund_audit_entry(call, prefund, "assign", user=chosen)]
    )
    notifications.notify_staff(call.store, done, "prefund_assigned")
    return Reply(prefund_out(done), "Assigned")


def request_clarification(call: Call[ClarificationQuestion]) -> Reply:
    """Asks the tenant, which gets a mail and answers by `clarify`. The user who asks is a reviewer."""
    prefund = record.requested_prefund(call)
    _require_other(call.caller.id, prefund)
    record.require_state(prefund, "under_review")
    who, note = call.caller.id, call.input.note
    writes = record.prefund_change(
        prefund,
        "request_clarification",
        who,
        clock.system(),
        state="clarification",
        note=note,
        reviewers=_with(prefund, who),
    )
    done = record.commit_prefund(
        call, prefund, [*writes, record.prefund_audit_entry(call, prefund, "request_clarification")]
    )
    notifications.notify_requester(call.store, done, "prefund_question", note)
    return Reply(prefund_out(done), "The tenant has been asked")


def _with(prefund: Prefund, who: str) -> list[str]:
    return list(dict.fromkeys((*prefund.reviewers, who)))


def _require_other(who: str, prefund: Prefund) -> None:
    """Nobody reviews what they made."""
    if who == prefund.by:
        raise errors.FOUR_EYES()
