"""What a customer has redeemed, by themselves or at a counter, and the codes of it."""

from __future__ import annotations

from .. import errors
from ..api import cursor
from ..api.endpoint import Call
from ..api.styles import Reply
from ..coins import counter
from ..rewards.redemption import read_redemption_record
from ..rewards.redemption_models import MyRedemptionsQuery, RedemptionDetail, RedemptionQuery
from ..rewards.redemption_read import reveal_code
from ..rewards.redemption_views import redemption_detail, redemption_out
from .own_redemptions import redemptions_of_mine

_LOOKED_AT = 1_000


def list_own_redemptions(call: Call[MyRedemptionsQuery]) -> Reply:
    """The newest first, with the filter on their state."""
    caller, query, program = call.caller, call.input, counter.program_of(call.caller)
    bound = {"list": "own-redemptions", "scope": caller.scope, "customer": caller.id, "state": query.state}
    after = cursor.open_cursor(caller.tenant.id, bound, query.cursor) if query.cursor else None
    fitting = (
        (place, found if found and query.state in (None, found.state) else None)
        for place, found in redemptions_of_mine(call, after)
    )
    page, following = cursor.take_page(fitting, query.limit, _LOOKED_AT)
    sealed = cursor.seal_cursor(caller.tenant.id, bound, following) if following else None
    rows = [redemption_out(redemption, program) for redemption in page]
    return Reply(rows, meta={"next_cursor": sealed, "limit": query.limit})


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
