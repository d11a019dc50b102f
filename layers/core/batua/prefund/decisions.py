"""The super admin's part: a decision, confirmed by a one-time code that is good for this very decision.

The code is bound to the request's present version, to the decision and to the amount: whatever of these has
changed since it was sent, it is no longer good. The decision is written with the code's end in one transaction, and
answered at once; then the workflow is woken. Should the signal be lost, it finds the decision by itself.
"""

from __future__ import annotations

from typing import Any

from .. import audit_trail, clock, errors, observe
from ..api.endpoint import Call
from ..api.models import minor_units
from ..api.styles import Reply, replay_headers
from ..identity import otp, users
from ..money import INR_SCALE, to_wire, with_rupee_sign
from ..store import keys
from ..store.store import Cancelled
from ..store.writes import Condition, Delete, Write
from . import execution, record
from .models import DecisionCodeSent, PrefundDecision, PrefundDecisionIntent
from .queries import prefund_out
from .record import DECIDABLE, DECIDED, Prefund, PrefundVerdict


def request_decision_otp(call: Call[PrefundDecisionIntent]) -> DecisionCodeSent:
    """Sends a code by mail that confirms this decision on this amount, and no other."""
    now, asked = clock.system(), call.input
    prefund = record.requested_prefund(call)
    _require_decidable(call, prefund)
    amount = _decided_amount(prefund, asked)
    user = users.load_user(call.store, call.caller.tenant.id, call.caller.id)
    if user is None:
        raise errors.UNAUTHENTICATED()
    what = f"{asked.decision} the prefund of {with_rupee_sign(amount)}, UTR {prefund.utr}"
    sent = otp.issue_otp(
        call.store, user, "prefund_decision", _reference(prefund, asked, amount), "email", now, what=what
    )
    requested = record.prefund_audit_entry(call, prefund, "decision_code", decision=asked.decision, amount=amount)
    audit_trail.record_act(call.store, requested)
    return DecisionCodeSent(
        otp_id=sent.id,
        sent_to=sent.sent_to,
        expires_at=clock.iso(sent.expires_at),
        decision=asked.decision,
        amount=to_wire(amount, INR_SCALE) if asked.decision == "approve" else None,
    )


def confirm_decision(call: Call[PrefundDecision]) -> Reply:
    """Decides. The same confirmation again gets the same answer; any other one is refused."""
    given, who, now = call.input, call.caller.id, clock.system()
    prefund = record.requested_prefund(call)
    if prefund.state in DECIDED:
        return _replayed_decision(call, prefund)
    _require_decidable(call, prefund)
    amount = _decided_amount(prefund, given)
    reference = _reference(prefund, given, amount)
    spent = otp.check_otp(call.store, who, given.otp_id, given.otp_code, "prefund_decision", reference, now)
    verdict = PrefundVerdict(given.decision, who, now, amount, given.otp_id, call.caller.address, given.note)
    try:
        call.store.commit(
            [*_decision_writes(prefund, verdict), spent, _audit_put(call, prefund, verdict)], caller=call.request.id
        )
    except Cancelled as overtaken:
        found = record.load_prefund(call.store, prefund.id)
        if found is not None and found.state in DECIDED:
            return _replayed_decision(call, found)
        raise errors.VERSION_CONFLICT() from overtaken
    _carry_on(call, prefund)
    done = record.visible_prefund(call, record.load_prefund(call.store, prefund.id))
    return Reply(prefund_out(done), "Approved" if given.decision == "approve" else "Rejected")


def _decision_writes(prefund: Prefund, verdict: PrefundVerdict) -> list[Write]:
    """The decision on record. A rejection sets the transfer free: another request may name it, more rightly."""
    approved = verdict.kind == "approve"
    more = {}
    if prefund.state == "settlement_failed":
        # Its execution has ended, and another one has to credit the amount or to tell the tenant of the rejection. It
        # is named here and started after the commit: started before, it would read a record that names the old one.
        more["exec"] = execution.new_prefund_execution(prefund.id)
    writes = record.prefund_change(
        prefund,
        verdict.kind,
        verdict.by,
        verdict.at,
        state="approved" if approved else "rejected",
        note=verdict.note,
        verdict=record.verdict_item(verdict),
        **more,
    )
    if not approved:
        writes.append(Delete(prefund.transfer, when=Condition(equal={"request": prefund.id})))
    return writes


def _carry_on(call: Call[PrefundDecision], prefund: Prefund) -> None:
    """Starts the execution that the decision named, or wakes the one that waits. Where that fails the decision remains,
    and `recovery` finds the request."""
    decided = record.load_prefund(call.store, prefund.id)
    if decided is None or decided.execution == prefund.execution:
        return execution.wake_prefund(call.store, prefund.id)
    try:
        execution.launch_prefund(decided.id, decided.execution)
    except errors.Problem:
        observe.log().warning("an execution could not be started", extra={"prefund": prefund.id})


def _replayed_decision(call: Call[PrefundDecision], prefund: Prefund) -> Reply:
    """The answer to a request that is decided: for the very confirmation that did it, that it was done."""
    given, verdict = call.input, prefund.verdict
    same = verdict is not None and (verdict.kind, verdict.by, verdict.otp) == (
        given.decision,
        call.caller.id,
        given.otp_id,
    )
    if not same or verdict is None or verdict.amount != _decided_amount(prefund, given):
        raise errors.PREFUND_DECIDED(figures={"status": prefund.state})
    if prefund.state == "approved":
        execution.wake_prefund(call.store, prefund.id)  # a repeated request may not have come so far the first time
    message = "Approved" if given.decision == "approve" else "Rejected"
    return Reply(prefund_out(prefund), message, headers=replay_headers(True))


def _require_decidable(call: Call[Any], prefund: Prefund) -> None:
    """Four eyes: one reviews, another decides, who did not bring the first one in."""
    who = call.caller.id
    if prefund.state in DECIDED:
        raise errors.PREFUND_DECIDED(figures={"status": prefund.state})
    if who == prefund.by or who in prefund.reviewers:
        raise errors.FOUR_EYES()
    reviewers = [keys.user_key(call.caller.tenant.id, reviewer) for reviewer in prefund.reviewers]
    found = call.store.read(reviewers) if reviewers else {}
    if any(record and record.get("inviter") == who for record in found.values()):
        raise errors.FOUR_EYES("You invited who reviewed this request, so someone else must decide it.")
    record.require_state(prefund, *DECIDABLE)


def _decided_amount(prefund: Prefund, asked: PrefundDecisionIntent) -> int:
    """What the decision is on, in paise."""
    if asked.amount is None:
        return prefund.amount
    amount = minor_units(asked.amount, INR_SCALE, "amount")
    if amount > prefund.amount:
        raise errors.PREFUND_AMOUNT_EXCEEDED(figures={"amount": to_wire(prefund.amount, INR_SCALE)})
    return amount


def _reference(prefund: Prefund, asked: PrefundDecisionIntent, amount: int) -> str:
    """What a code is good for."""
    return f"{prefund.id}:{prefund.version}:{asked.decision}:{amount}"


def _audit_put(call: Call[PrefundDecision], prefund: Prefund, verdict: PrefundVerdict) -> Write:
    return record.prefund_audit_entry(call, prefund, verdict.kind, amount=verdict.amount, otp=verdict.otp)
