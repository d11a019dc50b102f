"""Deciding on a redemption: approve, fulfil, reject, cancel.

Where coins move, the redemption changes in the same transaction: it is fulfilled exactly when its hold is captured, and
rejected or cancelled exactly when coins, stock and limits are given back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from .. import errors, ids
from ..api.endpoint import Call
from ..api.styles import Reply, replay_headers
from ..canonical import content_fingerprint
from ..coins import counter
from ..ledger.decisions import customer_coins
from ..ledger.errors import LedgerBusy, PostingRefused, PreconditionFailed
from ..ledger.model import CoinDecision, Origin, Program
from ..ledger.posting.request import ExtraWrite, PostingRequest, PostingState
from ..ledger.records.customer_coins import read_hold, read_wallet
from ..store import keys
from ..store.store import Cancelled
from ..store.writes import Put
from .redemption import (
    ALLOWED_FROM,
    Redemption,
    RedemptionAct,
    RedemptionState,
    RedemptionStep,
    ended,
    fulfilled,
)
from .redemption_lookup import own_redemption, redemption_of
from .redemption_models import ApproveRedemption, EndRedemption, FulfilRedemption
from .redemption_views import redemption_out
from .redemption_writes import changed_write, returning_writes
from .reward_codes import seal_for

ADVANCE_ERRORS: Final = (
    errors.REDEMPTION_NOT_FOUND,
    errors.REDEMPTION_NOT_IN_STATE,
    errors.IDEMPOTENCY_KEY_REUSED,
    errors.BUSY,
)
CAPTURE_REDEMPTION_ERRORS: Final = (
    *ADVANCE_ERRORS,
    errors.REDEMPTION_OVERDUE,
    errors.MIR_LIMIT_REACHED,
    errors.REWARD_CREDIT_REFUSED,
)
_MAX_ATTEMPTS: Final = 8
_OPERATIONS: Final = {"capture": "rewards.capture", "release": "rewards.release"}
Movement = Literal["capture", "release"]


def approve_redemption(call: Call[ApproveRedemption]) -> Reply:
    """Approves a pending redemption; an instant one is fulfilled with that."""
    note = call.input.note

    def approved(before: Redemption) -> Redemption:
        after = replace(before, decision_note=note, state="approved")
        return fulfilled(after, call.now) if before.delivery == "instant" else after

    movement: Movement | None = "capture" if own_redemption(call).delivery == "instant" else None
    return _Advance(call, "approve", approved, {"note": note}, movement).reply("Redemption approved")


def fulfil_redemption(call: Call[FulfilRedemption]) -> Reply:
    """Fulfils an approved redemption: the held coins are taken, and what was handed over or sent is noted."""
    body = call.input
    shipment = body.shipment.model_dump(exclude_none=True) if body.shipment else {}
    if body.code is not None and own_redemption(call).code_source != "none":
        raise errors.invalid("code", "must be left out: the reward provides its own code")

    def done(before: Redemption) -> Redemption:
        code = before.code if body.code is None else seal_for(before, body.code)
        after = replace(before, decision_note=body.note or before.decision_note, shipment=shipment, code=code)
        return fulfilled(after, call.now)

    content = {"note": body.note, "shipment": shipment, "code": body.code}
    return _Advance(call, "fulfil", done, content, "capture").reply("Redemption fulfilled")


def reject_redemption(call: Call[EndRedemption]) -> Reply:
    """Rejects an open redemption: coins, stock, limits and code go back."""
    return _Advance(call, "reject", _ending(call, "rejected"), _given_reason(call), "release").reply(
        "Redemption rejected"
    )


def cancel_redemption(call: Call[EndRedemption]) -> Reply:
    """Cancels an open redemption; only the user who redeemed it or an administrator can."""
    if own_redemption(call).by != call.caller.id and "tenant:admin" not in call.caller.permissions:
        raise errors.FORBIDDEN("Only the user who redeemed it or an administrator can cancel a redemption.")
    return _Advance(call, "cancel", _ending(call, "cancelled"), _given_reason(call), "release").reply(
        "Redemption cancelled"
    )


def _given_reason(call: Call[EndRedemption]) -> dict[str, Any]:
    return {"reason": call.input.reason}


def _ending(call: Call[EndRedemption], state: RedemptionState) -> Callable[[Redemption], Redemption]:
    return lambda before: ended(replace(before, state=state, reason=call.input.reason))


@dataclass(slots=True)
class _Advance:
    """One decision. Where the redemption changed meanwhile it is read again, and decided by what it is now."""

    call: Call[Any]
    act: RedemptionAct
    change: Callable[[Redemption], Redemption]
    content: Mapping[str, Any]
    movement: Movement | None

    def reply(self, message: str) -> Reply:
        call, program = self.call, counter.program_of(self.call.caller)
        redemption, id = own_redemption(call), ids.new_id("act")
        for _ in range(_MAX_ATTEMPTS):
            if self._done_before(redemption):
                return Reply(redemption_out(redemption, program), message, headers=replay_headers(True))
            self._require_state(redemption)
            after = self._after(redemption, id)
            try:
                if self.movement is None:
                    call.store.commit([changed_write(call.caller.scope, redemption, after), self._record()])
                    return Reply(redemption_out(after, program), message)
                self._post(redemption, after, program)
            except (PreconditionFailed, Cancelled):
                pass
            except PostingRefused as refusal:
                if refusal.refusal.code != "hold_not_open":
                    raise counter.coin_problem(refusal, program) from None
            redemption = redemption_of(call.store, call.caller.scope, redemption.id)
            step = redemption.steps.get(self.act)
            if step and step.act == id:
                return Reply(redemption_out(redemption, program), message)
        if redemption.is_open and (redemption.due_at or 0) <= call.now:
            raise errors.REDEMPTION_OVERDUE()
        raise LedgerBusy()

    def _done_before(self, redemption: Redemption) -> bool:
        """Whether this very request was carried out before, by its idempotency key."""
        step, key = redemption.steps.get(self.act), self.call.idempotency_key
        if step is None or key is None or step.key != key:
            return False
        if step.fingerprint != content_fingerprint(self.act, self.content):
            raise errors.IDEMPOTENCY_KEY_REUSED()
        return True

    def _require_state(self, redemption: Redemption) -> None:
        if redemption.state not in ALLOWED_FROM[self.act]:
            figures = {"state": redemption.state}
            raise errors.REDEMPTION_NOT_IN_STATE(errors.REDEMPTION_NOT_IN_STATE.describe(figures), figures=figures)
        if self.movement != "release" and redemption.due_at is not None and redemption.due_at <= self.call.now:
            raise errors.REDEMPTION_OVERDUE()

    def _after(self, before: Redemption, id: str) -> Redemption:
        call = self.call
        fingerprint = content_fingerprint(self.act, self.content)
        step = RedemptionStep(call.caller.id, call.now, id, call.idempotency_key, fingerprint)
        return replace(
            self.change(before),
            version=before.version + 1,
            updated_at=call.now,
            steps={**before.steps, self.act: step},
            settlement=self._request(before).id if self.movement else before.settlement,
        )

    def _post(self, before: Redemption, after: Redemption, program: Program) -> None:
        call, scope, movement = self.call, self.call.caller.scope, self.movement
        wallet, hold = keys.wallet_key(scope, before.wallet), keys.hold_key(scope, before.hold)
        found = call.store.read([wallet, hold])
        wallet_record, hold_record = found[wallet], found[hold]
        if wallet_record is None or hold_record is None:
            raise LookupError(f"the wallet or the hold of {before.id} is gone")
        held, merchant = read_hold(hold_record), counter.merchant_of(call.caller)
        service = counter.posting_service(call)
        # A ceiling that is reached today may be higher tomorrow: nothing is kept under the redemption's own key.
        service.keep_refusal = False
        required = [changed_write(scope, before, after), self._record()]
        if movement == "capture" and before.credit:
            from .wallet_credit import wallet_credit_writes  # few rewards are one

            required += wallet_credit_writes(call.store, self._request(before), before, merchant, call.now)
        returning = returning_writes(scope, before) if movement == "release" else []
        service.extra_writes = [*map(ExtraWrite, required), *returning]

        def decision(state: PostingState) -> CoinDecision:
            if movement == "release":
                return customer_coins.decide_void(state.wallet, program, state.hold or held, state.now, why="voided")
            return customer_coins.decide_capture(
                state.wallet, program, merchant, state.hold or held, state.now, shard=state.shard, shards=state.shards
            )

        service.post(self._request(before), PostingState(read_wallet(wallet_record), call.now, hold=held), decision)

    def _request(self, redemption: Redemption) -> PostingRequest:
        """Under the redemption's id: it is captured once, and given back once, however often it is called."""
        caller = self.call.caller
        tenant, reference, id = redemption.tenant, redemption.reference, self.call.request.id
        source = Origin(caller.id, caller.address, tenant, reference, redemption.title, id)
        operation = _OPERATIONS[self.movement or "capture"]
        return PostingRequest(operation, caller.mode, caller.scope, source, f"redemption:{redemption.id}", {})

    def _record(self) -> Put:
        call = self.call
        return call.act(f"redemption {self.act}", redemption=call.lookup.id)
