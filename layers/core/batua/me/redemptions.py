"""A customer's redemptions, their own and those made at a counter, and their codes."""

from __future__ import annotations

from functools import partial

from .. import errors
from ..api.endpoint import Call
from ..api.styles import Reply
from ..coins import counter
from ..rewards.redemption import read_redemption_record
from ..rewards.redemption_models import MyRedemptionsQuery, RedemptionDetail, RedemptionQuery
from ..rewards.redemption_read import reveal_code
from ..rewards.redemption_views import redemption_detail, redemption_out
from .opened_records import take_opened
from .own_redemptions import redemptions_of_mine


def list_own_redemptions(call: Call[MyRedemptionsQuery]) -> Reply:
    """The newest first, with the filter on their state."""
    program = counter.program_of(call.caller)
    page, meta = take_opened(call, "own-redemptions", partial(redemptions_of_mine, call))
    return Reply([redemption_out(redemption, program) for redemption in page], meta=meta)


def read_own_redemption(call: Call[RedemptionQuery]) -> RedemptionDetail:
    """One of the customer's own; with `reveal`, its code, which leaves a line in the audit trail."""
    record = call.loaded[call.lookup.key]
    redemption = read_redemption_record(record) if record else None
    if redemption is None or redemption.customer != call.caller.id:
        raise errors.REDEMPTION_NOT_FOUND()
    code = None
    if call.input.reveal:
        redemption, code = reveal_code(call, redemption)
    return redemption_detail(redemption, counter.program_of(call.caller), code)
