"""Reading one redemption, with its code where it is to be shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from .. import errors
from ..api.endpoint import Call
from ..coins import counter
from ..identity import sealing
from ..store.store import Cancelled
from .redemption import Redemption
from .redemption_lookup import own_redemption, redemption_of
from .redemption_models import RedemptionQuery, TenantRedemption
from .redemption_views import redemption_detail
from .redemption_writes import changed_write

READ_REDEMPTION_ERRORS: Final = (
    errors.REDEMPTION_NOT_FOUND,
    errors.REDEMPTION_NOT_IN_STATE,
    errors.BUSY,
)
_MAX_ATTEMPTS: Final = 5


def read_redemption(call: Call[RedemptionQuery]) -> TenantRedemption:
    """One redemption, for its user and for users with access to the tenant's ledger; the code only on request."""
    redemption, program = own_redemption(call), counter.program_of(call.caller)
    if redemption.by != call.caller.id and "ledger:read" not in call.caller.permissions:
        raise errors.REDEMPTION_NOT_FOUND()
    from ..customers.named import NOT_SHOWN, named_customers  # customers, who read their own, are not named

    customer = redemption.customer
    named = named_customers(call, [customer]).get(customer, NOT_SHOWN)
    if not call.input.reveal:
        return TenantRedemption(**dict(redemption_detail(redemption, program, None)), **named.fields)
    if redemption.by != call.caller.id:
        raise errors.FORBIDDEN("Only the user who redeemed it can see the code.")
    redemption, code = reveal_code(call, redemption)
    return TenantRedemption(**dict(redemption_detail(redemption, program, code)), **named.fields)


def reveal_code(call: Call[RedemptionQuery], redemption: Redemption) -> tuple[Redemption, str | None]:
    """The code, for its user. The audit trail and the redemption record the view before the code is shown."""
    scope = call.caller.scope
    for _ in range(_MAX_ATTEMPTS):
        if redemption.state != "fulfilled":
            figures = {"state": redemption.state}
            raise errors.REDEMPTION_NOT_IN_STATE(
                f"The code is shown once the redemption is fulfilled; it is {redemption.state}.", figures=figures
            )
        sealed = redemption.code
        if sealed is None:
            return redemption, None
        after = replace(redemption, shown_at=redemption.shown_at or call.now, version=redemption.version + 1)
        try:
            call.store.commit([changed_write(scope, redemption, after), _showing(call)], caller=call.request.id)
        except Cancelled:
            redemption = redemption_of(call.store, scope, redemption.id)
            continue
        return after, sealing.open_tenant_secret(after.tenant, after.id, sealed).decode()
    raise errors.BUSY(headers={"Retry-After": "1"})


def _showing(call: Call[Any]) -> Any:
    return call.act("redemption code shown", redemption=call.lookup.id)
