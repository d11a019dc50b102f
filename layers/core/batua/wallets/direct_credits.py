"""What the operator's administrators may credit by themselves: so much a day, all of them together.

A prefund takes two people; a direct credit takes one, with a proof of identity. So it is small by nature: a correction,
not a way to bring money in. Each credit adds to what was credited on the day, in its own transaction.
"""

from __future__ import annotations

from .. import clock, errors
from ..api.endpoint import Call
from ..money import INR_SCALE, to_text, to_wire
from ..settings import settings
from ..store import wallet_keys
from ..store.store import Record
from ..store.writes import Condition, Update
from .models import CreditWallet
from .refusals import DIRECT_CREDIT_LIMIT_REACHED

_KEPT_MS = 40 * clock.DAY_MS


def day_limit() -> int:
    """Paise."""
    return settings().direct_credit_limit * 10**INR_SCALE


def counted_credit(call: Call[CreditWallet], paise: int) -> Update:
    """The write that counts a credit, on the condition that the day's limit allows it.

    The day is that of the operator. Its item counts down from zero, so that a condition can bound it.
    """
    key = wallet_keys.direct_credits_key(clock.local_day(call.now, call.caller.tenant.time_zone))
    within = Condition(at_least={"taken": paise - day_limit()})
    first = (Condition(missing=("taken",)),) if paise <= day_limit() else ()
    return Update(
        key,
        add={"taken": -paise},
        set={"ttl": (call.now + _KEPT_MS) // 1000},
        when=Condition(any_of=(within, *first)),
    )


def limit_reached(day: Record | None) -> errors.Problem:
    figures = {"left": max(0, day_limit() + (day or {}).get("taken", 0)), "limit": day_limit()}
    return DIRECT_CREDIT_LIMIT_REACHED(
        DIRECT_CREDIT_LIMIT_REACHED.describe({name: to_text(paise, INR_SCALE) for name, paise in figures.items()}),
        figures={name: to_wire(paise, INR_SCALE) for name, paise in figures.items()},
    )
