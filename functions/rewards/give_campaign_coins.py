"""Every hour: coins that campaigns give apart from bills, for birthdays and for referrals."""

from typing import Any

from batua import clock
from batua.rewards.birthdays import give_birthday_coins
from batua.rewards.referral_rewards import reward_referrals
from batua.store.store import store

_RESERVE_MS = 30_000


def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    def time_left() -> bool:
        return bool(context.get_remaining_time_in_millis() > _RESERVE_MS)

    now = clock.system()
    referrals = reward_referrals(store(), now, time_left=time_left)
    return {"referrals": referrals, "birthdays": give_birthday_coins(store(), now, time_left=time_left)}
