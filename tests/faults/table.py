"""The tables of a simulation: every write with its time and task, the stream, and an eventually consistent copy.

A strongly consistent read sees the table. Any other read (an index, or a read without `ConsistentRead`) sees the copy,
which gets the changes of one item in order and those of different items in any order, as DynamoDB's indexes do.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from tests.fakes.dynamodb import FakeDynamoDB, Place, Wire, failure

Change = tuple[Place, Wire | None, Wire | None]
"""The key, the old item and the new item."""

TOKEN_LIVES_MS = 600_000
"""DynamoDB forgets a transaction's token after ten minutes."""


@dataclass(frozen=True)
class Commit:
    """The changes of one request, which took effect together."""

    tick: int
    by: str
    changes: tuple[Change, ...]


@dataclass
class Behind:
    """The copy that index reads see."""

    items: dict[Place, Wire] = field(default_factory=dict)
    coming: list[tuple[Place, Wire | None]] = field(default_factory=list)

    def catch_up(self, chance: random.Random | None, share: float) -> None:
        """Applies some of the pending changes; without `chance` all of them."""
        left: list[tuple[Place, Wire | None]] = []
        waits: set[Place] = set()
        for place, new in self.coming:
            if chance and (place in waits or chance.random() < share):
                waits.add(place)
                left.append((place, new))
            elif new is None:
                self.items.pop(place, None)
            else:
                self.items[place] = new
        self.coming = left


class Tables(FakeDynamoDB):
    copy = staticmethod(lambda item: item)  # type: ignore[assignment]
    """Items are never changed in place: the store builds new requests and decodes answers."""

    def __init__(self) -> None:
        super().__init__(page=7)
        self.log: list[Commit] = []
        self.behind = Behind()
        self.stream: list[Change] = []
        """What the ledger's stream brings, in the order of its commits: new items, changed and removed ones."""
        self.on_write: Callable[[], None] = lambda: None
        """Called when the stream has a new record."""
        self.on_delivery: Callable[[Change], None] = lambda change: None
        """Called with each delivery of a shop that the directory's stream brings."""
        self.on_outcome: Callable[[Wire], None] = lambda item: None
        """Called with what became of a delivery, as it is written down."""
        self.tick = 0
        self.by = "setup"
        self.at = 0
        self.in_flight: set[str] = set()
        """Tokens of transactions in progress."""
        self._changes: list[Change] = []
        self._token_times: dict[str, int] = {}

    def batch_get_item(self, RequestItems: Wire) -> Wire:  # noqa: N803
        if all(ask.get("ConsistentRead") for ask in RequestItems.values()):
            return super().batch_get_item(RequestItems)
        stands, self.items = self.items, self.behind.items
        try:
            return super().batch_get_item(RequestItems)
        finally:
            self.items = stands

    def transact_write_items(self, TransactItems: list[Wire], ClientRequestToken: str) -> Wire:  # noqa: N803
        token = ClientRequestToken
        if token in self.in_flight:
            raise failure("TransactionInProgressException", "TransactWriteItems")
        if self.at - self._token_times.get(token, self.at) > TOKEN_LIVES_MS:
            self.tokens.pop(token, None)
        answer = super().transact_write_items(TransactItems, token)
        self._token_times.setdefault(token, self.at)
        self._committed()
        return answer

    def _single(self, operation: str, name: str, request: Wire) -> Wire:
        answer = super()._single(operation, name, request)
        self._committed()
        return answer

    def _readable(self, request: Wire) -> Iterable[tuple[Place, Wire]]:
        return (self.items if request.get("ConsistentRead") else self.behind.items).items()

    def _apply(self, place: Place, new: Wire | None) -> None:
        old = self.items.get(place)
        super()._apply(place, new)
        self._changes.append((place, old, new))
        self.behind.coming.append((place, new))
        if place[0] == "ledger" and old != new:
            self.stream.append((place, old, new))

    def _committed(self) -> None:
        if self._changes:
            self.log.append(Commit(self.tick, self.by, tuple(self._changes)))
            streamed = any(place[0] == "ledger" and old != new for place, old, new in self._changes)
            deliveries = [change for change in self._changes if change[1] is None and "way" in (change[2] or {})]
            outcomes = [new for place, _, new in self._changes if new and place[2].startswith("OUTCOME#")]
            self._changes = []
            for outcome in outcomes:
                self.on_outcome(outcome)
            for delivery in deliveries:
                self.on_delivery(delivery)
            if streamed:
                self.on_write()
