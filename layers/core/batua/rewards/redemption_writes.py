"""The writes that go along with a redemption's coins in one transaction, and those that undo them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..ledger.posting.request import ExtraWrite
from ..store import reward_keys
from ..store.writes import ABSENT, Check, Condition, Delete, Put, Update, Write
from .redemption import Redemption, redemption_item, redemption_key_of
from .reward import Reward

_KEPT_DAYS: Final = 400


def taking_writes(scope: str, reward: Reward, redemption: Redemption, used: Mapping[str, int]) -> list[Write]:
    """Opens the redemption and takes one: of the stock, of what the customer may have, and of the codes.

    Each is a condition: the reward is as it was read, something is left, the customer has had no more than was read,
    and nobody else has the code.
    """
    as_read, at = Condition(equal={"ver": reward.version, "st": "active"}), redemption.created_at
    writes: list[Write] = [
        Put(redemption_key_of(scope, redemption), redemption_item(scope, redemption), when=ABSENT),
        Check(reward_keys.reward_key(scope, reward.id), as_read),
    ]
    if redemption.stock_epoch is not None:
        enough = Condition(equal={"epoch": redemption.stock_epoch}, at_least={"left": 1})
        writes.append(
            Update(
                reward_keys.reward_stock_key(scope, reward.id), add={"left": -1, "seq": 1}, set={"at": at}, when=enough
            )
        )
    for period in redemption.periods:
        key = reward_keys.reward_usage_key(scope, reward.id, redemption.customer, period)
        when = Condition(equal={"n": used[period]}) if period in used else ABSENT
        writes.append(Put(key, usage_item(period, used.get(period, 0) + 1, redemption.created_at), when=when))
    if redemption.pool_code is not None:
        key = reward_keys.free_code_key(scope, reward.id, redemption.pool_code)
        writes.append(Delete(key, when=Condition(present=("pk",))))
    return writes


def usage_item(period: str, count: int, at: int) -> dict[str, int]:
    """Counters of a day or a month are of no use once it is long over."""
    return {"n": count} if period == "E" else {"n": count, "ttl": at // 1000 + _KEPT_DAYS * 86_400}


def changed_write(scope: str, before: Redemption, after: Redemption) -> Put:
    """The redemption as it becomes, if it is still as it was read."""
    as_read = Condition(equal={"ver": before.version})
    return Put(redemption_key_of(scope, before), redemption_item(scope, after), when=as_read)


def returning_writes(scope: str, redemption: Redemption) -> list[ExtraWrite]:
    """Returns what the redemption took: stock, the customer's limits, and the code if it was never shown.

    Where the stock has been set anew since, or a counter is gone, there is nothing to give it back to.
    """
    writes: list[Write] = []
    # A code that was shown is burnt: it is no longer there for anybody else.
    burnt = redemption.pool_code is not None and redemption.shown_at is not None
    if redemption.stock_epoch is not None and not burnt:
        key = reward_keys.reward_stock_key(scope, redemption.reward)
        writes.append(Update(key, add={"left": 1, "seq": 1}, when=Condition(equal={"epoch": redemption.stock_epoch})))
    for period in redemption.periods:
        key = reward_keys.reward_usage_key(scope, redemption.reward, redemption.customer, period)
        writes.append(Update(key, add={"n": -1}, when=Condition(at_least={"n": 1})))
    if redemption.pool_code is not None and not burnt:
        key = reward_keys.free_code_key(scope, redemption.reward, redemption.pool_code)
        writes.append(Put(key, {"seal": redemption.pool_seal}, when=ABSENT))
    return [ExtraWrite(write, optional=True) for write in writes]
