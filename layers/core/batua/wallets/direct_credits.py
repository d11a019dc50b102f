"""What the operator's administrators may credit by themselves: so much a day, all of them together.

A prefund takes two people; a direct credit takes one, with a proof of identity. So it is small by nature: a correction,
not a way to bring money in. The day's rest is an item that each credit takes from in its own transaction.
"""

from __future__ import annotations

from contextlib import suppress

from .. import clock, errors
from ..api.endpoint import Call
from ..money import INR_SCALE, to_text, to_wire
from ..settings import settings
from ..store import wallet_keys
from ..store.keys import Key
from ..store.store import ConditionFailed, Record
from ..store.writes import ABSENT, Condition, Put, Update
from .models import CreditWallet
from .refusals import DIRECT_CREDIT_LIMIT_REACHED

_KEPT_MS = 40 * clock.DAY_MS


def direct_credit_key(call: Call[CreditWallet]) -> Key:
    """The rest of today, in the operator's time zone."""
    return wallet_keys.direct_credits_key(clock.local_day(call.now, call.caller.tenant.time_zone))


def day_limit() -> int:
    """Paise."""
    return settings().direct_credit_limit * 10**INR_SCALE


def taken_from_day(call: Call[CreditWallet], paise: int) -> Update:
    """The write that takes a credit out of the day's rest, on the condition that so much is left."""
    key = direct_credit_key(call)
    with suppress(ConditionFailed):
        ends = (call.now + _KEPT_MS) // 1000
        call.store.write(Put(key, {"left": day_limit(), "ttl": ends}, when=ABSENT), return_old_on_failure=False)
    return Update(key, add={"left": -paise}, when=Condition(at_least={"left": paise}))


def limit_reached(rest: Record | None) -> errors.Problem:
    figures = {"left": (rest or {}).get("left", 0), "limit": day_limit()}
    return DIRECT_CREDIT_LIMIT_REACHED(
        DIRECT_CREDIT_LIMIT_REACHED.describe({name: to_text(paise, INR_SCALE) for name, paise in figures.items()}),
        figures={name: to_wire(paise, INR_SCALE) for name, paise in figures.items()},
    )
