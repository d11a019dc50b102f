"""Which reward a request means: found in the same read as the caller, and only where its tenant offers it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .. import errors, ids
from ..api.endpoint import Call
from ..api.request import Request
from ..coins import counter
from ..identity.credentials import Claims
from ..store import reward_keys
from ..store.keys import Key
from ..store.store import Record
from .reward import Reward, read_reward_record


@dataclass(frozen=True, slots=True)
class RewardLookup:
    """The reward in the path, and its stock."""

    scope: str
    reward: str

    @property
    def keys(self) -> list[Key]:
        return [reward_keys.reward_key(self.scope, self.reward), reward_keys.reward_stock_key(self.scope, self.reward)]


def prefetch_reward(claims: Claims, content: object, request: Request) -> RewardLookup:
    return RewardLookup(claims.scope, reward_in_path(request))


def reward_in_path(request: Request) -> str:
    id = request.path["id"]
    if not ids.is_id(id, "rew"):
        raise errors.REWARD_NOT_FOUND()
    return id


def offered_reward(call: Call[Any]) -> Reward:
    """The reward in the path, where this tenant offers it. Any other looks as if it were not there."""
    record = call.loaded[reward_keys.reward_key(call.caller.scope, call.lookup.reward)]
    return offered(record, call)


def offered(record: Record | None, call: Call[Any]) -> Reward:
    program = counter.program_of(call.caller)
    reward = read_reward_record(record) if record else None
    if reward is None or reward.program != program.id:
        raise errors.REWARD_NOT_FOUND()
    if not reward.offered_by(call.caller.tenant.id, program.owner):
        raise errors.REWARD_NOT_FOUND()
    return reward


def own_reward(call: Call[Any]) -> Reward:
    """The reward in the path, where it is this tenant's own to change."""
    reward = offered_reward(call)
    if reward.tenant != call.caller.tenant.id:
        raise errors.REWARD_NOT_FOUND()
    return reward
