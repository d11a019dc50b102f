"""From changes of redemptions and of what is left of rewards to events. Pure."""

from __future__ import annotations

from .. import clock, ids
from ..money import to_text
from ..rewards.redemption import Redemption, read_redemption_record
from ..store.keys import Scope
from ..store.store import Record
from .event import Event, sequence_number
from .event_making import ScaleOf, new_event
from .schemas import RedemptionChanged, RewardCodesLow


def reward_events(before: Record | None, after: Record, scale_of: ScaleOf) -> list[Event]:
    """The events of a change under a key that begins with `REDEMPTION#` or `REWARD#`."""
    scope = Scope.of(str(after["pk"]).partition("#")[2].rpartition("#")[0])
    if after["sk"] == "REDEMPTION":
        return _redemption(scope, before, read_redemption_record(after), scale_of)
    return _codes_low(scope, before, after) if after["sk"] == "STOCK" and before else []


def _redemption(scope: Scope, before: Record | None, after: Redemption, scale_of: ScaleOf) -> list[Event]:
    """One that is fulfilled as it is redeemed was made and fulfilled: two events."""
    if before is not None:
        return [_redemption_event(scope, after, str(after.state), 0, scale_of)] if before["st"] != after.state else []
    made = _redemption_event(scope, after, "created", 0, scale_of)
    return [made, _redemption_event(scope, after, "fulfilled", 1, scale_of)] if after.state == "fulfilled" else [made]


def _redemption_event(scope: Scope, redemption: Redemption, what: str, number: int, scale_of: ScaleOf) -> Event:
    scale = scale_of(scope.tenant, redemption.tenant, redemption.program)
    data = RedemptionChanged(
        redemption_id=redemption.id,
        reward_id=redemption.reward,
        title=redemption.title,
        type=redemption.type,
        status=redemption.state,
        points=to_text(redemption.points, scale),
        customer_id=redemption.customer,
        wallet_id=redemption.wallet,
        transaction_id=redemption.transaction,
        settlement_transaction_id=redemption.settlement,
        due_at=clock.iso_or_none(redemption.due_at),
        redeemed_by=redemption.by,
    )
    type, at = f"redemption.{what}", redemption.updated_at
    id = ids.dated_id("evt", at, redemption.id, str(redemption.version), type)
    sequence = sequence_number(redemption.version * 10 + number)
    return new_event(id, type, at, redemption.tenant, scope.mode, redemption.id, sequence, data)


def _codes_low(scope: Scope, before: Record, after: Record) -> list[Event]:
    """As the number of codes falls to the mark, and once more as the last one goes."""
    low, left = after.get("low"), int(after["left"])
    if low is None or left >= before["left"] or not (before["left"] > low >= left or left == 0):
        return []
    at, reward = after["at"], str(after["pk"]).rpartition("#")[2]
    data = RewardCodesLow(reward_id=reward, left=left, low_at=low)
    id = ids.dated_id("evt", at, reward, str(left), str(after["seq"]))
    sequence = sequence_number(after["seq"])
    return [new_event(id, "reward.codes_low", at, after["ten"], scope.mode, reward, sequence, data)]
