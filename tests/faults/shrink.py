"""Reduces a failing run: leaves out whatever can be left out while the same invariant is still violated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tests.faults.check import violations
from tests.faults.plan import Operation, Plan
from tests.faults.run import World, simulate

Part = TypeVar("Part")

MOST_RUNS = 400


@dataclass
class Shrinker:
    """`invariant` is the one that the run violated first; violations of others do not count."""

    invariant: str
    runs: int = 0

    def fails(self, plan: Plan) -> bool:
        self.runs += 1
        return any(invariant_of(found) == self.invariant for found in broken(plan)[1])

    def smaller(self, plan: Plan) -> Plan:
        """A plan from which nothing more can be left out."""
        while self.runs < MOST_RUNS:
            before = plan
            plan = self._shorter(plan)
            for number, operation in enumerate(plan.operations):
                plan = self._plainer(plan, number, operation)
            for change in ({"redelivery": 0.0}, {"lag": 0.0}, {"shards": 1}):
                plan = self._if_it_fails(plan, replace(plan, **change))
            plan = self._calmer(plan)
            if plan == before:
                break
        return plan

    def _shorter(self, plan: Plan) -> Plan:
        """Leaves out operations."""

        def of(operations: Sequence[Operation]) -> Plan:
            return replace(plan, operations=tuple(operations))

        return of(self._fewest(plan.operations, of))

    def _plainer(self, plan: Plan, number: int, operation: Operation) -> Plan:
        for change in ({"twins": 1}, {"liar": False}, {"tries": 1}, {"tries": 2}):
            plainer = replace(operation, **change)
            if plainer != operation and operation.tries >= plainer.tries:
                operations = [*plan.operations[:number], plainer, *plan.operations[number + 1 :]]
                smaller = self._if_it_fails(plan, replace(plan, operations=tuple(operations)))
                if smaller is not plan:
                    plan, operation = smaller, plainer
        return plan

    def _calmer(self, plan: Plan) -> Plan:
        """Leaves out faults, by task and number of the call."""
        met = sorted(broken(plan)[0].fault_profile.met)
        fewest = self._fewest(met, lambda kept: replace(plan, muted=plan.muted | (set(met) - set(kept))))
        return replace(plan, muted=plan.muted | (set(met) - set(fewest)))

    def _if_it_fails(self, plan: Plan, smaller: Plan) -> Plan:
        return smaller if smaller != plan and self.runs < MOST_RUNS and self.fails(smaller) else plan

    def _fewest(self, parts: Sequence[Part], plan_of: Callable[[Sequence[Part]], Plan]) -> Sequence[Part]:
        """As few of the parts as still fail: first halves are left out, then smaller pieces (delta debugging)."""
        size = max(1, len(parts) // 2)
        while parts and self.runs < MOST_RUNS:
            for start in range(0, len(parts), size):
                kept = [*parts[:start], *parts[start + size :]]
                if self.runs < MOST_RUNS and self.fails(plan_of(kept)):
                    parts = kept
                    break
            else:
                if size == 1:
                    break
                size = max(1, size // 2)
        return parts


def broken(plan: Plan) -> tuple[World, list[str]]:
    """The run of a plan and the invariants that it violates."""
    world = simulate(plan)
    return world, violations(world)


def invariant_of(found: str) -> str:
    return found.partition(":")[0]


def report(world: World, found: Sequence[str]) -> Iterator[str]:
    """A run as text: the operations, the faults that they met, and the violated invariant."""
    plan = world.plan
    mir = f"MIR {plan.mir.ratio / 100:g} (new {plan.mir.new_ratio / 100:g})" if plan.mir else "no MIR"
    yield f"{plan.merchants} merchants, {plan.shards} shards, {mir}, policy {plan.policy}, funding {plan.funding}"
    yield "operations:"
    for operation in plan.operations:
        yield f"  {operation.name:<9}{operation.at / 1e6:>14.3f} s  {_wanted(operation)}"
    yield "what happened:"
    for at, task, number, call, about, fault, outcome in world.loop.trace:
        if call == "query" and not fault and "sweep" in task:
            continue  # nothing was due there
        mark = f"   <-- {fault}" if fault else ""
        yield f"  {at / 1e6:>14.3f} s  {task:<14}{number:>3} {call:<21} {outcome}{mark}"
        for item in about if call != "batch_get_item" and task.startswith("wish") else ():
            yield f"{'':>41}{item}"
    yield "what was answered:"
    for attempt in world.history:
        yield f"  {attempt.task:<14} {attempt.operation.kind:<14} {attempt.outcome:<8} {_answer(attempt)}"
    yield "broken:"
    yield from (f"  {each}" for each in found)


def _wanted(operation: Operation) -> str:
    said: dict[str, Any] = {"amount": operation.amount, "wallet": operation.wallet, "merchant": operation.merchant}
    if operation.about >= 0:
        said = {"of": f"wish-{operation.about}", "amount": operation.amount}
    if operation.twins > 1:
        said["sent at once"] = operation.twins
    if operation.tries > 1:
        said["tries"] = operation.tries
    if operation.liar:
        said["other content too"] = True
    return f"{operation.kind} " + ", ".join(f"{name} {value}" for name, value in said.items())


def _answer(attempt: Any) -> str:
    if attempt.outcome == "done":
        return f"{attempt.id}{' (again)' if attempt.replayed else ''}"
    return str(attempt.said or "")
