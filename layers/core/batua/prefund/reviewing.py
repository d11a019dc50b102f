"""The staff's part: take a request into review, assign it, ask the tenant."""

from __future__ import annotations

from .. import clock, errors, ids
from ..api.endpoint import Call
from ..api.styles import Reply
from ..identity import users
from ..identity.roles import permissions
from . import letters, record
from .models import Assignment, Question, Remark
from .reading import shown
from .record import Prefund


def start_review(call: Call[Remark]) -> Reply:
    """Takes a submitted request into review. Whoever does is a reviewer, and can't decide on it."""
    prefund = record.read_sought(call)
    _require_other(call.caller.id, prefund)
    record.require_state(prefund, "submitted")
    who = call.caller.id
    writes = record.change(
        prefund,
        "review",
        who,
        clock.system(),
        state="under_review",
        note=call.input.note,
        reviewers=_with(prefund, who),
        assignee=prefund.assignee or who,
    )
    done = record.commit(call, prefund, [*writes, record.act(call, prefund, "review")])
    return Reply(shown(done), "Under review")


def assign(call: Call[Assignment]) -> Reply:
    """Assigns a request that is not decided yet to one of the operator's staff, who is reminded of it."""
    prefund, chosen = record.read_sought(call), call.input.user_id
    record.require_state(prefund, "draft", "submitted", "under_review", "clarification", "settlement_failed")
    known = users.read(call.store, call.caller.tenant.id, chosen) if ids.is_id(chosen, "usr") else None
    if known is None or known.status != "active" or "platform:review" not in permissions(known.roles):
        raise errors.ASSIGNEE_UNFIT()
    if chosen == prefund.by:
        raise errors.FOUR_EYES()
    writes = record.change(prefund, "assign", call.caller.id, clock.system(), note=call.input.note, assignee=chosen)
    done = record.commit(call, prefund, [*writes, record.act(call, prefund, "assign", user=chosen)])
    letters.to_staff(call.store, done, "prefund_assigned")
    return Reply(shown(done), "Assigned")


def request_clarification(call: Call[Question]) -> Reply:
    """Asks the tenant, which gets a mail and answers by `clarify`. Whoever asks is a reviewer."""
    prefund = record.read_sought(call)
    _require_other(call.caller.id, prefund)
    record.require_state(prefund, "under_review")
    who, note = call.caller.id, call.input.note
    writes = record.change(
        prefund,
        "request_clarification",
        who,
        clock.system(),
        state="clarification",
        note=note,
        reviewers=_with(prefund, who),
    )
    done = record.commit(call, prefund, [*writes, record.act(call, prefund, "request_clarification")])
    letters.to_maker(call.store, done, "prefund_question", note)
    return Reply(shown(done), "The tenant has been asked")


def _with(prefund: Prefund, who: str) -> list[str]:
    return list(dict.fromkeys((*prefund.reviewers, who)))


def _require_other(who: str, prefund: Prefund) -> None:
    """Nobody reviews what they made."""
    if who == prefund.by:
        raise errors.FOUR_EYES()
