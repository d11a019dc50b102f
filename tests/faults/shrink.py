"""A failing run made small: whatever can be left out, while the same law is still broken, is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from tests.faults.check import violations
from tests.faults.plan import Plan, Wish
from tests.faults.run import World, simulate

Part = TypeVar("Part")

MOST_RUNS = 400


@dataclass
class Shrinker:
    """`law` is what the run broke first; another that breaks on the way is another matter."""

    law: str
    runs: int = 0

    def fails(self, plan: Plan) -> bool:
        self.runs += 1
        return any(law_of(found) == self.law for found in broken(plan)[1])

    def smaller(self, plan: Plan) -> Plan:
        """A plan of which nothing more can be left out."""
        while self.runs < MOST_RUNS:
            before = plan
            plan = self._shorter(plan)
            for number, wish in enumerate(plan.wishes):
                plan = self._plainer(plan, number, wish)
            for change in ({"retell": 0.0}, {"lag": 0.0}, {"shards": 1}):
                plan = self._if_it_fails(plan, replace(plan, **change))
            plan = self._calmer(plan)
            if plan == before:
                break
        return plan

    def _shorter(self, plan: Plan) -> Plan:
        """Leaves out wishes."""

        def of(wishes: Sequence[Wish]) -> Plan:
            return replace(plan, wishes=tuple(wishes))

        return of(self._fewest(plan.wishes, of))

    def _plainer(self, plan: Plan, number: int, wish: Wish) -> Plan:
        for change in ({"twins": 1}, {"liar": False}, {"tries": 1}, {"tries": 2}):
            plainer = replace(wish, **change)
            if plainer != wish and wish.tries >= plainer.tries:
                wishes = [*plan.wishes[:number], plainer, *plan.wishes[number + 1 :]]
                smaller = self._if_it_fails(plan, replace(plan, wishes=tuple(wishes)))
                if smaller is not plan:
                    plan, wish = smaller, plainer
        return plan

    def _calmer(self, plan: Plan) -> Plan:
        """Leaves out faults, by task and number of the call."""
        met = sorted(broken(plan)[0].weather.met)
        fewest = self._fewest(met, lambda kept: replace(plan, muted=plan.muted | (set(met) - set(kept))))
        return replace(plan, muted=plan.muted | (set(met) - set(fewest)))

    def _if_it_fails(self, plan: Plan, smaller: Plan) -> Plan:
        return smaller if smaller != plan and self.runs < MOST_RUNS and self.fails(smaller) else plan

    def _fewest(self, parts: Sequence[Part], plan_of: Callable[[Sequence[Part]], Plan]) -> Sequence[Part]:
        """As few of the parts as still fail: halves are left out first, then smaller and smaller pieces."""
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
    """The run of a plan and the laws that it breaks."""
    world = simulate(plan)
    return world, violations(world)


def law_of(found: str) -> str:
    return found.partition(":")[0]


def told(world: World, found: Sequence[str]) -> Iterator[str]:
    """A run in words: what was asked for, what befell whom, and which law is broken."""
    plan = world.plan
    mir = f"MIR {plan.mir.ratio / 100:g} (new {plan.mir.new_ratio / 100:g})" if plan.mir else "no MIR"
    yield f"{plan.merchants} merchants, {plan.shards} shards, {mir}, policy {plan.policy}, funding {plan.funding}"
    yield "wishes:"
    for wish in plan.wishes:
        yield f"  {wish.name:<9}{wish.at / 1e6:>14.3f} s  {_wanted(wish)}"
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
        yield f"  {attempt.task:<14} {attempt.wish.kind:<14} {attempt.outcome:<8} {_answer(attempt)}"
    yield "broken:"
    yield from (f"  {each}" for each in found)


def _wanted(wish: Wish) -> str:
    said: dict[str, Any] = {"amount": wish.amount, "wallet": wish.wallet, "merchant": wish.merchant}
    if wish.about >= 0:
        said = {"of": f"wish-{wish.about}", "amount": wish.amount}
    if wish.twins > 1:
        said["sent at once"] = wish.twins
    if wish.tries > 1:
        said["tries"] = wish.tries
    if wish.liar:
        said["other content too"] = True
    return f"{wish.kind} " + ", ".join(f"{name} {value}" for name, value in said.items())


def _answer(attempt: Any) -> str:
    if attempt.outcome == "done":
        return f"{attempt.id}{' (again)' if attempt.replayed else ''}"
    return str(attempt.said or "")
