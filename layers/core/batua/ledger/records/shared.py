"""What the records of both ledgers have in common: who requested an entry, its hash, and when a hold is due.

The rest differs because the classes of account do. Coins expire, so a wallet holds lots, is put whole at the number
that was read, and chains its entries. Money does not: a wallet is only added to, under the condition that what is taken
is there, and its lines carry neither number nor chain.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from ... import clock
from ...store import keys
from ...store.codec import Item
from ...store.writes import ABSENT, Condition, Put
from ..model import Origin


def origin_attributes(origin: Origin) -> dict[str, Any]:
    return {
        "by": origin.caller,
        "ip": origin.address,
        "req": origin.request_id,
        "for": origin.claimed,
        "ref": origin.reference,
        "note": origin.note,
        "occ": origin.occurred_at,
    }


def entry_hash(id: str, item: Item) -> bytes:
    """The hash of an entry, over all of its content and the hash of the entry before it."""
    hashed = {name: value for name, value in item.items() if name not in ("pk", "sk", "hash")}
    content = json.dumps([id, hashed], sort_keys=True, separators=(",", ":"), default=bytes.hex)
    return hashlib.sha256(content.encode()).digest()


def due_attributes(id: str, expires_at: int, state: str) -> dict[str, str | None]:
    """While open, a hold is in the index of due work by the time at which it expires."""
    if state != "open":
        return {"g3p": None, "g3s": None}
    return {"g3p": keys.due_holds_partition_of(id), "g3s": f"{clock.iso(expires_at)}#{id}"}


def reversal_put(key: keys.Key, before: int, after: int) -> Put:
    """Counts how much of a transaction has been reversed, in an item of its own: the entry is never edited."""
    return Put(key, {"sum": after}, when=Condition(equal={"sum": before}) if before else ABSENT)
