"""The keys of rewards and redemptions, all in the directory.

Every partition begins with a fixed word, so that a role can be limited to it, and goes on with the scope: the books of
one tenant in one mode. The rule of `keys` holds here too: parts are ids, days, months or fixed words, without a `#`.
"""

from __future__ import annotations

from ..ids import is_id
from .keys import Key
from .scope import Scope, require_id


def reward_partition(scope: str, reward_id: str) -> str:
    """A reward with its stock and what each customer has had of it."""
    require_id(reward_id, "rew")
    return f"REWARD#{Scope.of(scope)}#{reward_id}"


def reward_key(scope: str, reward_id: str) -> Key:
    return Key("directory", reward_partition(scope, reward_id), "REWARD")


def reward_stock_key(scope: str, reward_id: str) -> Key:
    """How many are left. Apart from the reward, so that taking one does not change the reward's version."""
    return Key("directory", reward_partition(scope, reward_id), "STOCK")


def reward_usage_key(scope: str, reward_id: str, customer_id: str, period: str) -> Key:
    """How often a customer has redeemed a reward: ever (`E`), in a month (`M202611`) or on a day (`D20261121`)."""
    require_id(customer_id, "cust")
    if not ((period[0] in "EMD" and period[1:].isdigit()) or period == "E"):
        raise ValueError("not a period")
    return Key("directory", reward_partition(scope, reward_id), f"USED#{customer_id}#{period}")


def reward_codes_partition(scope: str, reward_id: str) -> str:
    """The codes that were uploaded for a reward."""
    require_id(reward_id, "rew")
    return f"REWARDCODES#{Scope.of(scope)}#{reward_id}"


FREE_CODES = "FREE#"
"""How the sort keys of free codes begin."""


def free_code_key(scope: str, reward_id: str, code_id: str) -> Key:
    """A code that nobody has yet. Deleted when it is taken."""
    return Key("directory", reward_codes_partition(scope, reward_id), f"{FREE_CODES}{_code_id(code_id)}")


def known_code_key(scope: str, reward_id: str, code_id: str) -> Key:
    """That a code was uploaded once, so that uploading it again adds nothing."""
    return Key("directory", reward_codes_partition(scope, reward_id), f"KNOWN#{_code_id(code_id)}")


def rewards_partition(scope: str, tenant_id: str) -> str:
    """A tenant's rewards in index `by_parent`, by the time of their making."""
    require_id(tenant_id, "ten")
    return f"REWARDS#{Scope.of(scope)}#{tenant_id}"


def redemption_key(scope: str, redemption_id: str) -> Key:
    require_id(redemption_id, "rdm")
    return Key("directory", f"REDEMPTION#{Scope.of(scope)}#{redemption_id}", "REDEMPTION")


def redemptions_partition(scope: str, tenant_id: str) -> str:
    """A tenant's redemptions in index `by_parent`, by time."""
    require_id(tenant_id, "ten")
    return f"REDEMPTIONS#{Scope.of(scope)}#{tenant_id}"


def redeemer_partition(scope: str, user_id: str) -> str:
    """What one user has redeemed in index `by_name`, by time."""
    if not is_id(user_id, "usr", "key", "cust"):
        raise ValueError("not a user's id")
    return f"REDEEMER#{Scope.of(scope)}#{user_id}"


def _code_id(code_id: str) -> str:
    require_id(code_id, "rcd")
    return code_id
