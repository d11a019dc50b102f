"""Uploaded codes of a reward: stored sealed, each given away once."""

from __future__ import annotations

import secrets as entropy
from collections.abc import Sequence
from typing import Final

from .. import errors, ids
from ..identity import sealing, secrets
from ..store import reward_keys
from ..store.store import Cancelled, Contended, Record, Store
from ..store.writes import ABSENT, Condition, Put, Update, Write
from .redemption import Redemption
from .reward import Reward

_BATCH_SIZE: Final = 45
"""Codes of one transaction, which has at most 100 items."""

_MAX_ATTEMPTS: Final = 20
_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Without what is taken for something else when read aloud or typed."""


def code_id(scope: str, reward: Reward, code: str) -> str:
    """The same code of a reward always has the same id, which does not reveal the code."""
    return ids.derived_id("rcd", scope, reward.id, code, secret=secrets.pepper(reward.tenant))


def add_codes(store: Store, scope: str, reward: Reward, codes: Sequence[str], now: int) -> None:
    """Adds codes to the pool, leaving out those that were uploaded before. Interrupted, it is done again from the
    start: what is there already is not added twice. Raises BUSY where the pool changes all the time."""
    named = {code_id(scope, reward, code): code for code in codes}
    for start in range(0, len(named), _BATCH_SIZE):
        chunk = dict(list(named.items())[start : start + _BATCH_SIZE])
        if not any(_add_codes(store, scope, reward, chunk, now) for _ in range(_MAX_ATTEMPTS)):
            raise errors.BUSY()


def _add_codes(store: Store, scope: str, reward: Reward, chunk: dict[str, str], now: int) -> bool:
    known = {id: reward_keys.known_code_key(scope, reward.id, id) for id in chunk}
    found = store.read(known.values())
    new = {id: code for id, code in chunk.items() if found[known[id]] is None}
    if not new:
        return True
    writes: list[Write] = [
        Update(
            reward_keys.reward_stock_key(scope, reward.id),
            add={"left": len(new), "seq": 1},
            when=Condition(equal={"epoch": reward.stock_epoch}),
        )
    ]
    for id, code in new.items():
        sealed = sealing.seal_tenant_secret(reward.tenant, pool_context(reward.id, id), code)
        writes.append(Put(known[id], {"at": now}, when=ABSENT))
        writes.append(Put(reward_keys.free_code_key(scope, reward.id, id), {"seal": sealed}, when=ABSENT))
    try:
        store.commit(writes)
    except Cancelled:
        return False
    except Contended:
        store.sleep(0.02 + entropy.randbelow(100) / 1000)
        return False
    return True


def pool_context(reward_id: str, code: str) -> str:
    """What a code in the pool is sealed for. Once taken it is sealed anew, for its redemption."""
    return f"{reward_id}/{code}"


def free_code(store: Store, scope: str, reward_id: str) -> Record | None:
    """A free code; None where none is left."""
    found = free_codes(store, scope, reward_id, 1)
    return found[0] if found else None


def free_codes(store: Store, scope: str, reward_id: str, count: int) -> list[Record]:
    """At most `count` free codes, from a random place on, so that many at once seldom meet."""
    partition = reward_keys.reward_codes_partition(scope, reward_id)
    place = f"{reward_keys.FREE_CODES}{ids.new_id('rcd', entropy.randbits(48))}"
    found: list[Record] = []
    for since, until in ((place, f"{reward_keys.FREE_CODES}~"), (reward_keys.FREE_CODES, place)):
        if len(found) < count:
            limit = count - len(found)
            page = store.query("directory", partition, since=since, until=until, limit=limit, consistent=True)
            found += page.items
    return found


def generated_code(prefix: str, length: int) -> str:
    return prefix + "".join(entropy.choice(_ALPHABET) for _ in range(length))


def seal_for(redemption: Redemption, plain: str) -> bytes:
    """Encrypted with the tenant's key and the redemption as context: it can't be decrypted for another one."""
    return sealing.seal_tenant_secret(redemption.tenant, redemption.id, plain)
