"""Faults at the boundary of a DynamoDB client: what the network and other writers can do to a call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Literal

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from tests.fakes.dynamodb import FakeDynamoDB, Wire, cancelled, failure

Fault = Literal[
    "none", "conflict", "conflict_too", "throttle", "throttle_item", "lost_before", "lost_after", "other", "unprocessed"
]

FAULTS: tuple[Fault, ...] = (
    "none",
    "conflict",
    "conflict_too",
    "throttle",
    "throttle_item",
    "lost_before",
    "lost_after",
    "other",
    "unprocessed",
)
"""`conflict`: another transaction is at an item. `conflict_too`: the same beside conditions that failed.
`other`: somebody else's write is carried out first. `lost_after`: carried out, but no reply comes."""


class FaultyClient:
    """Passes calls on to a client; before each it takes the next fault, until none are left."""

    def __init__(self, inner: FakeDynamoDB) -> None:
        self.inner = inner
        self.plan: Iterator[Fault] = iter(())
        self.other: Callable[[], None] = lambda: None
        self.met: list[str] = []

    def _fault(self) -> Fault:
        fault: Fault = next(self.plan, "none")
        if fault != "none":
            self.met.append(fault)
        return fault

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.inner, name)

        def faulty(**request: Any) -> Wire:
            return self._call(name, call, request)

        return faulty

    def _call(self, name: str, call: Callable[..., Wire], request: Wire) -> Wire:
        fault = self._fault()
        if fault == "throttle":
            raise failure("ThrottlingException", name)
        if fault == "lost_before":
            raise ConnectTimeoutError(endpoint_url="https://dynamodb")
        if fault == "other":
            self.other()
        if name == "transact_write_items":
            self._spoil(fault, request["TransactItems"])
        answer = call(**request)
        if fault == "lost_after":
            raise ReadTimeoutError(endpoint_url="https://dynamodb")
        if fault == "unprocessed" and name == "batch_get_item":
            hold_back(answer, request["RequestItems"])
        return answer

    def _spoil(self, fault: Fault, writes: list[Wire]) -> None:
        """Cancels a transaction for a conflict at its last item, alone or beside the conditions that fail now."""
        if fault not in ("conflict", "conflict_too", "throttle_item"):
            return
        reasons = self.inner.reasons(writes) if fault == "conflict_too" else [{"Code": "None"} for _ in writes]
        spoilt = 0 if fault == "conflict_too" else -1
        reasons[spoilt] = {"Code": "ThrottlingError" if fault == "throttle_item" else "TransactionConflict"}
        raise cancelled(reasons)


def hold_back(answer: Wire, asked: Wire) -> None:
    """Leaves the first key of each table unprocessed."""
    for table, ask in asked.items():
        first = ask["Keys"][0]
        answer["Responses"][table] = [
            item for item in answer["Responses"][table] if any(item[name] != first[name] for name in first)
        ]
        answer["UnprocessedKeys"][table] = {**ask, "Keys": [first]}
