"""What a posting is asked for, what it decides from, and how it can end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ... import ids
from ...store import keys
from ...store.keys import Mode
from ..model import Hold, Original, Refusal, Shard, Wallet
from ..records.customer_coins import Entry, Origin


@dataclass(frozen=True, slots=True)
class PostingRequest:
    """What identifies a request: its operation and key under the merchant, and the content that the key stands for.

    `key` is None where the caller gave neither a key nor a reference: such a request is accepted once per call.
    """

    operation: str
    mode: Mode
    scope: str
    source: Origin
    key: str | None
    content: Mapping[str, Any]
    book: Literal["coins", "funds"] = "coins"
    """Customers' wallets, or tenants' own."""
    id: str = field(init=False)
    """The transaction's id. From the key where there is one, so that no index is needed to find the entry; else new."""
    fingerprint: bytes = field(init=False)

    def __post_init__(self) -> None:
        named = self.key is not None and ids.derived_id(
            "txn", self.scope, self.source.merchant, self.operation, self.key
        )
        content = json.dumps([self.operation, self.content], sort_keys=True, default=str)
        object.__setattr__(self, "id", named or ids.new_id("txn"))
        object.__setattr__(self, "fingerprint", hashlib.sha256(content.encode()).digest()[:16])

    @property
    def entry_key(self) -> keys.Key:
        """Where the entry stands, or the refusal."""
        return (keys.transaction_key if self.book == "coins" else keys.funds_line_key)(self.scope, self.id)


@dataclass(frozen=True, slots=True)
class PostingState:
    """What a decision looks at. `shards` is None until the one shard that was tried is not enough (see `escrow`)."""

    wallet: Wallet
    now: int
    shard: int = 0
    shards: Mapping[int, Shard] | None = None
    hold: Hold | None = None
    original: Original | None = None


@dataclass(frozen=True, slots=True)
class CoinPostingResult:
    entry: Entry
    replayed: bool


class PostingRefused(Exception):
    """The decision was a refusal; it is on record."""

    def __init__(self, refusal: Refusal, replayed: bool) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.replayed = replayed


class PreconditionFailed(Exception):
    """What a guard of a posting stands for has changed: nothing was posted; look at it again."""

    def __init__(self, key: keys.Key) -> None:
        super().__init__(key.sk)
        self.key = key
