"""What a posting is requested with, the writes that it makes, and its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeVar

from ... import ids
from ...canonical import content_fingerprint
from ...store import keys
from ...store.keys import Mode
from ...store.writes import Put, Write
from ..model import Hold, Origin, Original, Posting, Shard, Wallet
from ..records.customer_coins import Entry


@dataclass(frozen=True, slots=True)
class PostingRequest:
    """What identifies a request: its operation and key under the merchant, and the content that the key was used for.

    `key` is None where the caller gave neither a key nor a reference: such a request takes effect once per call.
    """

    operation: str
    mode: Mode
    scope: str
    source: Origin
    key: str | None
    content: Mapping[str, Any]
    book: Literal["coins", "funds"] = "coins"
    """Customers' wallets, or tenants' own."""
    by_reference: bool = False
    """The key is the caller's reference (a bill, an order) and no idempotency key of its own: only a posting is kept
    under it. After a refusal the same reference may be tried again, with the same content or a corrected one."""
    asks_for: str | None = None
    """The kind of transaction, where the operation's name does not tell it: kept with a refusal."""
    asset: str | None = None
    """What a tenant's wallet holds: kept with a refusal. Of customers' wallets the program tells it."""
    id: str = field(init=False)
    """The transaction's id. Derived from the key where there is one, so that the entry is found without an index."""
    fingerprint: bytes = field(init=False)

    def __post_init__(self) -> None:
        named = self.key is not None and ids.derived_id(
            "txn", self.scope, self.source.merchant, self.operation, self.key
        )
        object.__setattr__(self, "id", named or ids.new_id("txn"))
        object.__setattr__(self, "fingerprint", content_fingerprint(self.operation, self.content))

    @property
    def entry_key(self) -> keys.Key:
        """Where the entry is stored, or the refusal."""
        return self.key_of(self.id)

    def key_of(self, transaction: str) -> keys.Key:
        return (keys.transaction_key if self.book == "coins" else keys.funds_line_key)(self.scope, transaction)


@dataclass(frozen=True, slots=True)
class PostingState:
    """What a decision about a customer's wallet is made from. `shards` is None until one shard was not enough."""

    wallet: Wallet
    now: int
    shard: int = 0
    shards: Mapping[int, Shard] | None = None
    hold: Hold | None = None
    original: Original | None = None
    exhausted: frozenset[str] = frozenset()
    """Campaigns whose budget did not cover what they would have given."""


@dataclass(frozen=True, slots=True)
class CoinPostingResult:
    entry: Entry
    replayed: bool


WriteKind = Literal[
    "entry",  # the journal entry, which is the idempotency record as well; always the first write
    "line",  # a further line of the same transaction
    "wallet",  # a customer's wallet
    "tenant_wallet",
    "month",  # a shard of a merchant's month
    "hold",
    "creditable",  # what credit charges under a reference may still give back
    "budget",  # what a campaign may still give
    "reversed",  # how much of a transaction has been reversed
    "extra",  # required: where its condition fails nothing is posted
    "optional",  # left out where its condition fails
]
"""What a write of a posting is for, which decides what its failed condition means."""


class PlannedWrite(NamedTuple):
    kind: WriteKind
    write: Write


class ExtraWrite(NamedTuple):
    """A write that goes along with a posting in the same transaction, under a condition of its own.

    Money and record then change together or not at all. Where the condition fails nothing is posted, and
    `PreconditionFailed` says which record has changed. An optional write is left out instead.
    """

    write: Write
    optional: bool = False


Decided = TypeVar("Decided")
ExtraWrites = Sequence[ExtraWrite | Write] | Callable[[Decided], Sequence[ExtraWrite | Write]]
"""Extra writes, or a function that makes them for a decision. A plain write is a required one."""


def planned_extras(extra_writes: ExtraWrites[Decided], decision: Decided) -> list[PlannedWrite]:
    made = extra_writes(decision) if callable(extra_writes) else extra_writes
    extras = (each if isinstance(each, ExtraWrite) else ExtraWrite(each) for each in made)
    return [PlannedWrite("optional" if each.optional else "extra", each.write) for each in extras]


def on_first_entry(*puts: Put) -> Callable[[Posting], Sequence[ExtraWrite]]:
    """Items that are made with a wallet's first entry, such as its customer, unless they exist already."""
    return lambda posting: [ExtraWrite(put, optional=True) for put in puts] if posting.before.seq == 0 else []
