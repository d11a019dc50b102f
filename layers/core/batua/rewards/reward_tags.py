"""Whether a reward is for a customer by the tags that the reward's tenant has put on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from ..api.endpoint import Call
from .reward import Reward


def tags_for_rewards(call: Call[Any], rewards: Iterable[Reward], customer: str) -> Mapping[str, frozenset[str]]:
    """A customer's tags by the tenant that has put them, of the tenants with a reward that asks. One read at most."""
    known: defaultdict[str, frozenset[str]] = defaultdict(frozenset)
    if asking := {reward.tenant for reward in rewards if reward.tags}:
        from ..customers.tags import load_tags  # most rewards are for all

        known.update(load_tags(call.store, call.caller.scope, customer, asking))
    return known
