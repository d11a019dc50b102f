"""What an operation does next, by what it was answered: the product's code runs once for each course of answers.

An operation knows nothing of the tables but the answers to its calls. So what it asks next is a function of these
answers, and a tree of them says it for all histories: the code runs anew, from its beginning, only where a history
leads to answers that none had before. What is random in the code (waits, the ids of refusals, tokens) is drawn from
the operation's number, its attempt and how much was drawn in it, so that the same answers lead to the same calls.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from greenlet import GreenletExit, getcurrent, greenlet

from batua.ledger.posting import customer_coins
from batua.ledger.posting.shard_scaling import ContentionTracker
from batua.store.store import Store
from tests.faults.loop import Loop, Task

READS: Final = ("batch_get_item", "get_item", "query")
STARTED: Final = ("started", None)
Answer = tuple[str, Any]
"""`answered` with the response, or `raised` with the error."""


@dataclass(eq=False, slots=True)
class Step:
    """A moment of an operation: the call that it waits with, or how it has ended."""

    number: int
    """Of the operation, in its group."""
    attempt: int
    digest: int
    """Of all that it was answered in this attempt: with the two above, it says how it goes on."""
    came: tuple[Step | None, Answer]
    """From which moment, by which answer."""
    call: tuple[str, dict[str, Any]] | None
    token: str
    """Of the last transaction of this attempt, which alone may be sent again; empty before the first."""
    outcome: Any
    next: dict[str, Step] = field(default_factory=dict)


class _Dice(Random):
    """What the product draws: never a wait, and ids that depend on nothing but who draws, and how often before."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.drawn = name, 0

    def uniform(self, a: float, b: float) -> float:
        return a

    def getrandbits(self, k: int, /) -> int:
        self.drawn += 1
        return Random(f"{self.name}/{self.drawn}").getrandbits(k)


class _Line:
    """The operation's client: each call waits until it is answered."""

    def __init__(self, hub: Any) -> None:
        self._hub = hub

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**request: Any) -> Any:
            kind, value = self._hub.switch((name, request))
            if kind == "raised":
                raise value
            return value

        return call


class Behaviour:
    """Of one operation of a group. `attempt` runs it once, and returns "again" where its client sends it again."""

    def __init__(self, number: int, attempt: Callable[[Store], Any], attempts: int, loop: Loop) -> None:
        self._number, self._attempt, self._attempts, self._loop = number, attempt, attempts, loop
        self._steps: dict[tuple[int, int], Step] = {}
        self.runs = 0
        """How often the code ran from its beginning."""
        self.first = self._run((), (None, STARTED))

    @property
    def steps(self) -> int:
        return len(self._steps)

    def after(self, step: Step, answer: Answer, *, again: bool = False) -> Step:
        """`again`: a fault met a read. Where the same call follows, it counts as not made: only a try is gone."""
        kind, value = answer
        text = f"{kind} {type(value).__name__} {getattr(value, 'response', value)!r}"
        known = step.next.get(text)
        if known is None:
            known = self._run(_course(step), (step, answer))
            if again and known.attempt == step.attempt and known.call == step.call:
                known = step
            step.next[text] = known
        return known

    def _run(self, course: tuple[Answer, ...], came: tuple[Step | None, Answer]) -> Step:
        self.runs += 1
        hub = getcurrent()
        state: dict[str, Any] = {"attempt": 0, "digest": 0, "token": "", "outcome": None}
        dice = _Dice("")
        setattr(customer_coins, "CONTENTION", ContentionTracker())  # noqa: B010 - each run in an environment of its own
        turn = greenlet(lambda _: self._serve(state, dice, Store(_Line(hub), "ledger", "directory", sleep=_no_wait)))
        self._loop.task = Task(str(self._number), dice, _nothing)
        call: tuple[str, dict[str, Any]] | None = None
        for heard, answer in enumerate((*course, came[1])):
            if heard == len(course) and came[0] is not None:
                assert (state["attempt"], call) == (came[0].attempt, came[0].call), "the same answers, another call"
            kind, value = answer
            text = f"{type(value).__name__} {getattr(value, 'response', value)}" if kind == "raised" else repr(value)
            state["digest"] = hash((state["digest"], kind, text))
            call = turn.switch(answer)
            if call is not None and not turn.dead and call[0] == "transact_write_items":
                state["token"] = call[1]["ClientRequestToken"]
        self._loop.task = None
        place = (state["attempt"], state["digest"])
        if turn.dead:
            call, place = None, (-1, hash(state["outcome"]))
        else:
            turn.throw(GreenletExit)
        if place not in self._steps:
            token = state["token"] if call else ""
            self._steps[place] = Step(self._number, *place, came, call, token, state["outcome"])
        return self._steps[place]

    def _serve(self, state: dict[str, Any], dice: _Dice, store: Store) -> Any:
        for attempt in range(self._attempts):
            state.update(attempt=attempt, digest=0, token="", outcome=None)
            dice.name, dice.drawn = f"{self._number}/{attempt}", 0
            outcome = self._attempt(store)
            if outcome != "again":
                break
        state["outcome"] = outcome
        return None


def _course(step: Step) -> tuple[Answer, ...]:
    answers: list[Answer] = []
    at: Step | None = step
    while at is not None:
        before, answer = at.came
        answers.append(answer)
        at = before
    return tuple(reversed(answers))


def _no_wait(_: float) -> None:
    return


def _nothing() -> None:
    return
