"""The invariants of disputes: raised once per key, one open at a time, decided once, refunded as decided."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from batua.store.codec import decode
from tests.faults.run import Attempt, World


def dispute_invariants(world: World, lines: list[dict[str, Any]]) -> Iterator[str]:
    """Every invariant of disputes that the run violated."""
    refunded: Counter[str] = Counter()
    for line in lines:
        if line["kind"] == "refund" and line["sk"] == "FUNDS":
            refunded[str(line.get("ref"))] += line.get("tot", line["amt"])
    answers: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in world.history:
        if attempt.operation.kind in ("accept", "deny") and attempt.outcome == "done":
            answers[attempt.about.split()[1]].append(attempt)
    raised: Counter[str] = Counter()
    is_open: Counter[str] = Counter()
    locked: Counter[str] = Counter()
    for (_, pk, sk), item in world.tables.items.items():
        if not pk.startswith("DISPUTES#"):
            continue
        record = decode(item)
        if sk == "OPEN":
            locked[pk] += 1
            continue
        id = sk.partition("#")[2]
        raised[record["description"]] += 1
        is_open[pk] += record["st"] == "open"
        yield from _decided(id, record, answers.get(id, []), refunded[id])
    yield from (f"an idempotency key raises one dispute: {name}" for name, count in raised.items() if count > 1)
    for pk in {*is_open, *locked}:
        if is_open[pk] != locked[pk] or is_open[pk] > 1:
            yield f"a transaction has at most one open dispute: {pk}: {is_open[pk]} open, {locked[pk]} locks"
    yield from _content(world)


def _decided(id: str, record: dict[str, Any], answers: list[Attempt], refunded: int) -> Iterator[str]:
    names = {attempt.operation.name for attempt in answers}
    if len(names) > 1 or (names and record.get("why") not in names):
        yield f"a dispute is decided exactly once: {id} by {sorted(names)}, on record {record.get('why')}"
    if sum(not attempt.replayed for attempt in answers) > 1:
        yield f"exactly one answer is not a replay: {id}"
    paid = record.get("paid", 0) if record["st"] == "accepted" else 0
    if paid != refunded:
        yield f"an accepted dispute refunds the decided amount: {id} {record['st']} {paid} != {refunded}"


def _content(world: World) -> Iterator[str]:
    """A reused key with other content is refused as such."""
    done: dict[str, set[int | None]] = defaultdict(set)
    for attempt in world.history:
        if attempt.operation.kind == "dispute" and attempt.outcome == "done":
            done[attempt.operation.name].add(attempt.operation.amount)
    yield from (f"an idempotency key has one content: {name}" for name, amounts in done.items() if len(amounts) > 1)
